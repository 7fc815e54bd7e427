// SPDX-License-Identifier: Apache-2.0
//
// Calls of scripts as a guarantee follows them in its notes: which call a record belongs to, and
// what else was called at the same time. A call belongs to its task, and so does every record that
// is written on its behalf.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/guarantees/machine.hpp"

namespace luosim::guarantees {

/// Notes of calls have keys from here on; a guarantee numbers its own below.
inline constexpr std::uint64_t kNotesOfCalls = 1ULL << 62;

/// A set of verbs, as bits.
struct Verbs {
  std::uint64_t bits = 0;
  constexpr bool contain(userspace::Verb verb) const {
    return (bits >> static_cast<unsigned>(verb) & 1) != 0;
  }
};

template <class... Verb>
constexpr Verbs verbs(Verb... verb) {
  return {((1ULL << static_cast<unsigned>(verb)) | ... | 0ULL)};
}

/// What can change the phase, or what KHO and LUO hold as a whole.
inline constexpr Verbs kTransitions = verbs(
    userspace::Verb::prepare, userspace::Verb::freeze, userspace::Verb::cancel,
    userspace::Verb::finish, userspace::Verb::reboot_kexec, userspace::Verb::reboot_without_image,
    userspace::Verb::kho_finalize, userspace::Verb::kho_abort, userspace::Verb::debugfs_finalize);
/// What can change files, descriptors and their references.
inline constexpr Verbs kFileCalls = verbs(userspace::Verb::preserve, userspace::Verb::unpreserve,
                                          userspace::Verb::restore, userspace::Verb::close);

/// A call that has begun.
struct Call {
  sim::TaskId task{};
  userspace::Verb verb{};
  sim::Symbol operand{};
  Verbs met{};              ///< verbs of the calls that were in progress at some time during it
  std::uint32_t marks = 0;  ///< what the guarantee wants to remember of it
};

/// Notes a call that begins, unless nobody can tell that it is made; a boot ends all calls. True if
/// the record was one of these. The
/// guarantee must look after UserRecord::call_begins and KernelRecord::boot_begins.
bool note_call(Look& look);

/// The call that the record belongs to; nothing if its task makes none.
std::optional<Call> call_of(const Look& look);
/// The call that has returned; it is forgotten. For UserRecord::call_returns.
std::optional<Call> take_call(Look& look);

std::vector<Call> calls_in_progress(const Look& look);
bool is_in_progress(const Look& look, Verbs verbs);
/// Adds to the marks of the call that `task` makes, if it makes one.
void mark_call(Look& look, sim::TaskId task, std::uint32_t marks);

/// `FD_RESTORE f1`, `EVENT_FINISH`.
std::string text_of(const Machine& machine, const Call& call);
/// What the record belongs to: `FD_RESTORE f1`, or `the boot` if no process called.
std::string deed_of(const Look& look);

}  // namespace luosim::guarantees
