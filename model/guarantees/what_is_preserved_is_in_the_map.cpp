// SPDX-License-Identifier: Apache-2.0
//
// The next kernel knows of a preserved block only by the bitmaps that the serialized map leads to.
// A bitmap that came behind the map's writing, in a freeze, needs a map that is written once more.
#include <algorithm>

#include <fmt/format.h>

#include "model/guarantees/all.hpp"
#include "model/guarantees/wording.hpp"
#include "model/kernel/record.hpp"
#include "model/kho/bitmap.hpp"
#include "model/kho/memory_map.hpp"

namespace luosim::guarantees {

namespace {

constexpr sim::RecordKind kLooksAfter[] = {kernel::KernelRecord::kexec};

void look(Look& look) {
  const Machine& machine = look.view;
  if (!machine.kho.finalized) return;
  const memory::Bytes& bytes = machine.memory.bytes();
  std::vector<memory::PhysicalAddress> handed_over = kho::bitmaps_in_map(bytes, machine.kho.chunks);
  std::sort(handed_over.begin(), handed_over.end());
  std::uint64_t pages = 0;
  for (const kho::Bitmap& bitmap : machine.kho.tracker.bitmaps) {
    if (!std::binary_search(handed_over.begin(), handed_over.end(), bitmap.address))
      pages += kho::count_bits(bytes, bitmap.address) << bitmap.order;
  }
  if (pages == 0) return;
  look.say(fmt::format("at the jump of kernel {} the map does not name {} that {} preserved",
                       machine.kernel.generation, count_text(pages, "page"),
                       pages == 1 ? "is" : "are"));
}

}  // namespace

const Guarantee kWhatIsPreservedIsInTheMap{
    .id = "what-is-preserved-is-in-the-map",
    .promise = "At the jump the serialized map names every page that is preserved.",
    .rule =
        "The next kernel reserves what the map leads to and nothing else (devices.md, A.4 and "
        "A.7).",
    .family = "acknowledged-is-retrievable",
    .looks_after = kLooksAfter,
    .look = look};

}  // namespace luosim::guarantees
