// SPDX-License-Identifier: Apache-2.0
//
// The faults of a story as rules of a scenario: those that struck by choice strike for certain, at
// the same calls.
#pragma once

#include <cstddef>
#include <vector>

#include "app/cli/load.hpp"
#include "app/report/story.hpp"
#include "app/scenario/yaml.hpp"

namespace luosim::app {

/// Writes under `faults` of the scenario `root` what struck in the story. Rules of the scenario
/// that leave it to chance, and where time is forgotten those with a window, have had their say in
/// it and go; the others stay, in front.
void write_faults(Node& root, const Loaded& loaded, const Story& story, bool forgets_time);

/// Takes from `root` the rules of the scenario that never fired in a replay, by their places in the
/// list: they would say that it shows less than it claims. True if there were any.
bool leave_out_unfired(Node& root, const Loaded& loaded, bool forgets_time,
                       const std::vector<std::size_t>& unfired);

}  // namespace luosim::app
