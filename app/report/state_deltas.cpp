// SPDX-License-Identifier: Apache-2.0
#include "app/report/state_deltas.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace luosim::app {

namespace {

using nlohmann::ordered_json;

constexpr const char* kSplice = "@";

ordered_json replacement(const ordered_json& value) {
  ordered_json delta = ordered_json::array();
  delta.push_back(value);
  return delta;
}

ordered_json delta_of_objects(const ordered_json& before, const ordered_json& after) {
  ordered_json delta = ordered_json::object();
  for (const auto& [name, value] : before.items())
    if (!after.contains(name)) delta[name] = ordered_json::array();
  for (const auto& [name, value] : after.items()) {
    const auto old = before.find(name);
    if (old == before.end()) {
      delta[name] = replacement(value);
    } else if (*old != value) {
      delta[name] = delta_between(*old, value);
    }
  }
  return delta;
}

// What is alike at both ends stays; what lies between is compared if it is as long as before, else
// exchanged.
ordered_json delta_of_lists(const ordered_json& before, const ordered_json& after) {
  const std::size_t shorter = std::min(before.size(), after.size());
  std::size_t head = 0;
  while (head < shorter && before[head] == after[head]) ++head;
  std::size_t tail = 0;
  while (tail < shorter - head &&
         before[before.size() - 1 - tail] == after[after.size() - 1 - tail])
    ++tail;
  ordered_json delta = ordered_json::object();
  if (before.size() == after.size()) {
    for (std::size_t index = head; index < before.size() - tail; ++index)
      if (before[index] != after[index])
        delta[std::to_string(index)] = delta_between(before[index], after[index]);
    return delta;
  }
  ordered_json added = ordered_json::array();
  for (std::size_t index = head; index < after.size() - tail; ++index)
    added.push_back(after[index]);
  delta[kSplice] = {head, before.size() - head - tail, std::move(added)};
  return delta;
}

ordered_json list_with_delta(const ordered_json& before, const ordered_json& delta) {
  ordered_json after = before;
  for (const auto& [index, change] : delta.items()) {
    if (index == kSplice) continue;
    ordered_json& element = after[std::stoull(index)];
    element = with_delta(element, change);
  }
  if (!delta.contains(kSplice)) return after;
  const ordered_json& splice = delta[kSplice];
  const auto first = after.begin() + splice[0].get<std::ptrdiff_t>();
  const auto place = after.erase(first, first + splice[1].get<std::ptrdiff_t>());
  after.insert(place, splice[2].begin(), splice[2].end());
  return after;
}

}  // namespace

ordered_json delta_between(const ordered_json& before, const ordered_json& after) {
  if (before.is_object() && after.is_object()) return delta_of_objects(before, after);
  if (before.is_array() && after.is_array()) return delta_of_lists(before, after);
  return before == after ? ordered_json::object() : replacement(after);
}

ordered_json with_delta(const ordered_json& before, const ordered_json& delta) {
  if (delta.is_array()) return delta[0];
  if (before.is_array()) return list_with_delta(before, delta);
  ordered_json after = before;
  for (const auto& [name, change] : delta.items()) {
    if (change.is_array() && change.empty()) {
      after.erase(name);
    } else {
      after[name] = with_delta(after[name], change);
    }
  }
  return after;
}

ordered_json StateDeltas::add(ordered_json state) {
  ordered_json entry = ordered_json::object();
  if (since_key_ >= kLeastBetweenKeys && delta_bytes_ >= key_bytes_) {
    entry["key"] = state;
    key_bytes_ = state.dump().size();
    delta_bytes_ = 0;
    since_key_ = 0;
  } else {
    entry["delta"] = delta_between(last_, state);
    delta_bytes_ += entry["delta"].dump().size();
  }
  ++since_key_;
  last_ = std::move(state);
  return entry;
}

ordered_json StateDeltas::add_the_same() {
  ++since_key_;
  ordered_json entry = ordered_json::object();
  entry["delta"] = ordered_json::object();
  return entry;
}

}  // namespace luosim::app
