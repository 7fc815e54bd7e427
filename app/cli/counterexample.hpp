// SPDX-License-Identifier: Apache-2.0
//
// A story of an exploration as a scenario that `luosim run` replays: what free actors did becomes
// their script, faults that struck become rules, and if more than one could go on, the order of
// steps is written down too.
#pragma once

#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "app/cli/load.hpp"
#include "app/report/story.hpp"

namespace luosim::app {

/// What a scenario needs so that the steps of a story come in their order again.
struct StoryShape {
  bool writes_order = false;        ///< the order of steps is written down
  bool forgets_moments = false;     ///< nobody waits for a moment of time
  bool expects_any_answer = false;  ///< of scripts, which have other answers in another order
};

/// The text of a scenario that goes the way of a story, and then on. What it expects is what a
/// replay shows. Nothing, and the reason on `errors`, as below.
std::optional<std::string> scenario_of_story(const std::string& source_text,
                                             const std::vector<std::string>& settings,
                                             const Loaded& loaded, const Story& story,
                                             const StoryShape& shape, std::ostream& errors);

/// The text of the scenario. Nothing, and the reason on `errors`, if the file is one of a kind that
/// cannot be written this way (it has a matrix).
std::optional<std::string> counterexample_text(const std::string& source_text,
                                               const std::vector<std::string>& settings,
                                               const Loaded& loaded, const Story& story,
                                               std::ostream& errors);

}  // namespace luosim::app
