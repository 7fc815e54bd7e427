// SPDX-License-Identifier: Apache-2.0
//
// `luosim step SCENARIO`: a debugger of time. Commands come from standard input.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

#include "app/cli/command.hpp"

namespace luosim::app {

struct StepArguments {
  std::string scenario;
  std::vector<std::string> settings;  ///< key=value
  std::size_t case_number = 0;        ///< of a file with a matrix, from 1; 0: there is only one
  std::uint64_t seed = 0;
  std::uint32_t faults = 0;
  std::vector<std::string> sites;
  bool untimed = false;
};

/// Exit code as in exit_code.hpp. `input` gives the commands unless a person is at a terminal.
int step_scenario(const StepArguments& arguments, std::istream& input, bool is_terminal,
                  std::ostream& output, std::ostream& errors);

Action add_step(CLI::App& command);

}  // namespace luosim::app
