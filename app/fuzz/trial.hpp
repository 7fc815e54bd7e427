// SPDX-License-Identifier: Apache-2.0
//
// One variation played: what broke in it, by cause, and what happened on the way.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "app/cli/load.hpp"
#include "app/fuzz/variation.hpp"
#include "model/world/place.hpp"
#include "model/world/run.hpp"

namespace luosim::app {

/// What tells one way of breaking from another, as for `luosim check`: the guarantee, and the call
/// and the row of the program in which it was first broken.
struct BrokenCause {
  std::string guarantee;
  world::Place place;  ///< empty for what only the end of the story shows
  friend auto operator<=>(const BrokenCause&, const BrokenCause&) = default;
};

struct Broken {
  BrokenCause cause;
  std::string sentence;  ///< what the guarantee says was wrong, and where
};

struct Trial {
  std::vector<Broken> broken;  ///< in the order of finding
  std::string machine;         ///< at the end: `running`, `panic REASON` ...
  world::Stop stop = world::Stop::scripts_ended;
  std::map<std::string, std::uint64_t> calls;   ///< that were made, by verb
  std::map<std::string, std::uint64_t> struck;  ///< faults, by site
  std::map<std::string, std::uint64_t> phases;  ///< that were entered

  bool was_interrupted() const { return stop == world::Stop::interrupted; }
  bool was_cut_short() const {
    return stop == world::Stop::event_limit || stop == world::Stop::time_limit || was_interrupted();
  }
};

/// A variation does little, unless a guest works for seconds of simulated time: one that takes more
/// steps than this is broken off.
inline constexpr std::uint64_t kStepsOfTrial = 400'000;

/// Plays a scenario for so many steps; what it expects to be broken counts all the same.
Trial try_scenario(const Loaded& loaded, std::uint64_t max_steps = kStepsOfTrial);

}  // namespace luosim::app
