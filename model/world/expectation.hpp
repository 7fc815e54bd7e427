// SPDX-License-Identifier: Apache-2.0
//
// Whether what a scenario expects came true.
#pragma once

#include <string>
#include <vector>

#include "model/world/metrics.hpp"
#include "model/world/run.hpp"
#include "model/world/scenario.hpp"
#include "model/world/world.hpp"

namespace luosim::world {

struct Judged {
  std::string text;  ///< what was expected and, if it is otherwise, what is
  bool held = false;
  SourcePlace place;
};

/// How the machine is at the end: `running`, `panic no-handler`, `oops`, `deadlock`, `undefined`.
std::string state_of_machine(const World& world);

std::vector<Judged> judge(const Scenario& scenario, const Blueprint& blueprint, const World& end,
                          const Metrics& metrics);

}  // namespace luosim::world
