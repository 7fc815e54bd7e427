// SPDX-License-Identifier: Apache-2.0
//
// The programs of the IOMMU driver, where something can go wrong in them, and where they give up.
// luosim::driver::kStartIommu is the one that a boot calls.
#pragma once

#include <span>

#include "model/kernel/death.hpp"
#include "sim/core/program.hpp"
#include "sim/fault/fault.hpp"

namespace luosim::driver::iommu {

/// At the end of pci.shutdown, before a jump. No values; always 0.
inline constexpr sim::ProgramId kShutDown{sim::name_hash("iommu.shutdown")};

// Mistakes that such a driver can make (devices.md, G.3). What they return is of no importance.
inline constexpr sim::FaultSite kForgetsPageSite{
    "iommu.forgets_page",
    "a page of a domain's table is neither preserved nor recorded: the next kernel may give it out "
    "while the IOMMU still walks it",
    1};
inline constexpr sim::FaultSite kForgetsDomainSite{
    "iommu.forgets_domain",
    "a preserved domain and its devices are missing from the record: they work on, and the next "
    "kernel does not know of them",
    1};
inline constexpr sim::FaultSite kForgetsDomainIdSite{
    "iommu.forgets_domain_id",
    "the next kernel does not reserve the id of a domain that it takes over: another may get it",
    1};
inline constexpr sim::FaultSite kTreatsAsStaleSite{
    "iommu.treats_as_stale",
    "the next kernel takes handed-over translation for left-over, and switches it off for a while",
    1};
inline constexpr sim::FaultSite kForgetsFlushSite{
    "iommu.forgets_flush",
    "cached translations are not invalidated after an unmap or a change of domain", 1};
inline constexpr sim::FaultSite kLeavesContextSite{
    "iommu.leaves_context",
    "at shutdown the context entry of a function that is not preserved stays; :NAME is the "
    "function",
    1};
inline constexpr sim::FaultSite kClearsPreservedSite{
    "iommu.clears_preserved",
    "at shutdown the context entry of a preserved function is cleared; :NAME is the function", 1};

// Where integrity of DMA cannot be proven any more, a kernel does not go on (devices.md, D.6).
inline constexpr kernel::PanicReason kRecordDamaged{
    "iommu-record-damaged", "the IOMMU's handed-over record is not what a kernel writes"};
inline constexpr kernel::PanicReason kRecordVersionUnknown{
    "iommu-record-version", "the IOMMU's handed-over record has a version that is not known"};
inline constexpr kernel::PanicReason kPagesMissing{
    "iommu-pages-missing", "a page of the IOMMU's handed-over tables was not preserved"};

std::span<const sim::Program* const> programs();
std::span<const sim::FaultSite> fault_sites();
std::span<const kernel::PanicReason> panic_reasons();

}  // namespace luosim::driver::iommu
