// SPDX-License-Identifier: Apache-2.0
//
// Trace records of the kernel's device code. Subject is the function's name where values[0] is its
// FunctionId. The IOMMU and the interrupts have records of their own.
#pragma once

#include "sim/trace/trace.hpp"

namespace luosim::driver::DriverRecord {

using sim::RecordKind;

/// values: version word, address. The record of the kernel before is of a version that this one
/// does not know: its devices boot as ordinary ones while they work on.
inline constexpr RecordKind pci_record_unknown{0x780};
/// values: address, error. There is a record and it cannot be used.
inline constexpr RecordKind pci_record_unusable{0x781};
/// values: function, bdf, how often the kernel before had counted it, 1 if it is virtual.
inline constexpr RecordKind pci_device_found{0x782};
/// values: domain << 16 | bdf, count. It was handed over, and there is nothing at its address.
inline constexpr RecordKind pci_incoming_lost{0x783};
/// values: function, bdf, count that was handed over, count that the devices found would make.
inline constexpr RecordKind pci_incoming_differs{0x784};
/// values: bridge, primary | secondary << 8 | subordinate << 16 as found. It has no bus numbers:
/// nothing below it is enumerated.
inline constexpr RecordKind pci_bridge_skipped{0x785};
/// values: function, what was counted for the next kernel, what was left of the kernel before.
inline constexpr RecordKind pci_counted{0x786};
/// values: function, 1 if the incoming count. It was counted down below zero.
inline constexpr RecordKind pci_count_corrupt{0x787};
/// values: function. Preserve or unpreserve after the shutdown began.
inline constexpr RecordKind pci_refused_frozen{0x788};
/// values: function, count, 1 if it was quiesced. The update is finished and nobody took it over.
inline constexpr RecordKind pci_unclaimed{0x789};
/// values: function, needed bytes. No room for its BAR or window.
inline constexpr RecordKind pci_no_address{0x78A};
/// values: function, Driver before, Driver after.
inline constexpr RecordKind driver_bound{0x78B};
/// values: function, Driver, error. It did not take the function.
inline constexpr RecordKind probe_failed{0x78C};
/// values: function, Driver. Shutdown reached the function and told its driver.
inline constexpr RecordKind device_shut_down{0x78D};
/// values: function, bits of CSTS that it waited for. The controller did not do as it was told.
inline constexpr RecordKind nvme_timed_out{0x78E};

}  // namespace luosim::driver::DriverRecord
