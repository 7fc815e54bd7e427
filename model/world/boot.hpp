// SPDX-License-Identifier: Apache-2.0
//
// From power-on or the jump of a kexec to a kernel whose user space has started.
#pragma once

#include <span>

#include "model/kernel/death.hpp"
#include "sim/core/program.hpp"
#include "sim/fault/fault.hpp"

namespace luosim::world {

/// values {image, 1 if the machine was just powered on}
inline constexpr sim::ProgramId kBoot{sim::name_hash("kernel.boot")};

std::span<const sim::Program* const> boot_programs();

inline constexpr sim::FaultSite kBootPanicSite{
    "boot.panic", "the next kernel panics early in its boot; :NAME is its image", -1};

}  // namespace luosim::world
