// SPDX-License-Identifier: Apache-2.0
//
// The order of a load: read YAML, read by the tables, fill in what was left out, then judge what
// only the whole scenario can tell. A later step runs also if an earlier one found errors, as far
// as it can do so without repeating them.
#include "app/scenario/loader.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "app/scenario/cross_checks.hpp"
#include "app/scenario/load_context.hpp"
#include "app/scenario/load_mapping.hpp"
#include "app/scenario/scenario_types.hpp"
#include "app/scenario/settings.hpp"
#include "app/scenario/yaml.hpp"

namespace luosim::app {
namespace {

constexpr std::string_view kAgent = "agent";

/// Things that a scenario has without naming them, as long as it has none of its own.
void add_defaults(LoadContext& context, const Node& root, world::Scenario& scenario) {
  if (find_entry(root, "kernels") == nullptr) {
    for (const auto& [name, version] : {std::pair{"old", "6.15-a"}, std::pair{"new", "6.15-b"}}) {
      world::KernelSpec& kernel = scenario.kernels.emplace_back();
      kernel.name = name;
      kernel.version = version;
      context.define(NameTable::kernels, name, root.place);
    }
  }
  if (find_entry(root, "handlers") == nullptr) {
    scenario.handlers.push_back({"memfd-v1", "memfd", {}, false});
    context.define(NameTable::handlers, "memfd-v1", root.place);
  }
}

/// The agent comes first, wherever it stands in the file, because it owns the files.
void put_agent_first(LoadContext& context, const Node& root, world::Scenario& scenario) {
  auto& actors = scenario.actors;
  const auto agent = std::find_if(actors.begin(), actors.end(), [](const world::ActorSpec& actor) {
    return actor.name == kAgent;
  });
  if (agent != actors.end()) {
    std::rotate(actors.begin(), agent, agent + 1);
    return;
  }
  actors.insert(actors.begin(), world::ActorSpec{std::string(kAgent), {}});
  context.define(NameTable::actors, kAgent, root.place);
}

world::Scenario load_root(LoadContext& context, const Node& root) {
  world::Scenario scenario;
  if (root.kind == Node::Kind::null) {
    context.report(root.place, "the file has no scenario", "begin with 'luosim: 1'");
    return scenario;
  }
  load_mapping(context, kScenarioType, &scenario, root);
  if (root.kind != Node::Kind::mapping) return scenario;
  // A key that was refused may have been any of them.
  if (!root.lost_entries) add_defaults(context, root, scenario);
  put_agent_first(context, root, scenario);
  check_whole(context, root, scenario);
  return scenario;
}

}  // namespace

LoadResult load_scenario(std::string_view text, std::string_view file_name,
                         const LoadOptions& options) {
  YamlResult yaml = read_yaml(text, file_name);
  LoadContext context(file_name, options);
  context.adopt(std::move(yaml.diagnostics));
  std::optional<world::Scenario> scenario;
  if (yaml.root) {
    for (const std::string& setting : options.settings) {
      const std::string wrong = apply_setting(*yaml.root, setting);
      if (!wrong.empty()) context.report(Place{}, wrong, "write --set vms.vm0.memory=4GiB");
    }
    scenario = load_root(context, *yaml.root);
  }
  LoadResult result;
  result.diagnostics = context.take_diagnostics();
  if (result.diagnostics.empty()) result.scenario = std::move(scenario);
  return result;
}

}  // namespace luosim::app
