// SPDX-License-Identifier: Apache-2.0
//
// Which functions are being preserved, as a guarantee follows it in its notes: from the count that
// the PCI core takes, over the jump, when no kernel knows of them, to their finish. A kernel that
// cannot read what was handed over knows of none of them, and they are preserved all the same.
#pragma once

#include <vector>

#include "model/guarantees/devices.hpp"

namespace luosim::guarantees {

/// Notes of preserved functions have keys from here to twice of it.
inline constexpr std::uint64_t kNotesOfPreserved = 1ULL << 61;

/// Takes notice of what the record says about it. The guarantee must look after
/// DriverRecord::pci_counted and pci_unclaimed, KernelRecord::kexec and power_cycle, and
/// DeviceRecord::presence_changed: a card that somebody pulls out is nobody's any more.
void note_preserved(Look& look);

/// Whether a function is preserved, or handed over and not finished. O(log n).
bool is_preserved(const sim::Notes& notes, device::FunctionId function);
/// All of them, bridges included.
std::vector<device::FunctionId> preserved_functions(const sim::Notes& notes);

}  // namespace luosim::guarantees
