// SPDX-License-Identifier: Apache-2.0
//
// A counterexample as a story: who did what, what went wrong, and the log of it. It is what a path
// of an exploration says when it is walked again.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/world/explore.hpp"
#include "sim/choice/choice.hpp"
#include "sim/explore/result.hpp"

namespace luosim::app {

/// One move, for people.
struct StoryMove {
  std::string who;
  std::string what;                      ///< the call, or the step that comes next
  bool is_call = false;                  ///< of a free actor
  std::uint32_t actor = 0;               ///< of a call
  std::uint32_t alternative = 0;         ///< of a call: its number in the plan of the actor
  std::vector<sim::MadeChoice> choices;  ///< that were made while it was taken
  std::vector<sim::AskedFault> faults;   ///< that could have struck while it was taken
  std::vector<std::string> log;          ///< lines of the kernel log
};

struct Story {
  sim::explore::Finding finding;
  std::vector<StoryMove> moves;
  std::optional<std::size_t> critical;  ///< the last move that could have been another one
  /// Who takes the steps when a machine goes this way, from the beginning on.
  std::vector<world::OrderPart> order;
  std::vector<sim::AskedFault> faults;  ///< that could have struck, from the beginning on
};

/// Walks the path of a counterexample again.
Story tell(const world::WorldModel& model, const sim::explore::Counterexample& counterexample);

/// The story with the log of the moves, the critical one marked.
std::string story_text(const Story& story);

}  // namespace luosim::app
