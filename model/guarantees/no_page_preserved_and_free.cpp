// SPDX-License-Identifier: Apache-2.0
//
// The bitmaps are what the next kernel reads; who owns a page is what is true. Only transitions
// preserve and free, so it is enough to look when one of them has returned, and at the jump.
#include <fmt/format.h>

#include "model/guarantees/all.hpp"
#include "model/guarantees/calls.hpp"
#include "model/guarantees/preserved.hpp"
#include "model/guarantees/wording.hpp"
#include "model/kernel/record.hpp"
#include "model/kho/record.hpp"
#include "model/userspace/record.hpp"

namespace luosim::guarantees {

namespace {

constexpr sim::RecordKind kLooksAfter[] = {
    kho::KhoRecord::finalized, userspace::UserRecord::call_returns, kernel::KernelRecord::kexec};

void look_for_free_pages(Look& look) {
  const Machine& machine = look.view;
  std::uint64_t pages = 0;
  memory::Pfn first{};
  for_each_preserved_run(machine, [&](memory::PageRange run) {
    for_each_extent_in(machine.memory, run,
                       [&](const memory::Extent& extent, memory::PageRange part) {
                         if (extent.owner != memory::kFree) return;
                         if (pages == 0) first = part.first;
                         pages += part.count;
                       });
  });
  if (pages == 0) return;
  look.say(
      fmt::format("{}, the first at pfn {:#x}, would be handed over as preserved in phase {}, "
                  "but nobody owns {}",
                  count_text(pages, "page"), first.value, luo::v2::word_of(machine.luo.phase),
                  pages == 1 ? "it" : "them"));
}

void look(Look& look) {
  if (!look.view.kho.finalized) return;
  if (look.record.kind == userspace::UserRecord::call_returns &&
      (!kTransitions.contain(verb_of(look.record)) || !is_at_rest(look.view))) {
    return;
  }
  look_for_free_pages(look);
}

}  // namespace

const Guarantee kNoPagePreservedAndFree{
    .id = "no-page-preserved-and-free",
    .promise = "No page that KHO would hand over as preserved is free.",
    .rule =
        "Each preserved page belongs to whoever preserved it until it is unpreserved "
        "(luo-v2-bugs.md, B04).",
    .family = "exactly-once",
    .looks_after = kLooksAfter,
    .look = look};

}  // namespace luosim::guarantees
