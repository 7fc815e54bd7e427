// SPDX-License-Identifier: Apache-2.0
//
// The program tables of the PCI core, each defined in the file of its name, and what a driver is to
// the core: programs that it calls with values {function}.
#pragma once

#include "model/driver/pci/device.hpp"
#include "sim/core/program.hpp"

namespace luosim::driver::pci {

extern const sim::Program kEnumerateProgram;              // enumerate.cpp
extern const sim::Program kBindProgram, kBindAllProgram;  // bind.cpp
extern const sim::Program kShutDownProgram;               // shutdown.cpp
extern const sim::Program kPortProbeProgram;              // host_drivers.cpp
extern const sim::Program kNicProbeProgram, kNicStopProgram;
extern const sim::Program kPrepareProgram, kFreezeProgram;  // subsystem.cpp
extern const sim::Program kCancelProgram, kFinishProgram;

/// What the core calls when vfio-pci loses a function that files may still use: a program of the
/// file types, above, with values {function}. A kernel without them has no files to cut off.
inline constexpr sim::ProgramId kVfioRemove{sim::name_hash("vfio.remove")};

/// What the core calls of a driver. An id of 0: nothing is to be done.
struct DriverCalls {
  sim::ProgramId probe{};
  sim::ProgramId remove{};
  sim::ProgramId shut_down{};
};
DriverCalls calls_of(Driver driver);

/// Whether a driver is one for this function.
bool fits(const Context& context, Driver driver, const Device& device);

std::span<const sim::Program* const> programs();

}  // namespace luosim::driver::pci
