// SPDX-License-Identifier: Apache-2.0
//
// The walk: root table, context table, four levels of page tables. Each entry is read from memory
// and believed; whatever is there, the walk ends after six of them, with an address or a reason.
#include "model/device/iommu/walk.hpp"

#include "model/memory/raw_word.hpp"

namespace luosim::device::iommu {

namespace {

bool is_in_memory(const memory::PhysicalMemory& memory, memory::PhysicalAddress address) {
  return memory::page_of(address).value < memory.pages();
}

TableEntry read_entry(const memory::PhysicalMemory& memory, memory::PhysicalAddress address) {
  return {memory::read_word(memory, address), memory::read_word(memory, address + 8)};
}

FaultReason find_context(const Unit& unit, const memory::PhysicalMemory& memory, Bdf requester,
                         TableEntry& context) {
  const memory::PhysicalAddress root_at = root_entry_at(unit.root_table, requester.bus());
  if (!is_in_memory(memory, root_at)) return FaultReason::root_unreadable;
  const TableEntry root = read_entry(memory, root_at);
  if ((root.low & kPresent) == 0) return FaultReason::root_not_present;
  if ((root.low & kReservedInRoot) != 0 || root.high != 0) return FaultReason::root_reserved_bits;
  const memory::PhysicalAddress context_at =
      context_entry_at(table_of(root.low), requester.devfn());
  if (!is_in_memory(memory, context_at)) return FaultReason::context_unreadable;
  context = read_entry(memory, context_at);
  return FaultReason::none;
}

FaultReason check_context(const TableEntry& context) {
  if ((context.low & kPresent) == 0) return FaultReason::context_not_present;
  if ((context.high & kLevelsMask) != kFourLevels) return FaultReason::context_invalid;
  if ((context.low & kReservedInContext) != 0 || (context.high & kReservedInContextHigh) != 0)
    return FaultReason::context_reserved_bits;
  if (type_of(context) == TranslationType::unknown) return FaultReason::unknown_translation_type;
  return FaultReason::none;
}

FaultReason walk_page_tables(const memory::PhysicalMemory& memory, memory::PhysicalAddress table,
                             Iova iova, bool is_write, Walk& walk) {
  const std::uint64_t needed = is_write ? kWritable : kReadable;
  for (std::uint32_t level = kLevels; level > 0; --level) {
    const memory::PhysicalAddress entry_at = page_entry_at(table, iova, level);
    if (!is_in_memory(memory, entry_at)) return FaultReason::table_unreadable;
    const std::uint64_t entry = memory::read_word(memory, entry_at);
    if ((entry & needed) == 0)
      return is_write ? FaultReason::not_writable : FaultReason::not_readable;
    if (has_reserved_bits(entry, level)) return FaultReason::reserved_bits;
    walk.rights &= static_cast<std::uint8_t>(entry);
    table = table_of(entry);
    if (!is_leaf(entry, level)) continue;
    walk.translation.address = table + iova.value % bytes_of_entry(level);
    break;
  }
  return FaultReason::none;
}

// From a context entry that is as it should be.
FaultReason walk_from(const TableEntry& context, const memory::PhysicalMemory& memory, Iova iova,
                      bool is_write, Walk& walk) {
  if (iova.value >> kWidth != 0) return FaultReason::address_too_wide;
  if (type_of(context) == TranslationType::pass_through) {
    walk.translation.address = {iova.value};
  } else {
    const FaultReason reason =
        walk_page_tables(memory, table_of(context.low), iova, is_write, walk);
    if (reason != FaultReason::none) return reason;
  }
  return is_message_address(walk.translation.address.value) ? FaultReason::into_message_range
                                                            : FaultReason::none;
}

}  // namespace

ContextLookup look_up_context(const Unit& unit, const memory::PhysicalMemory& memory,
                              Bdf requester) {
  ContextLookup context;
  context.reason = find_context(unit, memory, requester, context.entry);
  if (context.reason == FaultReason::none) context.reason = check_context(context.entry);
  return context;
}

Walk walk_from_context(const ContextLookup& context, const memory::PhysicalMemory& memory,
                       Iova iova, bool is_write) {
  Walk walk;
  Translation& translation = walk.translation;
  translation.is_logged = (context.entry.low & kFaultLogDisabled) == 0;
  translation.reason = context.reason;
  if (translation.reason != FaultReason::none) return walk;
  translation.domain_id = domain_id_of(context.entry);
  translation.reason = walk_from(context.entry, memory, iova, is_write, walk);
  if (translation.reason != FaultReason::none) translation.address = {};
  return walk;
}

Translation walk(const Unit& unit, const memory::PhysicalMemory& memory, Bdf requester, Iova iova,
                 bool is_write) {
  if (unit.translates == 0) return {.address = {iova.value}};
  const ContextLookup context = look_up_context(unit, memory, requester);
  return walk_from_context(context, memory, iova, is_write).translation;
}

}  // namespace luosim::device::iommu
