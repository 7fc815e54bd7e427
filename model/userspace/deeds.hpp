// SPDX-License-Identifier: Apache-2.0
//
// What a script does without the kernel's interfaces for updates: it kills a process, writes to a
// file, asks something of a VMM, or does something to the hardware by hand.
#pragma once

#include "model/userspace/cast.hpp"

namespace luosim::userspace {

struct Deed {
  Verb verb{};
  sim::Symbol operand{};     ///< of `write`, `resize`, and of what is done to a file of a device
  std::uint32_t number = 0;  ///< process, VM or function, as the verb has it
};

bool is_deed(Verb verb);

/// Does it in one step; the answer, 0 or -errno, is the result of the frame. Takes the time of a
/// system call, but for a kill, which takes none.
sim::Outcome do_deed(Context& context, const Deed& deed);

}  // namespace luosim::userspace
