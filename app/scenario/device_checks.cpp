// SPDX-License-Identifier: Apache-2.0
//
// The tree of ports, and the addresses in it, are those that model/world/device_build.cpp makes of
// the same scenario. Sums are of at most 4096 devices, which is checked first.
#include "app/scenario/device_checks.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "app/scenario/device_types.hpp"
#include "app/scenario/diagnostic.hpp"
#include "app/scenario/fabric_addresses.hpp"
#include "app/scenario/vm_devices.hpp"

namespace luosim::app {
namespace {

using world::DeviceSpec;
using Type = DeviceSpec::Type;

constexpr std::uint64_t kMostPorts = 255;  // each has a bus of its own, and the root has one

const Node* value_of(const Node& root, std::string_view key) {
  const Entry* entry = find_entry(root, key);
  return entry == nullptr ? nullptr : &entry->value;
}

/// The devices of a scenario with their places in the file.
class DeviceCheck {
 public:
  DeviceCheck(LoadContext& context, const Node& node, const world::Scenario& scenario)
      : context_(context), node_(node), devices_(scenario.devices) {
    for (std::size_t index = 0; index < devices_.size(); ++index)
      by_name_.emplace(devices_[index].name, index);
  }

  void check() {
    const std::size_t before = context_.reported();
    for (std::size_t index = 0; index < devices_.size(); ++index) check_port_above(index);
    check_circles();
    check_counts();
    if (context_.reported() == before) check_addresses(context_, node_, devices_);
    if (context_.reported() != before) context_.note_failure("devices");
  }

 private:
  const Node& node_of(std::size_t index) const { return node_.entries[index].value; }
  Place place_of(std::size_t index, std::string_view key) const {
    return place_under(node_of(index), key);
  }

  std::uint64_t copies_of_device(std::size_t index) const {
    const Group* group = context_.groups().find(NameTable::devices, devices_[index].name);
    return group == nullptr ? 1 : group->copies;
  }

  /// The port that a device is behind, if it is one of the scenario. A copy is as its group.
  std::optional<std::size_t> above(std::size_t index) const {
    const std::string& behind = devices_[index].behind;
    const Group* group = context_.groups().group_of(NameTable::ports, behind);
    const auto found = by_name_.find(group == nullptr ? std::string_view(behind) : group->stem);
    if (found == by_name_.end()) return std::nullopt;
    return found->second;
  }

  void check_port_above(std::size_t index) {
    const DeviceSpec& device = devices_[index];
    const auto port = above(index);
    if (!port || !is_port(devices_[*port].type)) return;  // no port: the reference is reported
    const Type type = devices_[*port].type;
    const bool is_lower_end = device.type == Type::switch_downstream;
    const bool fits = is_lower_end ? type == Type::switch_upstream : row_of(type).takes_endpoints;
    if (fits) return;
    context_.report(
        place_of(index, "behind"),
        fmt::format("{} cannot be behind {}", row_of(device.type).one, row_of(type).one),
        is_lower_end ? "it is behind a switch-upstream"
                     : "it is behind a root-port or a switch-downstream");
  }

  /// Each circle once, at its first device in the file.
  void check_circles() {
    std::vector<bool> is_done(devices_.size());
    for (std::size_t start = 0; start < devices_.size(); ++start) {
      std::vector<bool> is_on_way(devices_.size());
      std::optional<std::size_t> at = start;
      while (at && !is_done[*at] && !is_on_way[*at]) {
        is_on_way[*at] = true;
        at = above(*at);
      }
      const bool is_circle = at && is_on_way[*at];
      if (is_circle) {
        context_.report(place_of(*at, "behind"),
                        fmt::format("{} is behind itself", quoted(devices_[*at].name)));
      }
      for (at = start; at && !is_done[*at]; at = above(*at)) is_done[*at] = true;
    }
  }

  void check_counts() {
    std::uint64_t ports = 0;
    std::uint64_t functions = 0;
    for (std::size_t index = 0; index < devices_.size(); ++index) {
      const DeviceSpec& device = devices_[index];
      const std::uint64_t copies = copies_of_device(index);
      functions += copies * (1 + device.virtual_functions);
      if (is_port(device.type) || device.behind.empty()) ports += copies;
    }
    if (ports > kMostPorts) {
      context_.report(node_.place,
                      fmt::format("{} ports, with one for each endpoint that is behind none; there "
                                  "are bus numbers for {}",
                                  ports, kMostPorts),
                      "a port can have several endpoints behind it");
    }
    if (functions > world::limits::kDevices) {
      context_.report(node_.place,
                      fmt::format("{} devices with all copies and virtual functions; at most {} "
                                  "are allowed",
                                  functions, world::limits::kDevices));
    }
  }

  LoadContext& context_;
  const Node& node_;
  const std::vector<DeviceSpec>& devices_;
  std::map<std::string_view, std::size_t> by_name_;
};

}  // namespace

void define_devices_of_vms(LoadContext& context, const Node& root) {
  const Node* vms = value_of(root, "vms");
  if (vms == nullptr) return;
  std::map<std::string, std::string_view> owners;
  const std::size_t before = context.reported();
  for (const Entry& vm : vms->entries) {
    const Node* devices = value_of(vm.value, "devices");
    if (devices == nullptr) continue;
    for (const Node& item : devices->items) {
      if (item.kind != Node::Kind::scalar) continue;
      if (!context.knows(NameTable::endpoints, item.text)) continue;
      const Group* group = context.groups().find(NameTable::endpoints, item.text);
      std::optional<std::string_view> owner;
      for (std::uint64_t n = 0; n < (group == nullptr ? 1 : group->copies) && !owner; ++n) {
        const auto [found, is_new] =
            owners.emplace(group == nullptr ? item.text : name_of_copy(*group, n), vm.key);
        if (!is_new) owner = found->second;
      }
      if (owner) {
        context.report(item.place, fmt::format("device {} belongs to VM {} already",
                                               quoted(item.text), quoted(*owner)));
        continue;
      }
      context.define(NameTable::files, item.text, item.place);
      context.note_name(NameTable::vm_devices, item.text, item.place);
      if (group == nullptr) continue;
      context.define_group(NameTable::files, item.text, *group);
      context.define_group(NameTable::vm_devices, item.text, *group);
    }
  }
  if (context.reported() != before) context.note_failure("vms");
}

void check_devices(LoadContext& context, const Node& root, const world::Scenario& scenario) {
  const Node* devices = value_of(root, "devices");
  if (devices != nullptr && !context.failed("devices"))
    DeviceCheck(context, *devices, scenario).check();
  const Node* vms = value_of(root, "vms");
  if (vms != nullptr && !context.failed("vms") && !context.failed("devices"))
    check_vm_devices(context, root, *vms, scenario);
}

void put_ports_first(world::Scenario& scenario) {
  std::map<std::string_view, std::size_t> by_name;
  for (std::size_t index = 0; index < scenario.devices.size(); ++index)
    by_name.emplace(scenario.devices[index].name, index);
  std::vector<bool> is_taken(scenario.devices.size());
  std::vector<DeviceSpec> ordered;
  std::vector<std::size_t> way;
  for (std::size_t start = 0; start < scenario.devices.size(); ++start) {
    for (std::size_t at = start; !is_taken[at];) {
      is_taken[at] = true;
      way.push_back(at);
      const auto above = by_name.find(scenario.devices[at].behind);
      if (above == by_name.end()) break;
      at = above->second;
    }
    for (; !way.empty(); way.pop_back()) ordered.push_back(scenario.devices[way.back()]);
  }
  scenario.devices = std::move(ordered);
}

}  // namespace luosim::app
