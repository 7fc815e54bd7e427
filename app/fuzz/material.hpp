// SPDX-License-Identifier: Apache-2.0
//
// What variations of a scenario are drawn from: its participants and more of their kinds, calls
// that its actors may make, and places where something may go wrong.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "app/fuzz/variation.hpp"
#include "app/scenario/fields.hpp"
#include "model/world/scenario.hpp"
#include "sim/fault/fault.hpp"

namespace luosim::app {

/// A call with everything that its argument may be.
struct VariedOp {
  std::string verb;
  NameTable names = NameTable::none;   ///< participants of this table are arguments, too
  std::vector<std::string> arguments;  ///< of the scenario; empty, and no table: takes none
};

struct ActorMaterial {
  std::string name;
  std::vector<VariedOp> ops;
};

/// A knob and a word that it may be set to.
using KnobMaterial = std::pair<std::string, std::string>;

struct Material {
  std::vector<Participant> participants;  ///< of the scenario
  bool adds_handlers = true;              ///< false: which there are is left to devices
  std::vector<ActorMaterial> actors;      ///< the first is the agent; at least two
  std::vector<sim::FaultSite> sites;
  std::uint32_t faults = 0;  ///< of a variation, at most
  std::vector<KnobMaterial> knobs;
};

/// `root` is what `scenario` was read from. Without faults and knobs, which the caller chooses.
Material material_of(const Node& root, const world::Scenario& scenario);

/// Every knob with each of its words.
std::vector<KnobMaterial> knobs_to_vary();

}  // namespace luosim::app
