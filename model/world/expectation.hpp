// SPDX-License-Identifier: Apache-2.0
//
// Whether what a scenario expects came true.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/guarantees/machine.hpp"
#include "model/world/metrics.hpp"
#include "model/world/run.hpp"
#include "model/world/scenario.hpp"
#include "model/world/world.hpp"
#include "sim/check/checks.hpp"

namespace luosim::world {

struct Judged {
  std::string text;  ///< what was expected and, if it is otherwise, what is
  bool held = false;
  SourcePlace place;
};

/// How the machine is at the end: `running`, `panic no-handler`, `oops`, `deadlock`, `undefined`.
std::string state_of_machine(const World& world);

using Checks = sim::Checks<guarantees::Machine>;

/// Those that are meant for the scenario's protocol.
std::vector<Judged> judge(const Scenario& scenario, const Blueprint& blueprint, const World& end,
                          const Metrics& metrics, const Checks& checks);

/// Whether the scenario says that this guarantee will be violated, under its protocol.
bool is_expected(const Scenario& scenario, std::string_view guarantee);

/// The same of every guarantee, by its index in `guarantees::all()`: 1 if it will be violated.
std::vector<std::uint8_t> expected_guarantees(const Scenario& scenario);

}  // namespace luosim::world
