// SPDX-License-Identifier: Apache-2.0
//
// Where the memory of a file without a name comes from and where it goes when it is given up:
// ordinary pages, or huge pages that boot has set aside. The three kinds differ in one table.
#pragma once

#include <cstdint>

#include "model/fd/state.hpp"

namespace luosim::fd {

/// What differs from one kind of memory to the other.
struct KindOfMemory {
  memory::OwnerName owner;         ///< of its pages; number: the memfd
  memory::OwnerName record_owner;  ///< of the record for the next kernel
  std::int64_t missing_folio;      ///< what retrieve answers for a folio that did not arrive
};
const KindOfMemory& row_of(MemoryKind kind);

/// Adds a piece in its place.
void add_piece(State& fd, const MemfdPiece& piece);

/// How many pages of [begin, end) have memory.
std::uint64_t present_pages(const State& fd, std::uint32_t memfd, std::uint64_t begin,
                            std::uint64_t end);

/// Gives memory to what has none in [begin, end), both at the border of a folio. False if memory is
/// short; what there was is in the file then.
bool fill_holes_between(Context& context, std::uint32_t memfd, std::uint64_t begin,
                        std::uint64_t end);

/// Takes the memory away from page `begin` of the file on, and gives it back to where it came from;
/// how many pages that was.
std::uint64_t drop_pages_from(Context& context, std::uint32_t memfd, std::uint64_t begin);

/// Forgets a part of one piece, which leaves a hole; whoever has the pages keeps them.
void take_pages_out(State& fd, std::uint32_t memfd, std::uint64_t index, std::uint64_t pages);

/// Forgets all pieces; whoever has the pages keeps them.
void forget_pieces(State& fd, std::uint32_t memfd);

}  // namespace luosim::fd
