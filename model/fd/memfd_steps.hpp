// SPDX-License-Identifier: Apache-2.0
//
// The steps by which a file of memory is handed over and taken over, for the handlers of all kinds
// of memory: memfd_handler.cpp, hugetlb.cpp and guest_memfd.cpp put tables together of them.
// Callbacks that are about a file read its kind there; those that come before there is a file are
// told it by their handler.
#pragma once

#include "model/fd/memfd_record.hpp"
#include "model/fd/state.hpp"

namespace luosim::fd {

using sim::Outcome;

// Programs that are the same for more than one kind.
inline constexpr sim::ProgramId kPrepareMemory{sim::name_hash("memfd.prepare")};
inline constexpr sim::ProgramId kRefreshMemoryRecord{sim::name_hash("memfd.freeze")};
inline constexpr sim::ProgramId kCancelMemory{sim::name_hash("memfd.cancel")};

// can_preserve.
Outcome accept_kind(Context& context, MemoryKind kind);
template <MemoryKind kind>
Outcome accept(Context& context) {
  return accept_kind(context, kind);
}

// prepare. frame.local[0] of the steps that preserve is the piece, counted within the file;
// frame.local[1] its folios done so far.
Outcome freeze_mapping(Context& context);
Outcome fill_holes(Context& context);
Outcome preserve_next_folios(Context& context);
Outcome write_record(Context& context);
Outcome unpreserve_what_was_done(Context& context);
Outcome thaw_mapping(Context& context);
// freeze.
Outcome refresh_record(Context& context);
// cancel; the last step is thaw_mapping.
Outcome unpreserve_folios(Context& context);
Outcome free_record(Context& context);

/// The record that the word of the call points at, if the word, the record, its kind and its room
/// are what they should be and nobody has taken it over yet.
std::optional<MemfdRecord> handed_over_record(const Context& context, MemoryKind kind);

// retrieve. frame.local[0] is the new memfd, frame.local[1] the run of the record that comes next.
Outcome make_file_of_kind(Context& context, MemoryKind kind);
template <MemoryKind kind>
Outcome make_the_file(Context& context) {
  return make_file_of_kind(context, kind);
}
/// A run that came over: `error` if it did not, no pages if there is none left.
struct TakenRun {
  std::int64_t error = 0;
  std::uint64_t pages = 0;
  sim::Duration duration{};
};
TakenRun take_next_run(Context& context, MemoryKind kind);
template <MemoryKind kind>
Outcome take_next_folios(Context& context) {
  const TakenRun run = take_next_run(context, kind);
  if (run.error != 0) return sim::fail(run.error);
  return run.pages == 0 ? sim::end() : sim::again(run.duration);
}
Outcome open_the_file(Context& context);
/// After a failure: the pages are free, or as they were handed over, for who tries again.
Outcome free_what_was_taken(Context& context);
Outcome hand_back_what_was_taken(Context& context);

// finish; values[2] is 1 if FD_RESTORE was tried. What nobody took back is freed.
Outcome drop_what_is_unclaimed(Context& context, MemoryKind kind);
template <MemoryKind kind>
Outcome drop_unclaimed(Context& context) {
  return drop_what_is_unclaimed(context, kind);
}

}  // namespace luosim::fd
