// SPDX-License-Identifier: Apache-2.0
//
// What the unit remembers: translations that may be stale until they are invalidated, and of all
// refusals the first that nobody has read yet.
#include <cstdint>

#include <gtest/gtest.h>

#include "sim/core/digest.hpp"
#include "tests/unit/device/device_world.hpp"
#include "tests/unit/device/iommu_tables.hpp"

namespace luosim::device::iommu {
namespace {

constexpr Bdf kDisk = bdf_of(3, 0x10);
constexpr Bdf kPort = bdf_of(3, 0x11);
constexpr Iova kIova{0x5000'0000};

class Remembering : public ::testing::Test {
 protected:
  Remembering() {
    tables.attach(kDisk, 1);
    tables.attach(kPort, 2);
    tables.map(kIova, {0x111});
    unit.translates = 1;
    unit.root_table = tables.root;
  }

  Translation ask(Bdf requester = kDisk, Iova iova = kIova, bool is_write = false) {
    return translate(unit, memory, requester, iova, is_write);
  }
  std::uint64_t page_for(Bdf requester = kDisk, Iova iova = kIova) {
    return memory::page_of(ask(requester, iova).address).value;
  }
  static sim::Digest128 digest_of(const Unit& unit) {
    sim::Hasher hasher;
    unit.add_to(hasher);
    return hasher.finish();
  }

  memory::PhysicalMemory memory{1ULL << 16};
  Tables tables{memory, {16}};
  Unit unit;
};

TEST_F(Remembering, answers_with_the_old_page_until_it_is_invalidated) {
  EXPECT_EQ(page_for(), 0x111U);
  tables.map(kIova, {0x222});
  EXPECT_EQ(page_for(), 0x111U) << "stale, and legal";
  EXPECT_EQ(walk(unit, memory, kDisk, kIova, false).address.value, 0x222000U);
  invalidate(unit);
  EXPECT_EQ(page_for(), 0x222U);
}

TEST_F(Remembering, answers_even_when_the_context_entry_is_gone) {
  EXPECT_EQ(page_for(), 0x111U);
  tables.set_context(kDisk, {});
  EXPECT_EQ(page_for(), 0x111U);
  invalidate(unit);
  EXPECT_EQ(ask().reason, FaultReason::context_not_present);
}

TEST_F(Remembering, goes_on_from_the_context_entry_that_it_remembers) {
  Tables others{memory, {0x4000}};
  others.map(kIova, {0x333});
  EXPECT_EQ(page_for(), 0x111U);
  tables.set_context(kDisk, encode_context(others.top, 3));
  tables.map(kIova + 0x1000, {0x112});
  EXPECT_EQ(page_for(kDisk, kIova + 0x1000), 0x112U) << "walked now, through the tables before";
  invalidate_domain(unit, 3);
  EXPECT_EQ(page_for(), 0x111U);
  invalidate_domain(unit, 1);
  EXPECT_EQ(page_for(), 0x333U);
}

// devices.md, G.3 row 54.
TEST_F(Remembering, answers_one_of_two_domains_with_one_id_what_it_remembers_of_the_other) {
  Tables others{memory, {0x4000}};
  others.map(kIova, {0x333});
  for (const std::uint16_t id : {std::uint16_t{1}, std::uint16_t{2}}) {
    tables.set_context(kPort, encode_context(others.top, id));
    invalidate(unit);
    EXPECT_EQ(page_for(kDisk), 0x111U);
    EXPECT_EQ(page_for(kPort), id == 1 ? 0x111U : 0x333U);
  }
}

TEST_F(Remembering, forgets_one_domain_and_keeps_the_others) {
  const Iova other = kIova + 0x1000;
  tables.map(other, {0x112});
  ASSERT_EQ(page_for(kDisk), 0x111U);
  ASSERT_EQ(page_for(kPort, other), 0x112U);
  tables.map(kIova, {0x222});
  tables.map(other, {0x223});
  invalidate_domain(unit, 2);
  EXPECT_EQ(page_for(kDisk), 0x111U);
  EXPECT_EQ(page_for(kPort, other), 0x223U);
  invalidate_domain(unit, 3);
  EXPECT_EQ(page_for(kDisk), 0x111U);
  invalidate_domain(unit, 1);
  EXPECT_EQ(page_for(kDisk), 0x222U);
}

TEST_F(Remembering, remembers_for_nobody_without_a_domain) {
  EXPECT_EQ(page_for(kDisk), 0x111U);
  // More requesters than there are places in the cache: some share the disk's.
  for (std::uint32_t devfn = 0; devfn < 256; ++devfn) {
    const Bdf other = bdf_of(3, static_cast<std::uint8_t>(devfn));
    if (other == kDisk || other == kPort) continue;
    ASSERT_EQ(ask(other).reason, FaultReason::context_not_present) << devfn;
  }
  EXPECT_EQ(page_for(kDisk), 0x111U);
}

TEST_F(Remembering, remembers_a_page_and_not_its_neighbour_in_a_large_page) {
  tables.map({0x4000'0000}, {0x400}, kBothRights, 2);
  EXPECT_EQ(page_for(kDisk, {0x4000'1000}), 0x401U);
  tables.map({0x4000'0000}, {0x800}, kBothRights, 2);
  EXPECT_EQ(page_for(kDisk, {0x4000'1FFF}), 0x401U);
  EXPECT_EQ(page_for(kDisk, {0x4000'2000}), 0x802U);
}

TEST_F(Remembering, keeps_the_offset_in_the_page) {
  EXPECT_EQ(ask(kDisk, kIova + 0x10).address.value, 0x111010U);
  EXPECT_EQ(ask(kDisk, kIova + 0xFFF).address.value, 0x111FFFU);
  EXPECT_EQ(ask(kDisk, kIova + 0xFFF).domain_id, 1);
}

TEST_F(Remembering, does_not_write_with_the_right_to_read) {
  tables.map(kIova, {0x111}, kReadable);
  EXPECT_EQ(page_for(), 0x111U);
  EXPECT_EQ(ask(kDisk, kIova, true).reason, FaultReason::not_writable);
  tables.map(kIova, {0x111});
  EXPECT_EQ(ask(kDisk, kIova, true).reason, FaultReason::none) << "walked once more";
}

TEST_F(Remembering, takes_away_a_right_only_when_it_is_invalidated) {
  EXPECT_EQ(ask(kDisk, kIova, true).reason, FaultReason::none);
  tables.map(kIova, {0x111}, kReadable);
  EXPECT_EQ(ask(kDisk, kIova, true).reason, FaultReason::none);
  invalidate(unit);
  EXPECT_EQ(ask(kDisk, kIova, true).reason, FaultReason::not_writable);
}

TEST_F(Remembering, has_room_for_64_and_answers_each_page_rightly_beyond) {
  for (std::uint64_t page = 0; page < 300; ++page)
    tables.map(kIova + page * 0x1000, {0x1000 + page});
  for (int round = 0; round < 2; ++round) {
    for (std::uint64_t page = 0; page < 300; ++page)
      ASSERT_EQ(page_for(kDisk, kIova + page * 0x1000), 0x1000 + page);
  }
  EXPECT_EQ(unit.cache.size(), kCachedTranslations);
  std::uint64_t used = 0;
  for (const CachedTranslation& cached : unit.cache) used += cached.is_valid;
  EXPECT_GT(used, 60U);
}

TEST_F(Remembering, remembers_nothing_that_was_refused) {
  EXPECT_EQ(ask(kDisk, {0x1000}).reason, FaultReason::not_readable);
  EXPECT_TRUE(unit.cache.empty());
  tables.map({0x1000}, {0x111});
  EXPECT_EQ(page_for(kDisk, {0x1000}), 0x111U);
}

TEST_F(Remembering, does_nothing_while_translation_is_off) {
  unit.translates = 0;
  EXPECT_EQ(ask(kDisk, {0x123}).address.value, 0x123U);
  EXPECT_TRUE(unit.cache.empty());
  EXPECT_EQ(unit.faults, 0U);
}

TEST_F(Remembering, is_the_same_value_before_and_after_what_it_has_forgotten) {
  const Unit fresh = unit;
  ask();
  EXPECT_NE(unit, fresh);
  EXPECT_NE(digest_of(unit), digest_of(fresh));
  invalidate_domain(unit, 1);
  EXPECT_EQ(unit, fresh);
  ask();
  invalidate(unit);
  EXPECT_EQ(digest_of(unit), digest_of(fresh));
}

TEST_F(Remembering, hashes_all_that_decides_the_future) {
  const auto changes = [&](auto change) {
    Unit changed = unit;
    change(changed);
    return digest_of(changed) != digest_of(unit);
  };
  EXPECT_TRUE(changes([](Unit& other) { other.root_table.value ^= 1; }));
  EXPECT_TRUE(changes([](Unit& other) { other.remapping_table.value ^= 1; }));
  EXPECT_TRUE(changes([](Unit& other) { other.remapping_entries ^= 1; }));
  EXPECT_TRUE(changes([](Unit& other) { other.translates ^= 1; }));
  EXPECT_TRUE(changes([](Unit& other) { other.remaps_interrupts ^= 1; }));
  EXPECT_TRUE(changes([](Unit& other) { other.faults ^= 1; }));
  EXPECT_TRUE(changes([](Unit& other) { other.log.overflowed ^= 1; }));
  EXPECT_TRUE(changes([](Unit& other) { other.contexts.push_back({}); }));
}

TEST_F(Remembering, logs_the_first_refusal_and_that_more_came) {
  EXPECT_EQ(ask(kPort, {0x9123}, true).reason, FaultReason::not_writable);
  const FaultLog first{.is_set = 1,
                       .reason = FaultReason::not_writable,
                       .is_write = 1,
                       .requester = kPort.value,
                       .address = 0x9000};
  EXPECT_EQ(unit.log, first);
  ask(kDisk, {1ULL << 50});
  ask(kDisk, {0x4000});
  FaultLog overflowed = first;
  overflowed.overflowed = 1;
  EXPECT_EQ(unit.log, overflowed) << "the first stays";
  EXPECT_EQ(unit.faults, 3U) << "the observer counts those that were lost";
}

TEST_F(Remembering, logs_again_after_the_log_was_read) {
  ask(kDisk, {0x4000});
  ask(kDisk, {0x5000});
  EXPECT_EQ(take_log(unit).address, 0x4000U);
  EXPECT_EQ(unit.log, FaultLog{});
  EXPECT_EQ(unit.faults, 2U);
  ask(kDisk, {0x6000});
  EXPECT_EQ(take_log(unit).address, 0x6000U);
}

TEST_F(Remembering, counts_and_does_not_log_what_the_context_entry_keeps_out) {
  TableEntry entry = encode_context(tables.top, 1);
  entry.low |= kFaultLogDisabled;
  tables.set_context(kDisk, entry);
  ask(kDisk, {0x4000});
  EXPECT_EQ(unit.log, FaultLog{});
  EXPECT_EQ(unit.faults, 1U);
  ask(kPort, {0x4000});
  ask(kDisk, {0x4000});
  EXPECT_EQ(unit.log.overflowed, 0) << "a fault that is not logged does not overflow the log";
}

TEST(IommuRegisters, keep_the_cache_and_leave_a_record) {
  DeviceWorld world;
  Context context = world.context();
  world.devices.iommu.cache.resize(kCachedTranslations);
  set_root_table(context, {0x5000});
  switch_translation(context, true);
  EXPECT_EQ(world.devices.iommu.root_table.value, 0x5000U);
  EXPECT_EQ(world.devices.iommu.translates, 1);
  switch_translation(context, false);
  EXPECT_EQ(world.devices.iommu.translates, 0);
  EXPECT_EQ(world.devices.iommu.cache.size(), kCachedTranslations);
  ASSERT_EQ(world.records(DeviceRecord::root_table_set).size(), 1U);
  EXPECT_EQ(world.records(DeviceRecord::root_table_set)[0].values[1], 0x5000U);
  ASSERT_EQ(world.records(DeviceRecord::translation_switched).size(), 2U);
  EXPECT_EQ(world.records(DeviceRecord::translation_switched)[0].values[1], 1U);
}

}  // namespace
}  // namespace luosim::device::iommu
