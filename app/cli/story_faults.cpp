// SPDX-License-Identifier: Apache-2.0
#include "app/cli/story_faults.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "app/scenario/errno_names.hpp"
#include "app/scenario/write_yaml.hpp"
#include "model/world/vocabulary.hpp"

namespace luosim::app {

namespace {

// The text behind the hash of an instance: a name of the scenario, a module, or a kernel function.
std::string name_of_instance(const world::Blueprint& blueprint, std::uint32_t hash) {
  for (std::uint32_t index = 1; index < blueprint.names.size(); ++index)
    if (sim::name_hash(blueprint.names.text({index})) == hash) return blueprint.names.text({index});
  for (const std::string_view function : world::allocating_functions())
    if (sim::name_hash(function) == hash) return std::string(function);
  return "";
}

Node rule_node(std::string_view site, const std::string& instance, std::uint32_t nth,
               std::int32_t value) {
  const bool is_quoted = !instance.empty();
  const std::string name(site);
  return mapping_node(
      {{"site", scalar_node(is_quoted ? fmt::format("{}:{}", name, instance) : name, is_quoted)},
       {"nth", scalar_node(std::to_string(nth))},
       value < 0 ? std::pair{std::string("errno"), scalar_node(std::string(errno_name(-value)))}
                 : std::pair{std::string("value"), scalar_node(std::to_string(value))}});
}

// Counts calls as rules do that stand one behind the other: each counts only those at which no
// earlier one has fired.
class Rules {
 public:
  explicit Rules(const world::Blueprint& blueprint) : blueprint_(blueprint) {}

  void add(const sim::AskedFault& fault) {
    if (!fault.value) {
      ++passed_[fault.label];
      ++passed_at_site_[fault.label.what];
      return;
    }
    const auto site = std::find_if(
        world::fault_sites().begin(), world::fault_sites().end(),
        [&](const sim::FaultSite& each) { return each.id().hash == fault.label.what; });
    if (site == world::fault_sites().end()) return;
    const std::string instance = name_of_instance(blueprint_, fault.label.instance);
    // A rule without an instance is one for the calls of every instance.
    const std::uint32_t passed =
        instance.empty() ? passed_at_site_[fault.label.what] : passed_[fault.label];
    nodes.push_back(rule_node(site->name, instance, passed + 1, *fault.value));
  }

  std::vector<Node> nodes;

 private:
  const world::Blueprint& blueprint_;
  std::map<sim::ChoiceLabel, std::uint32_t> passed_;
  std::map<std::uint32_t, std::uint32_t> passed_at_site_;
};

bool had_its_say(const sim::FaultRule& rule, bool forgets_time) {
  return rule.per_million < 1'000'000 || (forgets_time && rule.has_window());
}

Node* faults_of(Node& root) {
  for (Entry& entry : root.entries)
    if (entry.key == "faults") return &entry.value;
  return nullptr;
}

void write_items(Node& root, std::vector<Node> items) {
  if (items.empty()) {
    remove_entry(root, "faults");
  } else if (Node* faults = faults_of(root)) {
    faults->items = std::move(items);
  } else {
    set_entry(root, "faults", sequence_node(std::move(items)));
  }
}

}  // namespace

void write_faults(Node& root, const Loaded& loaded, const Story& story, bool forgets_time) {
  std::vector<Node> items;
  const std::vector<sim::FaultRule>& rules = loaded.built.faults.rules();
  if (const Node* faults = faults_of(root)) {
    for (std::size_t index = 0; index < rules.size(); ++index)
      if (!had_its_say(rules[index], forgets_time)) items.push_back(faults->items[index]);
  }
  Rules struck(loaded.built.blueprint);
  for (const sim::AskedFault& fault : story.faults) struck.add(fault);
  std::move(struck.nodes.begin(), struck.nodes.end(), std::back_inserter(items));
  write_items(root, std::move(items));
}

bool leave_out_unfired(Node& root, const Loaded& loaded, bool forgets_time,
                       const std::vector<std::size_t>& unfired) {
  Node* faults = faults_of(root);
  if (faults == nullptr) return false;
  const std::vector<sim::FaultRule>& rules = loaded.built.faults.rules();
  const auto of_scenario = static_cast<std::size_t>(
      std::count_if(rules.begin(), rules.end(),
                    [&](const sim::FaultRule& rule) { return !had_its_say(rule, forgets_time); }));
  std::vector<Node> items;
  for (std::size_t index = 0; index < faults->items.size(); ++index) {
    const bool is_unfired = std::find(unfired.begin(), unfired.end(), index) != unfired.end();
    if (index >= of_scenario || !is_unfired) items.push_back(faults->items[index]);
  }
  const bool is_shorter = items.size() < faults->items.size();
  write_items(root, std::move(items));
  return is_shorter;
}

}  // namespace luosim::app
