// SPDX-License-Identifier: Apache-2.0
//
// `luosim schema`: the JSON Schema of scenario files, or of the lines of a log.
#pragma once

#include <cstdint>
#include <iosfwd>

#include "app/cli/command.hpp"

namespace luosim::app {

enum class SchemaOf : std::uint8_t { scenarios, log };

int print_schema(SchemaOf what, std::ostream& output);

Action add_schema(CLI::App& command);

}  // namespace luosim::app
