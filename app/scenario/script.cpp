// SPDX-License-Identifier: Apache-2.0
//
// A command is a verb of the table and its arguments. `after:` and `when:` share one shape, a first
// word that says what is meant and a second one that says which, and so share one reader.
#include "app/scenario/script.hpp"

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "app/scenario/diagnostic.hpp"
#include "app/scenario/errno_names.hpp"
#include "app/scenario/field_readers.hpp"
#include "app/scenario/verbs.hpp"

namespace luosim::app {
namespace {

using Words = std::span<const Word>;

void report_argument_count(LoadContext& context, const VerbRow& row, Words arguments,
                           const Place& verb_place) {
  const bool too_few = arguments.size() < row.minimum;
  const Place& place = too_few ? verb_place : arguments[row.maximum].place;
  if (row.maximum == 0) {
    context.report(place, fmt::format("'{}' takes no arguments", row.word));
    return;
  }
  context.report(place, fmt::format("'{0}' takes {1}, as in 'do: {0} {2}'", row.word, row.arguments,
                                    row.example));
}

void refer_to_names(LoadContext& context, const VerbRow& row, Reach reach, Words arguments,
                    world::ScriptEntry& entry) {
  for (const Word& argument : arguments) {
    context.refer(row.names, argument.text, argument.place, reach);
    entry.arguments.emplace_back(argument.text);
  }
}

void read_names(LoadContext& context, const VerbRow& row, Words arguments,
                world::ScriptEntry& entry) {
  const Reach reach = row.maximum == kAnyCount ? Reach::all_copies : Reach::one;
  refer_to_names(context, row, reach, arguments, entry);
}

struct RebootMode {
  std::string_view word;
  bool takes_kernel;
};

constexpr std::array kRebootModes{
    RebootMode{"kexec", true}, RebootMode{"kexec-without-image", false}, RebootMode{"cold", true}};
constexpr std::array<std::string_view, kRebootModes.size()> kRebootWords{
    kRebootModes[0].word, kRebootModes[1].word, kRebootModes[2].word};

void read_reboot(LoadContext& context, const VerbRow& row, Words arguments,
                 world::ScriptEntry& entry) {
  const Word& word = arguments[0];
  const auto mode =
      std::find_if(kRebootModes.begin(), kRebootModes.end(),
                   [&word](const RebootMode& each) { return each.word == word.text; });
  if (mode == kRebootModes.end()) {
    report_bad_word(context, "unknown kind of reboot " + quoted(word.text), word.text, kRebootWords,
                    word.place);
    return;
  }
  entry.arguments.emplace_back(word.text);
  if (arguments.size() == 1) return;
  if (!mode->takes_kernel) {
    context.report(arguments[1].place, fmt::format("'reboot {}' takes no kernel", mode->word));
    return;
  }
  read_names(context, row, arguments.subspan(1), entry);
}

void read_bit(LoadContext& context, const VerbRow& row, Words arguments,
              world::ScriptEntry& entry) {
  const Word& bit = arguments[0];
  if (bit.text != "0" && bit.text != "1") {
    context.report(bit.place, fmt::format("'{}' takes 0 or 1", row.word));
    return;
  }
  entry.arguments.emplace_back(bit.text);
}

constexpr std::array<std::string_view, 3> kDrivers{"vfio-pci", "nvme", "nic"};

void read_binding(LoadContext& context, const VerbRow& row, Words arguments,
                  world::ScriptEntry& entry) {
  context.refer(row.names, arguments[0].text, arguments[0].place);
  const Word& driver = arguments[1];
  if (std::find(kDrivers.begin(), kDrivers.end(), driver.text) == kDrivers.end()) {
    report_bad_word(context, "unknown driver " + quoted(driver.text), driver.text, kDrivers,
                    driver.place);
    return;
  }
  for (const Word& argument : arguments) entry.arguments.emplace_back(argument.text);
}

void read_sleep(LoadContext& context, const VerbRow& row, Words arguments,
                world::ScriptEntry& entry) {
  const Field field{.key = row.word, .kind = FieldKind::command, .example = row.example};
  const std::optional<sim::Duration> duration =
      duration_in(context, field, arguments[0].text, arguments[0].place);
  if (duration) entry.duration = *duration;
}

void read_nothing(LoadContext&, const VerbRow&, Words, world::ScriptEntry&) {}

struct ArgumentReader {
  ArgumentKind kind;
  void (*read)(LoadContext&, const VerbRow&, Words, world::ScriptEntry&);
};

constexpr std::array kArgumentReaders{ArgumentReader{ArgumentKind::none, read_nothing},
                                      ArgumentReader{ArgumentKind::names, read_names},
                                      ArgumentReader{ArgumentKind::reboot, read_reboot},
                                      ArgumentReader{ArgumentKind::duration, read_sleep},
                                      ArgumentReader{ArgumentKind::bit, read_bit},
                                      ArgumentReader{ArgumentKind::binding, read_binding}};

void store_verb(LoadContext& context, const VerbRow& row, const Place& verb_place, Words arguments,
                Target target) {
  world::ScriptEntry& entry = *std::get<world::ScriptEntry*>(target);
  entry.verb = row.verb;
  if (arguments.size() < row.minimum || arguments.size() > row.maximum) {
    report_argument_count(context, row, arguments, verb_place);
    return;
  }
  for (const ArgumentReader& reader : kArgumentReaders) {
    if (reader.kind == row.kind) reader.read(context, row, arguments, entry);
  }
}

/// Any number of names to choose from; without any of them, all that there are.
void store_op(LoadContext& context, const VerbRow& row, const Place& verb_place, Words arguments,
              Target target) {
  if (row.kind != ArgumentKind::names)
    return store_verb(context, row, verb_place, arguments, target);
  world::ScriptEntry& entry = *std::get<world::ScriptEntry*>(target);
  entry.verb = row.verb;
  refer_to_names(context, row, Reach::all_copies, arguments, entry);
}

using StoreVerb = void (*)(LoadContext&, const VerbRow&, const Place&, Words, Target);

/// A first word of `after:` or `when:`, and what must follow it.
template <class Kind>
struct ClauseRow {
  std::string_view word;
  Kind kind;
  std::string_view argument;  ///< as a manual writes it; empty: nothing follows
  NameTable names = NameTable::none;
  std::span<const std::string_view> words;
};

using world::Awaited;
using world::Condition;

constexpr std::array kAwaitedRows{
    ClauseRow<Awaited::Kind>{"phase", Awaited::Kind::phase, "PHASE", NameTable::none, kPhaseWords},
    ClauseRow<Awaited::Kind>{"label", Awaited::Kind::label, "LABEL", NameTable::labels, {}},
    ClauseRow<Awaited::Kind>{"boot", Awaited::Kind::boot, "KERNEL", NameTable::kernels, {}},
    ClauseRow<Awaited::Kind>{"paused", Awaited::Kind::paused, "VM", NameTable::vms, {}},
    ClauseRow<Awaited::Kind>{"resumed", Awaited::Kind::resumed, "VM", NameTable::vms, {}},
};

constexpr std::array kConditionRows{
    ClauseRow<Condition::Kind>{"phase", Condition::Kind::phase, "PHASE", NameTable::none,
                               kPhaseWords},
    ClauseRow<Condition::Kind>{"failed", Condition::Kind::last_failed, "", NameTable::none, {}},
    ClauseRow<Condition::Kind>{"ok", Condition::Kind::last_succeeded, "", NameTable::none, {}},
    ClauseRow<Condition::Kind>{"kernel", Condition::Kind::kernel, "KERNEL", NameTable::kernels, {}},
};

template <class Clause, class Rows>
std::optional<Clause> read_clause(LoadContext& context, const Field& field, const Node& node,
                                  const Rows& rows) {
  if (node.kind != Node::Kind::scalar || split_words(node).empty()) {
    report_kind(context, field, node.place);
    return std::nullopt;
  }
  const std::vector<Word> words = split_words(node);
  const Word& first = words[0];
  const auto row = std::find_if(rows.begin(), rows.end(),
                                [&first](const auto& each) { return each.word == first.text; });
  if (row == rows.end()) {
    std::vector<std::string_view> known;
    known.reserve(rows.size());
    for (const auto& each : rows) known.push_back(each.word);
    report_bad_word(context, fmt::format("'{}' cannot be {}", field.key, quoted(first.text)),
                    first.text, known, first.place);
    return std::nullopt;
  }
  const std::size_t wanted = row->argument.empty() ? 1 : 2;
  if (words.size() != wanted) {
    const Place& place = words.size() > wanted ? words[wanted].place : first.place;
    context.report(place, fmt::format("'{}: {}' takes {}", field.key, row->word,
                                      row->argument.empty() ? "nothing more" : row->argument));
    return std::nullopt;
  }
  if (wanted == 1) return Clause{row->kind, {}};
  const Word& second = words[1];
  if (row->names != NameTable::none) {
    context.refer(row->names, second.text, second.place);
  } else if (std::find(row->words.begin(), row->words.end(), second.text) == row->words.end()) {
    report_bad_word(context, fmt::format("unknown {} {}", row->word, quoted(second.text)),
                    second.text, row->words, second.place);
    return std::nullopt;
  }
  return Clause{row->kind, std::string(second.text)};
}

struct OutcomeRow {
  std::string_view word;
  world::ExpectedResult::Kind kind;
};

constexpr std::array kOutcomeRows{OutcomeRow{"ok", world::ExpectedResult::Kind::success},
                                  OutcomeRow{"any", world::ExpectedResult::Kind::any},
                                  OutcomeRow{"error", world::ExpectedResult::Kind::failure}};

void read_command(LoadContext& context, const Field& field, Target target, const Node& node,
                  StoreVerb store) {
  if (node.kind != Node::Kind::scalar || split_words(node).empty()) {
    report_kind(context, field, node.place);
    return;
  }
  const std::vector<Word> words = split_words(node);
  const VerbRow* row = find_verb(words[0].text);
  if (row == nullptr) {
    report_bad_word(context, "unknown verb " + quoted(words[0].text), words[0].text, kVerbWords,
                    words[0].place, "verbs");
    return;
  }
  store(context, *row, words[0].place, Words(words).subspan(1), target);
}

void read_arguments(LoadContext& context, const Field& field, Target target, const Node& node,
                    StoreVerb store) {
  std::vector<Word> words;
  if (node.kind == Node::Kind::scalar) words = split_words(node);
  if (node.kind == Node::Kind::mapping) {
    report_kind(context, field, node.place);
    return;
  }
  for (const Node& item : node.items) {
    if (item.kind == Node::Kind::refused) return;
    if (item.kind != Node::Kind::scalar) {
      report_kind(context, field, item.place);
      return;
    }
    words.push_back({item.text, item.place});
  }
  store(context, *find_verb(field.key), node.place, words, target);
}

}  // namespace

void store_command(LoadContext& context, const Field& field, Target target, const Node& node) {
  read_command(context, field, target, node, store_verb);
}

void store_arguments(LoadContext& context, const Field& field, Target target, const Node& node) {
  read_arguments(context, field, target, node, store_verb);
}

void store_op_command(LoadContext& context, const Field& field, Target target, const Node& node) {
  read_command(context, field, target, node, store_op);
}

void store_op_arguments(LoadContext& context, const Field& field, Target target, const Node& node) {
  // Any one of none would be no call, and must not be taken for any one of all.
  if (node.kind == Node::Kind::sequence && node.items.empty())
    return report_kind(context, field, node.place);
  read_arguments(context, field, target, node, store_op);
}

std::optional<world::Timing> read_timing(LoadContext& context, const Field& field,
                                         const Node& node) {
  if (node.kind != Node::Kind::scalar) {
    report_kind(context, field, node.place);
    return std::nullopt;
  }
  std::string_view text = node.text;
  const bool relative = !text.empty() && text.front() == '+';
  if (relative) text.remove_prefix(1);
  const std::optional<sim::Duration> value = duration_in(context, field, text, node.place);
  if (!value) return std::nullopt;
  return world::Timing{relative ? world::Timing::Kind::relative : world::Timing::Kind::absolute,
                       *value};
}

std::optional<world::Awaited> read_awaited(LoadContext& context, const Field& field,
                                           const Node& node) {
  return read_clause<world::Awaited>(context, field, node, kAwaitedRows);
}

std::optional<world::Condition> read_condition(LoadContext& context, const Field& field,
                                               const Node& node) {
  return read_clause<world::Condition>(context, field, node, kConditionRows);
}

std::optional<world::ExpectedResult> read_outcome(LoadContext& context, const Field& field,
                                                  const Node& node) {
  if (node.kind != Node::Kind::scalar) {
    report_kind(context, field, node.place);
    return std::nullopt;
  }
  for (const OutcomeRow& row : kOutcomeRows) {
    if (row.word == node.text) return world::ExpectedResult{row.kind, 0};
  }
  const std::optional<std::int32_t> number = errno_number(node.text);
  if (number) return world::ExpectedResult{world::ExpectedResult::Kind::failure, *number};
  std::vector<std::string_view> words(errno_words().begin(), errno_words().end());
  for (const OutcomeRow& row : kOutcomeRows) words.push_back(row.word);
  report_bad_word(context,
                  fmt::format("'{}' must be {}, not {}", field.key, kind_description(field.kind),
                              quoted(node.text)),
                  node.text, words, node.place);
  return std::nullopt;
}

}  // namespace luosim::app
