// SPDX-License-Identifier: Apache-2.0
//
// What is wrong between devices, and between them and the VMs that have them. It is judged before
// copies are made, when each device still has a place in the file.
#pragma once

#include "app/scenario/load_context.hpp"
#include "app/scenario/node.hpp"
#include "model/world/scenario.hpp"

namespace luosim::app {

/// Makes the devices of VMs the files that they are, and reports those that two VMs have. `root` is
/// the mapping that the scenario was read from.
void define_devices_of_vms(LoadContext& context, const Node& root);

/// Reports ports that cannot be where they are, addresses that two devices have, and what VMs ask
/// of devices and huge pages that is not there. Nothing is judged under a key with errors.
void check_devices(LoadContext& context, const Node& root, const world::Scenario& scenario);

/// Puts each port before what is behind it, and leaves all else in the order of the file. Devices
/// of a scenario with errors stay as they are.
void put_ports_first(world::Scenario& scenario);

}  // namespace luosim::app
