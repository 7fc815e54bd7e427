// SPDX-License-Identifier: Apache-2.0
//
// Runs as a table for spreadsheets and data frames: one row for each run, metrics in columns whose
// names end in their unit.
#pragma once

#include <span>
#include <string>

#include "app/report/run_report.hpp"

namespace luosim::app {

/// With a header. A metric that a run does not have is an empty cell. Quoted as RFC 4180 says.
std::string csv_table(std::span<const RunResult> runs);

}  // namespace luosim::app
