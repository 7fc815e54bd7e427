// SPDX-License-Identifier: Apache-2.0
//
// Writes to configuration space leave a record if they change something, and are lost where nobody
// takes them.
#include <gtest/gtest.h>

#include "tests/unit/device/pcie_topology.hpp"

namespace luosim::device::pcie {
namespace {

using Values = std::array<std::uint64_t, 4>;

TEST(PcieRegisters, a_write_leaves_a_record_of_old_and_new_and_only_if_it_changes_something) {
  Topology world;
  Context now = world.context();
  const std::uint16_t old = world.at(world.left).command;
  write_command(now, world.left, old);
  EXPECT_TRUE(world.trace.records().empty());
  write_command(now, world.left, kIntxDisable);
  const auto records = world.records(DeviceRecord::command_written);
  ASSERT_EQ(records.size(), 1U);
  EXPECT_EQ(records[0].subject, world.at(world.left).name);
  EXPECT_EQ(records[0].values, (Values{world.left.index, old, kIntxDisable, 0}));
}

TEST(PcieRegisters, each_register_has_a_record_of_its_own) {
  Topology world;
  Context now = world.context();
  for (int time = 0; time < 2; ++time) {
    write_bus_numbers(now, world.far_port, 1, 6, 9);
    write_acs(now, world.far_port, kAcsRequestRedirect);
    write_ari_forwarding(now, world.far_port, true);
    write_window(now, world.far_port, 0x1000, 0x1FFF);
    write_bar(now, world.left, 5, 0x4000'0123);
    write_power_state(now, world.right, 3);
  }
  const auto values_of = [&](sim::RecordKind kind) {
    const auto records = world.records(kind);
    EXPECT_EQ(records.size(), 1U) << kind.number;
    return records.empty() ? Values{} : records[0].values;
  };
  const std::uint64_t port = world.far_port.index;
  EXPECT_EQ(values_of(DeviceRecord::bus_numbers_written), (Values{port, 0x09'06'01, 0, 0}));
  EXPECT_EQ(values_of(DeviceRecord::acs_written), (Values{port, 0, kAcsRequestRedirect, 0}));
  EXPECT_EQ(values_of(DeviceRecord::ari_forwarding_written), (Values{port, 1, 0, 0}));
  EXPECT_EQ(values_of(DeviceRecord::window_written), (Values{port, 0x1000, 0x1FFF, 0}));
  EXPECT_EQ(values_of(DeviceRecord::bar_written), (Values{world.left.index, 5, 0, 0x4000'0000}));
  EXPECT_EQ(values_of(DeviceRecord::power_state_written), (Values{world.right.index, 0, 3, 0}));
  EXPECT_EQ(world.trace.records().size(), 6U);
}

TEST(PcieRegisters, each_of_the_bus_numbers_is_a_change) {
  Topology world;
  Context now = world.context();
  write_bus_numbers(now, world.far_port, 0, 5, 5);
  EXPECT_TRUE(world.trace.records().empty());
  write_bus_numbers(now, world.far_port, 1, 5, 5);
  write_bus_numbers(now, world.far_port, 1, 4, 5);
  write_bus_numbers(now, world.far_port, 1, 4, 6);
  EXPECT_EQ(world.records(DeviceRecord::bus_numbers_written).size(), 3U);
  EXPECT_EQ(world.at(world.far_port).primary, 1);
  EXPECT_EQ(world.at(world.far_port).secondary, 4);
  EXPECT_EQ(world.at(world.far_port).subordinate, 6);
}

TEST(PcieRegisters, what_an_absent_function_or_one_in_reset_is_told_is_lost) {
  for (const bool is_absent : {true, false}) {
    Topology world;
    Context now = world.context();
    for (const FunctionId each : {world.left, world.left_port}) {
      world.at(each).is_present = is_absent ? 0 : 1;
      world.at(each).is_in_reset = is_absent ? 0 : 1;
    }
    const Fabric before = world.fabric();
    write_command(now, world.left, 0);
    write_bar(now, world.left, 0, 0x4000'0000);
    write_power_state(now, world.left, 3);
    write_bus_numbers(now, world.left_port, 0, 0, 0);
    write_acs(now, world.left_port, kAcsRequestRedirect);
    write_ari_forwarding(now, world.left_port, true);
    write_window(now, world.left_port, 1, 2);
    EXPECT_EQ(world.fabric(), before);
    EXPECT_TRUE(world.trace.records().empty());
  }
}

TEST(PcieRegisters, what_a_function_has_no_register_for_is_lost) {
  Topology world;
  Context now = world.context();
  const Fabric before = world.fabric();
  write_bus_numbers(now, world.left, 1, 2, 3);
  write_acs(now, world.left, kAcsRequestRedirect);
  write_ari_forwarding(now, world.left, true);
  write_window(now, world.left, 1, 2);
  write_bar(now, world.left, kBars, 0x4000'0000);
  write_bar(now, world.left, ~0U, 0x4000'0000);
  write_power_state(now, world.left, 1);
  write_power_state(now, world.left, 255);
  EXPECT_EQ(world.fabric(), before);
  EXPECT_TRUE(world.trace.records().empty());
}

// devices.md, G.2 row 43.
TEST(PcieRegisters, coming_back_from_d3_is_a_reset_for_a_function_that_forgets) {
  Topology world;
  Context now = world.context();
  world.at(world.left).forgets_in_d3 = 1;
  for (const FunctionId each : {world.left, world.right}) {
    write_power_state(now, each, 3);
    EXPECT_EQ(world.at(each).command, kMemoryEnable | kBusMaster);
    write_power_state(now, each, 0);
  }
  world.run();
  EXPECT_EQ(world.at(world.left).command, 0);
  EXPECT_EQ(admit(world.fabric(), world.left), DmaResult::bus_master_off);
  EXPECT_EQ(admit(world.fabric(), world.right), DmaResult::landed);
}

}  // namespace
}  // namespace luosim::device::pcie
