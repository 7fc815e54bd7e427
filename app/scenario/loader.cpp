// SPDX-License-Identifier: Apache-2.0
//
// The order of a load: read YAML, put in overrides, tell the cases apart; then for each case read
// by the tables, fill in what was left out, make copies, and judge what only the whole scenario can
// tell. A later step runs also if an earlier one found errors, as far as it can do so without
// repeating them.
#include "app/scenario/loader.hpp"

#include <algorithm>
#include <span>
#include <string>
#include <utility>

#include "app/scenario/case_diagnostics.hpp"
#include "app/scenario/copies.hpp"
#include "app/scenario/cross_checks.hpp"
#include "app/scenario/device_checks.hpp"
#include "app/scenario/free_ops.hpp"
#include "app/scenario/load_context.hpp"
#include "app/scenario/load_mapping.hpp"
#include "app/scenario/scenario_template.hpp"
#include "app/scenario/scenario_types.hpp"
#include "app/scenario/settings.hpp"
#include "app/scenario/yaml.hpp"

namespace luosim::app {
namespace {

constexpr std::string_view kAgent = "agent";

constexpr std::string_view kGuestMemfd = "guest_memfd";
constexpr std::string_view kEventfd = "eventfd";

/// What a handler or subsystem is there for.
struct Needs {
  bool devices = false;
  bool huge_pages = false;
  bool guest_memfd = false;
  bool eventfd = false;
  bool always = false;
};

bool is_needed(const Needs& needs, const world::Scenario& scenario) {
  const bool has_guest_memfd =
      std::any_of(scenario.vms.begin(), scenario.vms.end(),
                  [](const world::VmSpec& vm) { return vm.backing == kGuestMemfd; });
  const bool has_eventfd =
      std::any_of(scenario.files.begin(), scenario.files.end(),
                  [](const world::FileSpec& file) { return file.type == kEventfd; });
  return needs.always || (needs.eventfd && has_eventfd) ||
         (needs.devices && !scenario.devices.empty()) ||
         (needs.huge_pages && scenario.host.hugepages > 0) ||
         (needs.guest_memfd && has_guest_memfd);
}

/// A real participant, which is there by itself if something of the scenario needs it.
struct DefaultParticipant {
  const char* name;
  const char* type;
  Needs needs;
};
constexpr DefaultParticipant kDefaultHandlers[] = {
    {"memfd-v1", "memfd", {.always = true}},
    {"iommufd-v1", "iommufd", {.devices = true}},
    {"vfio-pci-v1", "vfio", {.devices = true}},
    {"kvm_vm_luo_v1", "kvm", {.devices = true, .guest_memfd = true}},
    {"guest-memfd-v1", "guest_memfd", {.guest_memfd = true}},
    {"huge-memfd-v1", "hugetlb", {.huge_pages = true}},
    {"eventfd-v1", "eventfd", {.eventfd = true}},
};
constexpr DefaultParticipant kDefaultSubsystems[] = {
    {"pci", "pci", {.devices = true}},
    {"iommu", "iommu", {.devices = true}},
    {"hugetlb-v1", "hugetlb", {.huge_pages = true}},
};

void add_handlers(LoadContext& context, const Node& root, world::Scenario& scenario) {
  for (const DefaultParticipant& each : kDefaultHandlers) {
    if (!is_needed(each.needs, scenario)) continue;
    world::HandlerSpec& handler = scenario.handlers.emplace_back();
    handler.compatible = each.name;
    handler.accepts = each.type;
    context.define(NameTable::handlers, each.name, root.place);
  }
}

void add_subsystems(LoadContext& context, const Node& root, world::Scenario& scenario) {
  for (const DefaultParticipant& each : kDefaultSubsystems) {
    if (!is_needed(each.needs, scenario)) continue;
    world::SubsystemSpec& subsystem = scenario.subsystems.emplace_back();
    subsystem.name = each.name;
    subsystem.type = each.type;
    context.define(NameTable::subsystems, each.name, root.place);
  }
}

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
  if (find_entry(root, "handlers") == nullptr) add_handlers(context, root, scenario);
  if (find_entry(root, "subsystems") == nullptr) add_subsystems(context, root, scenario);
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

world::Scenario load_root(LoadContext& context, const Node& root, CopiesMade& made) {
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
  define_devices_of_vms(context, root);
  check_devices(context, root, scenario);
  // Of what is wrong nobody can say how much it would be.
  if (context.failed("devices") || context.failed("vms"))
    for (world::VmSpec& vm : scenario.vms) vm.devices.clear();
  expand_copies(context, scenario, made);
  name_what_ops_take(context, scenario);
  put_ports_first(scenario);
  check_whole(context, root, scenario);
  return scenario;
}

/// A file that was read, of which the first case is kept.
struct CheckedFile {
  ScenarioTemplate file;
  std::optional<world::Scenario> first;
  std::vector<Diagnostic> diagnostics;
};

/// The YAML, the overrides and the matrix; nothing if there is no tree to go on with.
std::optional<ScenarioTemplate> read_template(LoadContext& context, std::string_view text,
                                              std::string_view file_name) {
  YamlResult yaml = read_yaml(text, file_name);
  context.adopt(std::move(yaml.diagnostics));
  if (!yaml.root) return std::nullopt;
  const std::span<const std::string> settings = context.options().settings;
  for (std::size_t index = 0; index < settings.size(); ++index) {
    const Place place = place_of_setting(index);
    const std::string wrong = apply_setting(*yaml.root, settings[index], place);
    if (!wrong.empty()) context.report(place, wrong, "as in --set vms.vm0.memory=4GiB");
  }
  return make_template(context, *std::move(yaml.root));
}

/// Looks at what does not depend on the parameters.
LoadContext load_without_values(const ScenarioTemplate& file, std::string_view file_name,
                                const LoadOptions& options) {
  LoadContext context(file_name, options);
  context.note_incomplete();
  CopiesMade made;
  load_root(context, root_of_no_case(file), made);
  return context;
}

/// Loads each case, and keeps the first.
void check_cases(CheckedFile& checked, CaseDiagnostics& found, std::string_view file_name,
                 const LoadOptions& options) {
  CopiesMade made;
  for (std::size_t index = 0; index < checked.file.matrix.count && !found.is_enough(); ++index) {
    LoadContext context(file_name, options);
    const Node root = root_of_case(checked.file, index);
    world::Scenario scenario = load_root(context, root, made);
    found.add(context, index);
    if (made.is_too_much()) break;
    if (index == 0) checked.first = std::move(scenario);
  }
  if (found.empty() || checked.file.matrix.parameters.empty()) return;
  LoadContext context = load_without_values(checked.file, file_name, options);
  found.note_without_values(context);
}

CheckedFile check_file(std::string_view text, std::string_view file_name,
                       const LoadOptions& options) {
  CheckedFile checked;
  CaseDiagnostics found;
  LoadContext context(file_name, options);
  std::optional<ScenarioTemplate> file = read_template(context, text, file_name);
  const bool is_whole = context.reported() == 0;
  found.add(context, 0);
  if (!file || !is_whole) {
    if (file) {
      LoadContext rest = load_without_values(*file, file_name, options);
      found.add(rest, 0);
    }
    checked.diagnostics = found.take({});
    return checked;
  }
  checked.file = *std::move(file);
  check_cases(checked, found, file_name, options);
  checked.diagnostics = found.take(checked.file.matrix);
  return checked;
}

}  // namespace

std::size_t Cases::count() const {
  return file_->matrix.count;
}

CaseValues Cases::values(std::size_t index) const {
  CaseValues values;
  const std::vector<const Node*> nodes = file_->matrix.values_of(index);
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    values.emplace_back(file_->matrix.parameters[i].name, text_of_value(*nodes[i]));
  }
  return values;
}

std::string Cases::name(std::size_t index) const {
  return file_->matrix.name_of(index);
}

Case Cases::load(std::size_t index) const {
  // The words were held against the lists of the model when the file was checked.
  const LoadOptions any_words;
  LoadContext context({}, any_words);
  const Node root = root_of_case(*file_, index);
  CopiesMade made;
  return {values(index), load_root(context, root, made)};
}

CasesResult load_cases(std::string_view text, std::string_view file_name,
                       const LoadOptions& options) {
  CheckedFile checked = check_file(text, file_name, options);
  CasesResult result;
  result.diagnostics = std::move(checked.diagnostics);
  if (result.diagnostics.empty()) {
    result.cases.emplace(std::make_shared<const ScenarioTemplate>(std::move(checked.file)));
  }
  return result;
}

LoadResult load_scenario(std::string_view text, std::string_view file_name,
                         const LoadOptions& options) {
  CheckedFile checked = check_file(text, file_name, options);
  LoadResult result;
  result.diagnostics = std::move(checked.diagnostics);
  if (!result.diagnostics.empty()) return result;
  result.scenario = std::move(checked.first);
  result.case_name = checked.file.matrix.name_of(0);
  return result;
}

}  // namespace luosim::app
