// SPDX-License-Identifier: Apache-2.0
//
// `luosim schema`: the JSON Schema of scenario files.
#pragma once

#include <iosfwd>

#include "app/cli/command.hpp"

namespace luosim::app {

int print_schema(std::ostream& output);

Action add_schema(CLI::App& command);

}  // namespace luosim::app
