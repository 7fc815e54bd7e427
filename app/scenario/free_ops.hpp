// SPDX-License-Identifier: Apache-2.0
//
// The step of a load that puts names into the ops of free actors that have none: `preserve` alone
// is a call for every file, and which files there are only the whole scenario can tell.
#pragma once

#include "app/scenario/load_context.hpp"
#include "model/world/scenario.hpp"

namespace luosim::app {

/// For the end of a load, after copies were made. Reports an op for which there is nothing, and
/// more calls than a scenario may have entries.
void name_what_ops_take(LoadContext& context, world::Scenario& scenario);

}  // namespace luosim::app
