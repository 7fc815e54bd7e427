// SPDX-License-Identifier: Apache-2.0
//
// Rows for one entry of a script. Each verb is a key too, because `preserve: [a, b]` reads better
// than a command line; those rows come from the table of verbs.
#include <array>
#include <cstddef>
#include <string_view>

#include "app/scenario/field_store.hpp"
#include "app/scenario/flags_field.hpp"
#include "app/scenario/scenario_types.hpp"
#include "app/scenario/script.hpp"
#include "app/scenario/verbs.hpp"

namespace luosim::app {
namespace {

using world::ScriptEntry;

constexpr std::array kPlainFields{
    with({.key = "do", .documentation = "A verb and its arguments.", .example = "pause vm0"},
         FieldKind::command, store_command),
    with({.key = "at",
          .documentation = "Not before this time since the start, or with `+` since the entry "
                           "before it ended.",
          .example = "5ms"},
         FieldKind::moment, store_member<&ScriptEntry::at, read_timing>),
    with({.key = "after",
          .documentation = "What must have happened first: phase PHASE, label LABEL, boot KERNEL, "
                           "paused VM or resumed VM.",
          .example = "phase prepared"},
         FieldKind::awaited, store_member<&ScriptEntry::after, read_awaited>),
    with({.key = "when",
          .documentation = "The entry is skipped unless this holds: phase PHASE, failed, ok or "
                           "kernel KERNEL.",
          .example = "failed"},
         FieldKind::condition, store_member<&ScriptEntry::when, read_condition>),
    with({.key = "expect",
          .documentation = "What the entry must answer: ok, any, error or an errno name.",
          .fallback = "ok",
          .example = "EIO"},
         FieldKind::outcome, store_member<&ScriptEntry::expect, read_outcome>),
    name_field<&ScriptEntry::label>({.key = "label",
                                     .documentation = "A name for `after: label` of others.",
                                     .example = "the-jump",
                                     .names = NameTable::labels}),
    kFlagsField,
};

constexpr auto kEntryFields = [] {
  std::array<Field, kPlainFields.size() + kVerbs.size()> fields{};
  for (std::size_t i = 0; i < kPlainFields.size(); ++i) fields[i] = kPlainFields[i];
  for (std::size_t i = 0; i < kVerbs.size(); ++i) {
    fields[kPlainFields.size() + i] = with({.key = kVerbs[i].word,
                                            .documentation = kVerbs[i].documentation,
                                            .example = kVerbs[i].example},
                                           FieldKind::arguments, store_arguments);
  }
  return fields;
}();

/// An entry says what to do in one of two ways.
constexpr auto kWaysToDo = [] {
  std::array<std::string_view, 1 + kVerbs.size()> keys{};
  keys[0] = "do";
  for (std::size_t i = 0; i < kVerbs.size(); ++i) keys[1 + i] = kVerbs[i].word;
  return keys;
}();

}  // namespace

constexpr MappingType kScriptEntryType{.name = "entry",
                                       .documentation = "One thing that an actor does.",
                                       .example = "{ do: pause vm0, at: +50ms }",
                                       .fields = kEntryFields,
                                       .rule = MappingType::Rule::exactly_one,
                                       .alternatives = kWaysToDo,
                                       .check = check_flags};

}  // namespace luosim::app
