// SPDX-License-Identifier: Apache-2.0
//
// Trace records of participants, beside the one of their callback that LUO writes.
#pragma once

#include "sim/trace/trace.hpp"

namespace luosim::fd::ParticipantRecord {

using sim::RecordKind;

/// Something a participant found or did during the callback whose record follows.
/// values: what, status or 1 or 0.
inline constexpr RecordKind note{0x400};
enum class Note : std::uint64_t {
  unpreserved,      ///< status of kho_unpreserve
  page_checked,     ///< 1 if the tag is there, else 0; then 1 if the page was reserved, else 0
  preserve_failed,  ///< kho_preserve refused
  self_test_page,   ///< prepare: 1 if the page of the self test is live, 0 if it was freed
};
inline constexpr RecordKind page_allocated{0x401};  ///< subject: participant; values: address
inline constexpr RecordKind reentered{0x402};       ///< subject: participant; values: status
inline constexpr RecordKind memfd_saved{0x403};     ///< object: file; values: pages, folios, bytes
inline constexpr RecordKind memfd_restored{0x404};  ///< object: file; values: pages, folios
inline constexpr RecordKind memfd_dropped{0x405};   ///< values: pages given back unclaimed

}  // namespace luosim::fd::ParticipantRecord
