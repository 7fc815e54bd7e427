// SPDX-License-Identifier: Apache-2.0
//
// The next kernel's image and its early memory are put into scratch, over whatever is there. A map
// that was damaged on the way may reserve anything.
#include <algorithm>

#include <fmt/format.h>

#include "model/guarantees/all.hpp"
#include "model/guarantees/outside_damage.hpp"
#include "model/guarantees/preserved.hpp"
#include "model/guarantees/wording.hpp"
#include "model/kernel/record.hpp"

namespace luosim::guarantees {

namespace {

constexpr sim::RecordKind kLooksAfter[] = {
    kernel::KernelRecord::kexec, kernel::KernelRecord::boot_done, sim::EngineRecord::fault_fired};

std::uint64_t preserved_in_scratch(const Machine& machine) {
  std::uint64_t pages = 0;
  for_each_preserved_run(machine, [&](memory::PageRange run) {
    for (const memory::PageRange& area : machine.kho.scratch) {
      const memory::Pfn begin = std::max(run.first, area.first);
      const memory::Pfn end = std::min(run.past_the_end(), area.past_the_end());
      if (begin < end) pages += end.value - begin.value;
    }
  });
  return pages;
}

std::uint64_t handed_over_in_scratch(const Machine& machine) {
  std::uint64_t pages = 0;
  for (const memory::PageRange& area : machine.kho.scratch) {
    for_each_extent_in(machine.memory, area,
                       [&](const memory::Extent& extent, memory::PageRange part) {
                         if (extent.owner == kho::kIncomingOwner.tag()) pages += part.count;
                       });
  }
  return pages;
}

void look(Look& look) {
  if (note_outside_damage(look) || was_damaged_outside(look)) return;
  const std::uint64_t preserved = preserved_in_scratch(look.view);
  const std::uint64_t handed_over = handed_over_in_scratch(look.view);
  if (preserved + handed_over == 0) return;
  look.say(fmt::format(
      "kernel {} has {} of preserved and {} of handed-over memory in its scratch areas",
      look.view.kernel.generation, count_text(preserved, "page"), count_text(handed_over, "page")));
}

}  // namespace

const Guarantee kScratchIsDisjoint{
    .id = "scratch-is-disjoint",
    .promise = "Nothing that is preserved or was handed over lies in a scratch area.",
    .rule =
        "The next kernel boots in scratch before it knows what is preserved (luo-v2.md, "
        "section 8).",
    .family = "scratch",
    .looks_after = kLooksAfter,
    .look = look};

}  // namespace luosim::guarantees
