// SPDX-License-Identifier: Apache-2.0
//
// The record that a vfio file leaves for the next kernel, as bytes in a preserved page: where its
// function is. Nothing in it says which piece of hardware that was (devices.md, C.3).
#pragma once

#include <cstdint>
#include <optional>

#include "model/device/address.hpp"
#include "model/memory/bytes.hpp"

namespace luosim::fd {

inline constexpr std::uint64_t kVfioRecordPages = 1;

struct VfioRecord {
  device::Bdf bdf{};
  std::uint16_t reset_works = 0;  ///< 1: the function can be reset
  std::uint32_t interrupts = 0;   ///< MSI-X vectors that were set up
  std::uint64_t iommufd_token = 0;
  friend bool operator==(const VfioRecord&, const VfioRecord&) = default;
};

void store_vfio_record(memory::Bytes& bytes, memory::PhysicalAddress address,
                       const VfioRecord& record);

/// Reads a record back; nothing if it is not one.
std::optional<VfioRecord> load_vfio_record(const memory::Bytes& bytes,
                                           memory::PhysicalAddress address);

}  // namespace luosim::fd
