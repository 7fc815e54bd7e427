// SPDX-License-Identifier: Apache-2.0
#include "model/driver/pci/incoming.hpp"

#include <algorithm>

#include "model/device/pcie/fabric.hpp"
#include "model/driver/knobs.hpp"
#include "model/driver/pci/handover.hpp"
#include "model/driver/record.hpp"
#include "model/kernel/errno.hpp"

namespace luosim::driver::pci {

namespace {

// All of the model's devices are in one domain.
constexpr std::uint32_t kDomain = 0;

std::uint16_t expected_count(const Context& context, const Device& device) {
  if (!is_bridge(context, device)) return device.incoming == 0 ? 0 : 1;
  if (context.knob(kPci) == kPciV1) return 0;
  std::uint16_t below = 0;
  for (const Device& other : context.drivers.pci.devices) {
    if (other.incoming == 0 || is_bridge(context, other)) continue;
    const auto path = device::pcie::path_of(context.devices.pcie, other.function);
    if (std::find(path.begin(), path.end(), device.function) != path.end()) ++below;
  }
  return below;
}

}  // namespace

std::uint64_t own_version(const Context& context) {
  return context.knob(kPci) == kPciV1 ? kVersion1 : kVersion2;
}

void take_record_over(Context& context, memory::PhysicalAddress address) {
  ReadRecord record = load_record(context.memory, address, own_version(context));
  switch (record.reading) {
    case Reading::good:
      context.drivers.pci.handed_over = std::move(record.devices);
      context.drivers.pci.incoming_record = record.pages;
      break;
    case Reading::unknown_version:
      context.record({.kind = DriverRecord::pci_record_unknown,
                      .values = {record.version, address.value, 0, 0}});
      break;
    case Reading::not_handed_over:
    case Reading::damaged:
      context.record(
          {.kind = DriverRecord::pci_record_unusable,
           .values = {address.value, static_cast<std::uint64_t>(-kernel::kEINVAL), 0, 0}});
      break;
  }
}

std::uint16_t incoming_count(const State& state, device::Bdf bdf) {
  for (const HandedOver& device : state.handed_over)
    if (device.domain == kDomain && device.bdf == bdf) return device.count;
  return 0;
}

void compare_with_what_was_found(Context& context) {
  const State& state = context.drivers.pci;
  for (const HandedOver& gone : state.handed_over) {
    if (gone.domain == kDomain && find(state, gone.bdf) != nullptr) continue;
    context.record(
        {.kind = DriverRecord::pci_incoming_lost,
         .values = {std::uint64_t{gone.domain} << 16 | gone.bdf.value, gone.count, 0, 0}});
  }
  for (const Device& device : state.devices) {
    const std::uint16_t expected = expected_count(context, device);
    if (expected == device.incoming) continue;
    context.record(
        {.kind = DriverRecord::pci_incoming_differs,
         .subject = context.name_of(device.function),
         .values = {device.function.index, device.bdf.value, device.incoming, expected}});
  }
}

}  // namespace luosim::driver::pci
