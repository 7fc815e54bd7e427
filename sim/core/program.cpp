// SPDX-License-Identifier: Apache-2.0
#include "sim/core/program.hpp"

#include "sim/core/assert.hpp"

namespace luosim::sim {

namespace {

std::uint16_t row_of(const Program& program, std::string_view label, std::size_t current) {
  if (label == kReturn) return Programs::kReturnRow;
  if (label == kNextStep) {
    return current + 1 < program.steps.size() ? static_cast<std::uint16_t>(current + 1)
                                              : Programs::kReturnRow;
  }
  for (std::size_t row = 0; row < program.steps.size(); ++row) {
    if (program.steps[row].name == label) return static_cast<std::uint16_t>(row);
  }
  require(false, "a row of a program goes on with a step that the program has");
  return Programs::kReturnRow;
}

std::vector<Programs::Row> resolve(const Program& program) {
  require(!program.steps.empty(), "a program has at least one step");
  require(program.steps.size() < Programs::kReturnRow, "the rows of a program can be numbered");
  std::vector<Programs::Row> rows;
  for (std::size_t row = 0; row < program.steps.size(); ++row) {
    const Step& step = program.steps[row];
    for (std::size_t other = 0; other < row; ++other) {
      require(program.steps[other].name != step.name,
              "no two rows of a program have the same name");
    }
    require(step.run != nullptr, "each step of a program has a function");
    rows.push_back({step.run, row_of(program, step.flow.then, row),
                    row_of(program, step.flow.on_end, row),
                    row_of(program, step.flow.on_failure, row)});
  }
  return rows;
}

}  // namespace

Programs::Programs(std::span<const Program* const> programs) {
  std::size_t slots = 16;
  while (slots < programs.size() * 2) slots *= 2;
  entries_.resize(slots, Entry{nullptr, {}});
  ids_.resize(slots);
  for (const Program* program : programs) {
    const std::size_t slot = slot_of(program->id());
    require(entries_[slot].program == nullptr, "no two programs have the same name or hash");
    entries_[slot] = {program, resolve(*program)};
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
