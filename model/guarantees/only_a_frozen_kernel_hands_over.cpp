// SPDX-License-Identifier: Apache-2.0
//
// The phase at the jump is what user space was told; whether anything was handed over is what the
// next kernel finds.
#include <fmt/format.h>

#include "model/guarantees/all.hpp"
#include "model/kernel/record.hpp"

namespace luosim::guarantees {

namespace {

using luo::v2::Phase;

constexpr sim::RecordKind kLooksAfter[] = {kernel::KernelRecord::kexec,
                                           kernel::KernelRecord::boot_done,
                                           kernel::KernelRecord::power_cycle};

// The only note.
constexpr std::uint64_t kPhaseAtTheJump = 0;

void look(Look& look) {
  if (look.record.kind == kernel::KernelRecord::power_cycle) return look.notes.clear();
  const Phase phase = look.view.luo.phase;
  if (look.record.kind == kernel::KernelRecord::kexec)
    return look.notes.set(kPhaseAtTheJump, static_cast<std::uint64_t>(phase));
  const auto noted = look.notes.find(kPhaseAtTheJump);
  if (!noted || phase != Phase::updated) return;
  const auto before = static_cast<Phase>(*noted);
  if (before == Phase::frozen) return;
  look.say(fmt::format("kernel {} comes up updated, but the one before it jumped in phase {}",
                       look.view.kernel.generation, luo::v2::word_of(before)));
}

// A kernel that is up has been compared.
void forget(const Machine&, sim::Notes& notes) {
  notes.clear();
}

}  // namespace

const Guarantee kOnlyAFrozenKernelHandsOver{
    .id = "only-a-frozen-kernel-hands-over",
    .promise = "A kernel takes an update over only from one that was frozen when it jumped.",
    .rule =
        "An update that was taken back, or never got as far, is not carried out "
        "(luo-v2-bugs.md, B03).",
    .family = "abort-leaves-no-trace",
    .looks_after = kLooksAfter,
    .look = look,
    .forget = forget};

}  // namespace luosim::guarantees
