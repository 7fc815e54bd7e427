// SPDX-License-Identifier: Apache-2.0
//
// From a scenario to what runs it: names become symbols and numbers, texts become rules.
#pragma once

#include <string>
#include <vector>

#include "model/world/blueprint.hpp"
#include "model/world/scenario.hpp"
#include "sim/fault/fault.hpp"

namespace luosim::world {

/// Something a scenario says that only the model can judge.
struct BuildError {
  SourcePlace place;
  std::string message;
};

struct Built {
  Blueprint blueprint;
  sim::Faults faults;              ///< for the world at the start
  std::vector<BuildError> errors;  ///< if there are any, the rest is not to be used
};

Built build(const Scenario& scenario);

}  // namespace luosim::world
