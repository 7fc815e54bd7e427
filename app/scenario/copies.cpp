// SPDX-License-Identifier: Apache-2.0
//
// Two walks over the same places: the first adds up, the second makes. Sums cannot overflow: a file
// has at most two million names, and each stands for at most 40 000 copies of 320 bytes.
#include "app/scenario/copies.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "app/scenario/group_names.hpp"
#include "app/scenario/units.hpp"
#include "app/scenario/verbs.hpp"

namespace luosim::app {
namespace {

namespace limits = world::limits;
using world::Expectation;

/// What the arguments of a verb are, if these can be groups.
NameTable table_of(world::Verb verb) {
  const auto row = std::find_if(kVerbs.begin(), kVerbs.end(),
                                [verb](const VerbRow& each) { return each.verb == verb; });
  return row == kVerbs.end() || row->kind != ArgumentKind::names ? NameTable::none : row->names;
}

/// The group whose memory an expectation is about, or null.
const Group* group_of_memory(const GroupNames& groups, const Expectation& expectation) {
  if (expectation.kind != Expectation::Kind::memory) return nullptr;
  const Group* vms = groups.find(NameTable::vms, expectation.subject);
  return vms != nullptr ? vms : groups.find(NameTable::files, expectation.subject);
}

Place place_of(const world::SourcePlace& place) {
  return {place.line, place.column, 1};
}

/// What a scenario asks for, before any of it is made.
class Survey {
 public:
  Survey(const GroupNames& groups, CopiesMade& made) : groups_(groups), made_(made) {}

  void take(const world::Scenario& scenario);
  /// Where it became too much.
  const std::optional<Place>& too_much() const { return too_much_; }

 private:
  template <class Spec>
  void take_specs(NameTable table, const std::vector<Spec>& specs) {
    for (const Spec& spec : specs) {
      if (const Group* group = groups_.find(table, spec.name)) add(*group, group->place);
    }
  }
  void take_devices(const world::VmSpec& vm);
  void take_entry(const world::ScriptEntry& entry);
  void add(const Group& group, const Place& place);

  const GroupNames& groups_;
  CopiesMade& made_;
  std::optional<Place> too_much_;
};

void Survey::take(const world::Scenario& scenario) {
  take_specs(NameTable::files, scenario.files);
  take_specs(NameTable::devices, scenario.devices);
  take_specs(NameTable::vms, scenario.vms);
  for (const world::VmSpec& vm : scenario.vms) take_devices(vm);
  for (const world::ActorSpec& actor : scenario.actors) {
    for (const world::ScriptEntry& entry : actor.script) take_entry(entry);
    if (!actor.free) continue;
    for (const world::ScriptEntry& op : actor.free->ops) take_entry(op);
  }
  for (const Expectation& expectation : scenario.expectations) {
    const Group* group = group_of_memory(groups_, expectation);
    if (group != nullptr) add(*group, place_of(expectation.place));
  }
}

void Survey::take_devices(const world::VmSpec& vm) {
  for (const std::string& name : vm.devices) {
    const Group* group = groups_.find(NameTable::endpoints, name);
    if (group != nullptr) add(*group, group->place);
  }
}

void Survey::take_entry(const world::ScriptEntry& entry) {
  const NameTable table = table_of(entry.verb);
  for (const std::string& argument : entry.arguments) {
    const Group* group = groups_.find(table, argument);
    if (group != nullptr) add(*group, place_of(entry.place));
  }
}

void Survey::add(const Group& group, const Place& place) {
  made_.names += group.copies;
  made_.bytes += group.copies * (copies_limits::kBytesOfName + bytes_of_names(group));
  if (!too_much_ && made_.is_too_much()) too_much_ = place;
}

/// Reports it if there are more things of a kind than a scenario may have.
template <class Element, class GroupOf, class PlaceOf>
void check_count(LoadContext& context, const std::vector<Element>& elements, GroupOf group_of,
                 PlaceOf where, std::string_view word, std::size_t limit) {
  std::uint64_t count = 0;
  Place place;
  for (const Element& element : elements) {
    const Group* group = group_of(element);
    if (group != nullptr && count <= limit) place = where(element, *group);
    count += group != nullptr ? group->copies : 1;
  }
  if (count <= limit) return;
  context.report(place, fmt::format("there are {} {} with all copies; at most {} are allowed",
                                    count, word, limit));
}

template <class Spec>
void check_specs(LoadContext& context, NameTable table, const std::vector<Spec>& specs,
                 std::string_view word, std::size_t limit) {
  check_count(
      context, specs, [&](const Spec& spec) { return context.groups().find(table, spec.name); },
      [](const Spec&, const Group& group) { return group.place; }, word, limit);
}

void check_expectations(LoadContext& context, const std::vector<Expectation>& expectations) {
  check_count(
      context, expectations,
      [&](const Expectation& each) { return group_of_memory(context.groups(), each); },
      [](const Expectation& each, const Group&) { return place_of(each.place); }, "expectations",
      limits::kScriptEntries);
}

/// False, and reported, if there are too many of anything.
bool check_counts(LoadContext& context, const world::Scenario& scenario) {
  const std::size_t before = context.reported();
  check_specs(context, NameTable::files, scenario.files, "files", limits::kFiles);
  check_specs(context, NameTable::devices, scenario.devices, "devices", limits::kDevices);
  check_specs(context, NameTable::vms, scenario.vms, "VMs", limits::kVms);
  check_expectations(context, scenario.expectations);
  return context.reported() == before;
}

bool check_sum(LoadContext& context, const world::Scenario& scenario, CopiesMade& made) {
  Survey survey(context.groups(), made);
  survey.take(scenario);
  if (!survey.too_much()) return true;
  context.report(
      *survey.too_much(),
      fmt::format("copies make {} names in this file, more than {} with {} bytes for "
                  "each and its text",
                  made.names, format_size(copies_limits::kBytes), copies_limits::kBytesOfName));
  return false;
}

/// Puts copies where `group_of` finds a group for an element; `make` makes the n-th of what is a
/// plain copy so far.
template <class Element, class GroupOf, class Make>
void expand(std::vector<Element>& elements, GroupOf group_of, Make make) {
  std::uint64_t count = 0;
  for (const Element& element : elements) {
    const Group* group = group_of(element);
    count += group == nullptr ? 1 : group->copies;
  }
  std::vector<Element> expanded;
  expanded.reserve(count);
  for (Element& element : elements) {
    const Group* group = group_of(element);
    if (group == nullptr) {
      expanded.push_back(std::move(element));
      continue;
    }
    for (std::uint64_t number = 0; number < group->copies; ++number) {
      make(expanded.emplace_back(element), *group, number);
    }
  }
  elements = std::move(expanded);
}

template <class Spec>
void expand_specs(const GroupNames& groups, NameTable table, std::vector<Spec>& specs) {
  expand(
      specs, [&](const Spec& spec) { return groups.find(table, spec.name); },
      [](Spec& spec, const Group& group, std::uint64_t number) {
        spec.name = name_of_copy(group, number);
      });
}

/// What the n-th of `copies` VMs has of what is given to all of them: of each group its part.
std::vector<std::string> share_of(const GroupNames& groups, const std::vector<std::string>& devices,
                                  std::uint64_t copies, std::uint64_t number) {
  std::vector<std::string> share;
  for (const std::string& name : devices) {
    const Group* group = groups.find(NameTable::endpoints, name);
    const std::uint64_t each = group == nullptr ? 0 : group->copies / copies;
    if (group == nullptr) share.push_back(name);
    for (std::uint64_t i = 0; i < each; ++i)
      share.push_back(name_of_copy(*group, number * each + i));
  }
  return share;
}

void expand_vms(const GroupNames& groups, std::vector<world::VmSpec>& vms) {
  for (world::VmSpec& vm : vms) {
    const bool is_one = groups.find(NameTable::vms, vm.name) == nullptr;
    if (is_one) vm.devices = share_of(groups, vm.devices, 1, 0);
  }
  expand(
      vms, [&](const world::VmSpec& vm) { return groups.find(NameTable::vms, vm.name); },
      [&](world::VmSpec& vm, const Group& group, std::uint64_t number) {
        vm.name = name_of_copy(group, number);
        vm.devices = share_of(groups, vm.devices, group.copies, number);
      });
}

void expand_arguments(const GroupNames& groups, world::ScriptEntry& entry) {
  const NameTable table = table_of(entry.verb);
  expand(
      entry.arguments, [&](const std::string& name) { return groups.find(table, name); },
      [](std::string& name, const Group& group, std::uint64_t number) {
        name = name_of_copy(group, number);
      });
}

void expand_expectations(const GroupNames& groups, std::vector<Expectation>& expectations) {
  expand(
      expectations, [&](const Expectation& each) { return group_of_memory(groups, each); },
      [](Expectation& each, const Group& group, std::uint64_t number) {
        each.subject = name_of_copy(group, number);
      });
}

}  // namespace

void expand_copies(LoadContext& context, world::Scenario& scenario, CopiesMade& made) {
  const GroupNames& groups = context.groups();
  if (groups.empty()) return;
  if (!check_counts(context, scenario) || !check_sum(context, scenario, made)) {
    for (const std::string_view key : {"files", "devices", "vms"}) context.note_failure(key);
    return;
  }
  expand_specs(groups, NameTable::files, scenario.files);
  expand_specs(groups, NameTable::devices, scenario.devices);
  expand_vms(groups, scenario.vms);
  for (world::ActorSpec& actor : scenario.actors) {
    for (world::ScriptEntry& entry : actor.script) expand_arguments(groups, entry);
    if (!actor.free) continue;
    for (world::ScriptEntry& op : actor.free->ops) expand_arguments(groups, op);
  }
  expand_expectations(groups, scenario.expectations);
}

}  // namespace luosim::app
