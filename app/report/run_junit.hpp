// SPDX-License-Identifier: Apache-2.0
//
// Runs as a report that CI systems read (JUnit's XML): one test case for each run, with the line
// that replays it. Times are those of the simulated machine, so that the same runs give the same
// bytes.
#pragma once

#include <span>
#include <string>

#include "app/report/run_report.hpp"

namespace luosim::app {

std::string run_junit(std::span<const RunResult> runs);

}  // namespace luosim::app
