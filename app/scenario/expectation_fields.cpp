// SPDX-License-Identifier: Apache-2.0
//
// Rows for what must be true at the end. One key may stand for several expectations (two VMs, three
// guarantees), so these rows add to a group instead of filling one object.
#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "app/scenario/diagnostic.hpp"
#include "app/scenario/field_store.hpp"
#include "app/scenario/nearest_word.hpp"
#include "app/scenario/scenario_types.hpp"
#include "app/scenario/script.hpp"

namespace luosim::app {
namespace {

using world::Expectation;

void add(Target target, Expectation expectation, const Place& place) {
  expectation.place = {place.line, place.column};
  std::get<ExpectationGroup*>(target)->expectations.push_back(std::move(expectation));
}

void add(Target target, Expectation::Kind kind, std::string_view subject, std::string_view argument,
         const Place& place) {
  Expectation expectation;
  expectation.kind = kind;
  expectation.subject = subject;
  expectation.argument = argument;
  add(target, std::move(expectation), place);
}

template <Expectation::Kind Kind, auto Read>
void store_one(LoadContext& context, const Field& field, Target target, const Node& node) {
  const auto argument = Read(context, field, node);
  if (argument) add(target, Kind, {}, *argument, node.place);
}

constexpr std::array<std::string_view, 5> kMachineWords{"running", "panic", "oops", "deadlock",
                                                        "undefined"};

/// A word, and unless the machine runs maybe a second one that says why it does not.
void store_machine(LoadContext& context, const Field& field, Target target, const Node& node) {
  const std::vector<Word> words = split_words(node);
  if (node.kind != Node::Kind::scalar || words.empty() || words.size() > 2) {
    report_kind(context, field, node.place);
    return;
  }
  const auto& known = kMachineWords;
  if (std::find(known.begin(), known.end(), words[0].text) == known.end()) {
    report_bad_word(context, "'machine' cannot be " + quoted(words[0].text), words[0].text, known,
                    words[0].place);
    return;
  }
  if (words.size() == 2 && words[0].text == kMachineWords[0]) {
    context.report(words[1].place, "'machine: running' takes nothing more");
    return;
  }
  const std::string_view reason = words.size() == 2 ? words[1].text : std::string_view();
  add(target, Expectation::Kind::machine, reason, words[0].text, node.place);
}

constexpr std::array<std::string_view, 2> kMemoryWords{"intact", "lost"};

void store_memory(LoadContext& context, const Field& field, Target target, const Node& node) {
  for (const Entry& entry : read_entries(context, field, node)) {
    context.refer(field.names, entry.key, entry.key_place, Reach::all_copies);
    const auto word = read_word(context, field, entry.value);
    if (word) add(target, Expectation::Kind::memory, entry.key, *word, entry.key_place);
  }
}

/// Whether `name` is `pattern`, in which a `*` stands for the name of a VM.
bool matches(std::string_view name, std::string_view pattern, std::string_view& vm) {
  const std::size_t star = pattern.find('*');
  if (star == std::string_view::npos) return name == pattern;
  const std::string_view front = pattern.substr(0, star);
  const std::string_view back = pattern.substr(star + 1);
  if (name.size() <= front.size() + back.size()) return false;
  if (name.substr(0, front.size()) != front) return false;
  if (name.substr(name.size() - back.size()) != back) return false;
  vm = name.substr(front.size(), name.size() - front.size() - back.size());
  return true;
}

/// False, and reported, if there is no such metric.
bool check_metric(LoadContext& context, const Entry& entry) {
  const auto known = context.options().metrics;
  if (known.empty()) return true;
  for (const std::string_view pattern : known) {
    std::string_view vm;
    if (!matches(entry.key, pattern, vm)) continue;
    if (!vm.empty()) context.refer(NameTable::vms, vm, entry.key_place);
    return true;
  }
  report_bad_word(context, "unknown metric " + quoted(entry.key), entry.key, known, entry.key_place,
                  "metrics");
  return false;
}

void store_metric(LoadContext& context, const Field& field, Target target, const Node& node) {
  for (const Entry& entry : read_entries(context, field, node)) {
    check_metric(context, entry);
    Expectation expectation;
    expectation.kind = Expectation::Kind::metric;
    expectation.subject = entry.key;
    load_mapping(context, *field.nested, &expectation, entry.value);
    add(target, std::move(expectation), entry.key_place);
  }
}

template <Expectation::Kind Kind>
void store_guarantees(LoadContext& context, const Field& field, Target target, const Node& node) {
  for (const Node& item : read_items(context, field, node)) {
    const auto name = read_guarantee(context, field, item);
    if (name) add(target, Kind, {}, *name, item.place);
  }
}

void store_held(LoadContext& context, const Field& field, Target target, const Node& node) {
  if (node.kind == Node::Kind::scalar && node.text == field.words[0]) {
    add(target, Expectation::Kind::held, {}, node.text, node.place);
    return;
  }
  store_guarantees<Expectation::Kind::held>(context, field, target, node);
}

constexpr std::array<std::string_view, 1> kAllWord{"all"};
constexpr Range kListRange{1, world::limits::kFiles};

constexpr std::array kExpectationFields{
    with({.key = "phase",
          .documentation = "The phase of the live update.",
          .example = "normal",
          .words = kPhaseWords},
         FieldKind::word, store_one<Expectation::Kind::phase, read_word>),
    with({.key = "machine",
          .documentation = "Whether the machine runs; if not, maybe also why: panic no-handler.",
          .example = "running",
          .words = kMachineWords},
         FieldKind::machine_end, store_machine),
    with({.key = "kernel",
          .documentation = "The kernel that runs.",
          .example = "new",
          .names = NameTable::kernels},
         FieldKind::reference, store_one<Expectation::Kind::kernel, read_reference>),
    with({.key = "memory",
          .documentation = "Whether the contents of a VM or file are as they should be.",
          .example = "{ vm0: intact }",
          .words = kMemoryWords,
          .range = kListRange,
          .names = NameTable::memories},
         FieldKind::named_words, store_memory),
    with({.key = "metric",
          .documentation = "Bounds of what was measured.",
          .example = "{ vm.vm0.blackout_ns: { at_most: 2s } }",
          .range = kListRange,
          .nested = &kMetricBoundsType},
         FieldKind::named_bounds, store_metric),
    with({.key = "violated",
          .documentation = "Guarantees that must be found broken.",
          .example = "[preserved-memory-is-intact]",
          .range = kListRange},
         FieldKind::guarantee_list, store_guarantees<Expectation::Kind::violated>),
    with({.key = "held",
          .documentation = "Guarantees that must hold: all, or these.",
          .example = "all",
          .words = kAllWord,
          .range = kListRange},
         FieldKind::held_guarantees, store_held),
    protocol_field<&ExpectationGroup::protocol>(
        {.key = "on",
         .documentation = "Judged under this protocol only; without it, under each.",
         .example = "luo-v2"}),
};

/// All but `on`, which goes with any of them.
constexpr auto kExpectationKeys = [] {
  std::array<std::string_view, kExpectationFields.size() - 1> keys{};
  for (std::size_t i = 0; i < keys.size(); ++i) keys[i] = kExpectationFields[i].key;
  return keys;
}();

constexpr std::array kBoundsFields{
    quantity_field<&Expectation::at_least>({.key = "at_least",
                                            .documentation = "The smallest value that is right.",
                                            .example = "1ms"}),
    quantity_field<&Expectation::at_most>(
        {.key = "at_most", .documentation = "The largest value that is right.", .example = "2s"}),
};
constexpr std::array<std::string_view, 2> kBounds{"at_least", "at_most"};

void check_bounds(LoadContext& context, Target target, const Node& node) {
  const Expectation& bounds = *std::get<Expectation*>(target);
  if (!bounds.at_least || !bounds.at_most || *bounds.at_least <= *bounds.at_most) return;
  context.report(place_under(node, "at_most"), "'at_most' is smaller than 'at_least'");
}

}  // namespace

constexpr MappingType kExpectationType{.name = "expectation",
                                       .documentation = "Something that must be true at the end.",
                                       .example = "'phase: normal'",
                                       .fields = kExpectationFields,
                                       .rule = MappingType::Rule::exactly_one,
                                       .alternatives = kExpectationKeys};
constexpr MappingType kMetricBoundsType{.name = "bound",
                                        .documentation = "Bounds of a metric.",
                                        .example = "{ at_most: 2s }",
                                        .fields = kBoundsFields,
                                        .rule = MappingType::Rule::at_least_one,
                                        .alternatives = kBounds,
                                        .check = check_bounds};

}  // namespace luosim::app
