// SPDX-License-Identifier: Apache-2.0
//
// Addresses and frames of physical memory. A page frame number is not an address is not an IOVA:
// each is a type of its own, and only what makes sense converts.
#pragma once

#include <compare>
#include <cstdint>

#include "sim/core/name.hpp"

namespace luosim::memory {

inline constexpr std::uint64_t kPageShift = 12;
inline constexpr std::uint64_t kPageBytes = 1ULL << kPageShift;

/// Number of a 4 KiB page frame.
struct Pfn {
  std::uint64_t value = 0;
  friend constexpr auto operator<=>(const Pfn&, const Pfn&) = default;
  friend constexpr Pfn operator+(Pfn pfn, std::uint64_t pages) { return {pfn.value + pages}; }
};

/// Address of a byte of physical memory.
struct PhysicalAddress {
  std::uint64_t value = 0;
  friend constexpr auto operator<=>(const PhysicalAddress&, const PhysicalAddress&) = default;
  friend constexpr PhysicalAddress operator+(PhysicalAddress address, std::uint64_t bytes) {
    return {address.value + bytes};
  }
};

constexpr PhysicalAddress address_of(Pfn pfn) {
  return {pfn.value << kPageShift};
}
constexpr Pfn page_of(PhysicalAddress address) {
  return {address.value >> kPageShift};
}
constexpr std::uint64_t pages_for(std::uint64_t bytes) {
  return bytes / kPageBytes + (bytes % kPageBytes != 0 ? 1 : 0);
}

/// A run of page frames.
struct PageRange {
  Pfn first{};
  std::uint64_t count = 0;

  constexpr Pfn past_the_end() const { return first + count; }
  constexpr bool contains(Pfn pfn) const { return first <= pfn && pfn < past_the_end(); }
  constexpr bool overlaps(PageRange other) const {
    return first < other.past_the_end() && other.first < past_the_end();
  }
  friend constexpr auto operator<=>(const PageRange&, const PageRange&) = default;
};

/// Who a page belongs to: a constant that the owning layer names, such as "kho.chunk".
struct OwnerTag {
  std::uint32_t hash = 0;
  friend constexpr auto operator<=>(const OwnerTag&, const OwnerTag&) = default;
};

/// An owner and its name. The name is what a report prints, and for kernel allocations the function
/// that allocates, as in `UB(freed:new_chunk)`.
struct OwnerName {
  std::string_view name;
  constexpr OwnerTag tag() const { return {sim::name_hash(name)}; }
};

/// Belongs to nobody: the allocator may give it out.
inline constexpr OwnerTag kFree{0};

/// What a page contains. The value is a version: two pages with equal versions hold the same bytes.
/// Structured contents (trees, maps) are kept as real bytes besides, see `Bytes`.
struct Content {
  std::uint64_t version = 0;
  friend constexpr auto operator<=>(const Content&, const Content&) = default;
};
inline constexpr Content kZeroes{0};
/// Whatever was there is lost: freed, or used by firmware or an early boot in between.
inline constexpr Content kGarbage{~0ULL};

}  // namespace luosim::memory
