// SPDX-License-Identifier: Apache-2.0
//
// The entries of the remapping table in memory, which must be there.
#pragma once

#include "model/device/irq/message.hpp"
#include "model/driver/state.hpp"

namespace luosim::driver::irq {

/// How many entries the pages of a table hold.
constexpr std::uint32_t entries_of(memory::PageRange table) {
  return static_cast<std::uint32_t>(table.count * memory::kPageBytes /
                                    device::irq::kRemappingEntryBytes);
}

device::irq::RemappingEntry read_table_entry(const Context& context, std::uint32_t number);
/// One that is not present is all zero.
void write_table_entry(Context& context, std::uint32_t number,
                       const device::irq::RemappingEntry& entry);

}  // namespace luosim::driver::irq
