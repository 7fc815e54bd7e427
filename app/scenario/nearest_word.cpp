// SPDX-License-Identifier: Apache-2.0
//
// Damerau-Levenshtein distance in the restricted form (no piece is edited twice), which is what
// typing errors look like, given up as soon as it is known to be too large.
#include "app/scenario/nearest_word.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

#include "app/scenario/diagnostic.hpp"

namespace luosim::app {
namespace {

constexpr std::size_t kLongestWord = 64;
constexpr std::size_t kMostEdits = 3;

using Row = std::array<std::size_t, kLongestWord + 1>;

char fold(char letter) {
  return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

/// Takes off what both begin and end with: it needs no edit, and names in a list are often alike.
void drop_common_ends(std::string_view& left, std::string_view& right) {
  while (!left.empty() && !right.empty() && fold(left.front()) == fold(right.front())) {
    left.remove_prefix(1);
    right.remove_prefix(1);
  }
  while (!left.empty() && !right.empty() && fold(left.back()) == fold(right.back())) {
    left.remove_suffix(1);
    right.remove_suffix(1);
  }
}

/// The number of edits, or anything above `limit` if it is above `limit`. Only cells near the
/// diagonal can be within the limit, so only those are computed.
std::size_t edits_between(std::string_view left, std::string_view right, std::size_t limit) {
  drop_common_ends(left, right);
  if (std::max(left.size(), right.size()) - std::min(left.size(), right.size()) > limit) {
    return limit + 1;
  }
  std::array<Row, 3> rows;
  for (Row& row : rows) row.fill(limit + 1);
  for (std::size_t j = 0; j <= std::min(right.size(), limit); ++j) rows[0][j] = j;
  for (std::size_t i = 1; i <= left.size(); ++i) {
    const Row& before_last = rows[(i + 1) % 3];
    const Row& last = rows[(i - 1) % 3];
    Row& current = rows[i % 3];
    const std::size_t begin = i > limit ? i - limit : 1;
    const std::size_t end = std::min(right.size(), i + limit);
    current[begin - 1] = begin == 1 ? i : limit + 1;
    std::size_t smallest = current[begin - 1];
    for (std::size_t j = begin; j <= end; ++j) {
      const bool same = fold(left[i - 1]) == fold(right[j - 1]);
      current[j] = std::min({last[j] + 1, current[j - 1] + 1, last[j - 1] + (same ? 0U : 1U)});
      const bool swapped = i > 1 && j > 1 && fold(left[i - 1]) == fold(right[j - 2]) &&
                           fold(left[i - 2]) == fold(right[j - 1]);
      if (swapped) current[j] = std::min(current[j], before_last[j - 2] + 1);
      smallest = std::min(smallest, current[j]);
    }
    if (end < right.size()) current[end + 1] = limit + 1;
    if (smallest > limit) return limit + 1;
  }
  return rows[left.size() % 3][right.size()];
}

}  // namespace

std::optional<std::string_view> nearest_word(std::string_view word,
                                             std::span<const std::string_view> candidates) {
  if (word.empty() || word.size() > kLongestWord) return std::nullopt;
  std::size_t limit = std::min(kMostEdits, (word.size() + 1) / 3);
  std::optional<std::string_view> nearest;
  for (const std::string_view candidate : candidates) {
    if (candidate.empty() || candidate.size() > kLongestWord) continue;
    const std::size_t edits = edits_between(word, candidate, limit);
    if (edits > limit) continue;
    nearest = candidate;
    if (edits == 0) break;
    limit = edits - 1;
  }
  return nearest;
}

std::string did_you_mean(std::string_view word, std::span<const std::string_view> candidates) {
  const std::optional<std::string_view> nearest = nearest_word(word, candidates);
  return nearest ? "did you mean " + quoted(*nearest) + "?" : std::string();
}

}  // namespace luosim::app
