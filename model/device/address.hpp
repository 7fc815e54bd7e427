// SPDX-License-Identifier: Apache-2.0
//
// How devices are named and what they name. A function's place in the hardware is not its number on
// the bus, and an address that a device uses is not one of memory: each is a type of its own.
#pragma once

#include <compare>
#include <cstdint>

#include "model/memory/page.hpp"

namespace luosim::device {

/// A PCIe function as a piece of hardware, by its place in the fabric. It stays what it is whatever
/// numbers a kernel gives to buses.
struct FunctionId {
  std::uint32_t index = 0;
  friend constexpr auto operator<=>(const FunctionId&, const FunctionId&) = default;
};
inline constexpr FunctionId kNoFunction{0xFFFF'FFFF};

/// Bus, device and function numbers, bits 15:8, 7:3 and 2:0: the address of a function in
/// configuration space, and its requester id in what it sends.
struct Bdf {
  std::uint16_t value = 0;

  constexpr std::uint8_t bus() const { return static_cast<std::uint8_t>(value >> 8); }
  constexpr std::uint8_t devfn() const { return static_cast<std::uint8_t>(value & 0xFF); }
  friend constexpr auto operator<=>(const Bdf&, const Bdf&) = default;
};
constexpr Bdf bdf_of(std::uint8_t bus, std::uint8_t devfn) {
  return {static_cast<std::uint16_t>(bus << 8 | devfn)};
}

/// An address that a device puts on the bus. The IOMMU makes a physical one of it.
struct Iova {
  std::uint64_t value = 0;
  friend constexpr auto operator<=>(const Iova&, const Iova&) = default;
  friend constexpr Iova operator+(Iova iova, std::uint64_t bytes) { return {iova.value + bytes}; }
};
/// Bytes from `iova` to the end of its page.
constexpr std::uint64_t bytes_to_page_end(Iova iova) {
  return memory::kPageBytes - iova.value % memory::kPageBytes;
}

/// Writes to this megabyte are messages that interrupt, not memory (devices.md, D.7).
inline constexpr std::uint64_t kMessageBase = 0xFEE0'0000;
inline constexpr std::uint64_t kMessageEnd = 0xFEF0'0000;
constexpr bool is_message_address(std::uint64_t address) {
  return kMessageBase <= address && address < kMessageEnd;
}

}  // namespace luosim::device
