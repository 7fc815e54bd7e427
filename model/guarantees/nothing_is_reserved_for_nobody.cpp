// SPDX-License-Identifier: Apache-2.0
//
// Reserved memory is given back by whoever takes it over. A kernel in which nobody does has lost it
// until the next boot. A tree that was damaged on the way may not be found at all.
#include <fmt/format.h>

#include "model/guarantees/all.hpp"
#include "model/guarantees/outside_damage.hpp"
#include "model/guarantees/wording.hpp"
#include "model/kernel/record.hpp"

namespace luosim::guarantees {

namespace {

constexpr sim::RecordKind kLooksAfter[] = {kernel::KernelRecord::boot_done,
                                           sim::EngineRecord::fault_fired};

void look(Look& look) {
  if (note_outside_damage(look) || was_damaged_outside(look)) return;
  const Machine& machine = look.view;
  if (machine.kho.enabled && machine.luo.phase != luo::v2::Phase::normal) return;
  const std::uint64_t pages = machine.memory.count_owned(kho::kIncomingOwner.tag());
  if (pages == 0) return;
  look.say(fmt::format(
      "kernel {} has {} reserved, but {}", machine.kernel.generation,
      count_text(pages, "handed-over page"),
      machine.kho.enabled ? "its phase is normal and nobody takes them over" : "KHO is off in it"));
}

}  // namespace

const Guarantee kNothingIsReservedForNobody{
    .id = "nothing-is-reserved-for-nobody",
    .promise = "A kernel that takes no update over reserves no memory for one.",
    .rule = "Memory that nobody will ask for belongs to the allocator (luo-v2-bugs.md, B24).",
    .family = "exactly-once",
    .looks_after = kLooksAfter,
    .look = look};

}  // namespace luosim::guarantees
