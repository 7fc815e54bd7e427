// SPDX-License-Identifier: Apache-2.0
//
// What the past has left of devices and their guests in a state of an exploration, and no future
// depends on: moments, counts, numbers of writes, and entries of queues that nobody reads again. It
// is taken away after each move, so that a guest which works for ever has finitely many states.
// docs/EXPLORATION.md argues for each of them.
#pragma once

#include "model/world/blueprint.hpp"
#include "model/world/explored_state.hpp"

namespace luosim::world {

/// Changes nothing that a step or a guarantee looks at, but for the numbers of writes: only their
/// order and their equality stay. And a guest's load begins its round of wishes again.
void forget_device_history(ExploredState& state, const Blueprint& blueprint);

}  // namespace luosim::world
