// SPDX-License-Identifier: Apache-2.0
//
// The way of an exploration as a machine goes it. An exploration takes from a state what no future
// depends on: of two interrupts that say the same it keeps one, and a command of a disk is in the
// place of another. A machine forgets nothing, so each step is looked for where the machine has it:
// a task of that name that stands at that row.
#pragma once

#include <vector>

#include "model/world/explore.hpp"

namespace luosim::world {

class Retrace {
 public:
  /// Begins where the exploration does; the model must outlive it.
  explicit Retrace(const WorldModel& model);

  /// Takes the steps of one move, where somebody stands at them, with the answers that the move
  /// got.
  void follow(const std::vector<TakenStep>& move, const sim::EnumeratedChoice& answers,
              const std::vector<sim::AskedFault>& faults);

  /// From the beginning on: who took the steps, and the faults that could have struck.
  const std::vector<OrderPart>& steps() const { return steps_; }
  const std::vector<sim::AskedFault>& faults() const { return faults_; }

 private:
  std::optional<sim::TaskId> find(const TakenStep& step) const;

  const WorldModel& model_;
  World world_;
  std::vector<OrderPart> steps_;
  std::vector<sim::AskedFault> faults_;
};

}  // namespace luosim::world
