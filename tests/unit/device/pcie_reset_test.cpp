// SPDX-License-Identifier: Apache-2.0
//
// What a reset reaches, what it takes, and how long the functions stay silent (devices.md, C.7 and
// G.2 rows 30, 37, 44).
#include <gtest/gtest.h>

#include "tests/unit/device/pcie_topology.hpp"

namespace luosim::device::pcie {
namespace {

using sim::Outcome;

// A device that works for ever, a little at a time.
Outcome work(Context& context) {
  ++context.frame().values[1];
  return sim::again(sim::milliseconds(1));
}
constexpr sim::Step kWorkSteps[] = {{"work", sim::step<work>}};
constexpr sim::Program kWork{"test.work", "works", kWorkSteps};

sim::TaskId start_work(Topology& world, FunctionId function) {
  return world.schedule.spawn(world.at(function).name, group_of(function), kWork.id(), {},
                              sim::milliseconds(1), false);
}

std::size_t tasks_of(const Topology& world, FunctionId function, sim::ProgramId program) {
  std::size_t count = 0;
  for (const sim::Task& task : world.schedule.tasks()) {
    if (task.state != sim::Task::State::unused && task.group == group_of(function) &&
        world.schedule.frame(task.frame).program == program)
      ++count;
  }
  return count;
}

sim::Duration reset_time(const Topology& world) {
  return world.timing.of(timing::Cost::device_reset);
}

void write_everything(Topology& world, FunctionId function) {
  Function& own = world.at(function);
  own.command = 0xFFFF;
  own.bars.fill(0x1234'0000);
  own.power_state = 3;
  own.msix_enabled = 1;
  own.msix_masked = 1;
  own.ats_enabled = 1;
  own.page_requests_enabled = 1;
  own.transactions_pending = 3;
  own.acs = kAcsRequestRedirect;
  own.ari_forwarding = 1;
  for (std::uint32_t entry = 0; entry < own.msix_entries; ++entry) {
    world.fabric().msix[own.first_msix_entry + entry] = {0xFEE0'0000, 0x41, 0};
    world.fabric().pending[own.first_msix_entry + entry] = 1;
  }
}

TEST(PcieReset, registers_of_the_function_fall_back) {
  Topology world;
  Context now = world.context();
  write_everything(world, world.left);
  const Function before = world.at(world.left);
  reset(now, world.left, ResetKind::function_level);
  const Function& own = world.at(world.left);
  EXPECT_EQ(own.command, 0);
  EXPECT_EQ(own.bars, (std::array<std::uint64_t, kBars>{}));
  EXPECT_EQ(own.power_state, 0);
  EXPECT_EQ(own.msix_enabled, 0);
  EXPECT_EQ(own.msix_masked, 0);
  EXPECT_EQ(own.ats_enabled, 0);
  EXPECT_EQ(own.page_requests_enabled, 0);
  EXPECT_EQ(own.transactions_pending, 0U);
  EXPECT_EQ(own.is_present, 1);
  EXPECT_EQ(own.serial, before.serial);
  EXPECT_EQ(own.identity, before.identity);
  EXPECT_EQ(own.link_epoch, before.link_epoch);
  EXPECT_EQ(own.msix_entries, before.msix_entries);
}

TEST(PcieReset, the_msix_table_is_zero_and_masked_and_what_was_pending_is_lost) {
  Topology world;
  Context now = world.context();
  for (const FunctionId each : {world.left, world.right}) write_everything(world, each);
  reset(now, world.right, ResetKind::function_level);
  const Function& own = world.at(world.right);
  for (std::uint32_t entry = 0; entry < own.msix_entries; ++entry) {
    EXPECT_EQ(world.fabric().msix[own.first_msix_entry + entry], MsixEntry{}) << entry;
    EXPECT_EQ(world.fabric().pending[own.first_msix_entry + entry], 0) << entry;
  }
  const Function& other = world.at(world.left);
  for (std::uint32_t entry = 0; entry < other.msix_entries; ++entry) {
    EXPECT_EQ(world.fabric().msix[other.first_msix_entry + entry].data, 0x41U) << entry;
    EXPECT_EQ(world.fabric().pending[other.first_msix_entry + entry], 1) << entry;
  }
}

TEST(PcieReset, answers_nothing_until_the_reset_is_over) {
  Topology world;
  Context now = world.context();
  reset(now, world.left, ResetKind::function_level);
  EXPECT_EQ(admit(world.fabric(), world.left), DmaResult::function_off);
  EXPECT_EQ(read_identity(world.fabric(), bdf_of(3, 0)), kNobodyAnswers);
  write_command(now, world.left, kBusMaster);
  EXPECT_EQ(world.at(world.left).command, 0) << "lost";

  const sim::Duration all = reset_time(world);
  world.run(all - sim::nanoseconds(1));
  EXPECT_EQ(world.at(world.left).is_in_reset, 1);
  world.run();
  EXPECT_EQ(world.schedule.now(), sim::SimTime{} + all);
  EXPECT_EQ(world.at(world.left).is_in_reset, 0);
  EXPECT_EQ(read_identity(world.fabric(), bdf_of(3, 0)), world.at(world.left).identity);
  EXPECT_EQ(admit(world.fabric(), world.left), DmaResult::bus_master_off);
}

TEST(PcieReset, leaves_records_of_its_begin_and_end) {
  Topology world;
  Context now = world.context();
  reset(now, world.left_port, ResetKind::secondary_bus);
  ASSERT_EQ(world.records(DeviceRecord::reset_begins).size(), 1U);
  EXPECT_EQ(world.records(DeviceRecord::reset_begins)[0].values[0], world.left.index);
  EXPECT_EQ(world.records(DeviceRecord::reset_begins)[0].values[1],
            static_cast<std::uint64_t>(ResetKind::secondary_bus));
  EXPECT_TRUE(world.records(DeviceRecord::reset_done).empty());
  world.run();
  ASSERT_EQ(world.records(DeviceRecord::reset_done).size(), 1U);
  EXPECT_EQ(world.records(DeviceRecord::reset_done)[0].values[0], world.left.index);
  EXPECT_EQ(world.records(DeviceRecord::reset_done)[0].subject, world.at(world.left).name);
}

TEST(PcieReset, drops_the_tasks_of_the_device_and_of_no_other) {
  Topology world({&kWork});
  Context now = world.context();
  start_work(world, world.left);
  start_work(world, world.left);
  start_work(world, world.right);
  reset(now, world.left, ResetKind::function_level);
  EXPECT_EQ(tasks_of(world, world.left, kWork.id()), 0U);
  EXPECT_EQ(tasks_of(world, world.right, kWork.id()), 1U);
  world.run(reset_time(world));
  EXPECT_EQ(world.at(world.left).is_in_reset, 0) << "the end of the reset is not dropped";
}

TEST(PcieReset, a_reset_during_a_reset_begins_it_anew) {
  Topology world;
  Context now = world.context();
  const sim::Duration all = reset_time(world);
  reset(now, world.left, ResetKind::function_level);
  const sim::TaskId clock =
      world.schedule.spawn({}, 0, sim::ProgramId{}, {}, sim::milliseconds(50), false);
  ASSERT_EQ(world.schedule.take_next(), clock);
  reset(now, world.left_port, ResetKind::secondary_bus);
  world.run(all - sim::nanoseconds(1));
  EXPECT_EQ(world.at(world.left).is_in_reset, 1)
      << "the end of the first is not that of the second";
  EXPECT_TRUE(world.records(DeviceRecord::reset_done).empty());
  world.run(all);
  EXPECT_EQ(world.at(world.left).is_in_reset, 0);
}

TEST(PcieReset, the_end_of_a_reset_may_never_come) {
  Topology world;
  Context now = world.context();
  world.faults.add({.site = kResetFault.id(), .instance = sim::name_hash("left")});
  reset(now, world.left, ResetKind::function_level);
  reset(now, world.right, ResetKind::function_level);
  world.run();
  EXPECT_EQ(world.at(world.left).is_in_reset, 1);
  EXPECT_EQ(world.at(world.right).is_in_reset, 0);
  reset(now, world.left_port, ResetKind::secondary_bus);
  world.run();
  EXPECT_EQ(world.at(world.left).is_in_reset, 0) << "another reset brings it back";
}

TEST(PcieReset, reaches_by_kind) {
  Topology world;
  world.enable_two_virtual_functions();
  const auto scope = [&](FunctionId function, ResetKind kind) {
    return scope_of(world.fabric(), function, kind);
  };
  using Functions = std::vector<FunctionId>;
  EXPECT_EQ(scope(world.left, ResetKind::function_level), (Functions{world.left}));
  EXPECT_EQ(scope(world.left_port, ResetKind::function_level), (Functions{world.left_port}));
  EXPECT_EQ(scope(world.physical, ResetKind::function_level),
            (Functions{world.physical, world.first_virtual, world.second_virtual}));
  EXPECT_EQ(scope(world.first_virtual, ResetKind::function_level),
            (Functions{world.first_virtual}));
  EXPECT_EQ(scope(world.left, ResetKind::secondary_bus), (Functions{})) << "nothing below it";
  EXPECT_EQ(scope(world.far_port, ResetKind::secondary_bus),
            (Functions{world.physical, world.first_virtual, world.second_virtual}));
  EXPECT_EQ(
      scope(world.near_port, ResetKind::secondary_bus),
      (Functions{world.upstream, world.left_port, world.left, world.right_port, world.right}));
  EXPECT_EQ(scope(world.left_port, ResetKind::power), (Functions{world.left_port, world.left}));
  EXPECT_EQ(scope(world.physical, ResetKind::power),
            (Functions{world.physical, world.first_virtual, world.second_virtual}));
}

TEST(PcieReset, who_is_absent_is_not_reached) {
  Topology world;
  EXPECT_EQ(scope_of(world.fabric(), world.physical, ResetKind::function_level),
            (std::vector<FunctionId>{world.physical}));
  world.at(world.left).is_present = 0;
  EXPECT_TRUE(scope_of(world.fabric(), world.left_port, ResetKind::secondary_bus).empty());
}

TEST(PcieReset, the_function_itself_comes_first) {
  Topology world;
  const FunctionId before = world.add("before", FunctionKind::virtual_function, world.left_port);
  const FunctionId after = world.add("after", FunctionKind::endpoint, world.left_port, 1);
  world.at(before).physical = after;
  EXPECT_EQ(scope_of(world.fabric(), after, ResetKind::function_level),
            (std::vector<FunctionId>{after, before}));
}

// Row 44: the reset of one card by the bus kills its neighbour.
TEST(PcieReset, a_reset_of_the_bus_hits_the_neighbours) {
  Topology world({&kWork});
  Context now = world.context();
  const FunctionId neighbour = world.add("neighbour", FunctionKind::endpoint, world.left_port, 1);
  start_work(world, neighbour);
  start_work(world, world.right);
  reset(now, world.left_port, ResetKind::secondary_bus);
  EXPECT_EQ(admit(world.fabric(), neighbour), DmaResult::function_off);
  EXPECT_EQ(tasks_of(world, neighbour, kWork.id()), 0U);
  EXPECT_EQ(admit(world.fabric(), world.right), DmaResult::landed);
  EXPECT_EQ(tasks_of(world, world.right, kWork.id()), 1U);
  EXPECT_EQ(world.at(world.left_port).secondary, 3) << "the bridge itself stays as it is";
  EXPECT_EQ(world.at(world.left_port).is_in_reset, 0);
}

// Row 30.
TEST(PcieReset, bridges_below_lose_their_numbers_windows_and_acs) {
  Topology world;
  Context now = world.context();
  for (const FunctionId each : {world.near_port, world.left_port}) {
    write_acs(now, each, kAcsRequestRedirect);
    write_ari_forwarding(now, each, true);
  }
  reset(now, world.near_port, ResetKind::secondary_bus);
  world.run();
  const Function& below = world.at(world.left_port);
  EXPECT_EQ(below.acs, 0);
  EXPECT_EQ(below.ari_forwarding, 0);
  EXPECT_EQ(below.primary, 0);
  EXPECT_EQ(below.secondary, 0);
  EXPECT_EQ(below.subordinate, 0);
  EXPECT_EQ(below.window_base, 0U);
  EXPECT_EQ(below.window_limit, 0U);
  EXPECT_EQ(world.at(world.near_port).acs, kAcsRequestRedirect);
  EXPECT_EQ(world.at(world.near_port).secondary, 1);
  EXPECT_EQ(find(world.fabric(), bdf_of(3, 0)), std::nullopt)
      << "until somebody numbers them again";
  EXPECT_EQ(find(world.fabric(), bdf_of(1, 0)), world.upstream);
}

TEST(PcieReset, a_function_level_reset_leaves_the_numbers_of_a_bridge) {
  Topology world;
  Context now = world.context();
  write_acs(now, world.left_port, kAcsRequestRedirect);
  write_ari_forwarding(now, world.left_port, true);
  reset(now, world.left_port, ResetKind::function_level);
  world.run();
  const Function& own = world.at(world.left_port);
  EXPECT_EQ(own.command, 0);
  EXPECT_EQ(own.secondary, 3);
  EXPECT_EQ(own.subordinate, 3);
  EXPECT_EQ(own.acs, kAcsRequestRedirect);
  EXPECT_EQ(own.ari_forwarding, 1);
  EXPECT_NE(own.window_limit, 0U);
  EXPECT_EQ(admit(world.fabric(), world.left), DmaResult::unsupported_request);
}

// Row 37.
TEST(PcieReset, a_physical_function_takes_its_virtual_ones_along) {
  Topology world({&kWork});
  Context now = world.context();
  world.enable_two_virtual_functions();
  start_work(world, world.second_virtual);
  ASSERT_EQ(admit(world.fabric(), world.second_virtual), DmaResult::landed);
  reset(now, world.physical, ResetKind::function_level);
  for (const FunctionId each : {world.first_virtual, world.second_virtual}) {
    EXPECT_EQ(world.at(each).is_present, 0);
    EXPECT_EQ(admit(world.fabric(), each), DmaResult::function_off);
  }
  EXPECT_EQ(tasks_of(world, world.second_virtual, kWork.id()), 0U);
  EXPECT_EQ(world.at(world.physical).vf_count, 0);
  EXPECT_EQ(world.records(DeviceRecord::virtual_functions_enabled).back().values[1], 0U);
  world.run();
  EXPECT_EQ(world.at(world.second_virtual).is_present, 0) << "they do not come back by themselves";
  EXPECT_EQ(find(world.fabric(), bdf_of(5, 6)), std::nullopt);
}

TEST(PcieReset, a_virtual_function_is_reset_alone) {
  Topology world;
  Context now = world.context();
  world.enable_two_virtual_functions();
  reset(now, world.first_virtual, ResetKind::function_level);
  EXPECT_EQ(admit(world.fabric(), world.first_virtual), DmaResult::function_off);
  EXPECT_EQ(admit(world.fabric(), world.second_virtual), DmaResult::landed);
  EXPECT_EQ(admit(world.fabric(), world.physical), DmaResult::landed);
  world.run();
  EXPECT_EQ(world.at(world.first_virtual).is_present, 1);
  EXPECT_EQ(world.at(world.first_virtual).is_in_reset, 0);
  EXPECT_EQ(world.at(world.physical).vf_count, 2);
}

}  // namespace
}  // namespace luosim::device::pcie
