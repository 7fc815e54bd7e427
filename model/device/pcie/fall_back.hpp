// SPDX-License-Identifier: Apache-2.0
//
// What resets, removals and virtual functions share: registers that fall back, and a function that
// is not there any more.
#pragma once

#include "model/device/context.hpp"
#include "model/device/pcie/fabric.hpp"

namespace luosim::device::pcie {

/// The registers of a function as such a reset leaves them.
void fall_back(Fabric& fabric, FunctionId function, ResetKind kind);

/// The device behind a function loses its state and its tasks.
void stop_device(Context& context, FunctionId function, ResetKind kind);

/// A function that was present is not any more.
void vanish(Context& context, FunctionId function, ResetKind kind);

/// A function is there, as after its power was switched on.
void appear(Context& context, FunctionId function);

}  // namespace luosim::device::pcie
