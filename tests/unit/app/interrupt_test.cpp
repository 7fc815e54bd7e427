// SPDX-License-Identifier: Apache-2.0
//
// When a second wish to stop is that of somebody who got impatient.
#include "app/cli/interrupt.hpp"

#include <gtest/gtest.h>

namespace luosim::app {
namespace {

TEST(Interrupt, told_twice_within_a_quarter_of_a_second_counts_once) {
  constexpr std::int64_t kFirst = 7'000'000'000;
  EXPECT_FALSE(is_impatient(kFirst, kFirst));
  EXPECT_FALSE(is_impatient(kFirst, kFirst + 249'999'999));
  EXPECT_TRUE(is_impatient(kFirst, kFirst + 250'000'000));
  EXPECT_TRUE(is_impatient(kFirst, kFirst + 1'000'000'000));
}

}  // namespace
}  // namespace luosim::app
