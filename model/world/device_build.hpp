// SPDX-License-Identifier: Apache-2.0
//
// The devices of a scenario as hardware: a fabric of ports and endpoints, what is behind them, the
// bus numbers that firmware gives, and which driver each function gets.
#pragma once

#include <string>
#include <vector>

#include "model/world/blueprint.hpp"
#include "model/world/build.hpp"
#include "model/world/scenario.hpp"

namespace luosim::world {

/// Adds the devices of a scenario to its blueprint. What cannot be built becomes an error.
void build_devices(const Scenario& scenario, Blueprint& blueprint, std::vector<BuildError>& errors);

/// The driver of a scenario's word; Driver::none for one that is not known.
driver::pci::Driver driver_of(const std::string& word);

/// The function of a name of the scenario, or kNoFunction. O(functions).
device::FunctionId function_named(const Blueprint& blueprint, const std::string& name);

}  // namespace luosim::world
