// SPDX-License-Identifier: Apache-2.0
//
// A story of an exploration as a scenario that `luosim run` replays: what free actors did becomes
// their script, faults that struck become rules, and if more than one could go on, the order of
// steps is written down too.
#pragma once

#include <iosfwd>
#include <optional>
#include <string>

#include "app/cli/load.hpp"
#include "app/report/story.hpp"

namespace luosim::app {

/// The text of the scenario. Nothing, and the reason on `errors`, if the file is one of a kind that
/// cannot be written this way (it has a matrix).
std::optional<std::string> counterexample_text(const std::string& source_text,
                                               const std::vector<std::string>& settings,
                                               const Loaded& loaded, const world::WorldModel& model,
                                               const Story& story, std::ostream& errors);

}  // namespace luosim::app
