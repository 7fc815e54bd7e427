// SPDX-License-Identifier: Apache-2.0
//
// The way of a message once a function has decided to send it: out through its bridges, through
// remapping if that is on, to a CPU or into a posted-interrupt descriptor.
#pragma once

#include "model/device/irq/message.hpp"

namespace luosim::device::irq {

/// What became of a message; `detail` is values[3] of its interrupt_raised record.
struct Delivery {
  InterruptFate fate = InterruptFate::dropped;
  std::uint64_t detail = 0;
};

/// Sends the message as a memory write of the function. Leaves the records of what happens on the
/// way, but not the interrupt_raised one.
Delivery send(Context& context, FunctionId function, const Message& message);

}  // namespace luosim::device::irq
