// SPDX-License-Identifier: Apache-2.0
#include "app/scenario/settings.hpp"

#include <algorithm>

#include "app/scenario/diagnostic.hpp"
#include "app/scenario/yaml.hpp"

namespace luosim::app {

namespace {

// The longest key of `mapping` that `path` begins with: keys such as `kexec.jump` have dots.
std::size_t length_of_existing_key(const Node& mapping, std::string_view path) {
  std::size_t longest = 0;
  for (const Entry& entry : mapping.entries) {
    const bool fits = path.starts_with(entry.key) &&
                      (path.size() == entry.key.size() || path[entry.key.size()] == '.');
    if (fits) longest = std::max(longest, entry.key.size());
  }
  return longest;
}

Node& value_under(Node& mapping, std::string_view key, const Place& place) {
  for (Entry& entry : mapping.entries)
    if (entry.key == key) return entry.value;
  mapping.entries.push_back({std::string(key), place, {}});
  mapping.entries.back().value.place = place;
  return mapping.entries.back().value;
}

}  // namespace

Place place_of_setting(std::size_t index) {
  return {.line = 0, .column = static_cast<std::uint32_t>(index) + 1, .length = 1};
}

bool is_of_a_setting(const Place& place) {
  return place.line == 0 && place.column != 0;
}

std::size_t index_of_setting(const Place& place) {
  return place.column - 1;
}

std::string text_of_setting(std::string_view setting) {
  return "--set " + shown(setting);
}

std::string apply_setting(Node& root, std::string_view setting, const Place& place) {
  const std::size_t equals = setting.find('=');
  if (equals == 0 || equals == std::string_view::npos) return "not of the form KEY=VALUE";
  std::string_view path = setting.substr(0, equals);
  Node* node = &root;
  // Below `timing` everything is one key, whatever dots it has.
  bool takes_the_rest = false;
  for (std::size_t depth = 0; !path.empty(); ++depth) {
    if (depth == yaml_limits::kDepth) return "more than " + std::to_string(depth) + " deep";
    if (node->kind == Node::Kind::null) node->kind = Node::Kind::mapping;
    if (node->kind != Node::Kind::mapping) return "there is no mapping to put it into";
    std::size_t length = length_of_existing_key(*node, path);
    if (length == 0) length = takes_the_rest ? path.size() : std::min(path.find('.'), path.size());
    const std::string_view key = path.substr(0, length);
    takes_the_rest = key == "timing";
    node = &value_under(*node, key, place);
    path.remove_prefix(std::min(length + 1, path.size()));
  }
  *node = Node{};
  node->place = place;
  node->kind = Node::Kind::scalar;
  node->text = setting.substr(equals + 1);
  return "";
}

}  // namespace luosim::app
