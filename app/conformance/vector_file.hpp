// SPDX-License-Identifier: Apache-2.0
//
// A recorded vector: operations and, line by line, what the real code answered
// (tests/conformance/README.md). Strictly pairs of `>` and `<` lines below a head of comments.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/scenario/diagnostic.hpp"

namespace luosim::app {

struct VectorLine {
  std::vector<std::string> words;  ///< of the operation; never empty
  std::string operation;           ///< as written
  std::string expected;            ///< the whole `<` line behind "< "
  std::uint32_t line = 0;          ///< of the `>` line
};

struct VectorFile {
  std::string protocol;
  std::vector<VectorLine> lines;
};

struct VectorResult {
  std::optional<VectorFile> file;
  std::vector<Diagnostic> diagnostics;
};

/// Reads a vector file. Limits: 64 MiB, 1 MiB a line, 10 000 operations.
VectorResult read_vector_file(std::string_view text, std::string_view file_name);

/// The fields of a `<` line, separated by " | ".
std::vector<std::string> fields_of(std::string_view line);

}  // namespace luosim::app
