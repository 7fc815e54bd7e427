// SPDX-License-Identifier: Apache-2.0
#include "app/step/target.hpp"

#include <algorithm>
#include <span>

#include <fmt/format.h>

#include "app/scenario/nearest_word.hpp"
#include "app/scenario/units.hpp"

namespace luosim::app {

namespace {

constexpr std::string_view kViolation = "violation";
constexpr std::string_view kEnd = "end";

// Rows of every program that are called so, or all rows of a program that is.
std::vector<RowTaken> rows_named(const world::Blueprint& blueprint, std::string_view text) {
  std::vector<RowTaken> rows;
  for (const sim::Program* program : blueprint.programs.in_order()) {
    const auto& steps = blueprint.programs.find(program->id()).steps;
    for (std::uint32_t row = 0; row < steps.size(); ++row) {
      const bool is_meant = text == program->name || text == steps[row]->name ||
                            text == fmt::format("{}, {}", program->name, steps[row]->name);
      if (is_meant) rows.push_back({program->id(), row});
    }
  }
  return rows;
}

std::string what_could_be_meant(std::string_view text, const world::Blueprint& blueprint) {
  const std::vector<std::string> words = target_words(blueprint);
  const std::vector<std::string_view> candidates(words.begin(), words.end());
  const std::string meant = did_you_mean(text, candidates);
  return fmt::format("'{}' is no phase, no program, no step and no time{}{}", text,
                     meant.empty() ? "" : "; ", meant);
}

bool contains(const std::vector<luo::v2::Phase>& phases, luo::v2::Phase phase) {
  return std::find(phases.begin(), phases.end(), phase) != phases.end();
}

luo::v2::Phase phase_at(const Moment& moment) {
  return moment.state.world.kernel.luo.phase;
}

}  // namespace

std::vector<std::string> target_words(const world::Blueprint& blueprint) {
  std::vector<std::string> words{std::string(kViolation), std::string(kEnd)};
  for (std::uint32_t phase = 0; phase < luo::v2::kPhases; ++phase)
    words.emplace_back(word_of(static_cast<luo::v2::Phase>(phase)));
  for (const sim::Program* program : blueprint.programs.in_order()) {
    words.emplace_back(program->name);
    for (const sim::Step* step : blueprint.programs.find(program->id()).steps)
      words.emplace_back(step->name);
  }
  std::sort(words.begin(), words.end());
  words.erase(std::unique(words.begin(), words.end()), words.end());
  return words;
}

tl::expected<Target, std::string> read_target(std::string_view text, const Walk& walk) {
  Target target;
  if (text == kEnd) return target;
  if (text == kViolation) {
    target.kind = Target::Kind::violation;
    return target;
  }
  if (const auto phase = luo::v2::phase_of(text)) {
    target.kind = Target::Kind::phase;
    target.phase = *phase;
    return target;
  }
  if (const auto duration = parse_duration(text)) {
    if (!walk.has_time()) return tl::unexpected(std::string("there is no time in any order"));
    target.kind = Target::Kind::time;
    target.time = sim::SimTime{} + *duration;
    return target;
  }
  target.kind = Target::Kind::row;
  target.rows = rows_named(walk.blueprint(), text);
  if (target.rows.empty()) return tl::unexpected(what_could_be_meant(text, walk.blueprint()));
  return target;
}

bool is_reached(const Target& target, luo::v2::Phase before, const Happened& happened,
                const Moment& after) {
  switch (target.kind) {
    case Target::Kind::phase:
      return contains(happened.phases, target.phase) ||
             (phase_at(after) == target.phase && before != target.phase);
    case Target::Kind::violation:
      return !happened.broken.empty();
    case Target::Kind::row:
      return std::any_of(happened.rows.begin(), happened.rows.end(), [&](const RowTaken& taken) {
        return std::any_of(target.rows.begin(), target.rows.end(), [&](const RowTaken& meant) {
          return meant.program == taken.program && meant.row == taken.row;
        });
      });
    case Target::Kind::time:
    case Target::Kind::end:
      return false;
  }
  return false;
}

bool is_left_again(const Target& target, const Moment& after) {
  return target.kind == Target::Kind::phase && phase_at(after) != target.phase;
}

bool is_ahead(const Target& target, const Moment& now) {
  const sim::Schedule& schedule = now.state.world.schedule;
  return target.kind == Target::Kind::time && !schedule.is_idle() &&
         schedule.next_time() > target.time;
}

}  // namespace luosim::app
