// SPDX-License-Identifier: Apache-2.0
//
// Fault sites of the PCI core: what may go wrong between two kernels (devices.md, G.2). Those of
// things that a kernel does although it should not have a value that is not an error.
#pragma once

#include <span>

#include "sim/fault/fault.hpp"

namespace luosim::driver::pci {

using sim::FaultSite;

// Preserving.
inline constexpr FaultSite kCountSite{
    "pci.count", "counting a function as preserved fails; :NAME is the endpoint or a bridge above",
    -12};
inline constexpr FaultSite kRecordVersionSite{
    "pci.record_version",
    "the record of preserved devices is written in a version that the next kernel does not know",
    99};

// Shutting down.
inline constexpr FaultSite kClearBusMasterSite{
    "pci.clear_bus_master",
    "shutdown takes the bus mastering of a preserved function as of any other; :NAME is the "
    "function",
    1};

// Booting.
inline constexpr FaultSite kIncomingSite{
    "pci.incoming", "the record of preserved devices cannot be fetched: all boot as ordinary ones",
    -12};
inline constexpr FaultSite kRenumberSite{
    "pci.renumber",
    "a boot that knows of no preserved device gives all bridges new bus numbers, whatever goes on "
    "below them",
    1};
inline constexpr FaultSite kResetBridgeSite{
    "pci.reset_bridge", "enumeration resets what is below a bridge first; :NAME is the bridge", 1};
inline constexpr FaultSite kAcsSite{
    "pci.acs",
    "enumeration writes ACS by a policy of its own, also to a preserved port; :NAME is the port, "
    "the value what it writes",
    0};
inline constexpr FaultSite kAriSite{
    "pci.ari",
    "enumeration writes ARI forwarding by a policy of its own, also to a preserved port; :NAME is "
    "the port, the value 1 or 0",
    0};
inline constexpr FaultSite kMoveBarsSite{
    "pci.move_bars", "a boot places all BARs and windows anew, elsewhere, preserved or not", 1};

// Binding.
inline constexpr FaultSite kUnbindBusySite{
    "pci.unbind_busy",
    "a driver is taken from a function although files use it, which are cut off; :NAME is the "
    "function",
    1};
inline constexpr FaultSite kBindClaimedSite{
    "pci.bind_claimed",
    "a driver probes before it asks who owns the DMA of a function; :NAME is the function", 1};

std::span<const FaultSite> fault_sites();

}  // namespace luosim::driver::pci
