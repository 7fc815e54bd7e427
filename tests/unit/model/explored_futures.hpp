// SPDX-License-Identifier: Apache-2.0
//
// What can follow from a state of an exploration.
#pragma once

#include <set>

#include "model/world/explore.hpp"
#include "sim/explore/explore.hpp"

namespace luosim::world {

/// The keys that can be reached by one move.
inline std::multiset<sim::Digest128> successors_of(const WorldModel& model,
                                                   const ExploredState& state) {
  WorldWalker walker = model.walker();
  WorldWalker judge = model.walker();
  sim::explore::Workbench<WorldWalker> bench;
  sim::Hasher hasher;
  std::multiset<sim::Digest128> keys;
  sim::explore::expand(walker, state, walker.choice(), bench, [&](const auto& successor) {
    hasher.reset();
    judge.add_key(successor.state, hasher);
    keys.insert(hasher.finish());
    return true;
  });
  return keys;
}

}  // namespace luosim::world
