// SPDX-License-Identifier: Apache-2.0
//
// `luosim run SCENARIO...`: replays scenarios and says what happened. This is the main path: read,
// build, step, report.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

#include "app/cli/command.hpp"
#include "app/report/exports.hpp"

namespace luosim::app {

struct RunArguments {
  std::vector<std::string> scenarios;  ///< files and folders
  std::uint64_t seed = 0;
  std::vector<std::string> settings;  ///< key=value
  bool json = false;                  ///< one JSON object instead of the log and the summary
  bool quiet = false;                 ///< the summary without the log
  bool verbose = false;               ///< the log with every step
  std::string choices_file;           ///< recorded choices to give again
  std::string report_file;            ///< HTML
  std::size_t case_number = 0;        ///< of a family, counted from 1; 0: all
  std::uint64_t max_events = 200'000'000;
  /// Where to write each of exports() and summary_exports(), in their order; empty: nowhere.
  std::vector<std::string> export_files = std::vector<std::string>(exports().size());
  std::vector<std::string> summary_files = std::vector<std::string>(summary_exports().size());
};

/// Exit code as in exit_code.hpp; of several runs the worst. The log and the summary go to
/// `output`, the rest to `errors`.
int run_scenarios(const RunArguments& arguments, std::ostream& output, std::ostream& errors);

Action add_run(CLI::App& command);

}  // namespace luosim::app
