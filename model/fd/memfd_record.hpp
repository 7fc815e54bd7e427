// SPDX-License-Identifier: Apache-2.0
//
// The record that a file of memory leaves for the next kernel, as bytes in preserved memory. What
// stands first says of which kind and version it is; a reader takes nothing for granted that
// follows.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "model/fd/state.hpp"

namespace luosim::fd {

/// A run of folios: page of the file, first frame, number of pages.
struct RecordedRun {
  std::uint64_t index = 0;
  std::uint64_t pfn = 0;
  std::uint64_t pages = 0;
};

/// The token of a virtual machine that is not known yet.
inline constexpr std::uint64_t kNoMachineToken = ~0ULL;

struct MemfdRecord {
  Memfd file{};                    ///< size, order, kind, seals
  std::uint64_t record_pages = 0;  ///< that the record itself occupies
  bool keeps_seals = false;        ///< of a memfd: the second version, which has them
  std::uint64_t machine_token = kNoMachineToken;  ///< of a guest_memfd
  std::vector<RecordedRun> runs{};
};

/// How much room a record takes: 16 bytes a folio that is in the file behind a header, but enough
/// for its runs. `pages` is how many pages of the file have memory.
std::uint64_t record_pages(const Memfd& file, std::uint64_t pages, std::size_t pieces);

void store_record(memory::Bytes& bytes, memory::PhysicalAddress address, const MemfdRecord& record,
                  std::span<const MemfdPiece> pieces);
/// Puts the token of its virtual machine into the record of a guest_memfd.
void store_machine_token(memory::Bytes& bytes, memory::PhysicalAddress address,
                         std::uint64_t token);

/// Reads a record back; nothing if it is not one that fits into `memory_pages` of memory.
std::optional<MemfdRecord> load_record(const memory::Bytes& bytes, memory::PhysicalAddress address,
                                       std::uint64_t memory_pages);

}  // namespace luosim::fd
