// SPDX-License-Identifier: Apache-2.0
//
// The guarantees at work on the states of an exploration, on whichever is at hand: what a move
// breaks, where, and whether it gets anywhere.
#pragma once

#include <optional>
#include <vector>

#include "model/guarantees/machine.hpp"
#include "model/world/blueprint.hpp"
#include "model/world/explored_state.hpp"
#include "model/world/place.hpp"
#include "sim/check/checks.hpp"

namespace luosim::world {

class ExploredChecks final : public sim::Trace {
 public:
  /// The blueprint must outlive this.
  explicit ExploredChecks(const Blueprint& blueprint);

  /// A move of this state begins. Its notes are here until the move ends.
  void begin(ExploredState& state);
  void end();

  void write(const sim::Record& record) override;

  bool has_found() const { return !places_.empty(); }
  bool has_made_headway() const { return has_made_headway_; }
  /// What the move has broken, and where.
  const std::vector<sim::Violation>& violations() const { return checks_.violations(); }
  const Place& place_of_violation(std::size_t index) const { return places_[index]; }

  /// Sees every record, too; null: nobody.
  sim::Trace* watcher = nullptr;

 private:
  const Blueprint& blueprint_;
  sim::Checks<guarantees::Machine> checks_;
  ExploredState* state_ = nullptr;
  std::optional<guarantees::Machine> machine_;
  std::vector<Place> places_;  // of the violations
  bool has_made_headway_ = false;
};

}  // namespace luosim::world
