// SPDX-License-Identifier: Apache-2.0
//
// Questions that every reader of the tree asks.
#include "app/scenario/node.hpp"

#include <algorithm>
#include <cstddef>

namespace luosim::app {
namespace {

constexpr std::string_view kBlanks = " \t\n";

}  // namespace

std::vector<Word> split_words(const Node& scalar) {
  std::vector<Word> words;
  const std::string_view text = scalar.text;
  for (std::size_t end = 0;;) {
    const std::size_t begin = text.find_first_not_of(kBlanks, end);
    if (begin == std::string_view::npos) return words;
    end = std::min(text.find_first_of(kBlanks, begin), text.size());
    Place place = scalar.place;
    // Where quoting or folding moved things, the place of the whole is the honest answer.
    if (scalar.verbatim) {
      place.column += static_cast<std::uint32_t>(begin + (scalar.quoted ? 1 : 0));
      place.length = static_cast<std::uint32_t>(end - begin);
    }
    words.push_back({text.substr(begin, end - begin), place});
  }
}

bool has_value(const Node& node) {
  return node.kind != Node::Kind::null && node.kind != Node::Kind::refused;
}

bool is_collection(const Node& node) {
  return node.kind == Node::Kind::sequence || node.kind == Node::Kind::mapping;
}

const Entry* find_entry(const Node& mapping, std::string_view key) {
  const auto found = std::find_if(mapping.entries.begin(), mapping.entries.end(),
                                  [key](const Entry& entry) { return entry.key == key; });
  return found == mapping.entries.end() ? nullptr : &*found;
}

Place place_under(const Node& mapping, std::string_view key) {
  const Entry* entry = find_entry(mapping, key);
  return entry == nullptr ? mapping.place : entry->value.place;
}

}  // namespace luosim::app
