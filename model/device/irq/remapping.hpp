// SPDX-License-Identifier: Apache-2.0
//
// Interrupt remapping: which entry of a table in memory a message names, and whether the entry lets
// it pass (devices.md, E.4). The table is read at each message, as it is in memory at that moment:
// there is no cache of entries, so that what has become of its page shows at once.
#pragma once

#include "model/device/iommu/unit.hpp"
#include "model/device/irq/message.hpp"

namespace luosim::device::irq {

/// What remapping made of a message.
struct Remapped {
  RemappingFault reason = RemappingFault::none;
  bool is_logged = true;   ///< the entry wants a refusal in the log
  RemappingEntry entry{};  ///< the one that was read, if it was
};

/// Looks a message up in the table of a unit that remaps.
Remapped remap(const iommu::Unit& unit, const memory::PhysicalMemory& memory, Bdf requester,
               const Message& message);

/// Whether the entry takes messages of the requester.
bool takes(const RemappingEntry& entry, Bdf requester);

}  // namespace luosim::device::irq
