// SPDX-License-Identifier: Apache-2.0
#include "app/report/report_state.hpp"

#include <array>
#include <span>
#include <string_view>

#include "app/view/view.hpp"

namespace luosim::app {

namespace {

using nlohmann::ordered_json;

constexpr std::string_view kEach = "*";
using Path = std::array<std::string_view, 5>;

// The last part that is not empty goes.
constexpr Path kOfTheEngine[] = {
    {"tasks", "list", kEach, "frames"},
};
constexpr Path kInFlight[] = {
    {"tasks", "list", kEach, "number"},
    {"tasks", "list", kEach, "due_ns"},
    {"tasks", "list", kEach, "stands"},
    {"tasks", "list", kEach, "state"},
    {"devices", "functions", kEach, "nvme", "commands"},
    {"vms", kEach, "disks", kEach, "commands"},
};

void erase(ordered_json& value, std::span<const std::string_view> path) {
  const std::string_view part = path.front();
  const bool is_last = path.size() == 1 || path[1].empty();
  if (part == kEach) {
    if (!value.is_array()) return;
    for (ordered_json& element : value) erase(element, path.subspan(1));
    return;
  }
  if (!value.is_object()) return;
  const auto member = value.find(std::string(part));
  if (member == value.end()) return;
  if (is_last) {
    value.erase(member);
  } else {
    erase(*member, path.subspan(1));
  }
}

}  // namespace

ordered_json state_for_report(const world::World& world, const world::Blueprint& blueprint,
                              bool is_thinned) {
  ordered_json state = view_of(world, blueprint);
  for (const Path& path : kOfTheEngine) erase(state, path);
  if (is_thinned)
    for (const Path& path : kInFlight) erase(state, path);
  return state;
}

}  // namespace luosim::app
