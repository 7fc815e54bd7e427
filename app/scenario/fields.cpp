// SPDX-License-Identifier: Apache-2.0
//
// Rows of the scenario itself, and the words for kinds of values. The tables of what a scenario
// consists of are in the files that are named after it.
#include "app/scenario/fields.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <string>
#include <string_view>

#include "app/scenario/device_types.hpp"
#include "app/scenario/diagnostic.hpp"
#include "app/scenario/field_store.hpp"
#include "app/scenario/matrix.hpp"
#include "app/scenario/scenario_types.hpp"

namespace luosim::app {
namespace {

using world::Scenario;
namespace limits = world::limits;

constexpr std::string_view kAgent = "agent";
constexpr std::string_view kGuestMemfd = "guest_memfd";
constexpr std::size_t kMostKnobs = 256;

void check_version(LoadContext& context, const Field& field, Target, const Node& node) {
  // The value is only judged: there is nothing to keep of it.
  static_cast<void>(read_integer(context, field, node));
}

/// A name that something brings with it: its own and `suffix`, in tables of which the first reports
/// a second definition. With copies of it there are copies of that, too.
void define_belonging(LoadContext& context, const Entry& owner, const Group* group,
                      std::string_view suffix, std::initializer_list<NameTable> tables) {
  const std::string_view name = context.keep(owner.key + std::string(suffix));
  if (!check_name(context, name, owner.key_place)) return;
  context.define(*tables.begin(), name, owner.key_place);
  for (const NameTable table : tables) context.note_name(table, name, owner.key_place);
  if (group == nullptr) return;
  const Group of_copies{group->stem, context.keep(std::string(suffix)), group->copies,
                        group->place};
  if (!check_copy_names(context, of_copies)) return;
  for (const NameTable table : tables) context.define_group(table, name, of_copies);
}

/// A value stands there and could not be read: what it brings with it is not known.
bool is_unreadable(const Node& mapping, std::string_view key) {
  const Entry* entry = find_entry(mapping, key);
  return entry != nullptr && !has_value(entry->value);
}

void define_names_of(LoadContext& context, const world::DeviceSpec& device, const Entry& entry) {
  const Group* group = context.groups().find(NameTable::devices, entry.key);
  const NameTable table = is_port(device.type) ? NameTable::ports : NameTable::endpoints;
  context.note_name(table, entry.key, entry.key_place);
  if (group != nullptr) context.define_group(table, entry.key, *group);
  for (const std::string_view key : {"type", "behind", "virtual_functions"})
    if (is_unreadable(entry.value, key)) context.lose_a_name(NameTable::devices);
  if (is_port(device.type)) return;
  if (device.behind.empty())
    define_belonging(context, entry, group, kPortSuffix, {NameTable::devices});
  for (std::uint16_t number = 0; number < device.virtual_functions; ++number) {
    define_belonging(context, entry, group,
                     std::string(kVirtualFunctionSuffix) + std::to_string(number),
                     {NameTable::devices, NameTable::endpoints});
  }
}

void store_devices(LoadContext& context, const Field& field, Target target, const Node& node) {
  store_named<&Scenario::devices>(context, field, target, node);
  const auto& devices = std::get<Scenario*>(target)->devices;
  for (std::size_t index = 0; index < devices.size(); ++index)
    define_names_of(context, devices[index], node.entries[index]);
}

void define_files_of(LoadContext& context, const world::VmSpec& vm, const Entry& entry) {
  const Group* group = context.groups().find(NameTable::vms, entry.key);
  define_belonging(context, entry, group, kMemorySuffix, {NameTable::files});
  const bool has_devices = !vm.devices.empty();
  if (has_devices) define_belonging(context, entry, group, kIommuSuffix, {NameTable::files});
  if (has_devices || vm.backing == kGuestMemfd)
    define_belonging(context, entry, group, kKvmSuffix, {NameTable::files});
  for (const std::string_view key : {"devices", "backing"})
    if (is_unreadable(entry.value, key)) context.lose_a_name(NameTable::files);
}

void store_vms(LoadContext& context, const Field& field, Target target, const Node& node) {
  store_named<&Scenario::vms>(context, field, target, node);
  const auto& vms = std::get<Scenario*>(target)->vms;
  for (std::size_t index = 0; index < vms.size(); ++index)
    define_files_of(context, vms[index], node.entries[index]);
}

void load_script(LoadContext& context, const Field& field, world::ActorSpec& actor,
                 const Node& node) {
  for (const Node& item : read_items(context, field, node)) {
    remember_place(actor.script.emplace_back(), item.place);
    load_mapping(context, *field.nested, &actor.script.back(), item);
  }
}

/// What an actor does: a list is its script, a mapping says in what way it has none.
void load_actor(LoadContext& context, const Field& field, std::string_view name,
                world::ActorSpec& actor, const Node& node) {
  if (node.kind == Node::Kind::mapping) return load_mapping(context, *field.nested, &actor, node);
  Field script = *find_field(*field.nested, "script");
  script.key = name;
  load_script(context, script, actor, node);
}

void store_agent(LoadContext& context, const Field& field, Target target, const Node& node) {
  auto& actors = std::get<Scenario*>(target)->actors;
  context.define(NameTable::actors, kAgent, node.place);
  actors.push_back({std::string(kAgent), {}});
  load_actor(context, field, kAgent, actors.back(), node);
}

void store_actors(LoadContext& context, const Field& field, Target target, const Node& node) {
  auto& actors = std::get<Scenario*>(target)->actors;
  if (node.kind != Node::Kind::mapping) context.lose_a_name(NameTable::labels);
  for (const Entry& entry : read_entries(context, field, node)) {
    if (check_name(context, entry.key, entry.key_place)) {
      context.define(field.names, entry.key, entry.key_place);
    }
    actors.push_back({entry.key, {}});
    if (has_value(entry.value)) load_actor(context, field, entry.key, actors.back(), entry.value);
  }
}

void store_timing(LoadContext& context, const Field& field, Target target, const Node& node) {
  const auto known = context.options().timing_keys;
  for (const Entry& entry : read_entries(context, field, node)) {
    if (!known.empty() && std::find(known.begin(), known.end(), entry.key) == known.end()) {
      report_bad_word(context, "unknown key " + quoted(entry.key) + " in timing", entry.key, known,
                      entry.key_place, "timing");
      continue;
    }
    const Field duration{.key = entry.key, .kind = FieldKind::duration, .example = "20ms"};
    const auto value = read_duration(context, duration, entry.value);
    if (value) std::get<Scenario*>(target)->timing.push_back({entry.key, *value});
  }
}

void store_knobs(LoadContext& context, const Field& field, Target target, const Node& node) {
  for (const Entry& entry : read_entries(context, field, node)) {
    const std::optional<std::string> word = read_knob_word(context, entry);
    if (!word) continue;
    std::get<Scenario*>(target)->knobs.push_back(
        {entry.key, *word, {entry.key_place.line, entry.key_place.column}});
  }
}

void store_expectations(LoadContext& context, const Field& field, Target target, const Node& node) {
  auto& all = std::get<Scenario*>(target)->expectations;
  for (const Node& item : read_items(context, field, node)) {
    ExpectationGroup group;
    load_mapping(context, *field.nested, &group, item);
    for (world::Expectation& expectation : group.expectations) {
      expectation.protocol = group.protocol;
      all.push_back(std::move(expectation));
    }
  }
}

/// The cases are told apart before the rest of the file is read; here the values are only judged.
void check_matrix(LoadContext& context, const Field& field, Target, const Node& node) {
  static_cast<void>(read_matrix(context, field, node));
}

constexpr std::array kScenarioFields{
    with({.key = "luosim",
          .required = true,
          .documentation = "Version of the file format.",
          .example = "1",
          .range = {1, 1}},
         FieldKind::integer, check_version),
    text_field<&Scenario::title>({.key = "title",
                                  .required = true,
                                  .documentation = "What the scenario shows, in one line.",
                                  .example = "Freeze fails while the VM is writing",
                                  .range = {1, limits::kNameBytes}}),
    with({.key = "matrix",
          .documentation = "Makes a case of each combination of values; `${NAME}` in a value of "
                           "the file is what the case has.",
          .example = "{ position: [1, 2, 3], callback: [prepare, freeze] }",
          .range = {1, limits::kCases}},
         FieldKind::matrix, check_matrix),
    protocol_field<&Scenario::protocol>({.key = "protocol",
                                         .documentation = "The live update that is modelled.",
                                         .fallback = "luo-v2",
                                         .example = "luo-v2"}),
    with({.key = "knobs",
          .documentation = "Corrections and design choices of the protocol that differ here.",
          .example = "{ abort_kho_on_failed_freeze: true }",
          .range = {0, kMostKnobs}},
         FieldKind::knob_settings, store_knobs),
    mapping_field<&Scenario::host>({.key = "host",
                                    .documentation = "The machine.",
                                    .example = "{ memory: 512GiB, cpus: 64 }",
                                    .nested = &kHostType}),
    list_field<&Scenario::kernels>(
        {.key = "kernels",
         .documentation = "Kernels that can be booted; the first one runs at the beginning.",
         .fallback = "[{ name: old, version: 6.15-a }, { name: new, version: 6.15-b }]",
         .example = "[{ name: old }, { name: new }]",
         .range = {1, limits::kKernels},
         .names = NameTable::kernels,
         .nested = &kKernelType}),
    list_field<&Scenario::subsystems>(
        {.key = "subsystems",
         .documentation =
             "Kernel subsystems that take part in the update; by default pci and iommu "
             "with devices, and hugetlb-v1 with huge pages.",
         .fallback = "[]",
         .example = "[a, { name: b, without: [freeze] }]",
         .range = {0, limits::kSubsystems},
         .names = NameTable::subsystems,
         .nested = &kSubsystemType}),
    list_field<&Scenario::handlers>(
        {.key = "handlers",
         .documentation =
             "File handlers, in the order of registration; by default besides it those "
             "that devices, huge pages, guest_memfd and eventfds need.",
         .fallback = "[{ compatible: memfd-v1, accepts: memfd }]",
         .example = "[{ compatible: memfd-v1, accepts: memfd }, h]",
         .range = {0, limits::kHandlers},
         .names = NameTable::handlers,
         .nested = &kHandlerType}),
    list_field<&Scenario::kho_clients>(
        {.key = "kho_clients",
         .documentation = "Other clients of KHO, which are told when it is finalized and aborted.",
         .fallback = "[]",
         .example = "[k, { name: l, priority: 10, subtrees: 2 }]",
         .range = {0, limits::kKhoClients},
         .names = NameTable::kho_clients,
         .nested = &kKhoClientType}),
    named_field<&Scenario::files>(
        {.key = "files",
         .documentation = "Files that the agent holds open at the beginning.",
         .example = "{ disk-image: { type: memfd, size: 8GiB } }",
         .range = {0, limits::kFiles},
         .names = NameTable::files,
         .nested = &kFileType}),
    with({.key = "devices",
          .documentation = "What is on the PCI bus: ports, disks and network cards.",
          .example = "{ disk0: { type: nvme, bdf: \"0000:41:00.0\" } }",
          .range = {0, limits::kDevices},
          .names = NameTable::devices,
          .nested = &kDeviceType},
         FieldKind::named_mappings, store_devices),
    with({.key = "vms",
          .documentation = "Guests; the memory of each is the file `NAME.memory`.",
          .example = "{ vm0: { memory: 16GiB, vcpus: 8 } }",
          .range = {0, limits::kVms},
          .names = NameTable::vms,
          .nested = &kVmType},
         FieldKind::named_mappings, store_vms),
    with({.key = "agent",
          .documentation = "The script of the agent, which owns all files; or `free`.",
          .example = "[{ do: prepare }]",
          .names = NameTable::labels,
          .nested = &kActorType},
         FieldKind::actor, store_agent),
    with({.key = "actors",
          .documentation = "Scripts of further processes, each of which may be `free` instead.",
          .example = "{ other: [{ do: state }] }",
          .range = {0, limits::kActors},
          .names = NameTable::actors,
          .nested = &kActorType},
         FieldKind::named_actors, store_actors),
    with({.key = "timing",
          .documentation = "Durations of the timing model that differ here.",
          .example = "{ kexec.jump: 20ms }"},
         FieldKind::named_durations, store_timing),
    list_field<&Scenario::faults>({.key = "faults",
                                   .documentation = "What goes wrong.",
                                   .example = "[{ site: mm.alloc, errno: ENOMEM }]",
                                   .range = {0, limits::kFaults},
                                   .nested = &kFaultType}),
    list_field<&Scenario::order>(
        {.key = "order",
         .documentation = "Who takes the next steps, whatever the time is; behind the last part "
                          "time decides again. For replays of what an exploration found.",
         .fallback = "[]",
         .example = "[{ task: agent, steps: 12 }, { task: other, steps: 3 }]",
         .range = {0, limits::kScriptEntries},
         .nested = &kOrderType}),
    with({.key = "expect",
          .documentation = "What must be true at the end.",
          .example = "[{ phase: normal }]",
          .range = {0, limits::kFiles},
          .nested = &kExpectationType},
         FieldKind::mapping_list, store_expectations),
};

struct KindRow {
  FieldKind kind;
  std::string_view description;
};

constexpr std::array kKindRows{
    KindRow{FieldKind::integer, "a whole number"},
    KindRow{FieldKind::copies, "a whole number"},
    KindRow{FieldKind::signed_integer, "a whole number"},
    KindRow{FieldKind::bits, "a whole number, maybe as 0x1f"},
    KindRow{FieldKind::text, "one line of text"},
    KindRow{FieldKind::name, "a name"},
    KindRow{FieldKind::reference, "a name"},
    KindRow{FieldKind::word, "a word"},
    KindRow{FieldKind::boolean, "true or false"},
    KindRow{FieldKind::size, "a size"},
    KindRow{FieldKind::duration, "a duration"},
    KindRow{FieldKind::moment, "a duration, with or without '+'"},
    KindRow{FieldKind::percentage, "a percentage"},
    KindRow{FieldKind::error_code, "an errno name"},
    KindRow{FieldKind::quantity, "a number, a duration or a size"},
    KindRow{FieldKind::site, "the name of a fault site"},
    KindRow{FieldKind::word_list, "a list of words"},
    KindRow{FieldKind::reference_list, "a list of names"},
    KindRow{FieldKind::device_list, "a list of devices"},
    KindRow{FieldKind::bus_address, "a bus, device and function number"},
    KindRow{FieldKind::command, "a verb and its arguments"},
    KindRow{FieldKind::arguments, "an argument or a list of them"},
    KindRow{FieldKind::awaited, "something to wait for"},
    KindRow{FieldKind::condition, "a condition"},
    KindRow{FieldKind::outcome, "ok, any, error or an errno name"},
    KindRow{FieldKind::machine_end, "a word and maybe a reason"},
    KindRow{FieldKind::protocol, "the name of a protocol"},
    KindRow{FieldKind::guarantee_list, "a list of guarantees"},
    KindRow{FieldKind::held_guarantees, "'all' or a list of guarantees"},
    KindRow{FieldKind::mapping, "a mapping"},
    KindRow{FieldKind::mapping_list, "a list"},
    KindRow{FieldKind::named_mappings, "a mapping from names"},
    KindRow{FieldKind::actor, "a list"},
    KindRow{FieldKind::named_actors, "a mapping from names to lists"},
    KindRow{FieldKind::named_bounds, "a mapping from names to bounds"},
    KindRow{FieldKind::named_words, "a mapping from names to words"},
    KindRow{FieldKind::named_durations, "a mapping from names to durations"},
    KindRow{FieldKind::knob_settings, "a mapping from knobs to words"},
    KindRow{FieldKind::matrix, "a mapping from names to lists, or a list of mappings"},
};

constexpr std::array<const MappingType*, 21> kMappingTypes{
    &kScenarioType,    &kHostType,     &kKernelType,      &kKernelConfigType, &kKernelSpeaksType,
    &kSubsystemType,   &kHandlerType,  &kKhoClientType,   &kFileType,         &kDeviceType,
    &kVmType,          &kWorkloadType, &kActorType,       &kScriptEntryType,  &kFreeType,
    &kFreeOpType,      &kFaultType,    &kFaultWindowType, &kOrderType,        &kExpectationType,
    &kMetricBoundsType};

}  // namespace

constexpr MappingType kScenarioType{
    .name = "scenario",
    .documentation = "What exists, what people do, what goes wrong, and what must be true.",
    .example = "luosim: 1",
    .fields = kScenarioFields};

std::span<const MappingType* const> mapping_types() {
  return kMappingTypes;
}

const Field* find_field(const MappingType& type, std::string_view key) {
  const auto found = std::find_if(type.fields.begin(), type.fields.end(),
                                  [key](const Field& field) { return field.key == key; });
  return found == type.fields.end() ? nullptr : &*found;
}

std::string_view kind_description(FieldKind kind) {
  const auto found = std::find_if(kKindRows.begin(), kKindRows.end(),
                                  [kind](const KindRow& row) { return row.kind == kind; });
  return found == kKindRows.end() ? std::string_view() : found->description;
}

}  // namespace luosim::app
