// SPDX-License-Identifier: Apache-2.0
//
// A story whose devices happen to be quiet while no kernel runs says little about what they would
// have written to.
#include "model/device/record.hpp"
#include "model/guarantees/all.hpp"
#include "model/guarantees/devices.hpp"
#include "model/kernel/record.hpp"

namespace luosim::guarantees {

namespace {

constexpr sim::RecordKind kLooksAfter[] = {device::DeviceRecord::dma, kernel::KernelRecord::kexec,
                                           kernel::KernelRecord::boot_done,
                                           kernel::KernelRecord::power_cycle};

// The only note: there was a jump, and the next kernel is not there yet.
constexpr std::uint64_t kIsJumping = 0;

void look(Look& look) {
  if (look.record.kind == device::DeviceRecord::dma) {
    if (!look.notes.is_empty() && landed_in_memory(look.record))
      look.say("a device reached memory between two kernels");
    return;
  }
  look.notes.clear();
  if (look.record.kind == kernel::KernelRecord::kexec) look.notes.set(kIsJumping, 1);
}

}  // namespace

const Guarantee kDmaGoesOnThroughTheJump{
    .id = "dma-goes-on-through-the-jump",
    .promise = "Some device reaches memory after a kernel has ended and before the next is up.",
    .rule = "Device activity does not stop at any point of the blackout (devices.md, 0.4).",
    .family = "dma",
    .kind = sim::ClaimKind::sometimes,
    .looks_after = kLooksAfter,
    .look = look};

}  // namespace luosim::guarantees
