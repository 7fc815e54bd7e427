// SPDX-License-Identifier: Apache-2.0
//
// The tables of the IOMMU as bytes in memory: the one place that knows the format (VT-d, legacy
// mode). Drivers write entries with encode_*() where *_at() says; the unit reads the same bits.
// Entries of root and context tables are 16 bytes, of page tables 8; a table is a page, and has to
// be cleared by fill(kZeroes) before it is used (model/memory/raw_word.hpp).
#pragma once

#include <cstdint>

#include "model/device/address.hpp"
#include "model/memory/page.hpp"

namespace luosim::device::iommu {

inline constexpr std::uint64_t kPresent = 1;                 ///< of root and context entries
inline constexpr std::uint64_t kFaultLogDisabled = 1U << 1;  ///< of a context entry
inline constexpr std::uint64_t kReadable = 1;                ///< of page table entries
inline constexpr std::uint64_t kWritable = 1U << 1;
inline constexpr std::uint64_t kLargePage = 1U << 7;
inline constexpr std::uint64_t kAddressMask = 0x000F'FFFF'FFFF'F000;
/// High half of a context entry: bits 2:0 the number of levels (2: four), 23:8 the domain's id.
inline constexpr std::uint64_t kFourLevels = 2;
inline constexpr std::uint64_t kLevelsMask = 7;
inline constexpr std::uint32_t kDomainIdShift = 8;
inline constexpr std::uint32_t kLevels = 4;
inline constexpr std::uint32_t kBitsOfLevel = 9;
/// Four levels of 512 entries, and the offset in a page.
inline constexpr std::uint32_t kWidth = 48;
static_assert(kWidth == std::uint64_t{kLevels} * kBitsOfLevel + memory::kPageShift);

/// Bits 3:2 of a context entry. The unit keeps no account of what a device caches itself, so the
/// first two are the same to it.
enum class TranslationType : std::uint8_t {
  tables = 0,
  tables_and_device_cache = 1,
  pass_through = 2,  ///< the address is not translated
  unknown = 3,
};
inline constexpr std::uint32_t kTranslationTypeShift = 2;

/// What must be zero.
inline constexpr std::uint64_t kReservedInRoot = ~kAddressMask & ~kPresent;
inline constexpr std::uint64_t kReservedInContext =
    ~kAddressMask & ~(kPresent | kFaultLogDisabled | 3ULL << kTranslationTypeShift);
inline constexpr std::uint64_t kReservedInContextHigh = ~0x00FF'FFFFULL | 1U << 7;

/// An entry of a root or context table.
struct TableEntry {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  friend bool operator==(const TableEntry&, const TableEntry&) = default;
};
static_assert(sizeof(TableEntry) == 16);

/// Bytes that one entry of a page table of `level` maps: level 1 maps pages of 4 KiB.
constexpr std::uint64_t bytes_of_entry(std::uint32_t level) {
  return memory::kPageBytes << (level - 1) * kBitsOfLevel;
}

// Where entries lie.
constexpr memory::PhysicalAddress root_entry_at(memory::PhysicalAddress root_table,
                                                std::uint8_t bus) {
  return {(root_table.value & kAddressMask) + bus * sizeof(TableEntry)};
}
constexpr memory::PhysicalAddress context_entry_at(memory::PhysicalAddress context_table,
                                                   std::uint8_t devfn) {
  return {(context_table.value & kAddressMask) + devfn * sizeof(TableEntry)};
}
constexpr memory::PhysicalAddress page_entry_at(memory::PhysicalAddress table, Iova iova,
                                                std::uint32_t level) {
  const std::uint64_t index = iova.value / bytes_of_entry(level) % (1U << kBitsOfLevel);
  return {(table.value & kAddressMask) + index * sizeof(std::uint64_t)};
}

constexpr TableEntry encode_root(memory::PhysicalAddress context_table) {
  return {context_table.value | kPresent, 0};
}
constexpr TableEntry encode_context(memory::PhysicalAddress top_table, std::uint16_t domain_id,
                                    TranslationType type = TranslationType::tables) {
  return {top_table.value | kPresent |
              std::uint64_t{static_cast<std::uint8_t>(type)} << kTranslationTypeShift,
          std::uint64_t{domain_id} << kDomainIdShift | kFourLevels};
}
/// An entry that leads to the table of the next level.
constexpr std::uint64_t encode_table(memory::PhysicalAddress next_table) {
  return next_table.value | kReadable | kWritable;
}
/// An entry of level 1; `rights` are kReadable and kWritable.
constexpr std::uint64_t encode_page(memory::Pfn page, std::uint64_t rights) {
  return memory::address_of(page).value | rights;
}
/// An entry of level 2 (2 MiB) or 3 (1 GiB); `page` is a multiple of as many.
constexpr std::uint64_t encode_large_page(memory::Pfn page, std::uint64_t rights) {
  return encode_page(page, rights) | kLargePage;
}

constexpr memory::PhysicalAddress table_of(std::uint64_t entry) {
  return {entry & kAddressMask};
}
constexpr TranslationType type_of(const TableEntry& context) {
  return static_cast<TranslationType>(context.low >> kTranslationTypeShift & 3);
}
constexpr std::uint16_t domain_id_of(const TableEntry& context) {
  return static_cast<std::uint16_t>(context.high >> kDomainIdShift);
}
/// Whether an entry of a page table maps memory itself.
constexpr bool is_leaf(std::uint64_t entry, std::uint32_t level) {
  return level == 1 || (entry & kLargePage) != 0;
}
/// A large page where there is none, or one that does not begin at a multiple of its size.
constexpr bool has_reserved_bits(std::uint64_t entry, std::uint32_t level) {
  if (level == 1 || (entry & kLargePage) == 0) return false;
  return level == kLevels || (entry & kAddressMask) % bytes_of_entry(level) != 0;
}

}  // namespace luosim::device::iommu
