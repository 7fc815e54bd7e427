// SPDX-License-Identifier: Apache-2.0
//
// The scripts of a scenario as the cast of user space.
#pragma once

#include "model/userspace/cast.hpp"
#include "model/world/scenario.hpp"

namespace luosim::world {

/// Fills the actors of `cast`; its VMs must be there. Names that the loader has checked are known.
void build_script(const Scenario& scenario, sim::Names& names, userspace::Cast& cast);

}  // namespace luosim::world
