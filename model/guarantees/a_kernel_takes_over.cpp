// SPDX-License-Identifier: Apache-2.0
//
// A story that never jumps says nothing about what the next kernel finds.
#include "model/guarantees/all.hpp"
#include "model/kernel/record.hpp"

namespace luosim::guarantees {

namespace {

constexpr sim::RecordKind kLooksAfter[] = {kernel::KernelRecord::boot_done};

void look(Look& look) {
  if (look.view.luo.phase == luo::v2::Phase::updated) look.say("a kernel took an update over");
}

}  // namespace

const Guarantee kAKernelTakesOver{
    .id = "a-kernel-takes-over",
    .promise = "Some kernel comes up updated.",
    .rule = "Frozen leads to updated by kexec (luo-v2.md, section 1).",
    .family = "liveness",
    .kind = sim::ClaimKind::sometimes,
    .looks_after = kLooksAfter,
    .look = look};

}  // namespace luosim::guarantees
