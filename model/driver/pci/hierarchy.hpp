// SPDX-License-Identifier: Apache-2.0
//
// The devices that a kernel has found as a tree: who is directly below a bridge, and all of them in
// the order in which a boot meets them. Shutdown takes the same order backwards.
#pragma once

#include <vector>

#include "model/driver/state.hpp"

namespace luosim::driver::pci {

/// The functions found directly below a bridge (kNoFunction: on the root bus), by bdf. O(devices).
std::vector<device::FunctionId> found_below(const Context& context, device::FunctionId bridge);

/// All functions found: each bridge before what is below it, else by bdf. O(n log n).
std::vector<device::FunctionId> walk_down(const Context& context);

}  // namespace luosim::driver::pci
