// SPDX-License-Identifier: Apache-2.0
//
// What a load wants of its disk looks like chance, and can be made to begin again and again.
#include "model/userspace/guest_wishes.hpp"

#include <set>
#include <utility>

#include <gtest/gtest.h>

#include "model/userspace/guest_disk.hpp"

namespace luosim::userspace {
namespace {

constexpr Workload kLoad{.kind = Workload::Kind::verify_io, .queue_depth = 2, .blocks = 3};

TEST(GuestWishes, are_of_every_kind_and_block_in_a_round_that_is_as_short_as_can_be) {
  const std::uint64_t first = first_word("disk0", 0);
  const std::uint64_t begin = word_of_round(first, first, kLoad);
  std::set<std::pair<bool, std::uint32_t>> met;
  std::set<std::uint64_t> words;
  std::uint64_t word = begin;
  while (words.insert(word).second) {
    const Wish wish = next_wish(word, kLoad);
    met.emplace(wish.reads, wish.block);
    word = word_of_round(word, first, kLoad);
  }
  EXPECT_EQ(met.size(), 6U);
  EXPECT_EQ(words.size(), 6U);
  EXPECT_EQ(word, begin);
}

TEST(GuestWishes, of_a_word_in_its_round_are_the_same) {
  const std::uint64_t first = first_word("disk0", 7);
  std::uint64_t word = first;
  for (int wish = 0; wish < 20; ++wish) {
    const std::uint64_t in_round = word_of_round(word, first, kLoad);
    EXPECT_EQ(word_of_round(in_round, first, kLoad), in_round);
    next_wish(word, kLoad);
  }
}

TEST(GuestWishes, leave_a_word_alone_that_is_none_of_theirs) {
  const std::uint64_t first = first_word("disk0", 0);
  EXPECT_EQ(word_of_round(first + 12345, first, kLoad), first + 12345);
}

TEST(WrittenPages, are_known_by_disk_and_write) {
  GuestDisk disk;
  disk.registers.vm = 3;
  disk.registers.device = 1;
  const auto written = written_page(disk, contents_of_write(disk, 42, 5));
  ASSERT_TRUE(written);
  EXPECT_EQ(written->sequence, 42U);
  EXPECT_EQ(written->page, 5U);
  GuestDisk other = disk;
  other.registers.device = 0;
  EXPECT_FALSE(written_page(other, contents_of_write(disk, 42, 5)));
  EXPECT_FALSE(written_page(disk, memory::kZeroes));
  EXPECT_FALSE(written_page(disk, memory::kGarbage));
}

}  // namespace
}  // namespace luosim::userspace
