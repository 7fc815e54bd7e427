// SPDX-License-Identifier: Apache-2.0
#include "app/scenario/placeholder.hpp"

#include <cstddef>

namespace luosim::app {
namespace {

constexpr std::string_view kOpening = "${";
constexpr std::string_view kEscapedOpening = "$${";
constexpr std::size_t kLongestName = 64;
constexpr std::string_view kNameCharacters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";

}  // namespace

bool has_placeholder(std::string_view text) {
  return text.find(kOpening) != std::string_view::npos;
}

bool is_parameter_name(std::string_view text) {
  return !text.empty() && text.size() <= kLongestName &&
         text.find_first_not_of(kNameCharacters) == std::string_view::npos;
}

std::optional<std::vector<Stretch>> split_placeholders(std::string_view text) {
  std::vector<Stretch> stretches;
  const auto take_literal = [&stretches](std::string_view literal) {
    if (!literal.empty()) stretches.push_back({literal, false});
  };
  while (true) {
    const std::size_t opening = text.find(kOpening);
    if (opening == std::string_view::npos) {
      take_literal(text);
      return stretches;
    }
    const std::size_t behind = opening + kOpening.size();
    if (opening > 0 && text.substr(opening - 1, kEscapedOpening.size()) == kEscapedOpening) {
      take_literal(text.substr(0, opening - 1));
      take_literal(text.substr(opening, kOpening.size()));
      text.remove_prefix(behind);
      continue;
    }
    // A name ends within a few bytes, so a text of many openings is still read in one pass.
    const std::size_t end = text.substr(behind, kLongestName + 1).find('}');
    if (end == std::string_view::npos || !is_parameter_name(text.substr(behind, end))) {
      return std::nullopt;
    }
    take_literal(text.substr(0, opening));
    stretches.push_back({text.substr(behind, end), true});
    text.remove_prefix(behind + end + 1);
  }
}

}  // namespace luosim::app
