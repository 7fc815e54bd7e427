// SPDX-License-Identifier: Apache-2.0
#include "model/device/irq/remapping.hpp"

#include <optional>

#include "model/memory/raw_word.hpp"

namespace luosim::device::irq {

namespace {

// Bits of a message's address and data. The two lowest of the address are not of the format: it is
// a write of four bytes.
constexpr std::uint64_t kRemappable = 1U << 4;
constexpr std::uint64_t kAddsSubhandle = 1U << 3;
constexpr std::uint32_t kHandleShift = 5;
constexpr std::uint32_t kHandleBits = 15;
constexpr std::uint64_t kHandleLowBits = (1U << kHandleBits) - 1;
constexpr std::uint32_t kHandleTopShift = 2;
constexpr std::uint32_t kSubhandle = 0xFFFF;

// The register holds the address of a page: its low bits are the size in another place.
constexpr std::uint64_t kTableMask = ~(memory::kPageBytes - 1);

// The entry that the message names; nothing if it is not a proper message of the format.
std::optional<std::uint64_t> index_of(const Message& message) {
  const std::uint64_t handle = (message.address >> kHandleShift & kHandleLowBits) |
                               (message.address >> kHandleTopShift & 1) << kHandleBits;
  if ((message.address & kAddsSubhandle) == 0) return handle;
  if ((message.data & ~kSubhandle) != 0) return std::nullopt;
  return handle + (message.data & kSubhandle);
}

// Nothing where no memory is. An entry lies within a page, as 16 divides it.
std::optional<RawEntry> read_entry(const iommu::Unit& unit, const memory::PhysicalMemory& memory,
                                   std::uint64_t index) {
  const memory::PhysicalAddress table{unit.remapping_table.value & kTableMask};
  if (page_of(table).value >= memory.pages()) return std::nullopt;
  const memory::PhysicalAddress at = table + index * kRemappingEntryBytes;
  if (page_of(at).value >= memory.pages()) return std::nullopt;
  return RawEntry{memory::read_word(memory, at), memory::read_word(memory, at + 8)};
}

}  // namespace

Message encode_message(std::uint16_t handle) {
  const std::uint64_t low_bits = handle & kHandleLowBits;
  const std::uint64_t top_bit = handle >> kHandleBits;
  return {kMessageBase | kRemappable | low_bits << kHandleShift | top_bit << kHandleTopShift, 0};
}

Message compatibility_message(std::uint32_t vector) {
  return {kMessageBase, vector};
}

bool takes(const RemappingEntry& entry, Bdf requester) {
  constexpr std::uint16_t kIgnored[] = {0, 0b100, 0b110, 0b111};
  switch (entry.source_check) {
    case SourceCheck::none:
      return true;
    case SourceCheck::requester:
      return ((entry.source.value ^ requester.value) & ~kIgnored[entry.ignored_bits & 3]) == 0;
    case SourceCheck::bus_range:
      return entry.source.value >> 8 <= requester.bus() &&
             requester.bus() <= (entry.source.value & 0xFF);
  }
  return false;
}

Remapped remap(const iommu::Unit& unit, const memory::PhysicalMemory& memory, Bdf requester,
               const Message& message) {
  if ((message.address & kRemappable) == 0) return {RemappingFault::compatibility_blocked};
  const std::optional<std::uint64_t> index = index_of(message);
  if (!index) return {RemappingFault::malformed};
  if (*index >= unit.remapping_entries) return {RemappingFault::index_too_large};
  const std::optional<RawEntry> raw = read_entry(unit, memory, *index);
  if (!raw) return {RemappingFault::table_unreadable};
  const RemappingEntry entry = decode(*raw);
  const bool is_logged = !entry.is_log_disabled;
  if (!entry.is_present) return {RemappingFault::not_present, is_logged, entry};
  if (has_reserved_bits(*raw)) return {RemappingFault::reserved_bits, is_logged, entry};
  if (!takes(entry, requester)) return {RemappingFault::wrong_source, is_logged, entry};
  return {RemappingFault::none, is_logged, entry};
}

}  // namespace luosim::device::irq
