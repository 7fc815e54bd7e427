// SPDX-License-Identifier: Apache-2.0
//
// What the PCI core calls of the nvme driver, each with values {function}.
#pragma once

#include <span>

#include "sim/core/program.hpp"

namespace luosim::driver::nvme {

/// 0, -ENODEV for a controller that does not answer or is not ready in time, -ENOMEM, -EBUSY.
inline constexpr sim::ProgramId kProbe{sim::name_hash("nvme.probe")};
inline constexpr sim::ProgramId kRemove{sim::name_hash("nvme.remove")};
inline constexpr sim::ProgramId kShutDown{sim::name_hash("nvme.shutdown")};

std::span<const sim::Program* const> programs();

}  // namespace luosim::driver::nvme
