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

TEST(GuestWishes, are_of_every_kind_and_block_within_a_round) {
  const std::uint64_t first = first_word("disk0", 0);
  std::set<std::pair<bool, std::uint32_t>> met;
  std::set<std::uint64_t> words;
  std::uint64_t word = first;
  while (words.insert(word).second) {
    const Wish wish = next_wish(word, kLoad);
    met.emplace(wish.reads, wish.block);
    word = word_of_round(word, first, kLoad);
  }
  EXPECT_EQ(met.size(), 6U);
  EXPECT_LT(words.size(), 100U);
  EXPECT_EQ(word, first);
}

TEST(GuestWishes, go_on_as_ever_until_the_round_is_over) {
  const std::uint64_t first = first_word("disk0", 7);
  std::uint64_t word = first;
  EXPECT_EQ(word_of_round(word, first, kLoad), first);
  next_wish(word, kLoad);
  EXPECT_EQ(word_of_round(word, first, kLoad), word);
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
