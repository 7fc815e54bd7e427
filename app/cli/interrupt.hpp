// SPDX-License-Identifier: Apache-2.0
//
// Ctrl-C: a run ends at its next look instead of in the middle of writing a file.
#pragma once

#include <csignal>
#include <cstdint>

namespace luosim::app {

/// Whether a wish to stop, told so long after the first one, is that of somebody who got impatient.
/// Moments are nanoseconds of one clock.
constexpr bool is_impatient(std::int64_t first_ns, std::int64_t now_ns) {
  constexpr std::int64_t kSameWish = 250'000'000;
  return now_ns - first_ns >= kSameWish;
}

/// From now on SIGINT and SIGTERM raise a flag. One that comes when the flag has been up for a
/// quarter of a second ends the process at once: somebody got impatient. Sooner, it is the same
/// wish told twice: coreutils' `timeout` signals its child and then the child's process group, and
/// a shell's `kill` of a whole job does alike.
void catch_interrupts();

/// Raises the flag for another reason to stop. Safe in a signal handler.
void raise_interrupt_flag();

/// Takes a Ctrl-C back, for who ends only what was asked for last; from here on the next one is the
/// first again. False, and the flag stays up, if it was anything else: that is meant for all.
bool take_back_interrupt();

/// Not zero once somebody has interrupted.
const volatile std::sig_atomic_t* interrupt_flag();

}  // namespace luosim::app
