// SPDX-License-Identifier: Apache-2.0
//
// Counted before anything is made: a few words could ask for millions of names.
#include "app/scenario/free_ops.hpp"

#include <algorithm>
#include <cstdint>

#include <fmt/format.h>

#include "app/scenario/verbs.hpp"

namespace luosim::app {
namespace {

using world::ScriptEntry;

const VerbRow& row_of(const ScriptEntry& op) {
  return *find_verb(verb_word(op.verb));
}

/// Whether the op takes names and was given none.
bool is_bare(const ScriptEntry& op) {
  return op.arguments.empty() && row_of(op).kind == ArgumentKind::names;
}

Place place_of(const ScriptEntry& op) {
  return {op.place.line, op.place.column, 1};
}

/// How many calls an op stands for.
std::uint64_t calls_of(const LoadContext& context, const ScriptEntry& op) {
  if (is_bare(op)) return context.count_names_of(row_of(op).names);
  const bool is_names = row_of(op).kind == ArgumentKind::names;
  return is_names ? op.arguments.size() : 1;
}

void report_nothing_to_take(LoadContext& context, const ScriptEntry& op) {
  const VerbRow& row = row_of(op);
  if (!is_bare(op) || context.lacks_names_of(row.names) || context.count_names_of(row.names) > 0)
    return;
  context.report(place_of(op), fmt::format("the scenario has nothing that '{}' takes", row.word),
                 fmt::format("'{}' takes {}", row.word, row.arguments));
}

}  // namespace

void name_what_ops_take(LoadContext& context, world::Scenario& scenario) {
  // An op that could not be read says nothing about what it would take.
  if (context.failed("agent") || context.failed("actors")) return;
  std::uint64_t calls = 0;
  bool is_too_much = false;
  for (const world::ActorSpec& actor : scenario.actors) {
    if (!actor.free) continue;
    for (const ScriptEntry& op : actor.free->ops) {
      report_nothing_to_take(context, op);
      calls += calls_of(context, op);
      if (is_too_much || calls <= world::limits::kScriptEntries) continue;
      is_too_much = true;
      context.report(place_of(op), fmt::format("the ops of all free actors are more than {} calls",
                                               world::limits::kScriptEntries));
    }
  }
  if (is_too_much) return;
  for (world::ActorSpec& actor : scenario.actors) {
    if (!actor.free) continue;
    for (ScriptEntry& op : actor.free->ops)
      if (is_bare(op)) op.arguments = context.names_of(row_of(op).names);
  }
}

}  // namespace luosim::app
