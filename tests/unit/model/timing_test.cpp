// SPDX-License-Identifier: Apache-2.0
//
// The table of durations and the arithmetic on it, and that a duration which a scenario sets is the
// one that its run takes, to the nanosecond.
#include "model/timing/timing.hpp"

#include <cstdint>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "tests/unit/model/machine.hpp"

namespace luosim::timing {
namespace {

TEST(Timing, the_table_has_every_cost_once_in_the_order_of_the_enumeration) {
  ASSERT_EQ(table().size(), static_cast<std::size_t>(Cost::count_of_costs));
  std::set<std::string_view> keys;
  for (std::size_t row = 0; row < table().size(); ++row) {
    EXPECT_EQ(table()[row].cost, static_cast<Cost>(row));
    EXPECT_FALSE(table()[row].source.empty()) << table()[row].key;
    EXPECT_GT(table()[row].value.ns, 0) << table()[row].key;
    keys.insert(table()[row].key);
  }
  EXPECT_EQ(keys.size(), table().size());
}

TEST(Timing, begins_with_the_defaults_of_the_table) {
  const Durations timing;
  for (const Row& row : table()) EXPECT_EQ(timing.of(row.cost), row.value) << row.key;
}

TEST(Timing, setting_one_cost_changes_no_other) {
  Durations timing;
  timing.set(Cost::vm_pause, sim::seconds(7));
  for (const Row& row : table()) {
    EXPECT_EQ(timing.of(row.cost), row.cost == Cost::vm_pause ? sim::seconds(7) : row.value)
        << row.key;
  }
}

TEST(Timing, multiplies_what_costs_the_same_for_each) {
  Durations timing;
  timing.set(Cost::boot_per_cpu, sim::microseconds(354));
  EXPECT_EQ(timing.of_each(Cost::boot_per_cpu, 0), sim::Duration{});
  EXPECT_EQ(timing.of_each(Cost::boot_per_cpu, 96), sim::microseconds(33984));
}

TEST(Timing, a_rate_per_thousand_counts_the_rest_and_rounds_down) {
  Durations timing;
  timing.set(Cost::memfd_prepare_thousand_pages, sim::nanoseconds(1500));
  const auto cost = [&](std::uint64_t pages) {
    return timing.of_thousands(Cost::memfd_prepare_thousand_pages, pages).ns;
  };
  EXPECT_EQ(cost(0), 0);
  EXPECT_EQ(cost(1), 1);
  EXPECT_EQ(cost(2), 3);
  EXPECT_EQ(cost(999), 1498);
  EXPECT_EQ(cost(1000), 1500);
  EXPECT_EQ(cost(2500), 3750);
}

TEST(Timing, the_largest_host_does_not_overflow) {
  Durations timing;
  timing.set(Cost::memfd_restore_thousand_pages, sim::milliseconds(1));
  constexpr std::uint64_t kPagesOf64TiB = 1ULL << 34;
  EXPECT_EQ(timing.of_thousands(Cost::memfd_restore_thousand_pages, kPagesOf64TiB).ns,
            17'179'869'184'000);
}

TEST(Timing, a_day_for_each_page_of_the_largest_host_is_as_long_as_the_clock_can_tell) {
  Durations timing;
  const sim::Duration day = sim::seconds(86'400);
  timing.set(Cost::memfd_prepare_folio, day);
  timing.set(Cost::memfd_prepare_thousand_pages, day);
  constexpr std::uint64_t kPagesOf64TiB = 1ULL << 34;
  const auto each = timing.of_each(Cost::memfd_prepare_folio, kPagesOf64TiB);
  const auto thousands = timing.of_thousands(Cost::memfd_prepare_thousand_pages, kPagesOf64TiB);
  EXPECT_GT(each, day * 365);
  EXPECT_GT(thousands, day * 365);
  EXPECT_GT((sim::SimTime{day.ns} + (each + thousands)).ns, 0) << "both together fit beside a day";
  EXPECT_EQ(timing.of_each(Cost::memfd_prepare_folio, 0).ns, 0);
}

// How long an update takes from switching on to the end of finish.
sim::SimTime length_of_update(const std::string& key, sim::Duration value) {
  world::Scenario scenario = world::bare_scenario();
  add_subsystem(scenario, "net");
  add_handler(scenario, "memfd-v1", "memfd");
  add_memfd(scenario, "guest", 64 * world::kMiB);
  if (!key.empty()) scenario.timing.push_back({key, value});
  world::Machine machine(scenario);
  machine.switch_on();
  EXPECT_EQ(machine.preserve("guest").status, 0);
  EXPECT_EQ(machine.prepare(), 0);
  EXPECT_TRUE(machine.kexec());
  EXPECT_EQ(machine.restore(0).status, 0);
  EXPECT_EQ(machine.finish(), 0);
  return machine.world.schedule.now();
}

struct Share {
  const char* key;
  Cost cost;
  std::int64_t times;  ///< how often the update of this test pays it
};

TEST(Timing, a_scenario_that_sets_a_duration_takes_exactly_so_much_longer) {
  const Share kShares[] = {
      {"system_call", Cost::system_call, 4},  // prepare, preserve, restore and finish
      {"luo.callback", Cost::callback, 5},    // the subsystem's three, memfd's freeze, finish
      {"memfd.prepare_folio", Cost::memfd_prepare_folio, 32},
      {"memfd.restore_folio", Cost::memfd_restore_folio, 32},
      {"kexec.shutdown", Cost::kexec_shutdown, 1},  // and no second boot
      {"kexec.jump", Cost::kexec_jump, 1},
      {"boot.base", Cost::boot_base, 1},
      {"boot.per_cpu", Cost::boot_per_cpu, 8},
      {"boot.cold", Cost::boot_cold, 0},  // the first boot is not part of the story
      {"user.start", Cost::user_start, 1},
  };
  const sim::SimTime usual = length_of_update("", {});
  for (const Share& share : kShares) {
    const sim::Duration longer = Durations().of(share.cost) + sim::milliseconds(1);
    const sim::SimTime changed = length_of_update(share.key, longer);
    EXPECT_EQ((changed - usual).ns, share.times * 1'000'000) << share.key;
  }
}

}  // namespace
}  // namespace luosim::timing
