// SPDX-License-Identifier: Apache-2.0
#include "app/scenario/place_finder.hpp"

#include <algorithm>
#include <cstdint>

namespace luosim::app {

PlaceFinder::PlaceFinder(std::string_view text) : text_(text), line_starts_{0} {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n') line_starts_.push_back(i + 1);
  }
}

Place PlaceFinder::place_of(Range range) const {
  const std::size_t begin = std::min(range.begin, text_.size());
  const auto next = std::upper_bound(line_starts_.begin(), line_starts_.end(), begin);
  const std::size_t line_start = *(next - 1);
  std::size_t line_end = next == line_starts_.end() ? text_.size() : *next - 1;
  if (line_end > begin && text_[line_end - 1] == '\r') --line_end;
  const std::size_t end = std::clamp(range.end, begin, std::max(begin, line_end));
  return {static_cast<std::uint32_t>(next - line_starts_.begin()),
          static_cast<std::uint32_t>(begin - line_start + 1),
          static_cast<std::uint32_t>(end - begin)};
}

Place PlaceFinder::end_of_text() const {
  const std::size_t last = text_.find_last_not_of(" \t\r\n");
  const std::size_t end = last == std::string_view::npos ? 0 : last + 1;
  return place_of({end, end});
}

}  // namespace luosim::app
