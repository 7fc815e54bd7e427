// SPDX-License-Identifier: Apache-2.0
//
// Many scenarios at once: one row for each file, what is wrong below it, and the worst verdict.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "app/report/run_report.hpp"

namespace luosim::app {

/// The runs of each file: one, or one for each case. Times are those of the simulated machine.
std::string table_text(const std::vector<std::vector<RunResult>>& files);

/// An object whose `runs` are what summary_json() or family_json() say of each file.
nlohmann::ordered_json table_json(const std::vector<std::vector<RunResult>>& files);

}  // namespace luosim::app
