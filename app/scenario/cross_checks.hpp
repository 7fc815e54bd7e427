// SPDX-License-Identifier: Apache-2.0
//
// What only the whole scenario can tell: names that nobody defined, and sums that are too large.
#pragma once

#include "app/scenario/load_context.hpp"
#include "app/scenario/node.hpp"
#include "model/world/scenario.hpp"

namespace luosim::app {

/// Reports what is wrong between the parts of a scenario. `root` is the mapping that it was read
/// from; a sum over keys under which something was reported already is not judged.
void check_whole(LoadContext& context, const Node& root, const world::Scenario& scenario);

}  // namespace luosim::app
