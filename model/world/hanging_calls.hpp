// SPDX-License-Identifier: Apache-2.0
//
// Calls that can never return. Inside a call a task waits for nothing but locks, so one hangs if
// all that have the lock, or stand before it in the queue, and whom those wait for in turn, are
// either stuck themselves or in no call at all, from which nobody gives up a lock.
#pragma once

#include <vector>

#include "model/world/world.hpp"

namespace luosim::world {

/// Who hangs, in the order of arrival; whoever was killed is not waited for. O(1) while nobody
/// waits for a lock.
std::vector<sim::Locks::Claim> hanging_calls(const World& world);

/// `agent waits for ever to read-lock the phase lock`.
std::string text_of(const sim::Locks::Claim& hanging, const World& world, const sim::Names& names);

}  // namespace luosim::world
