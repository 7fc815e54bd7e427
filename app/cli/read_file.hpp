// SPDX-License-Identifier: Apache-2.0
//
// Reading a whole input file.
#pragma once

#include <iosfwd>
#include <optional>
#include <string>

namespace luosim::app {

/// The contents of a file of at most 64 MiB; `-` is standard input. Otherwise nothing, and a line
/// on `errors` that says why.
std::optional<std::string> read_file(const std::string& name, std::ostream& errors);

}  // namespace luosim::app
