// SPDX-License-Identifier: Apache-2.0
#include "tests/mutants/mutation.hpp"

#include <algorithm>
#include <utility>

#include "sim/core/context.hpp"

namespace luosim::mutants {

namespace {

using sim::Context;
using sim::Outcome;

// What a mutant needs beside the rows of the program, in a row below the last one.
constexpr std::string_view kAddedRow = "added by a mutant";

Outcome passes(Context&) {
  return sim::done();
}

Outcome forgets(Context& context) {
  context.frame().status = 0;
  return sim::done();
}

// The function that stood in the row which runs: the mutant keeps it in the last one.
Outcome run_original(Context& context) {
  return context.programs.find(context.frame().program).rows.back().run(context);
}

Outcome calls_nobody(Context& context) {
  Outcome outcome = run_original(context);
  if (outcome.kind != Outcome::Kind::call) return outcome;
  context.frame().result = 0;
  return sim::done(outcome.after);
}

Outcome locks_to_read(Context& context) {
  Outcome outcome = run_original(context);
  outcome.lock.mode = sim::LockMode::read;
  return outcome;
}

Outcome ends_at_once(Context& context) {
  Outcome outcome = run_original(context);
  if (outcome.kind == Outcome::Kind::again) outcome.kind = Outcome::Kind::end;
  return outcome;
}

std::string_view label_of(const sim::Programs::Entry& entry, std::uint16_t row) {
  return row == sim::Programs::kReturnRow ? sim::kReturn : entry.steps[row]->name;
}

// The rows that are there, every label spelled out.
std::vector<sim::Step> steps_of(const sim::Programs::Entry& entry) {
  std::vector<sim::Step> steps;
  for (std::size_t row = 0; row < entry.rows.size(); ++row) {
    const sim::Programs::Row& flow = entry.rows[row];
    steps.push_back({entry.steps[row]->name,
                     flow.run,
                     {label_of(entry, flow.then), label_of(entry, flow.on_end),
                      label_of(entry, flow.on_failure)},
                     {}});
  }
  return steps;
}

}  // namespace

std::string_view word_of(Operator how) {
  switch (how) {
    case Operator::drop:
      return "drop";
    case Operator::swap:
      return "swap";
    case Operator::swallow:
      return "swallow";
    case Operator::skip_call:
      return "skip call";
    case Operator::weaken:
      return "weaken";
    case Operator::twice:
      return "twice";
    case Operator::once:
      return "once";
  }
  return "";
}

Mutant::Mutant(const sim::Programs& original, const Mutation& mutation)
    : all_(original.in_order()), knobs_(original.knobs()) {
  for (const sim::Program*& program : all_) {
    if (program->name != mutation.program) continue;
    steps_ = steps_of(original.find(program->id()));
    const auto found = std::find_if(steps_.begin(), steps_.end(), [&](const sim::Step& step) {
      return step.name == mutation.row;
    });
    if (found == steps_.end()) return;
    is_applicable_ = apply(static_cast<std::size_t>(found - steps_.begin()), mutation.how);
    program_ = {program->name, program->about, steps_};
    program = &program_;
    return;
  }
}

void Mutant::add_row(std::string_view name, sim::StepFunction run, const sim::Flow& flow) {
  steps_.push_back({name, run, flow, {}});
}

bool Mutant::apply(std::size_t row, Operator how) {
  const sim::Step original = steps_[row];
  const auto keep_original = [&] { add_row(kAddedRow, original.run, original.flow); };
  switch (how) {
    case Operator::drop:
      steps_[row].run = passes;
      return true;
    case Operator::swap:
      return swap_with_next(row);
    case Operator::swallow:
      add_row(kAddedRow, forgets, {original.flow.then, sim::kReturn, sim::kReturn});
      steps_[row].flow.on_failure = kAddedRow;
      return true;
    case Operator::skip_call:
      keep_original();
      steps_[row].run = calls_nobody;
      return true;
    case Operator::weaken:
      keep_original();
      steps_[row].run = locks_to_read;
      return true;
    case Operator::twice:
      keep_original();
      steps_[row].flow.then = kAddedRow;
      return true;
    case Operator::once:
      return leave_loop(row);
  }
  return false;
}

// Each of the two fails to where it failed before.
bool Mutant::swap_with_next(std::size_t row) {
  if (row + 1 >= steps_.size() || steps_[row].flow.then != steps_[row + 1].name) return false;
  sim::Step& first = steps_[row];
  sim::Step& second = steps_[row + 1];
  const std::string_view after_both = second.flow.then;
  // What the upper one left for the lower one is now left for what is below both.
  for (std::string_view* label : {&first.flow.on_end, &first.flow.on_failure})
    if (*label == second.name) *label = after_both;
  std::swap(first, second);
  std::swap(first.name, second.name);
  first.flow.then = second.name;
  second.flow.then = after_both;
  return true;
}

// A loop is closed by the row that goes back to its head, or by a head that answers `again`.
bool Mutant::leave_loop(std::size_t row) {
  const sim::Step original = steps_[row];
  for (std::size_t head = 0; head <= row; ++head) {
    if (steps_[head].name != original.flow.then) continue;
    steps_[row].flow.then = steps_[head].flow.on_end;
    return true;
  }
  add_row(kAddedRow, original.run, original.flow);
  steps_[row].run = ends_at_once;
  return true;
}

}  // namespace luosim::mutants
