// SPDX-License-Identifier: Apache-2.0
//
// A page that is preserved by itself and within a folio has two marks, of which the next kernel
// keeps the one that it reads last: whoever restores the other gets a block of the wrong size, or
// memory that somebody else has restored before.
#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "model/guarantees/all.hpp"
#include "model/guarantees/preserved.hpp"
#include "model/guarantees/wording.hpp"
#include "model/kernel/record.hpp"

namespace luosim::guarantees {

namespace {

constexpr sim::RecordKind kLooksAfter[] = {kernel::KernelRecord::kexec};

// Runs of one bitmap do not overlap; nor do those of one size.
void look(Look& look) {
  std::vector<memory::PageRange> runs;
  for_each_preserved_run(look.view, [&](memory::PageRange run) { runs.push_back(run); });
  std::sort(runs.begin(), runs.end());
  std::uint64_t pages = 0;
  memory::Pfn first{};
  memory::Pfn reached{};
  for (const memory::PageRange& run : runs) {
    if (run.first < reached) {
      if (pages == 0) first = run.first;
      pages += std::min(reached, run.past_the_end()).value - run.first.value;
    }
    reached = std::max(reached, run.past_the_end());
  }
  if (pages == 0) return;
  look.say(fmt::format("{}, the first at pfn {:#x}, {} handed over in two sizes",
                       count_text(pages, "page"), first.value, pages == 1 ? "is" : "are"));
}

}  // namespace

const Guarantee kAPageIsPreservedInOneSize{
    .id = "a-page-is-preserved-in-one-size",
    .promise = "No page is handed over both by itself and as a part of a larger block.",
    .rule =
        "Blocks of different orders that overlap are two keys, and a block is restored as it was "
        "preserved (devices.md, A.8, A.9 and G.1, row 6).",
    .family = "exactly-once",
    .looks_after = kLooksAfter,
    .look = look};

}  // namespace luosim::guarantees
