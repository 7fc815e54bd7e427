// SPDX-License-Identifier: Apache-2.0
//
// Cards that are pulled out and put in, and virtual functions that come and go (devices.md, G.2
// rows 37 to 40).
#include <gtest/gtest.h>

#include "tests/unit/device/pcie_topology.hpp"

namespace luosim::device::pcie {
namespace {

constexpr std::int64_t kEINVAL = 22;

TEST(PciePresence, virtual_functions_are_there_once_enabled) {
  Topology world;
  Context now = world.context();
  EXPECT_EQ(find(world.fabric(), bdf_of(5, 4)), std::nullopt);
  EXPECT_EQ(enable_virtual_functions(now, world.physical, 1), 0);
  EXPECT_EQ(find(world.fabric(), bdf_of(5, 4)), world.first_virtual);
  EXPECT_EQ(find(world.fabric(), bdf_of(5, 6)), std::nullopt) << "only the first";
  EXPECT_EQ(world.at(world.physical).vf_count, 1);
  EXPECT_EQ(admit(world.fabric(), world.first_virtual), DmaResult::bus_master_off);
  const auto records = world.records(DeviceRecord::virtual_functions_enabled);
  ASSERT_EQ(records.size(), 1U);
  EXPECT_EQ(records[0].values[0], world.physical.index);
  EXPECT_EQ(records[0].values[1], 1U);
  EXPECT_EQ(world.records(DeviceRecord::presence_changed).size(), 1U);
}

TEST(PciePresence, more_virtual_functions_than_there_are_cannot_be_enabled) {
  Topology world;
  Context now = world.context();
  EXPECT_EQ(enable_virtual_functions(now, world.physical, 3), -kEINVAL);
  EXPECT_EQ(enable_virtual_functions(now, world.left, 1), -kEINVAL) << "it has none";
  world.at(world.physical).vf_total = 9;
  EXPECT_EQ(enable_virtual_functions(now, world.physical, 3), -kEINVAL) << "hardware has two";
  world.at(world.physical).vf_total = 1;
  EXPECT_EQ(enable_virtual_functions(now, world.physical, 2), -kEINVAL) << "it says one";
  EXPECT_EQ(world.at(world.physical).vf_count, 0);
  EXPECT_TRUE(world.trace.records().empty());
  world.at(world.physical).is_present = 0;
  EXPECT_EQ(enable_virtual_functions(now, world.physical, 1), -kEINVAL);
}

TEST(PciePresence, another_number_of_virtual_functions_needs_none_in_between) {
  Topology world;
  Context now = world.context();
  EXPECT_EQ(enable_virtual_functions(now, world.physical, 1), 0);
  EXPECT_EQ(enable_virtual_functions(now, world.physical, 2), -kEINVAL);
  EXPECT_EQ(enable_virtual_functions(now, world.physical, 1), 0) << "no change";
  EXPECT_EQ(enable_virtual_functions(now, world.physical, 0), 0);
  EXPECT_EQ(world.at(world.first_virtual).is_present, 0);
  EXPECT_EQ(enable_virtual_functions(now, world.physical, 2), 0);
  EXPECT_EQ(world.at(world.second_virtual).is_present, 1);
}

// Row 37.
TEST(PciePresence, disabling_virtual_functions_ends_them_in_the_middle_of_their_requests) {
  Topology world;
  Context now = world.context();
  world.enable_two_virtual_functions();
  ASSERT_EQ(admit(world.fabric(), world.first_virtual), DmaResult::landed);
  enable_virtual_functions(now, world.physical, 0);
  EXPECT_EQ(admit(world.fabric(), world.first_virtual), DmaResult::function_off);
  EXPECT_EQ(admit(world.fabric(), world.physical), DmaResult::landed);
  enable_virtual_functions(now, world.physical, 2);
  EXPECT_EQ(world.at(world.first_virtual).command, 0) << "as after a reset";
}

TEST(PciePresence, a_card_that_is_pulled_takes_everything_below_along) {
  Topology world;
  Context now = world.context();
  remove(now, world.upstream);
  for (const FunctionId each :
       {world.upstream, world.left_port, world.left, world.right_port, world.right}) {
    EXPECT_EQ(world.at(each).is_present, 0) << each.index;
    EXPECT_EQ(world.at(each).link_epoch, 1U) << each.index;
    EXPECT_EQ(world.at(each).command, 0) << each.index;
    EXPECT_EQ(admit(world.fabric(), each), DmaResult::function_off) << each.index;
  }
  EXPECT_EQ(world.at(world.near_port).is_present, 1);
  EXPECT_EQ(world.at(world.physical).link_epoch, 0U);
  EXPECT_EQ(world.records(DeviceRecord::presence_changed).size(), 5U);
  EXPECT_EQ(find(world.fabric(), bdf_of(3, 0)), std::nullopt);
  remove(now, world.upstream);
  EXPECT_EQ(world.at(world.upstream).link_epoch, 1U) << "it is gone already";
}

TEST(PciePresence, a_physical_function_that_is_pulled_has_no_virtual_ones) {
  Topology world;
  Context now = world.context();
  world.enable_two_virtual_functions();
  remove(now, world.physical);
  EXPECT_EQ(world.at(world.first_virtual).is_present, 0);
  insert(now, world.physical, world.at(world.physical).serial);
  EXPECT_EQ(world.at(world.physical).vf_count, 0);
  EXPECT_EQ(world.at(world.first_virtual).is_present, 0);
}

TEST(PciePresence, virtual_functions_are_not_pulled_or_put_in) {
  Topology world;
  Context now = world.context();
  insert(now, world.first_virtual, 7);
  EXPECT_EQ(world.at(world.first_virtual).is_present, 0);
  world.enable_two_virtual_functions();
  remove(now, world.first_virtual);
  EXPECT_EQ(world.at(world.first_virtual).is_present, 1);
}

// Row 40: the same card at the same address, and yet not the one that it was.
TEST(PciePresence, a_card_that_comes_back_has_the_same_address_in_another_epoch) {
  Topology world;
  Context now = world.context();
  const std::uint32_t serial = world.at(world.left).serial;
  remove(now, world.left);
  insert(now, world.left, serial);
  EXPECT_EQ(find(world.fabric(), bdf_of(3, 0)), world.left);
  EXPECT_EQ(world.at(world.left).serial, serial);
  EXPECT_EQ(world.at(world.left).link_epoch, 1U);
  EXPECT_EQ(admit(world.fabric(), world.left), DmaResult::bus_master_off);
  const auto records = world.records(DeviceRecord::presence_changed);
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(records[0].values[1], 0U);
  EXPECT_EQ(records[1].values[1], 1U);
}

// Row 39.
TEST(PciePresence, another_card_answers_at_the_same_address) {
  Topology world;
  Context now = world.context();
  const std::uint32_t identity = read_identity(world.fabric(), bdf_of(3, 0));
  const std::uint32_t serial = world.at(world.left).serial;
  remove(now, world.left);
  EXPECT_EQ(read_identity(world.fabric(), bdf_of(3, 0)), kNobodyAnswers);
  insert(now, world.left, serial + 1);
  EXPECT_EQ(read_identity(world.fabric(), bdf_of(3, 0)), identity) << "no register tells";
  EXPECT_EQ(world.at(world.left).serial, serial + 1);
}

TEST(PciePresence, a_card_needs_a_free_place_to_be_put_in) {
  Topology world;
  Context now = world.context();
  insert(now, world.left, 77);
  EXPECT_NE(world.at(world.left).serial, 77U) << "there is one";
  remove(now, world.upstream);
  insert(now, world.left, 77);
  EXPECT_EQ(world.at(world.left).is_present, 0) << "there is no bridge";
  insert(now, world.upstream, 1);
  insert(now, world.left_port, 2);
  insert(now, world.left, 77);
  EXPECT_EQ(world.at(world.left).is_present, 1);
  EXPECT_EQ(world.at(world.right).is_present, 0);
  EXPECT_EQ(find(world.fabric(), bdf_of(3, 0)), std::nullopt) << "bridges come without numbers";
}

TEST(PciePresence, the_end_of_a_reset_does_not_reach_a_card_that_was_pulled) {
  Topology world;
  Context now = world.context();
  reset(now, world.left, ResetKind::function_level);
  remove(now, world.left);
  EXPECT_EQ(world.at(world.left).is_in_reset, 0);
  EXPECT_TRUE(world.schedule.is_idle());
  insert(now, world.left, 5);
  EXPECT_EQ(world.at(world.left).is_in_reset, 0);
  reset(now, world.left, ResetKind::function_level);
  world.run();
  EXPECT_EQ(world.records(DeviceRecord::reset_done).size(), 1U);
}

}  // namespace
}  // namespace luosim::device::pcie
