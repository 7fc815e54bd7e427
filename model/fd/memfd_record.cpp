// SPDX-License-Identifier: Apache-2.0
#include "model/fd/memfd_record.hpp"

#include <algorithm>

namespace luosim::fd {

namespace {

struct Header {
  std::uint64_t magic = 0;
  std::uint64_t pages = 0;
  std::uint64_t order = 0;
  std::uint64_t record_pages = 0;
  std::uint64_t runs = 0;
};
constexpr std::uint64_t kMagic = 0x31'64'66'6D'65'6DULL;  // "memfd1"
constexpr std::uint64_t kHighestOrder = 18;               // 1 GiB
constexpr std::uint64_t kBytesPerFolio = 16;              // of the real record

}  // namespace

std::uint64_t record_pages(const Memfd& file, std::size_t pieces) {
  const std::uint64_t real = sizeof(Header) + (file.pages >> file.order) * kBytesPerFolio;
  const std::uint64_t ours = sizeof(Header) + pieces * sizeof(RecordedRun);
  return memory::pages_for(std::max(real, ours));
}

void store_record(memory::Bytes& bytes, memory::PhysicalAddress address, const MemfdRecord& record,
                  std::span<const MemfdPiece> pieces) {
  std::vector<RecordedRun> runs;
  for (const MemfdPiece& piece : pieces)
    runs.push_back({piece.index, piece.first.value, piece.pages});
  bytes.write_value(address, Header{.magic = kMagic,
                                    .pages = record.file.pages,
                                    .order = record.file.order,
                                    .record_pages = record.record_pages,
                                    .runs = runs.size()});
  if (!runs.empty()) bytes.write(address + sizeof(Header), std::as_bytes(std::span(runs)));
}

std::optional<MemfdRecord> load_record(const memory::Bytes& bytes, memory::PhysicalAddress address,
                                       std::uint64_t memory_pages) {
  const auto header = bytes.read_value<Header>(address);
  if (header.magic != kMagic || header.order > kHighestOrder || header.record_pages == 0 ||
      header.record_pages > memory_pages || header.pages > memory_pages) {
    return std::nullopt;
  }
  const std::uint64_t room = header.record_pages * memory::kPageBytes - sizeof(Header);
  if (header.runs > room / sizeof(RecordedRun)) return std::nullopt;
  MemfdRecord record{
      .file = {.pages = header.pages, .order = static_cast<std::uint32_t>(header.order)},
      .record_pages = header.record_pages};
  record.runs.resize(header.runs);
  bytes.read(address + sizeof(Header), std::as_writable_bytes(std::span(record.runs)));
  for (const RecordedRun& run : record.runs) {
    const bool fits = run.pages > 0 && run.pages <= header.pages &&
                      run.index <= header.pages - run.pages && run.pfn < memory_pages &&
                      run.pages <= memory_pages - run.pfn;
    if (!fits) return std::nullopt;
  }
  return record;
}

}  // namespace luosim::fd
