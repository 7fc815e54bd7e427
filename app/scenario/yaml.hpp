// SPDX-License-Identifier: Apache-2.0
//
// Reads a restricted YAML into our own tree: what a scenario needs, and nothing that surprises
// people (tags, anchors, merge keys, several documents, duplicate keys, keys that are not words).
// JSON is a subset of it. The library behind it is known to yaml.cpp only.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "app/scenario/diagnostic.hpp"
#include "app/scenario/node.hpp"

namespace luosim::app {

/// What a file may ask of the reader; more is a diagnostic.
namespace yaml_limits {
inline constexpr std::size_t kBytes = 16U << 20U;
inline constexpr std::size_t kDepth = 64;  ///< collections inside of each other
inline constexpr std::size_t kNodes = 2'000'000;
/// Characters that may begin a token. The library keeps every token of a line or of a broken
/// collection until it has seen the end of it, at up to 600 bytes each, before we can count nodes.
inline constexpr std::size_t kMarks = 1'500'000;
/// Sum over all stretches of n blanks and line ends in a row of n * (n + 1) / 2: the library's time
/// grows with the square of such a stretch. One of 14'000 is allowed, or a million of 14.
inline constexpr std::size_t kBlankWork = 100'000'000;
/// Brackets open at once as a plain count, which does not know quotes and comments. Far above
/// kDepth, and far below what it takes the library to read on to the end of a flood of them.
inline constexpr std::size_t kOpenBrackets = 10'000;
inline constexpr std::size_t kDiagnostics = 100;  ///< those after it are not kept
}  // namespace yaml_limits

struct YamlResult {
  /// Absent if the text as a whole could not be read. Present together with diagnostics if only
  /// parts of it were refused, so that the rest can be judged in the same pass.
  std::optional<Node> root;
  std::vector<Diagnostic> diagnostics;  ///< in no particular order
};

/// Any bytes are allowed as input; never prints, never throws for a reason in the text. A file
/// without content is a null root. `file_name` is only copied into the diagnostics.
YamlResult read_yaml(std::string_view text, std::string_view file_name);

}  // namespace luosim::app
