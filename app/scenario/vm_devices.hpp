// SPDX-License-Identifier: Apache-2.0
//
// What VMs ask of the devices that they have, and of the huge pages of the host.
#pragma once

#include "app/scenario/load_context.hpp"
#include "app/scenario/node.hpp"
#include "model/world/scenario.hpp"

namespace luosim::app {

/// Reports what a VM wants and cannot have. `vms` is the mapping that the VMs were read from; the
/// devices are right.
void check_vm_devices(LoadContext& context, const Node& root, const Node& vms,
                      const world::Scenario& scenario);

}  // namespace luosim::app
