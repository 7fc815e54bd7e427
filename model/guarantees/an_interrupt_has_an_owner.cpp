// SPDX-License-Identifier: Apache-2.0
//
// A message that a function still sends for a kernel that is gone finds the tables of the next one,
// or what became of those of the old one: it arrives under whatever vector they give. A function
// that falls back to its pin is heard by nobody, and asserts it on.
#include <fmt/format.h>

#include "model/device/irq/message.hpp"
#include "model/device/record.hpp"
#include "model/driver/irq/record.hpp"
#include "model/guarantees/all.hpp"
#include "model/guarantees/devices.hpp"

namespace luosim::guarantees {

namespace {

using device::DeviceRecord::interrupt_raised;
using device::irq::InterruptFate;
using driver::irq::IrqRecord::stray;

constexpr sim::RecordKind kLooksAfter[] = {stray, interrupt_raised};

void look_at_stray(Look& look) {
  // One that was handed over waits for the driver that will ask for it.
  const bool is_handed_over = look.record.values[1] != 0;
  if (is_handed_over) return;
  look.say(fmt::format("vector {} interrupts kernel {}, which has given it to nobody",
                       look.record.values[0], look.view.kernel.generation));
}

// A vector is of one function; whose messages reach it is for the table to check (G.4, row 79).
void look_at_message(Look& look) {
  const auto& vectors = look.view.drivers.irq.vectors;
  const std::uint64_t number = look.record.values[3];
  if (number >= vectors.size() || vectors[number].is_used == 0) return;
  const device::FunctionId owner = vectors[number].function;
  if (owner == function_of(look.record)) return;
  look.say(fmt::format("{} interrupts by vector {}, which is of {}",
                       name_of(look.view, function_of(look.record)), number,
                       name_of(look.view, owner)));
}

void look(Look& look) {
  if (look.record.kind == stray) return look_at_stray(look);
  const auto fate = static_cast<InterruptFate>(look.record.values[2]);
  if (fate == InterruptFate::handled) return look_at_message(look);
  // No driver of the host has a handler for pins (G.4, row 77).
  if (fate != InterruptFate::pin) return;
  look.say(fmt::format("{} asserts its pin, for which nobody has a handler",
                       name_of(look.view, function_of(look.record))));
}

}  // namespace

const Guarantee kAnInterruptHasAnOwner{
    .id = "an-interrupt-has-an-owner",
    .promise = "An interrupt arrives under a vector of the function that sent it, or not at all.",
    .rule =
        "Vectors of the kernel before are off, or are taken over with their table; so are pins "
        "(devices.md, E.3, E.6 and G.4, rows 76, 77 and 79).",
    .family = "no-lost-edge",
    .looks_after = kLooksAfter,
    .look = look};

}  // namespace luosim::guarantees
