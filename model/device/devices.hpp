// SPDX-License-Identifier: Apache-2.0
//
// The classes of devices, one line each in a table: what a reset of the function does to the device
// behind it, and the programs that the device runs.
#pragma once

#include <span>

#include "model/device/address.hpp"
#include "model/device/pcie/fabric.hpp"
#include "sim/core/program.hpp"
#include "sim/fault/fault.hpp"

namespace luosim::device {

/// The device behind a function loses its state, as far as this kind of reset goes.
void lose_state(Context& context, FunctionId function, pcie::ResetKind kind);

/// Another piece of hardware of the same kind is put in the place of one that was taken out: it has
/// nothing of what the media of that held.
void become_another(Context& context, FunctionId function);

/// Drops the tasks of a function, but not those that bring something from outside the machine.
void drop_own_tasks(Context& context, FunctionId function);

/// The whole machine was off: every function is reset and nothing remembers anything but media.
/// All tasks of devices are dropped; traffic has to be started again.
void power_cycle(Context& context);

/// The programs of all devices.
std::span<const sim::Program* const> programs();

/// Fault sites of devices, for `explain faults`.
std::span<const sim::FaultSite> fault_sites();

}  // namespace luosim::device
