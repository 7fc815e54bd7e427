// SPDX-License-Identifier: Apache-2.0
//
// The values of the random streams are part of the format of a scenario: a seed that is quoted in
// a report must give the same run years later. So the tests state golden values and not only
// properties.
#include "sim/core/random.hpp"

#include <array>
#include <cstdint>

#include <gtest/gtest.h>

namespace luosim::sim {
namespace {

TEST(RandomStream, gives_the_golden_values) {
  RandomStream stream(42, "faults");
  const std::array<std::uint64_t, 4> drawn{stream.bits(), stream.bits(), stream.bits(),
                                           stream.bits()};
  const std::array<std::uint64_t, 4> golden{4637836899892129694U, 13913200943660952284U,
                                            17567389148152725767U, 1094627181799625419U};
  EXPECT_EQ(drawn, golden);
}

TEST(RandomStream, gives_the_golden_bounded_values) {
  RandomStream stream(0, "");
  const std::array<std::uint64_t, 6> drawn{stream.below(10),    stream.below(10),
                                           stream.below(1'000), stream.below(1'000'000'007),
                                           stream.below(1),     stream.below(UINT64_MAX)};
  const std::array<std::uint64_t, 6> golden{5, 9, 942, 435973317, 0, 17100777229341081016U};
  EXPECT_EQ(drawn, golden);
}

TEST(RandomStream, gives_the_same_values_for_the_same_seed_and_name) {
  RandomStream left(7, "delays");
  RandomStream right(7, "delays");
  EXPECT_EQ(left, right);
  for (int i = 0; i < 100; ++i) ASSERT_EQ(left.bits(), right.bits());
  EXPECT_EQ(left, right);
}

TEST(RandomStream, differs_by_name) {
  RandomStream left(7, "delays");
  RandomStream right(7, "faults");
  EXPECT_NE(left, right);
  int equal = 0;
  for (int i = 0; i < 1'000; ++i) equal += left.bits() == right.bits() ? 1 : 0;
  EXPECT_EQ(equal, 0);
}

TEST(RandomStream, differs_by_seed) {
  RandomStream left(7, "delays");
  RandomStream right(8, "delays");
  EXPECT_NE(left, right);
  EXPECT_NE(left.bits(), right.bits());
}

TEST(RandomStream, first_draws_of_neighbouring_seeds_are_spread_evenly) {
  std::array<int, 8> counts{};
  for (std::uint64_t seed = 0; seed < 8'000; ++seed) ++counts[RandomStream(seed, "x").below(8)];
  for (const int count : counts) {
    EXPECT_GT(count, 850);
    EXPECT_LT(count, 1'150);
  }
}

TEST(RandomStream, a_copy_continues_with_the_same_values) {
  RandomStream original(1, "copy");
  original.bits();
  RandomStream copy = original;
  EXPECT_EQ(copy.bits(), original.bits());
  copy.bits();
  EXPECT_NE(copy, original);
}

TEST(RandomStream, stays_below_the_bound) {
  RandomStream stream(3, "bounds");
  for (const std::uint64_t bound :
       {std::uint64_t{1}, std::uint64_t{2}, std::uint64_t{3}, std::uint64_t{1} << 32,
        (std::uint64_t{1} << 63) + 1, UINT64_MAX}) {
    for (int i = 0; i < 1'000; ++i) ASSERT_LT(stream.below(bound), bound);
  }
}

TEST(RandomStream, is_unbiased_where_a_remainder_would_favour_the_lower_half) {
  // With this bound a remainder would return a value of the lower half twice as often.
  const std::uint64_t bound = (std::uint64_t{1} << 63) + (std::uint64_t{1} << 62);
  RandomStream stream(4, "bias");
  int lower = 0;
  for (int i = 0; i < 10'000; ++i) lower += stream.below(bound) < bound / 2 ? 1 : 0;
  EXPECT_GT(lower, 4'800);
  EXPECT_LT(lower, 5'200);
}

TEST(RandomStream, one_in_n_is_true_about_once_in_n) {
  RandomStream stream(5, "chance");
  int hits = 0;
  for (int i = 0; i < 10'000; ++i) hits += stream.one_in(4) ? 1 : 0;
  EXPECT_GT(hits, 2'300);
  EXPECT_LT(hits, 2'700);
  EXPECT_TRUE(stream.one_in(1));
}

}  // namespace
}  // namespace luosim::sim
