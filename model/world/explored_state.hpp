// SPDX-License-Identifier: Apache-2.0
//
// One state of an exploration: the world, what the guarantees remember of the way here, and what
// may still go wrong.
#pragma once

#include <cstdint>
#include <vector>

#include "model/world/world.hpp"
#include "sim/check/checks.hpp"

namespace luosim::world {

struct ExploredState {
  World world;
  sim::CheckNotes notes;
  /// By guarantee, 1 if it was broken on the way here; empty where that is not followed.
  std::vector<std::uint8_t> broken;
  std::uint32_t faults_left = 0;
};

}  // namespace luosim::world
