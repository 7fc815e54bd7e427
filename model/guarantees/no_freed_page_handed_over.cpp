// SPDX-License-Identifier: Apache-2.0
//
// The next kernel reserves what the map says and cannot tell that the old one had freed it. A map
// that was damaged on the way may say anything.
#include <fmt/format.h>

#include "model/guarantees/all.hpp"
#include "model/guarantees/outside_damage.hpp"
#include "model/guarantees/wording.hpp"
#include "model/kho/record.hpp"

namespace luosim::guarantees {

namespace {

constexpr sim::RecordKind kLooksAfter[] = {kho::KhoRecord::freed_page_was_preserved,
                                           sim::EngineRecord::fault_fired};

void look(Look& look) {
  if (note_outside_damage(look) || was_damaged_outside(look)) return;
  look.say(fmt::format("kernel {} reserves {} from pfn {:#x} on, which the kernel before had freed",
                       look.view.kernel.generation, count_text(look.record.values[1], "page"),
                       look.record.values[0]));
}

}  // namespace

const Guarantee kNoFreedPageHandedOver{
    .id = "no-freed-page-handed-over",
    .promise = "No kernel is told that a page is preserved which the one before had freed.",
    .rule = "What was taken back is not handed over (luo-v2-bugs.md, B04).",
    .family = "acknowledged-is-retrievable",
    .looks_after = kLooksAfter,
    .look = look};

}  // namespace luosim::guarantees
