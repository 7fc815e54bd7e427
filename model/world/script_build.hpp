// SPDX-License-Identifier: Apache-2.0
//
// The scripts of a scenario as the cast of user space.
#pragma once

#include "model/world/blueprint.hpp"
#include "model/world/scenario.hpp"

namespace luosim::world {

/// Fills the actors of the cast; VMs and devices must be there. Names that the loader has checked
/// are known.
void build_script(const Scenario& scenario, Blueprint& blueprint);

/// What an entry makes user space do.
userspace::Verb verb_of(const ScriptEntry& entry);

}  // namespace luosim::world
