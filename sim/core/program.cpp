// SPDX-License-Identifier: Apache-2.0
#include "sim/core/program.hpp"

#include "sim/core/assert.hpp"

namespace luosim::sim {

namespace {

// The number of the first row at or below `step` that is there.
std::uint16_t row_at(const Program& program, std::size_t step, const KnobValues& knobs) {
  std::uint16_t row = 0;
  for (std::size_t above = 0; above < step; ++above)
    if (program.steps[above].only.holds(knobs)) ++row;
  for (std::size_t below = step; below < program.steps.size(); ++below)
    if (program.steps[below].only.holds(knobs)) return row;
  return Programs::kReturnRow;
}

// Rows that exclude one another may have the same name: the one that is there is meant.
std::uint16_t row_of(const Program& program, std::string_view label, std::size_t current,
                     const KnobValues& knobs) {
  if (label == kReturn) return Programs::kReturnRow;
  if (label == kNextStep) return row_at(program, current + 1, knobs);
  std::size_t found = program.steps.size();
  for (std::size_t step = program.steps.size(); step-- > 0;) {
    if (program.steps[step].name != label) continue;
    if (found == program.steps.size() || program.steps[step].only.holds(knobs)) found = step;
  }
  require(found < program.steps.size(),
          "a row of a program goes on with a step that the program has");
  return row_at(program, found, knobs);
}

void resolve(Programs::Entry& entry, const KnobValues& knobs) {
  const Program& program = *entry.program;
  require(program.steps.size() < Programs::kReturnRow, "the rows of a program can be numbered");
  for (std::size_t index = 0; index < program.steps.size(); ++index) {
    const Step& step = program.steps[index];
    require(step.run != nullptr, "each step of a program has a function");
    if (!step.only.holds(knobs)) continue;
    for (const Step* other : entry.steps)
      require(other->name != step.name, "no two rows of a program have the same name");
    entry.steps.push_back(&step);
    entry.rows.push_back({step.run, row_of(program, step.flow.then, index, knobs),
                          row_of(program, step.flow.on_end, index, knobs),
                          row_of(program, step.flow.on_failure, index, knobs)});
  }
  require(!entry.rows.empty(), "a program has at least one step");
}

}  // namespace

Programs::Programs(std::span<const Program* const> programs, KnobValues knobs)
    : knobs_(std::move(knobs)) {
  std::size_t slots = 16;
  while (slots < programs.size() * 2) slots *= 2;
  entries_.resize(slots, Entry{nullptr, {}, {}});
  ids_.resize(slots);
  for (const Program* program : programs) {
    const std::size_t slot = slot_of(program->id());
    require(entries_[slot].program == nullptr, "no two programs have the same name or hash");
    entries_[slot].program = program;
    resolve(entries_[slot], knobs_);
    ids_[slot] = program->id();
    in_order_.push_back(program);
  }
}

std::size_t Programs::slot_of(ProgramId id) const {
  const std::size_t mask = entries_.size() - 1;
  std::size_t slot = id.hash & mask;
  while (entries_[slot].program != nullptr && ids_[slot] != id) slot = (slot + 1) & mask;
  return slot;
}

}  // namespace luosim::sim
