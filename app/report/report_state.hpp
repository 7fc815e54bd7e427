// SPDX-License-Identifier: Apache-2.0
//
// What of a view a report keeps. In a report that leaves records out, everything that is in flight
// is something else from one step to the next, and would be most of the file.
#pragma once

#include <nlohmann/json.hpp>

#include "model/world/blueprint.hpp"
#include "model/world/world.hpp"

namespace luosim::app {

/// The view of a world without what only an engine knows of its tasks, and if `is_thinned` also
/// without single commands in flight; how many there are stays.
nlohmann::ordered_json state_for_report(const world::World& world,
                                        const world::Blueprint& blueprint, bool is_thinned);

}  // namespace luosim::app
