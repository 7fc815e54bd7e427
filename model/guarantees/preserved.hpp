// SPDX-License-Identifier: Apache-2.0
//
// What the tracker's bitmaps say is preserved, in runs: a large host has millions of blocks, but
// few runs of them.
#pragma once

#include <algorithm>

#include "model/guarantees/machine.hpp"
#include "model/kho/bitmap.hpp"

namespace luosim::guarantees {

/// Calls `visit(PageRange)` for each run of preserved blocks that one bitmap speaks of.
template <class Visit>
void for_each_preserved_run(const Machine& machine, Visit visit) {
  for (const kho::Bitmap& bitmap : machine.kho.tracker.bitmaps) {
    const auto words = machine.memory.bytes().read_value<kho::BitmapWords>(bitmap.address);
    kho::for_each_run(words, [&](std::uint64_t first, std::uint64_t count) {
      const std::uint64_t begin = (bitmap.index * kho::kBlocksPerBitmap + first) << bitmap.order;
      const std::uint64_t end = std::min(begin + (count << bitmap.order), machine.memory.pages());
      if (begin < end) visit(memory::PageRange{{begin}, end - begin});
    });
  }
}

/// Calls `visit(extent, part)` for each extent that a range touches; `part` of it lies in the
/// range.
template <class Visit>
void for_each_extent_in(const memory::PhysicalMemory& memory, memory::PageRange range,
                        Visit visit) {
  for (memory::Pfn page = range.first; page < range.past_the_end();) {
    const memory::Extent& extent = memory.at(page);
    const memory::Pfn stop = std::min(extent.range().past_the_end(), range.past_the_end());
    visit(extent, memory::PageRange{page, stop.value - page.value});
    page = stop;
  }
}

}  // namespace luosim::guarantees
