// SPDX-License-Identifier: Apache-2.0
//
// When a second wish to stop is that of somebody who got impatient.
#include "app/cli/interrupt.hpp"

#include <cstdlib>

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

TEST(Interrupt, of_the_terminal_can_be_taken_back_and_any_other_can_not) {
  catch_interrupts();
  EXPECT_TRUE(take_back_interrupt()) << "there is none";
  std::raise(SIGINT);
  EXPECT_NE(*interrupt_flag(), 0);
  EXPECT_TRUE(take_back_interrupt());
  EXPECT_EQ(*interrupt_flag(), 0);
  const auto ends_for_good = [](int signal) {
    std::raise(SIGINT);
    std::raise(signal);
    std::raise(SIGINT);
    std::_Exit(take_back_interrupt() || *interrupt_flag() == 0 ? 1 : 0);
  };
  EXPECT_EXIT(ends_for_good(SIGTERM), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace luosim::app
