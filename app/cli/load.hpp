// SPDX-License-Identifier: Apache-2.0
//
// From the name of a scenario file to what runs it.
#pragma once

#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "model/world/build.hpp"
#include "model/world/scenario.hpp"

namespace luosim::app {

struct Loaded {
  world::Scenario scenario;
  world::Built built;
};

/// Reads, checks and builds. `settings` are `key=value` overrides, keys as paths such as
/// `vms.vm0.memory`. Nothing, and diagnostics on `errors`, if anything is wrong.
std::optional<Loaded> load(const std::string& file_name, const std::vector<std::string>& settings,
                           std::ostream& errors);

}  // namespace luosim::app
