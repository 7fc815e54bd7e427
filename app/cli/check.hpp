// SPDX-License-Identifier: Apache-2.0
//
// `luosim check SCENARIO`: explores every order of steps, every call of free actors and every fault
// within a budget, and answers with a proof for this scenario, with the shortest story of how it
// breaks, or with how far it came.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

#include "app/cli/command.hpp"

namespace luosim::app {

struct CheckArguments {
  std::string scenario;
  std::vector<std::string> settings;  ///< key=value
  std::size_t case_number = 0;        ///< of a file with a matrix, from 1; 0: there is only one
  std::uint32_t faults = 0;
  std::vector<std::string> sites;  ///< patterns with `*`; none: callbacks of participants
  std::uint64_t max_states = 10'000'000;
  std::uint64_t max_seconds = 0;    ///< 0: no limit
  std::uint64_t max_memory = 4096;  ///< MiB
  std::uint32_t threads = 1;
  std::string compaction = "128";
  std::string order = "breadth";
  std::vector<std::string> switched_off;  ///< reductions
  bool finds_all = false;
  bool json = false;
  bool quiet = false;
  std::string counterexample_file;  ///< of the shortest one
  std::string folder;               ///< of a file for each
  std::string report_file;          ///< HTML
  std::string junit_file;
};

/// Exit code as in exit_code.hpp.
int check_scenario(const CheckArguments& arguments, std::ostream& output, std::ostream& errors);

Action add_check(CLI::App& command);

}  // namespace luosim::app
