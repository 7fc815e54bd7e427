// SPDX-License-Identifier: Apache-2.0
//
// What counts as getting somewhere, for the claim that no cycle goes on for ever without: a call
// returns, somebody comes or goes, a device has finished something. Time that passes, a step that
// is taken and a callback that is called again are none of it.
#pragma once

#include "model/world/world.hpp"

namespace luosim::world {

/// Whether the record says that somebody is further than before.
bool is_headway(const sim::Record& record);

/// Whether hardware or a guest can go on by itself. Who waits for them in a loop, as drivers do,
/// goes round only as long as it is not their turn, which is no mistake of anybody.
bool hardware_can_go_on(const sim::Schedule& schedule);

}  // namespace luosim::world
