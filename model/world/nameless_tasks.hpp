// SPDX-License-Identifier: Apache-2.0
//
// Numbers of tasks. Devices' tasks come and go; whoever starts while some of them are there would
// have another number than if they were not, and take it into notes and locks.
#pragma once

#include "model/world/world.hpp"

namespace luosim::world {

/// Gives tasks of the background that are ready, and that nobody knows by number, numbers behind
/// the first few, which stay free for those that start next. O(tasks).
void move_nameless_tasks_behind(World& world);

}  // namespace luosim::world
