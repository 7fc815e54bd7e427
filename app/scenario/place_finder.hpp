// SPDX-License-Identifier: Apache-2.0
//
// From byte offsets to places, for messages: YAML's reader has offsets, people count lines and
// columns, and the library counts characters where we count bytes.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "app/scenario/node.hpp"

namespace luosim::app {

/// Bytes of a text, from `begin` up to but without `end`.
struct Range {
  std::size_t begin = 0;
  std::size_t end = 0;
};

/// Turns ranges of one text into places. The text must outlive it.
class PlaceFinder {
 public:
  explicit PlaceFinder(std::string_view text);

  /// A range that is longer than its line ends with the line. O(log lines).
  Place place_of(Range range) const;
  /// Behind the last character that is not blank: where something is missing at the end of a file.
  Place end_of_text() const;

 private:
  std::string_view text_;
  std::vector<std::size_t> line_starts_;
};

}  // namespace luosim::app
