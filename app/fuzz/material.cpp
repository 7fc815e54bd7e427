// SPDX-License-Identifier: Apache-2.0
#include "app/fuzz/material.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "app/scenario/verbs.hpp"
#include "app/scenario/write_yaml.hpp"
#include "model/world/protocol.hpp"

namespace luosim::app {

namespace {

// What an actor of a live update does, each with the names that it takes. Calls of kernel code
// (kho-abort, unregister-handler ...) are drawn only where the scenario has them: their callers
// have duties of their own, and who breaks them proves nothing.
constexpr world::Verb kUsualVerbs[] = {
    world::Verb::preserve, world::Verb::unpreserve, world::Verb::restore, world::Verb::prepare,
    world::Verb::freeze,   world::Verb::cancel,     world::Verb::finish,  world::Verb::reboot,
    world::Verb::state,    world::Verb::read_sysfs, world::Verb::close,   world::Verb::pause,
    world::Verb::resume};

std::string name_of_item(const Node& item, std::string_view key) {
  if (item.kind == Node::Kind::scalar) return item.text;
  const Entry* name = find_entry(item, key);
  return name == nullptr ? "" : name->value.text;
}

std::string text_under(const Node& node, std::string_view key) {
  const Entry* entry = find_entry(node, key);
  return entry == nullptr ? "" : entry->value.text;
}

void add_items(const Node& root, std::string_view list, std::string_view key,
               Participant::Kind kind, bool stays, std::vector<Participant>& participants) {
  const Entry* entry = find_entry(root, list);
  if (entry == nullptr) return;
  for (const Node& item : entry->value.items)
    participants.push_back({kind, name_of_item(item, key), item, "", stays});
}

// The handler that takes files of a type; empty if none is named.
std::string handler_of(std::string_view type, const std::vector<Participant>& participants) {
  for (const Participant& each : participants) {
    if (each.kind != Participant::Kind::handler) continue;
    const std::string accepts = text_under(each.node, "accepts");
    if ((accepts.empty() ? each.name : accepts) == type) return each.name;
  }
  return "";
}

std::vector<Participant> participants_of(const Node& root) {
  std::vector<Participant> participants;
  // Images, guests and devices name those that they need, or rely on them without a word.
  const bool stay = find_entry(root, "kernels") != nullptr || find_entry(root, "vms") != nullptr ||
                    find_entry(root, "devices") != nullptr;
  add_items(root, "handlers", "compatible", Participant::Kind::handler, stay, participants);
  add_items(root, "subsystems", "name", Participant::Kind::subsystem, stay, participants);
  const Entry* files = find_entry(root, "files");
  if (files == nullptr) return participants;
  for (const Entry& file : files->value.entries) {
    const std::string type = text_under(file.value, "type");
    const bool has_copies = find_entry(file.value, "copies") != nullptr;
    participants.push_back({Participant::Kind::file, file.key, file.value,
                            handler_of(type.empty() ? "memfd" : type, participants), has_copies});
  }
  return participants;
}

// What the default list of handlers has, if nothing but memory is handed over.
Participant usual_handler() {
  return {
      Participant::Kind::handler, "memfd-v1",
      mapping_node({{"compatible", scalar_node("memfd-v1")}, {"accepts", scalar_node("memfd")}}),
      "", true};
}

std::vector<std::string> names_in(NameTable table, const world::Scenario& scenario) {
  std::vector<std::string> names;
  if (table == NameTable::vms)
    for (const world::VmSpec& vm : scenario.vms) names.push_back(vm.name);
  if (table != NameTable::files) return names;
  for (const world::FileSpec& file : scenario.files) names.push_back(file.name);
  for (const world::VmSpec& vm : scenario.vms) {
    names.push_back(vm.name + ".memory");
    if (vm.devices.empty()) continue;
    names.push_back(vm.name + ".iommu");
    names.push_back(vm.name + ".kvm");
    names.insert(names.end(), vm.devices.begin(), vm.devices.end());
  }
  return names;
}

VariedOp& op_of(world::Verb verb, std::vector<VariedOp>& ops) {
  const VerbRow& row = *find_verb(verb_word(verb));
  for (VariedOp& op : ops)
    if (op.verb == row.word) return op;
  ops.push_back({std::string(row.word), row.names, {}});
  // Only what takes any number of them takes whatever else is added.
  if (row.kind != ArgumentKind::names || row.maximum != kAnyCount)
    ops.back().names = NameTable::none;
  return ops.back();
}

void add_argument(VariedOp& op, std::string argument) {
  if (std::find(op.arguments.begin(), op.arguments.end(), argument) == op.arguments.end())
    op.arguments.push_back(std::move(argument));
}

// An op for each verb of entries of a script, or of ops of a free actor.
void add_ops(const std::vector<world::ScriptEntry>& entries, std::vector<VariedOp>& ops) {
  for (const world::ScriptEntry& entry : entries) {
    VariedOp& op = op_of(entry.verb, ops);
    const ArgumentKind kind = find_verb(op.verb)->kind;
    if (kind == ArgumentKind::duration) {
      add_argument(op, fmt::format("{}ns", entry.duration.ns));
    } else if (kind == ArgumentKind::names) {
      for (const std::string& name : entry.arguments) add_argument(op, name);
    } else if (!entry.arguments.empty()) {
      add_argument(op, fmt::format("{}", fmt::join(entry.arguments, " ")));
    }
  }
}

void add_usual_ops(const world::Scenario& scenario, std::vector<VariedOp>& ops) {
  for (const world::Verb verb : kUsualVerbs) {
    VariedOp& op = op_of(verb, ops);
    const NameTable table = find_verb(op.verb)->names;
    if (verb == world::Verb::reboot) {
      add_argument(op, "kexec");
    } else {
      for (std::string& name : names_in(table, scenario)) add_argument(op, std::move(name));
    }
    const bool is_for_nobody = table == NameTable::vms && op.arguments.empty();
    if (is_for_nobody) ops.pop_back();
  }
}

std::vector<ActorMaterial> actors_of(const world::Scenario& scenario) {
  std::vector<ActorMaterial> actors;
  for (const world::ActorSpec& spec : scenario.actors) {
    actors.push_back({spec.name, {}});
    if (spec.free) {
      add_ops(spec.free->ops, actors.back().ops);
    } else {
      add_ops(spec.script, actors.back().ops);
      add_usual_ops(scenario, actors.back().ops);
    }
  }
  if (actors.size() == 1) actors.push_back({"somebody-else", actors.front().ops});
  return actors;
}

}  // namespace

Material material_of(const Node& root, const world::Scenario& scenario) {
  Material material;
  material.participants = participants_of(root);
  const bool names_handlers = find_entry(root, "handlers") != nullptr;
  const bool has_devices =
      find_entry(root, "devices") != nullptr || find_entry(root, "vms") != nullptr;
  material.adds_handlers = names_handlers || !has_devices;
  if (!names_handlers && !has_devices)
    material.participants.insert(material.participants.begin(), usual_handler());
  material.actors = actors_of(scenario);
  return material;
}

std::vector<KnobMaterial> knobs_to_vary() {
  std::vector<KnobMaterial> knobs;
  for (const world::KnobRow& row : world::knob_table())
    for (const std::string_view word : row.knob->words) knobs.emplace_back(row.knob->name, word);
  return knobs;
}

}  // namespace luosim::app
