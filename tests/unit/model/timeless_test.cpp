// SPDX-License-Identifier: Apache-2.0
//
// What becomes of moments of time in an exploration.
#include "model/world/timeless.hpp"

#include <gtest/gtest.h>

#include "sim/choice/enumerated.hpp"

namespace luosim::world {
namespace {

constexpr sim::FaultSite kSite{"disk.write", "A write fails.", -5};

// Which of the first three calls may fail, as bits, in each combination of answers.
std::vector<std::uint32_t> ways_to_fail(const sim::Faults& rules) {
  std::vector<std::uint32_t> ways;
  sim::EnumeratedChoice choice;
  choice.begin(0);
  do {
    sim::Faults faults = rules;
    std::uint32_t failed = 0;
    for (std::uint32_t call = 0; call < 3; ++call)
      if (faults.consult(kSite.id(), 0, 0, {0}, choice)) failed |= 1U << call;
    ways.push_back(failed);
  } while (choice.next());
  return ways;
}

TEST(WithoutWindows, a_rule_with_a_window_may_fail_each_call_or_none) {
  sim::Faults faults;
  faults.add({.site = kSite.id(), .skip = 1, .value = -5, .from = {1000}});
  EXPECT_EQ(ways_to_fail(faults), (std::vector<std::uint32_t>{0}));
  EXPECT_EQ(ways_to_fail(without_windows(faults)), (std::vector<std::uint32_t>{0, 4, 2, 1}));
}

TEST(WithoutWindows, a_window_that_is_over_at_some_time_leaves_it_open_as_well) {
  sim::Faults faults;
  faults.add({.site = kSite.id(), .value = -5, .until = {1000}});
  EXPECT_EQ(ways_to_fail(without_windows(faults)), (std::vector<std::uint32_t>{0, 4, 2, 1}));
}

TEST(WithoutWindows, what_can_never_fail_still_cannot) {
  sim::Faults faults;
  faults.add({.site = kSite.id(), .value = -5, .per_million = 0, .from = {1}});
  EXPECT_EQ(ways_to_fail(without_windows(faults)), (std::vector<std::uint32_t>{0}));
}

TEST(WithoutWindows, rules_without_one_stay_as_they_are) {
  sim::Faults faults;
  faults.add({.site = kSite.id(), .skip = 1, .times = 2, .value = -5});
  EXPECT_EQ(without_windows(faults), faults);
}

}  // namespace
}  // namespace luosim::world
