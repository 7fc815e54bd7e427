// SPDX-License-Identifier: Apache-2.0
//
// `luosim conform FILE...`: runs recorded kernel vectors against the model.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "app/cli/command.hpp"

namespace luosim::app {

/// Runs every file; mismatches and the closing `N passed, N failed` go to `output`, what is wrong
/// with a file to `errors`. Exit code 0, 1 if a vector failed, 2 for input that cannot be run.
int conform(const std::vector<std::string>& files, std::ostream& output, std::ostream& errors);

Action add_conform(CLI::App& command);

}  // namespace luosim::app
