// SPDX-License-Identifier: Apache-2.0
//
// What a finalized KHO hands over begins at its root page and leads through the serialized map to
// the tracker's bitmaps. At the jump it must be there whoever is in the middle of what.
#include <fmt/format.h>

#include "model/guarantees/all.hpp"
#include "model/kernel/record.hpp"
#include "model/userspace/record.hpp"

namespace luosim::guarantees {

namespace {

constexpr sim::RecordKind kLooksAfter[] = {userspace::UserRecord::call_returns,
                                           kernel::KernelRecord::kexec};

void look(Look& look) {
  const Machine& machine = look.view;
  const bool jumps = look.record.kind == kernel::KernelRecord::kexec;
  if (!machine.kho.finalized || (!jumps && !is_at_rest(machine))) return;
  const bool has_map = !machine.kho.chunks.empty();
  const bool has_bitmaps = !machine.kho.tracker.bitmaps.empty();
  if (has_map && has_bitmaps) return;
  look.say(fmt::format("{} KHO is finalized in phase {}, and {} freed",
                       jumps ? "at the jump" : "after a call", luo::v2::word_of(machine.luo.phase),
                       has_map       ? "the bitmaps that its map leads to are"
                       : has_bitmaps ? "the serialized map is"
                                     : "both the serialized map and the bitmaps are"));
}

}  // namespace

const Guarantee kFinalizedKhoHasItsMap{
    .id = "finalized-kho-has-its-map",
    .promise = "While KHO is finalized, the map that it would hand over is there.",
    .rule = "An abort that is refused leaves everything usable (luo-v2-bugs.md, B06 and B07).",
    .family = "abort-leaves-no-trace",
    .looks_after = kLooksAfter,
    .look = look};

}  // namespace luosim::guarantees
