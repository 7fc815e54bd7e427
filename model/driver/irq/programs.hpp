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

// Mistakes that such a kernel can make (devices.md, G.4). What they return is of no importance,
// unless it says so.
inline constexpr sim::FaultSite kForgetsDescriptorSite{
    "irq.forgets_descriptor",
    "the posted-interrupt descriptor of a VM is neither preserved nor recorded: hardware posts on "
    "into a page that the next kernel gives out",
    1};
inline constexpr sim::FaultSite kOtherTableSizeSite{
    "irq.other_table_size",
    "the next kernel has a remapping table of another size than the one it is handed, and makes an "
    "empty one; the value is its entries",
    1024};
inline constexpr sim::FaultSite kSkipsSourceCheckSite{
    "irq.skips_source_check",
    "an entry of the remapping table takes messages of any function; :NAME is the one it is for",
    1};

std::span<const sim::Program* const> programs();
std::span<const sim::FaultSite> fault_sites();

}  // namespace luosim::driver::irq
