// SPDX-License-Identifier: Apache-2.0
//
// What the past has left in the memory of a guest that runs, and neither it nor its disk will read:
// entries of queues, buffers, and what its drivers saved when it was stopped last.
#pragma once

#include "model/userspace/guest_disk.hpp"
#include "model/world/world.hpp"

namespace luosim::world {

/// Clears it, and turns both queues to their first place. Nothing happens to queues that are
/// not as guest and controller have made them.
void forget_entries_of_queues(Context& context, userspace::GuestDisk& disk,
                              device::nvme::Controller& controller);

}  // namespace luosim::world
