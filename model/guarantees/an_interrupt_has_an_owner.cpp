// SPDX-License-Identifier: Apache-2.0
//
// A message that a function still sends for a kernel that is gone finds the tables of the next one,
// or what became of those of the old one: it arrives under whatever vector they give.
#include <fmt/format.h>

#include "model/driver/irq/record.hpp"
#include "model/guarantees/all.hpp"

namespace luosim::guarantees {

namespace {

using driver::irq::IrqRecord::stray;

constexpr sim::RecordKind kLooksAfter[] = {stray};

void look(Look& look) {
  // One that was handed over waits for the driver that will ask for it.
  const bool is_handed_over = look.record.values[1] != 0;
  if (is_handed_over) return;
  look.say(fmt::format("vector {} interrupts kernel {}, which has given it to nobody",
                       look.record.values[0], look.view.kernel.generation));
}

}  // namespace

const Guarantee kAnInterruptHasAnOwner{
    .id = "an-interrupt-has-an-owner",
    .promise = "No kernel is interrupted by a vector that it has given to nobody.",
    .rule =
        "Vectors of the kernel before are off, or are taken over with their table (devices.md, E.3 "
        "and G.4, rows 76 and 79).",
    .family = "no-lost-edge",
    .looks_after = kLooksAfter,
    .look = look};

}  // namespace luosim::guarantees
