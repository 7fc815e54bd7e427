// SPDX-License-Identifier: Apache-2.0
//
// Routing is what the bus numbers make it: who answers at an address, under which number a function
// sends, and which bridges its requests need (devices.md, G.2 rows 25, 28, 31, 38, 43).
#include <gtest/gtest.h>

#include "tests/unit/device/pcie_topology.hpp"

namespace luosim::device::pcie {
namespace {

TEST(PcieRouting, finds_functions_by_root_bus_and_secondary_numbers) {
  Topology world;
  EXPECT_EQ(find(world.fabric(), bdf_of(0, 0x08)), world.near_port);
  EXPECT_EQ(find(world.fabric(), bdf_of(1, 0)), world.upstream);
  EXPECT_EQ(find(world.fabric(), bdf_of(2, 8)), world.right_port);
  EXPECT_EQ(find(world.fabric(), bdf_of(3, 0)), world.left);
  EXPECT_EQ(find(world.fabric(), bdf_of(4, 0)), world.right);
  EXPECT_EQ(find(world.fabric(), bdf_of(5, 0)), world.physical);
  EXPECT_EQ(find(world.fabric(), bdf_of(3, 1)), std::nullopt);
  EXPECT_EQ(find(world.fabric(), bdf_of(6, 0)), std::nullopt);
  EXPECT_EQ(find(world.fabric(), bdf_of(0, 0)), std::nullopt);
}

TEST(PcieRouting, every_present_function_is_found_at_its_requester_id) {
  Topology world;
  world.at(world.far_port).ari_forwarding = 1;
  world.enable_two_virtual_functions();
  for (std::uint32_t index = 0; index < world.fabric().functions.size(); ++index) {
    const FunctionId function{index};
    EXPECT_EQ(find(world.fabric(), requester_id(world.fabric(), function)), function) << index;
  }
}

TEST(PcieRouting, lists_what_is_above) {
  Topology world;
  EXPECT_EQ(bridge_above(world.fabric(), world.far_port), kNoFunction);
  EXPECT_EQ(bridge_above(world.fabric(), world.right_port), world.upstream);
  EXPECT_EQ(bridge_above(world.fabric(), world.second_virtual), world.far_port);
  EXPECT_EQ(path_of(world.fabric(), world.left),
            (std::vector<FunctionId>{world.left_port, world.upstream, world.near_port}));
  EXPECT_EQ(path_of(world.fabric(), world.first_virtual),
            (std::vector<FunctionId>{world.far_port}));
  EXPECT_TRUE(path_of(world.fabric(), world.near_port).empty());
}

// Row 28.
TEST(PcieRouting, new_bus_numbers_change_the_requester_id_and_the_address) {
  Topology world;
  Context now = world.context();
  EXPECT_EQ(requester_id(world.fabric(), world.right), bdf_of(4, 0));
  write_bus_numbers(now, world.right_port, 2, 3, 3);
  write_bus_numbers(now, world.left_port, 2, 4, 4);
  EXPECT_EQ(requester_id(world.fabric(), world.right), bdf_of(3, 0));
  EXPECT_EQ(requester_id(world.fabric(), world.left), bdf_of(4, 0));
  EXPECT_EQ(find(world.fabric(), bdf_of(3, 0)), world.right);
  EXPECT_EQ(admit(world.fabric(), world.left), DmaResult::landed);
}

TEST(PcieRouting, requests_stop_where_a_bridge_does_not_forward_their_bus_number) {
  Topology world;
  Context now = world.context();
  write_bus_numbers(now, world.right_port, 2, 7, 7);
  EXPECT_EQ(admit(world.fabric(), world.right), DmaResult::unsupported_request);
  EXPECT_EQ(find(world.fabric(), bdf_of(7, 0)), std::nullopt);
  write_bus_numbers(now, world.upstream, 1, 2, 7);
  EXPECT_EQ(admit(world.fabric(), world.right), DmaResult::unsupported_request);
  write_bus_numbers(now, world.near_port, 0, 1, 7);
  EXPECT_EQ(admit(world.fabric(), world.right), DmaResult::landed);
  // The other root port has the numbers 5 to 5 and is asked second.
  EXPECT_EQ(find(world.fabric(), bdf_of(7, 0)), world.right);
  EXPECT_EQ(find(world.fabric(), bdf_of(5, 0)), std::nullopt);
}

TEST(PcieRouting, a_bridge_without_numbers_forwards_nothing_not_even_bus_0) {
  Topology world;
  Context now = world.context();
  write_bus_numbers(now, world.far_port, 0, 0, 0);
  EXPECT_EQ(requester_id(world.fabric(), world.physical), bdf_of(0, 0));
  EXPECT_EQ(admit(world.fabric(), world.physical), DmaResult::unsupported_request);
  EXPECT_EQ(find(world.fabric(), bdf_of(0, 0)), std::nullopt);
}

TEST(PcieRouting, numbers_without_sense_end_every_search) {
  Topology world;
  Context now = world.context();
  for (const FunctionId bridge :
       {world.near_port, world.upstream, world.left_port, world.right_port, world.far_port})
    write_bus_numbers(now, bridge, 9, 9, 255);
  for (std::uint32_t address = 0; address <= 0xFFFF; ++address)
    (void)find(world.fabric(), {static_cast<std::uint16_t>(address)});
  // The first bridge that claims the bus has it.
  EXPECT_EQ(find(world.fabric(), bdf_of(9, 0)), world.upstream);
  write_bus_numbers(now, world.near_port, 9, 200, 100);
  EXPECT_EQ(find(world.fabric(), bdf_of(9, 0)), world.physical);
}

// Row 31.
TEST(PcieRouting, functions_above_seven_vanish_without_ari_forwarding) {
  Topology world;
  Context now = world.context();
  const FunctionId ninth = world.add("ninth", FunctionKind::endpoint, world.right_port, 9);
  EXPECT_EQ(find(world.fabric(), bdf_of(4, 9)), std::nullopt);
  write_ari_forwarding(now, world.right_port, true);
  EXPECT_EQ(find(world.fabric(), bdf_of(4, 9)), ninth);
  write_ari_forwarding(now, world.right_port, false);
  EXPECT_EQ(find(world.fabric(), bdf_of(4, 9)), std::nullopt);
  EXPECT_EQ(admit(world.fabric(), ninth), DmaResult::landed) << "it does not know, and sends on";
  EXPECT_EQ(find(world.fabric(), bdf_of(2, 8)), world.right_port)
      << "inside of a switch are devices";
}

TEST(PcieRouting, virtual_functions_count_from_the_physical_one) {
  Topology world;
  world.enable_two_virtual_functions();
  EXPECT_EQ(requester_id(world.fabric(), world.first_virtual), bdf_of(5, 4));
  EXPECT_EQ(requester_id(world.fabric(), world.second_virtual), bdf_of(5, 6));
  EXPECT_EQ(find(world.fabric(), bdf_of(5, 6)), world.second_virtual);
  EXPECT_EQ(find(world.fabric(), bdf_of(5, 5)), std::nullopt);
  world.at(world.physical).vf_offset = 7;
  EXPECT_EQ(find(world.fabric(), bdf_of(5, 7)), world.first_virtual);
  EXPECT_EQ(find(world.fabric(), bdf_of(5, 9)), std::nullopt) << "hidden without ARI";
  world.at(world.far_port).ari_forwarding = 1;
  EXPECT_EQ(find(world.fabric(), bdf_of(5, 9)), world.second_virtual);
}

TEST(PcieRouting, virtual_functions_may_reach_into_the_next_bus) {
  Topology world;
  Context now = world.context();
  world.enable_two_virtual_functions();
  world.at(world.physical).vf_offset = 0x100;
  EXPECT_EQ(requester_id(world.fabric(), world.second_virtual), bdf_of(6, 2));
  EXPECT_EQ(admit(world.fabric(), world.second_virtual), DmaResult::unsupported_request);
  EXPECT_EQ(find(world.fabric(), bdf_of(6, 2)), std::nullopt);
  write_bus_numbers(now, world.far_port, 0, 5, 6);
  EXPECT_EQ(admit(world.fabric(), world.second_virtual), DmaResult::landed);
  EXPECT_EQ(find(world.fabric(), bdf_of(6, 2)), world.second_virtual);
  world.at(world.physical).vf_offset = 0x110;
  EXPECT_EQ(find(world.fabric(), bdf_of(6, 0x12)), world.second_virtual) << "ARI is of one bus";
}

TEST(PcieRouting, a_virtual_function_is_where_its_physical_one_is) {
  Topology world;
  world.enable_two_virtual_functions();
  world.at(world.first_virtual).parent = kNoFunction;
  EXPECT_EQ(bridge_above(world.fabric(), world.first_virtual), world.far_port);
  world.at(world.far_port).command = 0;
  EXPECT_EQ(admit(world.fabric(), world.first_virtual), DmaResult::unsupported_request);
}

TEST(PcieRouting, a_stride_of_zero_is_survived) {
  Topology world;
  world.enable_two_virtual_functions();
  world.at(world.physical).vf_stride = 0;
  EXPECT_EQ(find(world.fabric(), bdf_of(5, 4)), world.first_virtual);
  EXPECT_EQ(find(world.fabric(), bdf_of(5, 6)), std::nullopt);
}

// Row 38: the number of a virtual function is its own, so a fault of it is seen as its own.
TEST(PcieRouting, a_virtual_function_sends_without_its_physical_one) {
  Topology world;
  Context now = world.context();
  world.enable_two_virtual_functions();
  write_command(now, world.physical, 0);
  EXPECT_EQ(admit(world.fabric(), world.physical), DmaResult::bus_master_off);
  EXPECT_EQ(admit(world.fabric(), world.first_virtual), DmaResult::landed);
  EXPECT_NE(requester_id(world.fabric(), world.first_virtual),
            requester_id(world.fabric(), world.physical));
}

TEST(PcieRouting, a_function_sends_only_if_it_is_up_and_may) {
  Topology world;
  EXPECT_EQ(admit(world.fabric(), world.left), DmaResult::landed);
  world.at(world.left).command = kMemoryEnable;
  EXPECT_EQ(admit(world.fabric(), world.left), DmaResult::bus_master_off);
  world.at(world.left).is_in_reset = 1;
  EXPECT_EQ(admit(world.fabric(), world.left), DmaResult::function_off) << "comes first";
  world.at(world.left).is_in_reset = 0;
  world.at(world.left).is_present = 0;
  EXPECT_EQ(admit(world.fabric(), world.left), DmaResult::function_off);
}

// Row 43.
TEST(PcieRouting, a_suspended_function_sends_nothing) {
  Topology world;
  Context now = world.context();
  write_power_state(now, world.left, 3);
  EXPECT_EQ(admit(world.fabric(), world.left), DmaResult::function_off);
  EXPECT_EQ(find(world.fabric(), bdf_of(3, 0)), world.left) << "configuration space still answers";
  write_power_state(now, world.left, 0);
  EXPECT_EQ(admit(world.fabric(), world.left), DmaResult::landed);
}

// Row 25: one bridge without its bit stops what is below it and nothing else.
TEST(PcieRouting, clearing_bus_master_on_any_bridge_above_stops_what_is_below) {
  for (const std::uint32_t index : {0U, 1U, 2U}) {
    Topology world;
    Context now = world.context();
    const FunctionId bridge = path_of(world.fabric(), world.left)[index];
    write_command(now, bridge, kMemoryEnable);
    EXPECT_EQ(admit(world.fabric(), world.left), DmaResult::unsupported_request);
    EXPECT_EQ(admit(world.fabric(), world.right),
              index == 0 ? DmaResult::landed : DmaResult::unsupported_request);
    EXPECT_EQ(admit(world.fabric(), world.physical), DmaResult::landed);
    write_command(now, bridge, kMemoryEnable | kBusMaster);
    EXPECT_EQ(admit(world.fabric(), world.left), DmaResult::landed);
  }
}

TEST(PcieRouting, a_bridge_that_is_not_up_lets_nothing_through) {
  Topology world;
  Function& bridge = world.at(world.upstream);
  bridge.power_state = 3;
  EXPECT_EQ(admit(world.fabric(), world.left), DmaResult::unsupported_request);
  EXPECT_EQ(find(world.fabric(), bdf_of(3, 0)), std::nullopt);
  bridge.power_state = 0;
  bridge.is_in_reset = 1;
  EXPECT_EQ(admit(world.fabric(), world.left), DmaResult::unsupported_request);
  bridge.is_in_reset = 0;
  bridge.is_present = 0;
  EXPECT_EQ(admit(world.fabric(), world.left), DmaResult::unsupported_request);
  EXPECT_EQ(find(world.fabric(), bdf_of(3, 0)), std::nullopt);
}

TEST(PcieRouting, reads_all_ones_where_nobody_answers) {
  Topology world;
  EXPECT_EQ(read_identity(world.fabric(), bdf_of(3, 0)), world.at(world.left).identity);
  EXPECT_EQ(read_identity(world.fabric(), bdf_of(3, 1)), kNobodyAnswers);
  EXPECT_EQ(read_identity(world.fabric(), bdf_of(5, 4)), kNobodyAnswers) << "not enabled";
  world.at(world.left).is_in_reset = 1;
  EXPECT_EQ(read_identity(world.fabric(), bdf_of(3, 0)), kNobodyAnswers);
  world.at(world.left).is_in_reset = 0;
  world.at(world.left).is_present = 0;
  EXPECT_EQ(read_identity(world.fabric(), bdf_of(3, 0)), kNobodyAnswers);
}

}  // namespace
}  // namespace luosim::device::pcie
