// SPDX-License-Identifier: Apache-2.0
//
// When a story in order of time is over: its people have nothing left to do, and what is left goes
// on by itself.
#pragma once

#include "model/world/world.hpp"

namespace luosim::world {

/// To be called before each event. Once only tasks in the background are left, guests are told to
/// submit no more and traffic ends: guests finish what they have begun, devices what they were
/// told, and then nothing is pending.
void end_the_story_if_quiet(World& world, const Surroundings& surroundings);

}  // namespace luosim::world
