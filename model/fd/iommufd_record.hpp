// SPDX-License-Identifier: Apache-2.0
//
// The record that an iommufd leaves for the next kernel, as bytes in preserved memory: by which
// token its domain is found again, and what was mapped where, by the tokens of the files. The page
// tables themselves are the IOMMU driver's to hand over.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "model/memory/bytes.hpp"
#include "model/memory/page.hpp"

namespace luosim::fd {

/// The token of what is no preserved file: only a prepare that checked nothing writes it.
inline constexpr std::uint64_t kNoToken = ~0ULL;

struct RecordedMapping {
  std::uint64_t token = kNoToken;
  std::uint64_t iova = 0;
  std::uint64_t pages = 0;
  friend bool operator==(const RecordedMapping&, const RecordedMapping&) = default;
};

struct IommufdRecord {
  std::uint64_t domain_token = 0;
  std::uint64_t record_pages = 0;  ///< that the record itself occupies
  std::vector<RecordedMapping> mappings{};
  friend bool operator==(const IommufdRecord&, const IommufdRecord&) = default;
};

/// How much room a record of so many mappings takes.
std::uint64_t iommufd_record_pages(std::size_t mappings);

void store_iommufd_record(memory::Bytes& bytes, memory::PhysicalAddress address,
                          const IommufdRecord& record);

/// Reads a record back; nothing if it is not one that fits into `memory_pages` of memory.
std::optional<IommufdRecord> load_iommufd_record(const memory::Bytes& bytes,
                                                 memory::PhysicalAddress address,
                                                 std::uint64_t memory_pages);

}  // namespace luosim::fd
