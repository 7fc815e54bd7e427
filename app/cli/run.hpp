// SPDX-License-Identifier: Apache-2.0
//
// `luosim run SCENARIO`: reads the scenario, builds the world, steps it, reports.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

#include "app/cli/command.hpp"

namespace luosim::app {

struct RunArguments {
  std::string scenario;
  std::uint64_t seed = 0;
  std::vector<std::string> settings;  ///< key=value
  bool json = false;
  bool quiet = false;             ///< the summary without the log
  bool verbose = false;           ///< the log with every step
  std::string trace_file;         ///< Perfetto
  std::string log_file;           ///< JSON Lines
  std::string choices_file;       ///< recorded choices to give again
  std::string save_choices_file;  ///< where to write the choices that were made
  std::string tree_file;          ///< the handover tree of the last jump, flattened
  std::size_t case_number = 0;    ///< of a family, counted from 1; 0: all
  std::uint64_t max_events = 200'000'000;
};

/// Exit code as in exit_code.hpp. The log and the summary go to `output`, the rest to `errors`.
int run_scenario(const RunArguments& arguments, std::ostream& output, std::ostream& errors);

Action add_run(CLI::App& command);

}  // namespace luosim::app
