// SPDX-License-Identifier: Apache-2.0
//
// `luosim fuzz SCENARIO`: plays many variations of a scenario that are drawn at random, makes what
// breaks as small as it goes, and writes one scenario for each cause.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

#include "app/cli/command.hpp"

namespace luosim::app {

struct FuzzArguments {
  std::string scenario;
  std::vector<std::string> settings;  ///< key=value
  std::uint64_t cases = 1000;
  std::uint64_t seed = 0;
  std::uint32_t faults = 1;
  std::vector<std::string> sites;  ///< patterns with `*`; none: callbacks of participants
  std::uint64_t max_seconds = 0;   ///< 0: no limit
  bool knobs = false;
  bool json = false;
  std::string folder;  ///< of the scenarios that are written; empty: none
};

/// Exit code as in exit_code.hpp.
int fuzz_scenario(const FuzzArguments& arguments, std::ostream& output, std::ostream& errors);

Action add_fuzz(CLI::App& command);

}  // namespace luosim::app
