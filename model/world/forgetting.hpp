// SPDX-License-Identifier: Apache-2.0
//
// What an exploration takes from a state because no future depends on it, so that states are met
// again: the history of numbers, and values that will be written before anybody reads them.
// docs/EXPLORATION.md argues for each.
#pragma once

#include "model/world/blueprint.hpp"
#include "model/world/explored_state.hpp"

namespace luosim::world {

/// No process is in a call of the kernel, so none of the kernel's own steps is under way. Who
/// sleeps is in none.
bool nobody_is_in_a_call(const World& world, const Blueprint& blueprint);

/// Where the allocator looks next, which numbers tokens have, and how often somebody was prepared.
/// Without this almost no state would be met twice.
void forget_history(ExploredState& state, const Blueprint& blueprint);

/// When nobody is in a call: KHO's root page while it is not finalized, what the boot that is over
/// read, and notes of guarantees about what is over.
void forget_dead_values(ExploredState& state, const Blueprint& blueprint);

}  // namespace luosim::world
