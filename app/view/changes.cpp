// SPDX-License-Identifier: Apache-2.0
#include "app/view/changes.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

namespace luosim::app {

namespace {

using Json = nlohmann::ordered_json;

std::string joined(const std::string& path, const std::string& name) {
  return path.empty() ? name : path + '.' + name;
}

// The members of an object or of a list, by name and in order.
std::vector<std::pair<std::string, const Json*>> members_of(const Json& value) {
  std::vector<std::pair<std::string, const Json*>> members;
  if (value.is_object()) {
    for (const auto& [name, member] : value.items()) members.emplace_back(name, &member);
  } else if (value.is_array()) {
    std::vector<std::string> names = names_of_elements(value);
    for (std::size_t index = 0; index < value.size(); ++index)
      members.emplace_back(std::move(names[index]), &value[index]);
  }
  return members;
}

void collect(const std::string& path, const Json& before, const Json& after,
             std::vector<Change>& changes) {
  if (before == after) return;
  const bool is_leaf = !before.is_structured() || !after.is_structured();
  if (is_leaf) {
    changes.push_back({path, before, after});
    return;
  }
  const auto old_members = members_of(before);
  std::map<std::string_view, const Json*> old_by_name(old_members.begin(), old_members.end());
  for (const auto& [name, member] : members_of(after)) {
    const auto old = old_by_name.find(name);
    if (old == old_by_name.end()) {
      changes.push_back({joined(path, name), nullptr, *member});
      continue;
    }
    collect(joined(path, name), *old->second, *member, changes);
    old_by_name.erase(old);
  }
  for (const auto& [name, member] : old_members)
    if (old_by_name.contains(name)) changes.push_back({joined(path, name), *member, nullptr});
}

}  // namespace

std::vector<Change> changes_between(const Json& before, const Json& after) {
  std::vector<Change> changes;
  collect({}, before, after, changes);
  return changes;
}

std::string text_of_value(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_boolean()) return value.get<bool>() ? "yes" : "no";
  return value.dump();
}

std::string sentence_of(const Change& change) {
  if (change.before.is_null()) {
    return change.after.is_structured()
               ? fmt::format("{}: new", change.path)
               : fmt::format("{}: new, {}", change.path, text_of_value(change.after));
  }
  if (change.after.is_null()) return fmt::format("{}: gone", change.path);
  return fmt::format("{}: {} -> {}", change.path, text_of_value(change.before),
                     text_of_value(change.after));
}

std::vector<std::string> names_of_elements(const Json& list) {
  std::vector<std::string> names;
  names.reserve(list.size());
  std::map<std::string, std::size_t> seen;
  for (std::size_t index = 0; index < list.size(); ++index) {
    const Json& element = list[index];
    const bool has_name = element.is_object() && !element.empty();
    std::string name = has_name ? text_of_value(element.begin().value()) : std::to_string(index);
    const std::size_t times = ++seen[name];
    names.push_back(times == 1 ? std::move(name) : fmt::format("{}#{}", name, times));
  }
  return names;
}

const Json* find_part(const Json& view, std::string_view path) {
  if (path.empty()) return &view;
  for (const auto& [name, member] : members_of(view)) {
    if (path == name) return member;
    // Something has to come behind the dot.
    const bool goes_on =
        path.size() > name.size() + 1 && path.starts_with(name) && path[name.size()] == '.';
    if (!goes_on) continue;
    if (const Json* found = find_part(*member, path.substr(name.size() + 1))) return found;
  }
  return nullptr;
}

}  // namespace luosim::app
