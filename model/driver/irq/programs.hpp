// SPDX-License-Identifier: Apache-2.0
//
// The programs of interrupt vectors. device::irq::kInterruptEntry is the one that hardware calls.
#pragma once

#include <span>

#include "sim/core/program.hpp"
#include "sim/fault/fault.hpp"

namespace luosim::driver::irq {

/// At boot, by iommu.start: a remapping table, or the one that was handed over; from then on the
/// kernel takes interrupts. No values.
inline constexpr sim::ProgramId kStart{sim::name_hash("irq.start")};

std::span<const sim::Program* const> programs();
std::span<const sim::FaultSite> fault_sites();

}  // namespace luosim::driver::irq
