// SPDX-License-Identifier: Apache-2.0
//
// How an exploration comes to guests that are at work: the boot of the first kernel and what their
// drivers do first are played once, in one order, and not explored.
#pragma once

#include <vector>

#include "model/world/blueprint.hpp"
#include "model/world/world.hpp"

namespace luosim::world {

bool has_guests_with_devices(const Blueprint& blueprint);

/// Plays a world that was just switched on, each task in its turn and whatever the time, until the
/// disks of all guests are at work and no interrupt waits. Actors wait. Gives up a disk that takes
/// too long. Says who took the steps.
std::vector<OrderPart> play_until_guests_work(Context& context);

}  // namespace luosim::world
