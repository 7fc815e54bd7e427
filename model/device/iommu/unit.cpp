// SPDX-License-Identifier: Apache-2.0
#include "model/device/iommu/unit.hpp"

#include <algorithm>

#include "model/device/context.hpp"
#include "model/device/iommu/walk.hpp"

namespace luosim::device::iommu {

namespace {

// Multiplication spreads neighbouring pages over all slots; domains share them.
std::size_t slot_of(std::uint16_t domain_id, std::uint64_t iova_page) {
  constexpr std::uint32_t kSlotBits = 6;
  static_assert(kCachedTranslations == 1U << kSlotBits);
  const std::uint64_t key = iova_page ^ std::uint64_t{domain_id} << 40;
  return static_cast<std::size_t>(key * 0x9E37'79B9'7F4A'7C15 >> (64 - kSlotBits));
}

bool answers(const CachedTranslation& cached, std::uint16_t domain_id, std::uint64_t iova_page,
             bool is_write) {
  return cached.is_valid != 0 && cached.domain_id == domain_id && cached.iova_page == iova_page &&
         (cached.rights & (is_write ? kWritable : kReadable)) != 0;
}

// What is remembered of the requester, else what memory says, which is remembered from now on.
ContextLookup context_of(Unit& unit, const memory::PhysicalMemory& memory, Bdf requester) {
  const auto place = std::lower_bound(
      unit.contexts.begin(), unit.contexts.end(), requester.value,
      [](const CachedContext& cached, std::uint16_t value) { return cached.requester < value; });
  if (place != unit.contexts.end() && place->requester == requester.value)
    return {.entry = place->entry};
  const ContextLookup found = look_up_context(unit, memory, requester);
  if (found.reason == FaultReason::none)
    unit.contexts.insert(place, {.requester = requester.value, .entry = found.entry});
  return found;
}

}  // namespace

void Unit::add_to(sim::Hasher& hasher) const {
  hasher.add(root_table);
  hasher.add(remapping_table);
  hasher.add(remapping_entries);
  hasher.add(translates);
  hasher.add(remaps_interrupts);
  hasher.add(reserved);
  hasher.add(faults);
  hasher.add(log);
  hasher.add_sequence(cache);
  hasher.add_sequence(contexts);
}

Translation translate(Unit& unit, const memory::PhysicalMemory& memory, Bdf requester, Iova iova,
                      bool is_write) {
  if (unit.translates == 0) return {.address = {iova.value}};
  const ContextLookup context = context_of(unit, memory, requester);
  const std::uint16_t domain_id = domain_id_of(context.entry);
  const std::uint64_t iova_page = iova.value >> memory::kPageShift;
  const std::size_t slot = slot_of(domain_id, iova_page);
  if (context.reason == FaultReason::none && !unit.cache.empty()) {
    const CachedTranslation& cached = unit.cache[slot];
    if (answers(cached, domain_id, iova_page, is_write)) {
      return {.domain_id = domain_id,
              .address = memory::address_of(cached.page) + iova.value % memory::kPageBytes};
    }
  }
  const auto [translation, rights] = walk_from_context(context, memory, iova, is_write);
  if (translation.reason != FaultReason::none) {
    count_refusal(unit,
                  {.reason = translation.reason,
                   .is_write = static_cast<std::uint8_t>(is_write ? 1 : 0),
                   .requester = requester.value,
                   .address = iova.value - iova.value % memory::kPageBytes},
                  translation.is_logged);
    return translation;
  }
  if (unit.cache.empty()) unit.cache.resize(kCachedTranslations);
  unit.cache[slot] = {.domain_id = domain_id,
                      .rights = rights,
                      .is_valid = 1,
                      .iova_page = iova_page,
                      .page = memory::page_of(translation.address)};
  return translation;
}

void invalidate(Unit& unit) {
  unit.cache.clear();
  unit.contexts.clear();
}

void invalidate_domain(Unit& unit, std::uint16_t domain_id) {
  bool is_empty = true;
  for (CachedTranslation& cached : unit.cache) {
    if (cached.is_valid != 0 && cached.domain_id == domain_id) cached = {};
    is_empty = is_empty && cached.is_valid == 0;
  }
  // A unit that remembers nothing is one value, whatever it has remembered before.
  if (is_empty) unit.cache.clear();
  std::erase_if(unit.contexts, [&](const CachedContext& cached) {
    return domain_id_of(cached.entry) == domain_id;
  });
}

void count_refusal(Unit& unit, const FaultLog& refused, bool is_logged) {
  ++unit.faults;
  if (!is_logged) return;
  if (unit.log.is_set != 0) {
    unit.log.overflowed = 1;
    return;
  }
  unit.log = refused;
  unit.log.is_set = 1;
}

FaultLog take_log(Unit& unit) {
  const FaultLog taken = unit.log;
  unit.log = {};
  return taken;
}

void set_root_table(Context& context, memory::PhysicalAddress root_table) {
  context.devices.iommu.root_table = root_table;
  context.record({.kind = DeviceRecord::root_table_set, .values = {0, root_table.value, 0, 0}});
}

void switch_translation(Context& context, bool on) {
  context.devices.iommu.translates = on ? 1 : 0;
  context.record(
      {.kind = DeviceRecord::translation_switched, .values = {0, on ? 1ULL : 0ULL, 0, 0}});
}

}  // namespace luosim::device::iommu
