// SPDX-License-Identifier: Apache-2.0
//
// All successors of one state: every move, and of each move every combination of answers. They are
// numbered in the order in which they come, which depends on the state alone, so that a path is a
// list of numbers.
#pragma once

#include <memory>
#include <vector>

#include "sim/explore/model.hpp"

namespace luosim::sim::explore {

/// What an expansion needs again and again.
template <Walker W>
struct Workbench {
  std::vector<Move> moves;
  std::unique_ptr<typename W::State> successor = std::make_unique<typename W::State>();
  Taken taken;
};

/// One successor, as long as it lies on the workbench.
template <Walker W>
struct Successor {
  std::uint32_t ordinal = 0;
  Move move;
  typename W::State& state;
  const Taken& taken;
  const EnumeratedChoice& choice;
};

/// Calls `visit(const Successor&)` for each; it returns false to stop. Costs a copy of the state
/// and the move itself for each successor.
template <Walker W, class Visit>
void expand(W& walker, const typename W::State& from, EnumeratedChoice& choice, Workbench<W>& bench,
            Visit visit) {
  bench.moves.clear();
  walker.moves(from, bench.moves);
  std::uint32_t ordinal = 0;
  for (const Move move : bench.moves) {
    walker.begin(from, move, choice);
    do {
      *bench.successor = from;
      bench.taken.clear();
      walker.take(*bench.successor, move, choice, bench.taken);
      if (!visit(Successor<W>{ordinal, move, *bench.successor, bench.taken, choice})) return;
      ++ordinal;
    } while (choice.next());
  }
}

}  // namespace luosim::sim::explore
