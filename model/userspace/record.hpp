// SPDX-License-Identifier: Apache-2.0
//
// Trace records of user space.
#pragma once

#include "sim/trace/trace.hpp"

namespace luosim::userspace::UserRecord {

using sim::RecordKind;

/// subject: actor; object: operand; values: verb, then status and word on return.
inline constexpr RecordKind call_begins{0x500};
inline constexpr RecordKind call_returns{0x501};
/// subject: actor; object: operand; values: verb, status, expected status, line of the scenario
inline constexpr RecordKind unexpected_answer{0x502};
inline constexpr RecordKind entry_skipped{0x503};  ///< subject: actor; values: line
inline constexpr RecordKind actor_started{0x504};  ///< subject: actor
inline constexpr RecordKind actor_ended{0x505};    ///< subject: actor
inline constexpr RecordKind actor_died{0x506};     ///< subject: actor
inline constexpr RecordKind vm_started{0x507};     ///< subject: VM; it has its memory
inline constexpr RecordKind vm_paused{0x508};      ///< subject: VM; values: guest writes so far
inline constexpr RecordKind vm_resumed{0x509};     ///< subject: VM
inline constexpr RecordKind vm_stopped_hard{
    0x50A};                                   ///< subject: VM; it ran when its machine went down
inline constexpr RecordKind vmm_died{0x50B};  ///< subject: VM
inline constexpr RecordKind contents_intact{0x50C};  ///< object: file
inline constexpr RecordKind contents_lost{0x50D};    ///< object: file

/// subject: VM; object: device. values: block, sequence, 1 if a write | 2 if a flush, nanoseconds.
/// A command of a guest's load has completed, as the guest sees it.
inline constexpr RecordKind io_completed{0x510};
/// values: block, sequence expected, version found. A read gave something else.
inline constexpr RecordKind io_mismatch{0x511};
/// values: command id, status and phase. A completion of a command that was not in flight.
inline constexpr RecordKind io_phantom{0x512};
/// values: block, status. The device answered with an error.
inline constexpr RecordKind io_failed{0x513};
/// values: commands. No interrupt told of them, a timeout found them.
inline constexpr RecordKind io_late{0x514};
/// values: command id, block. Given up.
inline constexpr RecordKind io_lost{0x515};
/// subject: VM; object: device. The guest's driver has set the device up, or gives it up.
inline constexpr RecordKind driver_ready{0x516};
inline constexpr RecordKind driver_failed{0x517};
/// subject: VM. What the guest finds in its memory is not what it had left there.
inline constexpr RecordKind guest_crashed{0x518};
/// subject: VM. values: how often it was started anew, commands that went with the guest before.
/// The vCPUs of a guest that was started anew execute their first instruction.
inline constexpr RecordKind vm_boots{0x519};
/// subject: VM; object: device. values: block, the oldest and the newest write of which its pages
/// are, the version of a page that is of none. A guest that was started anew finds this on its
/// disk.
inline constexpr RecordKind io_found{0x51A};

}  // namespace luosim::userspace::UserRecord
