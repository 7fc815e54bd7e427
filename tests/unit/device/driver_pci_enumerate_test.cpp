// SPDX-License-Identifier: Apache-2.0
//
// An ordinary boot finds the functions: bus numbers, ACS and ARI, interrupts, virtual functions,
// groups (devices.md, C.5).
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "model/driver/pci/fault_sites.hpp"
#include "tests/unit/device/switch_world.hpp"

namespace luosim::driver {
namespace {

namespace pcie = device::pcie;
using device::FunctionId;
using device::kNoFunction;
using pcie::FunctionKind;

using Machine = EndpointsWorld;
using Numbers = std::vector<int>;

TEST(PciEnumerate, finds_every_function_under_the_number_that_it_sends_with) {
  Machine machine;
  machine.boot();
  EXPECT_EQ(machine.drivers.pci.devices.size(), machine.all().size());
  for (const FunctionId function : machine.all()) {
    ASSERT_NE(machine.device(function), nullptr);
    EXPECT_EQ(machine.bdf(function), pcie::requester_id(machine.devices.pcie, function));
  }
}

TEST(PciEnumerate, keeps_numbers_that_make_sense) {
  Machine machine;
  const pcie::Fabric before = machine.devices.pcie;
  machine.boot();
  for (const FunctionId bridge : machine.bridges()) {
    EXPECT_EQ(machine.registers(bridge).secondary, before[bridge].secondary);
    EXPECT_EQ(machine.registers(bridge).subordinate, before[bridge].subordinate);
    EXPECT_EQ(machine.device(bridge)->numbers, pci::BusNumbers::kept);
  }
  EXPECT_TRUE(machine.records(device::DeviceRecord::bus_numbers_written).empty());
}

TEST(PciEnumerate, numbers_buses_in_walking_order_after_a_power_cycle) {
  Machine machine;
  machine.boot_cold();
  EXPECT_EQ(machine.numbers(machine.first), (Numbers{0, 1, 4}));
  EXPECT_EQ(machine.numbers(machine.upstream), (Numbers{1, 2, 4}));
  EXPECT_EQ(machine.numbers(machine.left), (Numbers{2, 3, 3}));
  EXPECT_EQ(machine.numbers(machine.right), (Numbers{2, 4, 4}));
  EXPECT_EQ(machine.numbers(machine.second), (Numbers{0, 5, 5}));
  EXPECT_EQ(machine.drivers.pci.devices.size(), machine.all().size());
}

TEST(PciEnumerate, gives_everybody_a_new_number_if_told_to) {
  Machine machine;
  for (const FunctionId bridge : {machine.left, machine.right}) {
    machine.registers(bridge).secondary =
        static_cast<std::uint8_t>(machine.registers(bridge).secondary + 0x20);
    machine.registers(bridge).subordinate = machine.registers(bridge).secondary;
  }
  machine.registers(machine.first).subordinate = 0x30;
  machine.registers(machine.upstream).subordinate = 0x30;
  machine.registers(machine.second).secondary = 0x31;
  machine.registers(machine.second).subordinate = 0x31;
  machine.fail(pci::kRenumberSite);
  machine.boot();
  EXPECT_EQ(machine.numbers(machine.left), (Numbers{2, 3, 3}));
  EXPECT_EQ(machine.numbers(machine.second), (Numbers{0, 5, 5}));
  EXPECT_EQ(machine.bdf(machine.disk), device::bdf_of(3, 0));
}

TEST(PciEnumerate, renumbers_a_bridge_whose_numbers_make_no_sense_behind_those_that_do) {
  const std::vector<Numbers> broken = {{0, 0, 0}, {0, 9, 8}, {3, 1, 4}, {0, 1, 0}};
  for (const Numbers& numbers : broken) {
    Machine machine;
    pcie::Function& first = machine.registers(machine.first);
    first.primary = static_cast<std::uint8_t>(numbers[0]);
    first.secondary = static_cast<std::uint8_t>(numbers[1]);
    first.subordinate = static_cast<std::uint8_t>(numbers[2]);
    machine.boot();
    ASSERT_NE(machine.device(machine.disk), nullptr) << numbers[1];
    EXPECT_EQ(machine.drivers.pci.devices.size(), machine.all().size()) << numbers[1];
    std::set<int> secondaries;
    for (const FunctionId bridge : machine.bridges())
      secondaries.insert(machine.registers(bridge).secondary);
    EXPECT_EQ(secondaries.size(), machine.bridges().size()) << numbers[1];
    EXPECT_EQ(secondaries.count(0), 0U);
  }
}

TEST(PciEnumerate, below_a_bridge_with_new_numbers_all_get_new_ones) {
  Machine machine;
  machine.registers(machine.first).secondary = 0;
  machine.registers(machine.upstream).primary = 0;
  machine.registers(machine.upstream).secondary = 0x40;
  machine.registers(machine.upstream).subordinate = 0x50;
  machine.boot();
  EXPECT_EQ(machine.numbers(machine.first), (Numbers{0, 6, 9}));
  EXPECT_EQ(machine.numbers(machine.upstream), (Numbers{6, 7, 9}));
}

TEST(PciEnumerate, a_wrong_primary_number_is_a_broken_one_and_zero_is_not) {
  for (const std::uint8_t primary : {0, 1}) {
    Machine machine;
    machine.registers(machine.second).primary = primary;
    machine.boot();
    EXPECT_EQ(machine.device(machine.second)->numbers,
              primary == 0 ? pci::BusNumbers::kept : pci::BusNumbers::fresh);
    EXPECT_EQ(machine.registers(machine.second).primary, 0);
  }
}

TEST(PciEnumerate, a_range_that_is_kept_and_too_small_hides_what_does_not_fit) {
  Machine machine;
  machine.registers(machine.first).subordinate = 3;
  machine.boot();
  EXPECT_NE(machine.device(machine.right), nullptr);
  EXPECT_EQ(machine.device(machine.right)->numbers, pci::BusNumbers::none);
  EXPECT_EQ(machine.device(machine.nic), nullptr);
  EXPECT_NE(machine.device(machine.other), nullptr);
}

TEST(PciEnumerate, of_two_bridges_that_claim_one_bus_the_second_gets_another) {
  Machine machine;
  machine.registers(machine.second).secondary = 3;
  machine.registers(machine.second).subordinate = 3;
  machine.boot();
  EXPECT_EQ(machine.device(machine.first)->numbers, pci::BusNumbers::kept);
  EXPECT_EQ(machine.device(machine.second)->numbers, pci::BusNumbers::fresh);
  EXPECT_EQ(machine.numbers(machine.second), (Numbers{0, 5, 5}));
  EXPECT_NE(machine.device(machine.other), nullptr);
}

TEST(PciEnumerate, a_bridge_for_which_no_number_is_left_is_reported_and_skipped) {
  Machine machine;
  machine.registers(machine.first).subordinate = 0xFF;
  machine.registers(machine.second).secondary = 0;
  machine.registers(machine.second).subordinate = 0;
  machine.boot();
  EXPECT_EQ(machine.device(machine.other), nullptr);
  EXPECT_NE(machine.device(machine.disk), nullptr);
  EXPECT_NE(machine.device(machine.lone), nullptr);
  const auto skipped = machine.records(DriverRecord::pci_bridge_skipped);
  ASSERT_EQ(skipped.size(), 1U);
  EXPECT_EQ(skipped[0].values[0], machine.second.index);
}

TEST(PciEnumerate, deep_hierarchies_end_where_bus_numbers_do) {
  DriverWorld world;
  FunctionId above = kNoFunction;
  for (int depth = 0; depth < 300; ++depth) {
    above = world.add("bridge" + std::to_string(depth), FunctionKind::switch_downstream, above);
  }
  world.boot_cold();
  EXPECT_EQ(world.drivers.pci.devices.size(), 256U);
  EXPECT_EQ(world.records(DriverRecord::pci_bridge_skipped).size(), 1U);
}

TEST(PciEnumerate, does_not_find_what_is_absent_or_in_reset) {
  Machine machine;
  machine.registers(machine.disk).is_present = 0;
  machine.registers(machine.nic).is_in_reset = 1;
  machine.boot();
  EXPECT_EQ(machine.device(machine.disk), nullptr);
  EXPECT_EQ(machine.device(machine.nic), nullptr);
  EXPECT_NE(machine.device(machine.twin), nullptr);
}

TEST(PciEnumerate, finds_functions_above_the_seventh_once_the_port_forwards_them) {
  Machine machine;
  const FunctionId far = machine.add("far", FunctionKind::endpoint, machine.second, 0x2B);
  machine.boot();
  EXPECT_NE(machine.device(far), nullptr);
  EXPECT_EQ(machine.registers(machine.second).ari_forwarding, 1);
}

TEST(PciEnumerate, loses_functions_above_the_seventh_without_forwarding) {
  Machine machine;
  const FunctionId far = machine.add("far", FunctionKind::endpoint, machine.second, 0x2B);
  machine.registers(machine.second).ari_forwarding = 1;
  machine.fail(pci::kAriSite, "second");
  machine.boot();
  EXPECT_EQ(machine.device(far), nullptr);
  EXPECT_NE(machine.device(machine.other), nullptr);
}

TEST(PciEnumerate, writes_acs_of_every_port_by_policy) {
  Machine machine;
  machine.boot_cold();
  for (const FunctionId bridge : machine.bridges()) {
    EXPECT_EQ(machine.registers(bridge).acs, pcie::kAcsSourceValidation |
                                                 pcie::kAcsRequestRedirect |
                                                 pcie::kAcsUpstreamForwarding);
  }
}

TEST(PciEnumerate, everyone_has_a_group_of_their_own_with_acs) {
  Machine machine;
  machine.boot();
  std::set<int> groups;
  for (const FunctionId function : machine.all()) groups.insert(machine.device(function)->group);
  EXPECT_EQ(groups.size(), machine.all().size());
}

TEST(PciEnumerate, below_a_port_without_redirection_all_share_a_group) {
  Machine machine;
  machine.fail(pci::kAcsSite, "left");
  machine.boot();
  EXPECT_EQ(machine.registers(machine.left).acs, 0);
  EXPECT_EQ(machine.device(machine.disk)->group, machine.device(machine.twin)->group);
  EXPECT_NE(machine.device(machine.disk)->group, machine.device(machine.nic)->group);
}

TEST(PciEnumerate, the_uppermost_port_without_redirection_decides) {
  Machine machine;
  machine.fail(pci::kAcsSite, "left");
  machine.fail_with(pci::kAcsSite, pcie::kAcsSourceValidation, "first");
  machine.boot();
  EXPECT_EQ(machine.registers(machine.first).acs, pcie::kAcsSourceValidation);
  EXPECT_EQ(machine.device(machine.disk)->group, machine.device(machine.nic)->group);
  EXPECT_NE(machine.device(machine.disk)->group, machine.device(machine.other)->group);
}

TEST(PciEnumerate, the_upstream_port_of_a_switch_parts_nobody_and_joins_nobody) {
  Machine machine;
  machine.fail(pci::kAcsSite, "upstream");
  machine.boot();
  EXPECT_EQ(machine.registers(machine.upstream).acs, 0);
  EXPECT_NE(machine.device(machine.disk)->group, machine.device(machine.nic)->group);
}

TEST(PciEnumerate, switches_interrupts_off_everywhere) {
  Machine machine;
  for (const FunctionId function : machine.endpoints())
    machine.registers(function).msix_enabled = 1;
  machine.boot();
  for (const FunctionId function : machine.endpoints())
    EXPECT_EQ(machine.registers(function).msix_enabled, 0);
}

TEST(PciEnumerate, finds_the_virtual_functions_that_are_switched_on) {
  Machine machine;
  pcie::Function& physical = machine.registers(machine.other);
  physical.vf_total = 3;
  physical.vf_offset = 0x10;
  physical.vf_stride = 2;
  std::vector<FunctionId> all;
  for (const std::string_view name : {"vf0", "vf1", "vf2"}) {
    all.push_back(machine.add(name, FunctionKind::virtual_function, machine.second, 0, 2));
    machine.registers(all.back()).physical = machine.other;
    machine.registers(all.back()).is_present = 0;
  }
  Context now = machine.context();
  pcie::enable_virtual_functions(now, machine.other, 2);
  machine.registers(all[1]).msix_enabled = 1;
  machine.boot();
  machine.boot();  // the physical one has an address now
  ASSERT_NE(machine.device(all[0]), nullptr);
  ASSERT_NE(machine.device(all[1]), nullptr);
  EXPECT_EQ(machine.device(all[2]), nullptr);
  EXPECT_EQ(machine.device(all[1])->is_virtual, 1);
  EXPECT_EQ(machine.device(all[1])->bdf.value, machine.bdf(machine.other).value + 0x12);
  EXPECT_EQ(machine.registers(all[1]).msix_enabled, 0);
}

TEST(PciEnumerate, resets_what_is_below_a_bridge_if_told_to) {
  Machine machine;
  machine.fail(pci::kResetBridgeSite, "upstream");
  machine.boot();
  EXPECT_EQ(machine.records(device::DeviceRecord::reset_begins).size(), 5U);
  EXPECT_EQ(machine.drivers.pci.devices.size(), machine.all().size());
  EXPECT_FALSE(machine.may_send(machine.disk));
  EXPECT_TRUE(machine.may_send(machine.other));
}

TEST(PciEnumerate, state_is_covered_by_its_digest) {
  Machine machine;
  machine.boot();
  sim::Hasher before;
  machine.drivers.add_to(before);
  for (int change = 0; change < 6; ++change) {
    State other = machine.drivers;
    if (change == 0) other.pci.devices[0].group ^= 1;
    if (change == 1) other.pci.devices[0].users = 1;
    if (change == 2) other.pci.record.count = 1;
    if (change == 3) other.pci.incoming_record.count = 1;
    if (change == 4) other.pci.handed_over.push_back({});
    if (change == 5) other.disks.push_back({});
    sim::Hasher after;
    other.add_to(after);
    EXPECT_NE(before.finish(), after.finish()) << change;
  }
}

}  // namespace
}  // namespace luosim::driver
