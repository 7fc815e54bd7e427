// SPDX-License-Identifier: Apache-2.0
//
// Writes of a guest to its disk are numbered for ever. Only whether two of one block are the same,
// and which is newer, decides anything: so the numbers that are left anywhere can be made small
// again.
#pragma once

#include "model/userspace/cast.hpp"

namespace luosim::world {

/// Numbers the writes of one disk anew, wherever they are left: in memory, on the media, and in
/// what the guest knows. Of each block they keep their order; between blocks nobody compares.
/// Nothing changes if there is a write of which nobody knows the block.
void number_writes_anew(memory::PhysicalMemory& memory, userspace::GuestDisk& disk,
                        device::nvme::Controller& controller, const userspace::Workload& load);

}  // namespace luosim::world
