// SPDX-License-Identifier: Apache-2.0
#include "model/fd/iommufd_record.hpp"

#include <span>

namespace luosim::fd {

namespace {

struct Header {
  std::uint64_t magic = 0;
  std::uint64_t version = 0;
  std::uint64_t domain_token = 0;
  std::uint64_t record_pages = 0;
  std::uint64_t mappings = 0;
};
constexpr std::uint64_t kMagic = 0x64'66'75'6D'6D'6F'69ULL;  // "iommufd"
constexpr std::uint64_t kVersion = 1;

}  // namespace

std::uint64_t iommufd_record_pages(std::size_t mappings) {
  return memory::pages_for(sizeof(Header) + mappings * sizeof(RecordedMapping));
}

void store_iommufd_record(memory::Bytes& bytes, memory::PhysicalAddress address,
                          const IommufdRecord& record) {
  bytes.write_value(address, Header{.magic = kMagic,
                                    .version = kVersion,
                                    .domain_token = record.domain_token,
                                    .record_pages = record.record_pages,
                                    .mappings = record.mappings.size()});
  if (!record.mappings.empty())
    bytes.write(address + sizeof(Header), std::as_bytes(std::span(record.mappings)));
}

std::optional<IommufdRecord> load_iommufd_record(const memory::Bytes& bytes,
                                                 memory::PhysicalAddress address,
                                                 std::uint64_t memory_pages) {
  const auto header = bytes.read_value<Header>(address);
  if (header.magic != kMagic || header.version != kVersion || header.record_pages == 0 ||
      header.record_pages > memory_pages) {
    return std::nullopt;
  }
  const std::uint64_t room = header.record_pages * memory::kPageBytes - sizeof(Header);
  if (header.mappings > room / sizeof(RecordedMapping)) return std::nullopt;
  IommufdRecord record{.domain_token = header.domain_token, .record_pages = header.record_pages};
  record.mappings.resize(header.mappings);
  bytes.read(address + sizeof(Header), std::as_writable_bytes(std::span(record.mappings)));
  return record;
}

}  // namespace luosim::fd
