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
inline constexpr RecordKind vm_started{0x507};     ///< subject: VM
inline constexpr RecordKind vm_paused{0x508};      ///< subject: VM; values: guest writes so far
inline constexpr RecordKind vm_resumed{0x509};     ///< subject: VM
inline constexpr RecordKind vm_stopped_hard{
    0x50A};                                   ///< subject: VM; it ran when the machine jumped
inline constexpr RecordKind vmm_died{0x50B};  ///< subject: VM
inline constexpr RecordKind contents_intact{0x50C};  ///< object: file
inline constexpr RecordKind contents_lost{0x50D};    ///< object: file

}  // namespace luosim::userspace::UserRecord
