// SPDX-License-Identifier: Apache-2.0
//
// Steps of which nobody else can tell when they were taken, while all that goes on besides is the
// usual work of devices and guests: explorations take them at once, and leave out the stories in
// which somebody else comes first. docs/EXPLORATION.md argues that this is sound.
#pragma once

#include <optional>

#include "model/world/world.hpp"

namespace luosim::world {

/// The first task whose next step nobody else can tell. O(tasks).
std::optional<sim::TaskId> quiet_task(const World& world, const Blueprint& blueprint);

/// Whether a task is about to do what devices and guests do all the time.
bool is_usual_work(const World& world, sim::TaskId task);

/// Whether a task is a guest that is about to serve its devices. What it does then can bring it
/// back to where it stands, with nobody else to do anything: one story ends here, and another
/// begins.
bool begins_a_round(const World& world, sim::TaskId task);

}  // namespace luosim::world
