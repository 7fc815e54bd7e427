// SPDX-License-Identifier: Apache-2.0
//
// Where a corrected KHO differs from the one that RFC v2 found. Bug numbers are those of
// luo-v2-bugs.md; docs/knobs.md has a page of them.
#pragma once

#include "sim/core/knob.hpp"

namespace luosim::kho {

using sim::kCorrectionWords;
using sim::Knob;

inline constexpr Knob kAbortAsksFirst{"abort_asks_clients_first",
                                      "An abort asks the clients first and frees the tracker and "
                                      "the map only when all have agreed, so "
                                      "that a refused cancel leaves everything usable.",
                                      kCorrectionWords};
inline constexpr Knob kAbortFinishesOnceBegun{"abort_finishes_once_begun",
                                              "Once a client has undone its part, the ones after "
                                              "it cannot refuse any more: they are told that "
                                              "the abort is certain.",
                                              kCorrectionWords};
inline constexpr Knob kAbortKeepsOthersPages{
    "abort_keeps_what_others_preserved",
    "An abort takes back what this finalisation preserved, and leaves alone what other kernel code "
    "had preserved before.",
    kCorrectionWords};
inline constexpr Knob kFailedFinalizeRemovesBlobs{
    "failed_finalize_removes_blobs",
    "A finalisation that fails takes its entries in debugfs away, so that the next one can add "
    "them.",
    kCorrectionWords};
inline constexpr Knob kDebugfsFailureIsIgnored{
    "debugfs_failure_is_ignored",
    "A root tree that cannot be shown in debugfs does not make a successful finalisation fail.",
    kCorrectionWords};
inline constexpr Knob kHandOverOnlyIfFinalized{
    "hand_over_only_if_finalized",
    "The kexec image gets the root page only while KHO is finalized.", kCorrectionWords};
inline constexpr Knob kTreeErrorsBecomeErrnos{
    "tree_errors_become_errnos",
    "A root page that is full answers ENOSPC and not the number of libfdt.", kCorrectionWords};

/// When the map of preserved memory is written: this is a choice of design.
inline constexpr std::string_view kSnapshotWords[] = {"early", "late"};
inline constexpr std::uint8_t kEarly = 0;
inline constexpr std::uint8_t kLate = 1;
inline constexpr Knob kSnapshot{
    "snapshot",
    "early: the map of preserved memory is final after prepare, and a freeze can add nothing. "
    "late: freeze may preserve more, and the map is written once more at its end, inside the "
    "blackout.",
    kSnapshotWords};

}  // namespace luosim::kho
