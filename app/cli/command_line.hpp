// SPDX-License-Identifier: Apache-2.0
//
// The command line as a whole: which subcommands there are.
#pragma once

#include <iosfwd>

namespace luosim::app {

/// Reads the command line and does what it says; returns an exit code (exit_code.hpp).
int run_command_line(int argument_count, char** argument_values, std::ostream& output,
                     std::ostream& errors);

}  // namespace luosim::app
