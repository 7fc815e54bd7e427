// SPDX-License-Identifier: Apache-2.0
//
// A guess must be the word that was meant, or no guess at all.
#include <array>
#include <string>

#include <gtest/gtest.h>

#include "app/scenario/nearest_word.hpp"

namespace luosim::app {
namespace {

constexpr std::array<std::string_view, 5> kWords{"preserve", "prepare", "freeze", "finish", "EIO"};

TEST(NearestWord, FindsOneWrongMissingOrExtraLetter) {
  EXPECT_EQ(nearest_word("freez", kWords), "freeze");
  EXPECT_EQ(nearest_word("freezee", kWords), "freeze");
  EXPECT_EQ(nearest_word("fre3ze", kWords), "freeze");
}

TEST(NearestWord, CountsSwappedNeighboursAsOneEdit) {
  EXPECT_EQ(nearest_word("EOI", kWords), "EIO");
  EXPECT_EQ(nearest_word("fnisih", kWords), "finish");
}

TEST(NearestWord, IgnoresLetterCase) {
  EXPECT_EQ(nearest_word("eio", kWords), "EIO");
}

TEST(NearestWord, PrefersTheNearestAndThenTheFirst) {
  EXPECT_EQ(nearest_word("prepre", kWords), "prepare");
  constexpr std::array<std::string_view, 2> same{"vm1", "vm2"};
  EXPECT_EQ(nearest_word("vm3", same), "vm1");
}

TEST(NearestWord, SaysNothingWhenNothingIsNear) {
  EXPECT_EQ(nearest_word("reboot", kWords), std::nullopt);
  EXPECT_EQ(nearest_word("x", kWords), std::nullopt);
  EXPECT_EQ(nearest_word("", kWords), std::nullopt);
  EXPECT_EQ(nearest_word("freeze", {}), std::nullopt);
}

TEST(NearestWord, DoesNotCompareVeryLongWords) {
  const std::string long_word(65, 'a');
  const std::array<std::string_view, 1> words{long_word};
  EXPECT_EQ(nearest_word(long_word, words), std::nullopt);
}

TEST(DidYouMean, IsASentenceOrNothing) {
  EXPECT_EQ(did_you_mean("freez", kWords), "did you mean 'freeze'?");
  EXPECT_EQ(did_you_mean("zzzzzz", kWords), "");
}

}  // namespace
}  // namespace luosim::app
