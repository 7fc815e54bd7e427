// SPDX-License-Identifier: Apache-2.0
#include "model/driver/irq/table.hpp"

namespace luosim::driver::irq {

namespace {

namespace hardware = device::irq;

memory::PhysicalAddress place_of(const Context& context, std::uint32_t number) {
  const memory::PhysicalAddress table = memory::address_of(context.drivers.irq.table.first);
  return table + number * hardware::kRemappingEntryBytes;
}

}  // namespace

hardware::RemappingEntry read_table_entry(const Context& context, std::uint32_t number) {
  return hardware::decode(
      context.memory.bytes().read_value<hardware::RawEntry>(place_of(context, number)));
}

void write_table_entry(Context& context, std::uint32_t number,
                       const hardware::RemappingEntry& entry) {
  const hardware::RawEntry raw = entry.is_present ? hardware::encode(entry) : hardware::RawEntry{};
  context.memory.bytes().write_value(place_of(context, number), raw);
}

}  // namespace luosim::driver::irq
