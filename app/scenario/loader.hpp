// SPDX-License-Identifier: Apache-2.0
//
// From the text of a scenario file to a checked scenario, or to everything that is wrong with it.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "app/scenario/diagnostic.hpp"
#include "app/scenario/load_options.hpp"
#include "model/world/scenario.hpp"

namespace luosim::app {

struct LoadResult {
  std::optional<world::Scenario> scenario;  ///< present exactly if there are no diagnostics
  std::vector<Diagnostic> diagnostics;      ///< sorted by place, at most about 100
};

/// Any bytes are allowed as `text`. In the result each name that is referred to exists, each limit
/// of scenario.hpp holds, defaults are filled in, and the first actor is the agent. `file_name` is
/// only copied into the diagnostics.
LoadResult load_scenario(std::string_view text, std::string_view file_name,
                         const LoadOptions& options = {});

}  // namespace luosim::app
