// SPDX-License-Identifier: Apache-2.0
#include "app/fuzz/light_load.hpp"

#include <string>
#include <string_view>
#include <utility>

#include "app/scenario/write_yaml.hpp"

namespace luosim::app {

namespace {

constexpr std::string_view kLightDepth = "4";

// What is no small number is left to the loader to judge.
bool is_light(const Node& depth) {
  return depth.text.size() == 1 && depth.text <= kLightDepth;
}

// A workload is a mapping, or its kind alone, or not there and then the usual one; the usual depth
// is not light.
Node light(const Entry* workload) {
  Node result = mapping_node({});
  if (workload != nullptr && workload->value.kind == Node::Kind::mapping) result = workload->value;
  if (workload != nullptr && workload->value.kind == Node::Kind::scalar)
    set_entry(result, "kind", workload->value);
  const Entry* depth = find_entry(result, "queue_depth");
  if (depth != nullptr && is_light(depth->value)) return result;
  set_entry(result, "queue_depth", scalar_node(std::string(kLightDepth)));
  return result;
}

}  // namespace

Node with_light_load(const Node& root) {
  Node result = root;
  const Entry* found = find_entry(root, "vms");
  if (found == nullptr || found->value.kind != Node::Kind::mapping) return result;
  Node vms = found->value;
  for (Entry& vm : vms.entries) {
    if (find_entry(vm.value, "devices") == nullptr) continue;
    Node workload = light(find_entry(vm.value, "workload"));
    set_entry(vm.value, "workload", std::move(workload));
  }
  set_entry(result, "vms", std::move(vms));
  return result;
}

}  // namespace luosim::app
