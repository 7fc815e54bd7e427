// SPDX-License-Identifier: Apache-2.0
#include "model/fd/memfd_record.hpp"

#include <algorithm>

namespace luosim::fd {

namespace {

struct Header {
  std::uint64_t magic = 0;
  std::uint64_t pages = 0;
  std::uint32_t order = 0;
  std::uint16_t seals = 0;  ///< of the second version of a memfd, else 0
  std::uint16_t reserved = 0;
  std::uint64_t record_pages = 0;
  std::uint64_t runs = 0;
};
constexpr std::uint32_t kHighestOrder = 18;   // 1 GiB
constexpr std::uint64_t kBytesPerFolio = 16;  // of the real record

// What a record begins with, and what follows from that.
struct Version {
  std::uint64_t magic;
  MemoryKind kind;
  bool keeps_seals;
  std::uint64_t more_header;  // bytes between header and runs
};
constexpr Version kVersions[] = {
    {0x31'64'66'6D'65'6DULL, MemoryKind::shmem, false, 0},                         // "memfd1"
    {0x32'64'66'6D'65'6DULL, MemoryKind::shmem, true, 0},                          // "memfd2"
    {0x31'62'6C'74'65'67'75'68ULL, MemoryKind::hugetlb, false, 0},                 // "hugetlb1"
    {0x31'6D'65'6D'67ULL, MemoryKind::guest_memfd, false, sizeof(std::uint64_t)},  // "gmem1"
};

const Version& version_of(MemoryKind kind, bool keeps_seals) {
  const auto* version =
      std::find_if(std::begin(kVersions), std::end(kVersions), [&](const Version& candidate) {
        return candidate.kind == kind &&
               candidate.keeps_seals == (keeps_seals && kind == MemoryKind::shmem);
      });
  return *version;
}

// What a folio can be in each kind of memory.
bool has_possible_folios(const Header& header, MemoryKind kind) {
  if (header.order > kHighestOrder || header.pages % (1ULL << header.order) != 0) return false;
  if (kind == MemoryKind::guest_memfd) return header.order == 0;
  return kind == MemoryKind::shmem || header.order > 0;
}

bool is_possible(const Header& header, const Version& version, std::uint64_t memory_pages) {
  const std::uint16_t seals = version.keeps_seals ? kKnownSeals : 0;
  return has_possible_folios(header, version.kind) && (header.seals & ~seals) == 0 &&
         header.reserved == 0 && header.record_pages > 0 && header.record_pages <= memory_pages &&
         header.pages <= memory_pages;
}

// Whole folios in the order of the file, none twice, of frames that exist.
bool are_possible(std::span<const RecordedRun> runs, const Header& header,
                  std::uint64_t memory_pages) {
  std::uint64_t reached = 0;
  for (const RecordedRun& run : runs) {
    const bool fits = run.pages > 0 && run.pages <= header.pages && run.index >= reached &&
                      run.index <= header.pages - run.pages && run.pfn < memory_pages &&
                      run.pages <= memory_pages - run.pfn;
    const std::uint64_t misfit = (run.index | run.pfn | run.pages) & ((1ULL << header.order) - 1);
    if (!fits || misfit != 0) return false;
    reached = run.index + run.pages;
  }
  return true;
}

}  // namespace

std::uint64_t record_pages(const Memfd& file, std::uint64_t pages, std::size_t pieces) {
  const std::uint64_t header =
      sizeof(Header) + version_of(file.kind, /*keeps_seals=*/false).more_header;
  const std::uint64_t real = header + (pages >> file.order) * kBytesPerFolio;
  const std::uint64_t ours = header + pieces * sizeof(RecordedRun);
  return memory::pages_for(std::max(real, ours));
}

void store_record(memory::Bytes& bytes, memory::PhysicalAddress address, const MemfdRecord& record,
                  std::span<const MemfdPiece> pieces) {
  const Version& version = version_of(record.file.kind, record.keeps_seals);
  std::vector<RecordedRun> runs;
  for (const MemfdPiece& piece : pieces)
    runs.push_back({piece.index, piece.first.value, piece.pages});
  bytes.write_value(address,
                    Header{.magic = version.magic,
                           .pages = record.file.pages,
                           .order = record.file.order,
                           .seals = version.keeps_seals ? record.file.seals : std::uint16_t{0},
                           .record_pages = record.record_pages,
                           .runs = runs.size()});
  if (version.more_header > 0) store_machine_token(bytes, address, record.machine_token);
  if (!runs.empty()) {
    bytes.write(address + sizeof(Header) + version.more_header, std::as_bytes(std::span(runs)));
  }
}

void store_machine_token(memory::Bytes& bytes, memory::PhysicalAddress address,
                         std::uint64_t token) {
  bytes.write_value(address + sizeof(Header), token);
}

std::optional<MemfdRecord> load_record(const memory::Bytes& bytes, memory::PhysicalAddress address,
                                       std::uint64_t memory_pages) {
  const auto header = bytes.read_value<Header>(address);
  const auto* version =
      std::find_if(std::begin(kVersions), std::end(kVersions),
                   [&](const Version& candidate) { return candidate.magic == header.magic; });
  if (version == std::end(kVersions) || !is_possible(header, *version, memory_pages))
    return std::nullopt;
  const std::uint64_t before_runs = sizeof(Header) + version->more_header;
  const std::uint64_t room = header.record_pages * memory::kPageBytes - before_runs;
  // A run is never all zeroes, so that at least one byte of each is stored.
  if (header.runs > room / sizeof(RecordedRun) || header.runs > bytes.stored_bytes())
    return std::nullopt;
  MemfdRecord record{.file = {.pages = header.pages,
                              .order = header.order,
                              .kind = version->kind,
                              .seals = header.seals},
                     .record_pages = header.record_pages,
                     .keeps_seals = version->keeps_seals};
  if (version->more_header > 0)
    record.machine_token = bytes.read_value<std::uint64_t>(address + sizeof(Header));
  record.runs.resize(header.runs);
  bytes.read(address + before_runs, std::as_writable_bytes(std::span(record.runs)));
  if (!are_possible(record.runs, header, memory_pages)) return std::nullopt;
  return record;
}

}  // namespace luosim::fd
