// SPDX-License-Identifier: Apache-2.0
//
// A story of an exploration as a scenario that `luosim run` replays: what free actors did becomes
// their script, faults that struck become rules, and where it matters, the order of steps is
// written down too.
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

/// The scenario that the story is one of.
struct StorySource {
  const std::string& text;
  const std::vector<std::string>& settings;  ///< of the command line
  const Loaded& loaded;                      ///< the text with the settings
};

/// The text of a scenario that goes the way of a story, and then on. What it expects is what a
/// replay shows. Nothing, and the reason on `errors`, as below.
std::optional<std::string> scenario_of_story(const StorySource& source, const Story& story,
                                             const StoryShape& shape, std::ostream& errors);

struct WrittenCounterexample {
  std::string text;
  /// A run of it breaks the guarantee that the story breaks, or goes the way to where a claim about
  /// all that may follow is broken; the text says so then.
  bool replays = false;
};

/// The scenario in which the finding of the story happens again. The order of steps is written down
/// where a run in order of time would come to something else. Nothing, and the reason on `errors`,
/// if the file is one of a kind that cannot be written this way (it has a matrix).
std::optional<WrittenCounterexample> counterexample_of(const StorySource& source,
                                                       const Story& story, std::ostream& errors);

}  // namespace luosim::app
