// SPDX-License-Identifier: Apache-2.0
//
// Huge pages: pools that boot sets aside, how many fewer after an update, and what becomes of
// folios whose file nobody could, or would, take back.
#include <gtest/gtest.h>

#include "model/fd/memfd_record.hpp"
#include "tests/unit/device/memory_files_world.hpp"

namespace luosim::fd {
namespace {

constexpr std::uint64_t kHuge = 2 * kMiB;

TEST(HugetlbPool, is_set_aside_at_boot) {
  MemoryFilesWorld world({}, 16);
  EXPECT_EQ(world.pool_status, 0);
  EXPECT_EQ(world.pool().total, 16U);
  EXPECT_EQ(world.free_huge_pages(), 16U);
  EXPECT_EQ(world.owned(kHugetlbOwner), 16 * kHugePages);
  for (const memory::PageRange& range : world.pool().free)
    EXPECT_EQ(range.first.value % kHugePages, 0U);
}

TEST(HugetlbPool, has_what_there_was_when_memory_is_short) {
  MemoryFilesWorld world({}, 1000);
  EXPECT_EQ(world.pool_status, -kernel::kENOMEM);
  EXPECT_GT(world.pool().total, 50U);
  EXPECT_LT(world.pool().total, 128U);
  EXPECT_EQ(world.free_huge_pages(), world.pool().total);
  EXPECT_EQ(world.owned(kHugetlbOwner), world.pool().total * kHugePages);
}

TEST(HugetlbPool, is_one_of_a_size_that_exists) {
  MemoryFilesWorld world({}, 4);
  Context now = world.context();
  EXPECT_EQ(reserve_hugetlb_pool(now, kHugeOrder, 1), -kernel::kEEXIST);
  EXPECT_EQ(reserve_hugetlb_pool(now, 0, 1), -kernel::kEINVAL);
  EXPECT_EQ(reserve_hugetlb_pool(now, 19, 1), -kernel::kEINVAL);
  EXPECT_EQ(reserve_hugetlb_pool(now, 4, ~0ULL), -kernel::kEINVAL);
  EXPECT_EQ(reserve_hugetlb_pool(now, 4, 3), 0);
  ASSERT_EQ(world.fd.hugetlb_pools.size(), 2U);
  EXPECT_EQ(world.fd.hugetlb_pools[0].order, 4U) << "sorted by size";
}

TEST(Hugetlb, takes_its_folios_from_the_pool_and_gives_them_back) {
  MemoryFilesWorld world({}, 8);
  const kernel::FileId file = *world.hugetlb(3 * kHuge, kHuge);
  EXPECT_EQ(world.free_huge_pages(), 6U);
  EXPECT_EQ(world.memory.at(world.pieces(file)[0].first).owner_number, world.object(file));
  EXPECT_EQ(world.write(file, 2, 3, 5), 0);
  EXPECT_EQ(world.free_huge_pages(), 5U);
  world.close(file);
  EXPECT_EQ(world.free_huge_pages(), 8U);
  EXPECT_EQ(world.pool().total, 8U);
  EXPECT_EQ(world.pool().free.size(), 1U) << "neighbours are one range again";
  EXPECT_EQ(world.owned(kHugetlbOwner), 8 * kHugePages);
}

TEST(Hugetlb, gets_zeroes_whatever_was_in_a_folio) {
  MemoryFilesWorld world({}, 2);
  const kernel::FileId file = *world.hugetlb(2 * kHuge);
  const sim::Digest128 zeroes = world.contents(file);
  ASSERT_EQ(world.write(file, 0, 1, 7), 0);
  EXPECT_NE(world.contents(file), zeroes);
  world.close(file);
  EXPECT_EQ(world.contents(*world.hugetlb(2 * kHuge)), zeroes);
}

TEST(Hugetlb, is_limited_by_the_pool) {
  MemoryFilesWorld world({}, 4);
  EXPECT_FALSE(world.hugetlb(5 * kHuge));
  EXPECT_EQ(world.free_huge_pages(), 4U) << "nothing is left behind";
  EXPECT_FALSE(world.hugetlb(kMiB)) << "half a huge page";
  const kernel::FileId file = *world.hugetlb(6 * kHuge, 3 * kHuge);
  EXPECT_EQ(world.write(file, 3, 6, 5), 0);
  EXPECT_EQ(world.write(file, 4, 6, 5), -kernel::kENOMEM);
  EXPECT_EQ(world.pin(file), -kernel::kENOMEM);
  MemoryFilesWorld without;
  EXPECT_FALSE(without.hugetlb(kHuge));
}

TEST(Hugetlb, changes_its_size_by_huge_pages) {
  MemoryFilesWorld world({}, 4);
  const kernel::FileId file = *world.hugetlb(4 * kHuge);
  EXPECT_EQ(world.resize(file, kHugePages + 1), -kernel::kEINVAL);
  EXPECT_EQ(world.resize(file, kHugePages), 0);
  EXPECT_EQ(world.free_huge_pages(), 3U);
  EXPECT_EQ(world.seal(file, kAllSizeSeals), 0);
  EXPECT_EQ(world.resize(file, 0), -kernel::kEPERM);
}

TEST(Hugetlb, comes_back_and_joins_the_pool_that_was_made_smaller_for_it) {
  MemoryFilesWorld world({}, 8);
  const kernel::FileId file = *world.hugetlb(3 * kHuge, kHuge);
  ASSERT_EQ(world.write(file, 0, 3, 42), 0);
  ASSERT_EQ(world.seal(file, kAllSizeSeals), 0);
  const sim::Digest128 before = world.contents(file);
  const std::uint64_t token = world.preserve(file);
  ASSERT_EQ(world.update(), 0);
  EXPECT_EQ(world.pool_status, 0);
  EXPECT_EQ(world.pool().total, 5U);
  const auto pools = world.records(ParticipantRecord::hugetlb_pool);
  ASSERT_EQ(pools.size(), 2U);
  EXPECT_EQ(pools[1].values, (std::array<std::uint64_t, 4>{kHugeOrder, 8, 3, 5}));
  const kernel::FileId restored = world.restored(token);
  EXPECT_EQ(world.contents(restored), before);
  EXPECT_EQ(world.memfd_of(restored).kind, MemoryKind::hugetlb);
  EXPECT_EQ(world.memfd_of(restored).seals, 0) << "the record has no place for them";
  EXPECT_EQ(world.pool().total, 8U);
  EXPECT_EQ(world.free_huge_pages(), 5U);
  ASSERT_EQ(world.finish(), 0);
  EXPECT_EQ(world.owned(kho::kIncomingOwner), luo::v2::kTreePages) << "both records are free";
  world.close(restored);
  EXPECT_EQ(world.free_huge_pages(), 8U);
}

TEST(Hugetlb, counts_all_files_that_are_handed_over_and_no_other) {
  MemoryFilesWorld world({}, 8);
  const kernel::FileId stays = *world.hugetlb(2 * kHuge);
  world.preserve(*world.hugetlb(1 * kHuge));
  world.preserve(world.memfd(2 * kHuge));
  world.preserve(*world.hugetlb(3 * kHuge));
  ASSERT_EQ(world.pieces(stays).size(), 1U);
  ASSERT_EQ(world.update(), 0);
  EXPECT_EQ(world.pool().total, 4U);
}

// Hazard 21.
TEST(Hugetlb, is_counted_twice_where_boot_does_not_look) {
  MemoryFilesWorld world({}, 8);
  const std::uint64_t token = world.preserve(*world.hugetlb(3 * kHuge));
  world.fail(kCountsTwiceSite);
  ASSERT_EQ(world.update(), 0);
  EXPECT_EQ(world.pool().total, 8U);
  world.restored(token);
  EXPECT_EQ(world.pool().total, 11U);
}

TEST(Hugetlb, joins_a_pool_that_nobody_set_aside) {
  MemoryFilesWorld world({}, 8);
  const std::uint64_t token = world.preserve(*world.hugetlb(3 * kHuge));
  world.huge_pages = 0;
  ASSERT_EQ(world.update(), 0);
  EXPECT_EQ(pool_of(world.fd, kHugeOrder), nullptr);
  const kernel::FileId restored = world.restored(token);
  EXPECT_EQ(world.pool().total, 3U);
  world.close(restored);
  EXPECT_EQ(world.free_huge_pages(), 3U);
}

TEST(Hugetlb, that_nobody_takes_goes_to_the_pool_or_without_one_is_freed) {
  for (const bool has_pool : {true, false}) {
    MemoryFilesWorld world({}, 8);
    world.preserve(*world.hugetlb(3 * kHuge));
    if (!has_pool) world.huge_pages = 0;
    ASSERT_EQ(world.update(), 0);
    ASSERT_EQ(world.finish(), 0);
    EXPECT_EQ(world.owned(kho::kIncomingOwner), luo::v2::kTreePages);
    EXPECT_EQ(world.owned(kHugetlbOwner), has_pool ? 8 * kHugePages : 0);
    if (!has_pool) continue;
    EXPECT_EQ(world.pool().total, 8U);
    EXPECT_EQ(world.free_huge_pages(), 8U);
  }
}

class FailingRetrieve : public testing::Test {
 protected:
  // Two pieces, of which the second one cannot be accounted.
  static std::uint64_t update_with_two_pieces(MemoryFilesWorld& world) {
    const kernel::FileId first = *world.hugetlb(kHuge);
    const kernel::FileId file = *world.hugetlb(kHuge);
    const kernel::FileId next = *world.hugetlb(kHuge);
    world.close(first);
    EXPECT_EQ(world.resize(file, 3 * kHugePages), 0);
    EXPECT_EQ(world.write(file, 0, 1, 9), 0);
    EXPECT_EQ(world.pieces(file).size(), 3U);
    EXPECT_EQ(world.pieces(next).size(), 1U);
    const std::uint64_t token = world.preserve(file);
    EXPECT_EQ(world.update(), 0);
    world.fail(kernel::kAllocationSite, kHugetlbCharge, 1);
    return token;
  }
};

TEST_F(FailingRetrieve, leaks_what_a_device_may_still_write_to) {
  MemoryFilesWorld world({}, 8);
  const std::uint64_t token = update_with_two_pieces(world);
  const std::uint64_t free_before = world.free_pages();
  EXPECT_EQ(world.restore(token).status, -kernel::kENOMEM);
  const auto leaked = world.records(ParticipantRecord::hugetlb_leaked);
  ASSERT_EQ(leaked.size(), 1U);
  EXPECT_EQ(leaked[0].values[1], 2 * kHugePages);
  EXPECT_EQ(leaked[0].values[2], 0U);
  EXPECT_EQ(world.free_pages(), free_before);
  EXPECT_EQ(world.free_huge_pages(), 5U);
  EXPECT_EQ(world.pool().total, 7U) << "leaked, but counted";
  ASSERT_EQ(world.finish(), 0);
  EXPECT_EQ(world.owned(kho::kIncomingOwner), luo::v2::kTreePages + kHugePages)
      << "the last folio stays reserved; the records are free";
  EXPECT_EQ(world.owned(kHugetlbOwner), 7 * kHugePages);
}

// Hazard 22.
TEST_F(FailingRetrieve, frees_them_where_it_should_not) {
  MemoryFilesWorld world({}, 8);
  const std::uint64_t token = update_with_two_pieces(world);
  const std::uint64_t free_before = world.free_pages();
  world.fail(kFreesOnFailureSite, "huge-memfd-v1");
  EXPECT_EQ(world.restore(token).status, -kernel::kENOMEM);
  EXPECT_EQ(world.free_pages(), free_before + 2 * kHugePages);
  EXPECT_EQ(world.pool().total, 5U);
  ASSERT_EQ(world.records(ParticipantRecord::hugetlb_leaked).size(), 1U);
  EXPECT_EQ(world.records(ParticipantRecord::hugetlb_leaked)[0].values[2], 1U);
}

TEST_F(FailingRetrieve, can_be_tried_again_where_that_is_possible) {
  MemoryFilesWorld world({{luo::v2::kFailedRetrieveCanBeRetried, 1}}, 8);
  const std::uint64_t token = update_with_two_pieces(world);
  EXPECT_EQ(world.restore(token).status, -kernel::kENOMEM);
  EXPECT_TRUE(world.records(ParticipantRecord::hugetlb_leaked).empty());
  EXPECT_EQ(world.pool().total, 5U);
  EXPECT_EQ(world.restore(token).status, 0);
  EXPECT_EQ(world.pool().total, 8U);
}

TEST_F(FailingRetrieve, is_einval_for_a_folio_that_did_not_arrive) {
  MemoryFilesWorld world({}, 8);
  const kernel::FileId file = *world.hugetlb(2 * kHuge);
  const memory::Pfn last = world.pieces(file)[0].first + (2 * kHugePages - 1);
  const std::uint64_t token = world.preserve(file);
  ASSERT_EQ(world.update(), 0);
  world.memory.give({last, 1}, kernel::kKernelOwner.tag());
  EXPECT_EQ(world.restore(token).status, -kernel::kEINVAL);
}

TEST(Hugetlb, gives_everything_back_when_the_update_is_cancelled) {
  MemoryFilesWorld world({}, 8);
  const kernel::FileId file = *world.hugetlb(3 * kHuge);
  world.preserve(file);
  const std::uint64_t free_before = world.free_pages();
  for (int round = 0; round < 2; ++round) {
    ASSERT_EQ(world.prepare(), 0);
    EXPECT_EQ(world.owned(kHugetlbPoolRecordOwner), 1U);
    ASSERT_EQ(world.cancel(), 0);
    EXPECT_EQ(world.free_pages(), free_before);
    EXPECT_EQ(world.preserved(), 0U);
    EXPECT_EQ(world.free_huge_pages(), 5U);
  }
}

TEST(Hugetlb, unwinds_a_prepare_that_fails) {
  MemoryFilesWorld world({}, 2);
  const kernel::FileId file = *world.hugetlb(3 * kHuge, kHuge);
  world.preserve(file);
  EXPECT_EQ(world.prepare(), -kernel::kENOMEM) << "a hole, and the pool is empty";
  EXPECT_EQ(world.memfd_of(file).is_frozen, 0U);
  ASSERT_EQ(world.resize(file, 2 * kHugePages), 0);
  world.fail(kernel::kAllocationSite, kHugetlbRecordOwner.name);
  EXPECT_EQ(world.prepare(), -kernel::kENOMEM);
  EXPECT_EQ(world.preserved(), 0U);
  world.fail(kernel::kAllocationSite, kHugetlbPoolRecordOwner.name);
  EXPECT_EQ(world.prepare(), -kernel::kENOMEM);
  EXPECT_EQ(world.preserved(), 0U);
  world.fail(luo::kSubsystemPrepareSite, kHugetlbSubsystem);
  EXPECT_EQ(world.prepare(), luo::kSubsystemPrepareSite.value);
  ASSERT_EQ(world.prepare(), 0);
  world.fail(luo::kSubsystemFreezeSite, kHugetlbSubsystem);
  EXPECT_EQ(world.freeze(), luo::kSubsystemFreezeSite.value);
}

// What stands in the page that says how many come over; nothing of it is believed.
TEST(HugetlbPool, ignores_numbers_that_cannot_be) {
  struct Damage {
    std::uint64_t offset;
    std::uint64_t value;
  };
  for (const Damage& damage : {Damage{0, 5}, Damage{8, 5}, Damage{8, ~0ULL}, Damage{16, 8}}) {
    MemoryFilesWorld world({}, 8);
    world.preserve(*world.hugetlb(3 * kHuge));
    ASSERT_EQ(world.prepare(), 0);
    ASSERT_EQ(world.freeze(), 0);
    const memory::PhysicalAddress record{world.luo.subsystem_objects[0].word};
    world.memory.bytes().write_value(record + damage.offset, damage.value);
    world.jump();
    EXPECT_EQ(world.pool().total, 8U) << damage.offset << " " << damage.value;
  }
  MemoryFilesWorld world({}, 8);
  world.preserve(*world.hugetlb(3 * kHuge));
  ASSERT_EQ(world.prepare(), 0);
  ASSERT_EQ(world.freeze(), 0);
  const memory::PhysicalAddress record{world.luo.subsystem_objects[0].word};
  world.memory.bytes().write_value(record + 24, ~0ULL);
  world.jump();
  EXPECT_EQ(world.pool().total, 0U) << "more come over than it needs";
}

TEST(HugetlbPool, follows_a_file_that_is_prepared_late) {
  MemoryFilesWorld world({}, 8);
  const kernel::FileId file = *world.hugetlb(3 * kHuge);
  world.preserve(file);
  ASSERT_EQ(world.prepare(), 0);
  world.memfd_of(file).pages = 4 * kHugePages;
  ASSERT_EQ(world.freeze(), 0);
  world.jump();
  EXPECT_EQ(world.pool().total, 4U) << "freeze counts once more";
}

}  // namespace
}  // namespace luosim::fd
