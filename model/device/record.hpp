// SPDX-License-Identifier: Apache-2.0
//
// Trace records of devices. In all of them subject is the function's name; values[0] of those about
// one function is its FunctionId.
#pragma once

#include <cstdint>
#include <utility>

#include "sim/trace/trace.hpp"

namespace luosim::device::DeviceRecord {

using sim::RecordKind;

/// values: function | purpose << 32 | direction << 40 | result << 48, iova, physical address,
/// owner tag << 32 | owner number of the page when the access landed.
inline constexpr RecordKind dma{0x700};
/// values: function, requester id, reason, address. The IOMMU refused an access.
inline constexpr RecordKind translation_fault{0x701};
/// values: unit, 1 if on. Translation was switched.
inline constexpr RecordKind translation_switched{0x702};
/// values: unit, root table. The IOMMU was told where its tables are.
inline constexpr RecordKind root_table_set{0x703};

/// values: function, old, new. The command register (bus master, memory decoding, INTx).
inline constexpr RecordKind command_written{0x710};
/// values: function, ResetKind. The function begins or ends a reset.
inline constexpr RecordKind reset_begins{0x711};
inline constexpr RecordKind reset_done{0x712};
/// values: bridge, primary | secondary << 8 | subordinate << 16.
inline constexpr RecordKind bus_numbers_written{0x713};
/// values: function, old, new. Access Control Services.
inline constexpr RecordKind acs_written{0x714};
/// values: function, number of virtual functions.
inline constexpr RecordKind virtual_functions_enabled{0x715};
/// values: function, 1 if it is there. Surprise removal, or a card that is put in.
inline constexpr RecordKind presence_changed{0x716};
/// values: function, BAR, old, new.
inline constexpr RecordKind bar_written{0x717};
/// values: function, 1 if MSI-X is on, 1 if the function is masked.
inline constexpr RecordKind msix_written{0x718};
/// values: function, old, new.
inline constexpr RecordKind power_state_written{0x719};
/// values: port, 1 if it forwards to functions above 7.
inline constexpr RecordKind ari_forwarding_written{0x71A};
/// values: bridge, base, limit.
inline constexpr RecordKind window_written{0x71B};

/// values: function, vector, InterruptFate, what irq::raise() says of that fate. A device wanted to
/// interrupt.
inline constexpr RecordKind interrupt_raised{0x720};
/// values: requester id, address, reason. A message that interrupt remapping refused.
inline constexpr RecordKind remapping_fault{0x721};

/// values: function, old ControllerState, new ControllerState.
inline constexpr RecordKind controller_state{0x730};
/// values: function, queue | command id << 16 | opcode << 32, block, blocks. A command was fetched.
inline constexpr RecordKind command_fetched{0x731};
/// values: function, queue | command id << 16, status, phase. A completion was posted.
inline constexpr RecordKind completion_posted{0x732};
/// Function, and queue with command identifier: what both records of a command have alike.
inline std::pair<std::uint64_t, std::uint64_t> command_of(const sim::Record& record) {
  return {record.values[0], record.values[1] & 0xFFFF'FFFF};
}
/// values: function, block, version. What a block contains changed; or became durable.
inline constexpr RecordKind block_written{0x733};
inline constexpr RecordKind cache_flushed{0x734};
/// values: function, commands. Commands that will never complete: the controller was reset.
inline constexpr RecordKind commands_dropped{0x735};
/// values: function, queue, value. A doorbell that the controller did not accept.
inline constexpr RecordKind doorbell_ignored{0x736};

/// values: function, descriptor, bytes. A frame came in; or there was no buffer for it.
inline constexpr RecordKind frame_received{0x740};
inline constexpr RecordKind frame_dropped{0x741};

}  // namespace luosim::device::DeviceRecord
