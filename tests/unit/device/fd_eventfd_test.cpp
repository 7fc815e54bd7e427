// SPDX-License-Identifier: Apache-2.0
//
// eventfd: counts as write(2) says, and comes over with the count that it had when it was frozen.
// What it leaves is given back, whoever changes their mind.
#include <gtest/gtest.h>

#include "model/fd/eventfd.hpp"
#include "tests/unit/device/memory_files_world.hpp"

namespace luosim::fd {
namespace {

class EventfdTest : public testing::Test {
 protected:
  MemoryFilesWorld world;
  kernel::FileId file = world.eventfd();

  std::int64_t write(std::uint64_t value) {
    Context now = world.context();
    return write_eventfd(now, world.object(file), value);
  }
  std::uint64_t count(kernel::FileId of) { return world.fd.eventfds[world.object(of)].count; }
};

TEST_F(EventfdTest, counts_what_is_written) {
  EXPECT_EQ(count(file), 0U);
  EXPECT_EQ(write(1), 0);
  EXPECT_EQ(write(41), 0);
  EXPECT_EQ(count(file), 42U);
}

TEST_F(EventfdTest, refuses_what_it_cannot_count) {
  EXPECT_EQ(write(~0ULL), -kernel::kEINVAL);
  EXPECT_EQ(write(~0ULL - 1), 0);
  EXPECT_EQ(write(1), -kernel::kEAGAIN);
  EXPECT_EQ(write(0), 0);
  EXPECT_EQ(count(file), ~0ULL - 1);
}

TEST_F(EventfdTest, is_not_made_without_memory) {
  world.fail(kernel::kAllocationSite, kEventfdObject);
  Context now = world.context();
  EXPECT_FALSE(create_eventfd(now, {}));
}

TEST_F(EventfdTest, comes_over_with_its_count) {
  write(7);
  const std::uint64_t token = world.preserve(file);
  ASSERT_EQ(world.prepare(), 0);
  EXPECT_EQ(world.owned(kEventfdRecordOwner), 1U);
  ASSERT_EQ(world.freeze(), 0);
  world.jump();
  EXPECT_EQ(count(world.restored(token)), 7U);
}

TEST_F(EventfdTest, comes_over_with_what_was_written_after_prepare) {
  const std::uint64_t token = world.preserve(file);
  ASSERT_EQ(world.prepare(), 0);
  write(3);
  ASSERT_EQ(world.freeze(), 0);
  world.jump();
  EXPECT_EQ(count(world.restored(token)), 3U);
}

TEST_F(EventfdTest, counts_no_more_from_its_freeze_on) {
  world.preserve(file);
  ASSERT_EQ(world.prepare(), 0);
  EXPECT_EQ(write(1), 0) << "guests still run";
  ASSERT_EQ(world.freeze(), 0);
  EXPECT_EQ(write(1), -kernel::kEAGAIN);
  ASSERT_EQ(world.cancel(), 0);
  EXPECT_EQ(write(1), 0);
  EXPECT_EQ(count(file), 2U);
}

TEST_F(EventfdTest, gives_its_page_back_when_the_update_is_cancelled) {
  world.preserve(file);
  const std::uint64_t before = world.free_pages();
  ASSERT_EQ(world.prepare(), 0);
  ASSERT_EQ(world.cancel(), 0);
  EXPECT_EQ(world.owned(kEventfdRecordOwner), 0U);
  EXPECT_EQ(world.free_pages(), before);
  EXPECT_EQ(world.preserved(), 0U);
}

TEST_F(EventfdTest, gives_its_page_back_at_the_finish_whether_it_was_taken_or_not) {
  for (const bool is_taken : {true, false}) {
    MemoryFilesWorld other;
    const std::uint64_t token = other.preserve(other.eventfd());
    ASSERT_EQ(other.update(), 0);
    if (is_taken) other.restored(token);
    ASSERT_EQ(other.finish(), 0);
    EXPECT_EQ(other.owned(kho::kIncomingOwner), luo::v2::kTreePages) << "the record is free";
  }
}

TEST_F(EventfdTest, fails_where_a_scenario_says_so) {
  world.preserve(file);
  world.fail(luo::kFilePrepareSite, "kick");
  EXPECT_EQ(world.prepare(), luo::kFilePrepareSite.value);
  world.fail(luo::kFileFreezeSite, "kick");
  ASSERT_EQ(world.prepare(), 0);
  EXPECT_EQ(world.freeze(), luo::kFileFreezeSite.value);
}

TEST_F(EventfdTest, is_refused_without_memory_for_its_page) {
  world.preserve(file);
  world.fail(kernel::kAllocationSite, kEventfdRecordOwner.name);
  EXPECT_EQ(world.prepare(), -kernel::kENOMEM);
}

TEST_F(EventfdTest, does_not_believe_a_page_that_is_no_record) {
  const std::uint64_t token = world.preserve(file);
  ASSERT_EQ(world.prepare(), 0);
  ASSERT_EQ(world.freeze(), 0);
  world.memory.bytes().write_value(world.word_of(token), std::uint64_t{0});
  world.jump();
  EXPECT_EQ(world.restore(token).status, -kernel::kEINVAL);
}

}  // namespace
}  // namespace luosim::fd
