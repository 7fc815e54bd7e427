// SPDX-License-Identifier: Apache-2.0
#include "app/cli/last_chance.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "app/report/log_line.hpp"

namespace luosim::app {

namespace {

constexpr std::size_t kMostTries = 16;
constexpr std::uint64_t kMostRecords = 2'000'000;

// Sites are known by hashes; a rule without an instance means every one.
void silence(sim::Faults& faults, const sim::Record& fired) {
  sim::Faults quieter;
  for (sim::FaultRule rule : faults.rules()) {
    const bool is_it = rule.site.hash == fired.values[0] &&
                       (rule.instance == 0 || rule.instance == fired.values[1] ||
                        rule.instance == fired.values[3]);
    if (is_it) rule.until = std::min(rule.until, fired.time);
    quieter.add(rule);
  }
  faults = quieter;
}

// The calls that an entry makes for its first operands were made.
void end_before(userspace::Actor& actor, const Decision& call) {
  actor.script.resize(call.entry + (call.operand > 0 ? 1 : 0));
  if (call.operand == 0) return;
  actor.script.back().operands.resize(call.operand);
  actor.script.back().numbers.resize(call.operand);
}

Loaded without(const Loaded& loaded, const Decision& decision) {
  Loaded otherwise = loaded;
  if (decision.kind == Decision::Kind::fault) {
    silence(otherwise.built.faults, decision.record);
  } else {
    end_before(otherwise.built.blueprint.cast.actors[decision.actor], decision);
  }
  return otherwise;
}

bool has_answer(world::Stop stop) {
  return stop != world::Stop::event_limit && stop != world::Stop::time_limit &&
         stop != world::Stop::interrupted;
}

bool is_broken(const RunResult& result, const std::string& guarantee) {
  return std::any_of(result.violations.begin(), result.violations.end(),
                     [&](const BrokenGuarantee& each) { return each.id == guarantee; });
}

LastChance chance_of(const Decision& decision, LogWriter writer) {
  LastChance chance{decision.number, decision.record.time, {}};
  const auto line = writer.take(decision.record);
  if (!line) return chance;
  chance.what = decision.kind == Decision::Kind::fault
                    ? fmt::format("the fault {}", line->message)
                    : fmt::format("{}: {}", line->source, line->message);
  return chance;
}

}  // namespace

bool find_last_chances(const Loaded& loaded, const PlayOptions& options, Played& played) {
  PlayOptions again = options;
  again.log = nullptr;
  again.keeps_records = false;
  again.watcher = nullptr;
  std::vector<BrokenGuarantee>& violations = played.result.violations;
  std::uint64_t records = 0;
  std::size_t tries = 0;
  for (auto each = played.decisions.rbegin(); each != played.decisions.rend(); ++each) {
    const auto is_asked = [&](const BrokenGuarantee& broken) {
      return !broken.last_chance && each->number <= broken.record;
    };
    if (std::none_of(violations.begin(), violations.end(), is_asked)) continue;
    if (++tries > kMostTries || records > kMostRecords) break;
    const RunResult otherwise = play(without(loaded, *each), again).result;
    if (otherwise.stop == world::Stop::interrupted) return false;
    records += otherwise.records;
    if (!has_answer(otherwise.stop)) continue;
    for (BrokenGuarantee& broken : violations)
      if (is_asked(broken) && !is_broken(otherwise, broken.id))
        broken.last_chance = chance_of(*each, LogWriter(loaded.built.blueprint));
  }
  return true;
}

}  // namespace luosim::app
