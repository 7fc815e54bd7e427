// SPDX-License-Identifier: Apache-2.0
#include "model/fd/vfio_record.hpp"

namespace luosim::fd {

namespace {

struct Stored {
  std::uint64_t magic = 0;
  std::uint64_t version = 0;
  VfioRecord record{};
};
constexpr std::uint64_t kMagic = 0x69'63'70'6F'69'66'76ULL;  // "vfiopci"
constexpr std::uint64_t kVersion = 1;

}  // namespace

void store_vfio_record(memory::Bytes& bytes, memory::PhysicalAddress address,
                       const VfioRecord& record) {
  bytes.write_value(address, Stored{.magic = kMagic, .version = kVersion, .record = record});
}

std::optional<VfioRecord> load_vfio_record(const memory::Bytes& bytes,
                                           memory::PhysicalAddress address) {
  const auto stored = bytes.read_value<Stored>(address);
  if (stored.magic != kMagic || stored.version != kVersion || stored.record.reset_works > 1)
    return std::nullopt;
  return stored.record;
}

}  // namespace luosim::fd
