// SPDX-License-Identifier: Apache-2.0
//
// Requests that never see the IOMMU: which windows they hit, and what ACS makes of them
// (devices.md, G.2 rows 29, 30, 35, 36).
#include <gtest/gtest.h>

#include "tests/unit/device/pcie_topology.hpp"

namespace luosim::device::pcie {
namespace {

constexpr std::uint64_t kInLeft = Topology::kLeftWindow + 0x100;
constexpr std::uint64_t kInRight = Topology::kRightWindow + 0x100;
constexpr std::uint64_t kInFar = Topology::kFarWindow + 0x100;

TEST(PciePeer, a_sibling_below_the_same_switch_is_reached_directly) {
  Topology world;
  EXPECT_EQ(peer_at(world.fabric(), world.left, kInRight), world.right);
  EXPECT_EQ(peer_at(world.fabric(), world.right, kInLeft), world.left);
  EXPECT_EQ(peer_port(world.fabric(), world.left, kInRight), world.right_port);
}

TEST(PciePeer, a_card_below_another_root_port_is_reached_through_the_root_complex) {
  Topology world;
  EXPECT_EQ(peer_at(world.fabric(), world.left, kInFar), world.physical);
  EXPECT_EQ(peer_at(world.fabric(), world.physical, kInLeft), world.left);
}

TEST(PciePeer, memory_and_ones_own_window_are_no_peers) {
  Topology world;
  EXPECT_EQ(peer_port(world.fabric(), world.left, 0x1000), std::nullopt);
  EXPECT_EQ(peer_port(world.fabric(), world.left, kInLeft), std::nullopt);
  EXPECT_EQ(peer_port(world.fabric(), world.left, Topology::kFarWindow + Topology::kWindowBytes),
            std::nullopt);
}

TEST(PciePeer, a_window_ends_with_its_limit) {
  Topology world;
  const std::uint64_t last = world.at(world.right_port).window_limit;
  EXPECT_EQ(peer_port(world.fabric(), world.left, last), world.right_port);
  world.at(world.right_port).window_limit = last - 1;
  EXPECT_EQ(peer_port(world.fabric(), world.left, last), std::nullopt);
  world.at(world.right_port).window_base = 0;
  world.at(world.right_port).window_limit = 0;
  EXPECT_EQ(peer_port(world.fabric(), world.left, 0), std::nullopt) << "no window at all";
}

// Row 29.
TEST(PciePeer, request_redirect_sends_it_upstream_at_the_port_that_has_it) {
  Topology world;
  Context now = world.context();
  write_acs(now, world.left_port, kAcsRequestRedirect);
  EXPECT_EQ(peer_port(world.fabric(), world.left, kInRight), std::nullopt);
  EXPECT_EQ(peer_at(world.fabric(), world.right, kInLeft), world.left) << "the other port has not";
  EXPECT_EQ(peer_at(world.fabric(), world.left, kInFar), world.physical)
      << "the root port would have to redirect that";
  write_acs(now, world.near_port, kAcsRequestRedirect);
  EXPECT_EQ(peer_port(world.fabric(), world.left, kInFar), std::nullopt);
}

TEST(PciePeer, other_bits_of_acs_redirect_nothing) {
  Topology world;
  Context now = world.context();
  write_acs(now, world.left_port, kAcsSourceValidation | kAcsUpstreamForwarding);
  EXPECT_EQ(peer_at(world.fabric(), world.left, kInRight), world.right);
}

// Row 30.
TEST(PciePeer, a_reset_from_above_takes_the_acs_of_a_port_and_opens_the_way) {
  Topology world;
  Context now = world.context();
  write_acs(now, world.left_port, kAcsRequestRedirect);
  reset(now, world.left_port, ResetKind::function_level);
  EXPECT_EQ(world.at(world.left_port).acs, kAcsRequestRedirect);
  world.run();
  EXPECT_EQ(peer_port(world.fabric(), world.left, kInRight), std::nullopt);

  reset(now, world.near_port, ResetKind::secondary_bus);
  world.run();
  EXPECT_EQ(world.at(world.left_port).acs, 0);
  for (const FunctionId bridge : {world.upstream, world.left_port, world.right_port})
    write_command(now, bridge, kMemoryEnable | kBusMaster);
  write_window(now, world.right_port, Topology::kRightWindow, Topology::kRightWindow + 0xFFFFF);
  write_bar(now, world.right, 0, Topology::kRightWindow);
  EXPECT_EQ(peer_at(world.fabric(), world.left, kInRight), world.right);
}

// Row 35.
TEST(PciePeer, while_a_bar_is_measured_nobody_answers_at_its_address) {
  Topology world;
  Context now = world.context();
  write_command(now, world.right, kBusMaster);
  EXPECT_EQ(peer_at(world.fabric(), world.left, kInRight), world.right);
  EXPECT_FALSE(decodes_memory(world.at(world.right))) << "the write is lost";
  write_bar(now, world.right, 0, ~0ULL);
  EXPECT_EQ(world.at(world.right).bars[0], ~(kBarBytes - 1)) << "the size is read back";
  EXPECT_EQ(peer_at(world.fabric(), world.left, kInRight), std::nullopt);
  EXPECT_EQ(peer_port(world.fabric(), world.left, kInRight), world.right_port)
      << "it still goes there";
  EXPECT_EQ(admit(world.fabric(), world.right), DmaResult::landed) << "bus master stays as it was";
  write_bar(now, world.right, 0, Topology::kRightWindow);
  write_command(now, world.right, kBusMaster | kMemoryEnable);
  EXPECT_TRUE(decodes_memory(world.at(world.right)));
  EXPECT_EQ(peer_at(world.fabric(), world.left, kInRight), world.right);
}

// Row 36.
TEST(PciePeer, a_bar_that_moved_is_missed_at_its_old_address) {
  Topology world;
  Context now = world.context();
  write_bar(now, world.right, 0, Topology::kRightWindow + kBarBytes);
  EXPECT_EQ(peer_at(world.fabric(), world.left, kInRight), std::nullopt);
  EXPECT_EQ(peer_at(world.fabric(), world.left, kInRight + kBarBytes), world.right);
  EXPECT_EQ(peer_at(world.fabric(), world.left, Topology::kRightWindow + 2 * kBarBytes),
            std::nullopt)
      << "a BAR ends";
}

TEST(PciePeer, a_bar_that_was_given_no_address_is_not_at_zero) {
  Topology world;
  Context now = world.context();
  write_window(now, world.right_port, 0, Topology::kWindowBytes - 1);
  EXPECT_EQ(peer_port(world.fabric(), world.left, 0x100), world.right_port);
  EXPECT_EQ(peer_at(world.fabric(), world.left, 0x100), std::nullopt);
}

TEST(PciePeer, a_window_that_moved_leads_elsewhere) {
  Topology world;
  Context now = world.context();
  write_window(now, world.right_port, Topology::kFarWindow, Topology::kFarWindow + 0xFFFFF);
  EXPECT_EQ(peer_port(world.fabric(), world.left, kInRight), std::nullopt);
  EXPECT_EQ(peer_port(world.fabric(), world.left, kInFar), world.right_port);
  EXPECT_EQ(peer_at(world.fabric(), world.left, kInFar), std::nullopt) << "nobody has it there";
}

TEST(PciePeer, a_port_without_memory_decoding_has_no_window) {
  Topology world;
  Context now = world.context();
  write_command(now, world.right_port, kBusMaster);
  EXPECT_EQ(peer_port(world.fabric(), world.left, kInRight), std::nullopt);
  write_command(now, world.left_port, kBusMaster);
  EXPECT_EQ(peer_at(world.fabric(), world.physical, kInLeft), std::nullopt)
      << "a bridge on the way down";
  EXPECT_EQ(peer_port(world.fabric(), world.physical, kInLeft), world.near_port);
}

TEST(PciePeer, a_bar_of_a_virtual_function_is_hit_like_any_other) {
  Topology world;
  Context now = world.context();
  world.enable_two_virtual_functions();
  write_bar(now, world.second_virtual, 0, Topology::kFarWindow + 0x8'0000);
  EXPECT_EQ(peer_at(world.fabric(), world.left, Topology::kFarWindow + 0x8'0010),
            world.second_virtual);
  EXPECT_TRUE(decodes_memory(world.at(world.second_virtual)));
  enable_virtual_functions(now, world.physical, 0);
  EXPECT_EQ(peer_at(world.fabric(), world.left, Topology::kFarWindow + 0x8'0010), std::nullopt);
}

TEST(PciePeer, functions_on_the_root_bus_go_straight_to_the_root_complex) {
  Topology world;
  const FunctionId integrated = world.add("integrated", FunctionKind::endpoint, kNoFunction, 0x40);
  EXPECT_EQ(peer_port(world.fabric(), integrated, kInLeft), std::nullopt);
}

}  // namespace
}  // namespace luosim::device::pcie
