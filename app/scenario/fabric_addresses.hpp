// SPDX-License-Identifier: Apache-2.0
//
// The addresses that devices ask for: which bus is below which port, and who has which number
// there.
#pragma once

#include <vector>

#include "app/scenario/load_context.hpp"
#include "app/scenario/node.hpp"
#include "model/world/scenario.hpp"

namespace luosim::app {

/// Reports addresses that two devices have, or that a device cannot have where it is. `node` is the
/// mapping that the devices were read from; the tree of ports is right.
void check_addresses(LoadContext& context, const Node& node,
                     const std::vector<world::DeviceSpec>& devices);

}  // namespace luosim::app
