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

/// An interrupt for a guest. values: virtual machine, vector, how it came (InjectedBy), guest.
inline constexpr RecordKind interrupt_delivered{0x430};  ///< the guest runs and sees it
inline constexpr RecordKind interrupt_pending{0x431};    ///< the guest is stopped: it is kept
inline constexpr RecordKind interrupt_lost{0x432};       ///< the virtual machine is gone
enum class InjectedBy : std::uint64_t {
  device,
  vmm,      ///< to be on the safe side after an update
  resuming  ///< it was pending when the guest went on
};
/// The size of a memfd changed. values: pages before, pages now, pins, pages that were freed. With
/// pins, devices still reach what was freed.
inline constexpr RecordKind memfd_resized{0x433};
/// A guest touched a hole of a guest_memfd that is frozen. values: memfd, first page, pages.
inline constexpr RecordKind hole_refused{0x434};
/// A pool of huge pages was set up. values: order, pages asked for, handed over, pages it got.
inline constexpr RecordKind hugetlb_pool{0x435};
/// Retrieving a file of huge pages failed. values: memfd, pages that it had, 1 if they were freed.
inline constexpr RecordKind hugetlb_leaked{0x436};

}  // namespace luosim::fd::ParticipantRecord
