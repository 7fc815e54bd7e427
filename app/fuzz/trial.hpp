// SPDX-License-Identifier: Apache-2.0
//
// One variation played: what broke in it, by cause, and what happened on the way.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "app/cli/load.hpp"
#include "app/fuzz/variation.hpp"
#include "model/world/run.hpp"

namespace luosim::app {

/// What tells one way of breaking from another: the guarantee, and what it says was wrong without
/// the names and numbers of this one story.
struct BrokenCause {
  std::string guarantee;
  std::string words;
  friend auto operator<=>(const BrokenCause&, const BrokenCause&) = default;
};

/// The cause behind a sentence of a guarantee. `names` are those of the scenario.
BrokenCause cause_of(std::string_view guarantee, std::string_view sentence,
                     const std::set<std::string>& names);

struct Broken {
  BrokenCause cause;
  std::string sentence;
};

struct Trial {
  std::vector<Broken> broken;  ///< in the order of finding
  std::string machine;         ///< at the end: `running`, `panic REASON` ...
  world::Stop stop = world::Stop::scripts_ended;
  std::map<std::string, std::uint64_t> calls;   ///< that were made, by verb
  std::map<std::string, std::uint64_t> struck;  ///< faults, by site
  std::map<std::string, std::uint64_t> phases;  ///< that were entered
};

/// Plays a scenario; what it expects to be broken counts all the same.
Trial try_scenario(const Loaded& loaded, const std::set<std::string>& names);

}  // namespace luosim::app
