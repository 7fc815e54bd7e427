// SPDX-License-Identifier: Apache-2.0
//
// The record that a memfd leaves for the next kernel, as bytes in preserved memory.
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

struct MemfdRecord {
  Memfd file{};
  std::uint64_t record_pages = 0;  ///< that the record itself occupies
  std::vector<RecordedRun> runs{};
};

/// How much room a record takes: 16 bytes a folio behind a header, but enough for its runs.
std::uint64_t record_pages(const Memfd& file, std::size_t pieces);

void store_record(memory::Bytes& bytes, memory::PhysicalAddress address, const MemfdRecord& record,
                  std::span<const MemfdPiece> pieces);

/// Reads a record back; nothing if it is not one that fits into `memory_pages` of memory.
std::optional<MemfdRecord> load_record(const memory::Bytes& bytes, memory::PhysicalAddress address,
                                       std::uint64_t memory_pages);

}  // namespace luosim::fd
