// SPDX-License-Identifier: Apache-2.0
//
// The record of preserved devices as bytes in memory (devices.md, C.3): a version word in the place
// of a compatible string, how many devices there is room for, how many there are, and eight bytes
// for each. It says where a device was and how often it was counted, nothing else: not what it is.
#pragma once

#include <span>
#include <vector>

#include "model/driver/pci/device.hpp"
#include "model/memory/physical_memory.hpp"

namespace luosim::driver::pci {

/// Version words: "pci-v1" has endpoints only, "pci-v2" the bridges above them too.
inline constexpr std::uint64_t kVersion1 = 0x31'76'2D'69'63'70ULL;
inline constexpr std::uint64_t kVersion2 = 0x32'76'2D'69'63'70ULL;

/// Pages of a record with room for so many devices, and the room of so many pages.
std::uint64_t pages_of_record(std::uint64_t devices);
std::uint64_t room_of_record(std::uint64_t pages);

/// Writes the record; there is room for the devices.
void store_record(memory::PhysicalMemory& memory, memory::PageRange pages, std::uint64_t version,
                  std::span<const HandedOver> devices);

enum class Reading : std::uint8_t {
  good,
  unknown_version,  ///< nothing else of it can be understood
  not_handed_over,  ///< the page is not one that the kernel before preserved
  damaged,          ///< numbers that cannot be, or an address twice
};

struct ReadRecord {
  Reading reading = Reading::good;
  std::uint64_t version = 0;
  memory::PageRange pages{};
  std::vector<HandedOver> devices{};  ///< sorted by domain and bdf; empty slots are left out
};

/// Reads a record of `version` at an address that the kernel before has told.
ReadRecord load_record(const memory::PhysicalMemory& memory, memory::PhysicalAddress address,
                       std::uint64_t version);

}  // namespace luosim::driver::pci
