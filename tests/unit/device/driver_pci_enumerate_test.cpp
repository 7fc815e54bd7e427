// SPDX-License-Identifier: Apache-2.0
//
// An ordinary boot finds the functions: bus numbers, ACS and ARI, interrupts, addresses, virtual
// functions, groups (devices.md, C.5).
#include <set>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "model/driver/pci/fault_sites.hpp"
#include "tests/unit/device/driver_world.hpp"

namespace luosim::driver {
namespace {

namespace pcie = device::pcie;
using device::FunctionId;
using device::kNoFunction;
using pcie::FunctionKind;

/// A root port with a switch of two ports below, another root port, and endpoints on all.
struct Machine : DriverWorld {
  using DriverWorld::DriverWorld;
  FunctionId first = add("first", FunctionKind::root_port, kNoFunction, 0x08);
  FunctionId upstream = add("upstream", FunctionKind::switch_upstream, first);
  FunctionId left = add("left", FunctionKind::switch_downstream, upstream, 0x00);
  FunctionId right = add("right", FunctionKind::switch_downstream, upstream, 0x08);
  FunctionId second = add("second", FunctionKind::root_port, kNoFunction, 0x10);
  FunctionId disk = add("disk", FunctionKind::endpoint, left, 0, 4);
  FunctionId twin = add("twin", FunctionKind::endpoint, left, 1, 4);
  FunctionId nic = add("nic", FunctionKind::endpoint, right, 0, 4);
  FunctionId other = add("other", FunctionKind::endpoint, second, 0, 4);
  FunctionId lone = add("lone", FunctionKind::endpoint, kNoFunction, 0x18);

  std::vector<FunctionId> all() {
    return {first, upstream, left, right, second, disk, twin, nic, other, lone};
  }
  std::vector<FunctionId> endpoints() { return {disk, twin, nic, other, lone}; }
  std::vector<FunctionId> bridges() { return {first, upstream, left, right, second}; }
  std::vector<int> numbers(FunctionId bridge) {
    return {registers(bridge).primary, registers(bridge).secondary, registers(bridge).subordinate};
  }
};

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

TEST(PciEnumerate, measures_one_function_at_a_time_with_decoding_off) {
  Machine machine;
  machine.boot();
  const std::uint64_t address = machine.registers(machine.disk).bars[0];
  machine.start_kernel();
  machine.spawn(kEnumerate);
  int steps_without = 0;
  int steps_elsewhere = 0;
  while (machine.step()) {
    int off = 0;
    for (const FunctionId function : machine.endpoints())
      off += (machine.registers(function).command & pcie::kMemoryEnable) == 0 ? 1 : 0;
    EXPECT_LE(off, 1);
    const bool is_off = (machine.registers(machine.disk).command & pcie::kMemoryEnable) == 0;
    steps_without += is_off ? 1 : 0;
    steps_elsewhere += machine.registers(machine.disk).bars[0] == address ? 0 : 1;
  }
  EXPECT_EQ(steps_without, 1);
  EXPECT_EQ(steps_elsewhere, 1);
  EXPECT_EQ(machine.registers(machine.disk).bars[0], address);
}

TEST(PciEnumerate, measuring_takes_time_in_which_devices_work) {
  Machine machine;
  machine.boot();
  machine.start_kernel();
  const sim::SimTime before = machine.schedule.now();
  machine.call(kEnumerate);
  const std::int64_t each = machine.timing.of(timing::Cost::pcie_configuration).ns;
  const auto functions = static_cast<std::int64_t>(machine.all().size());
  EXPECT_GE((machine.schedule.now() - before).ns, functions * each);
}

TEST(PciEnumerate, leaves_command_registers_as_it_found_them) {
  Machine machine;
  machine.registers(machine.disk).command = pcie::kBusMaster | pcie::kIntxDisable;
  machine.registers(machine.nic).command = pcie::kMemoryEnable;
  machine.boot();
  EXPECT_EQ(machine.registers(machine.disk).command, pcie::kBusMaster | pcie::kIntxDisable);
  EXPECT_EQ(machine.registers(machine.nic).command, pcie::kMemoryEnable);
}

bool contains(const pcie::Function& bridge, std::uint64_t address) {
  return bridge.window_base <= address && address + pcie::kBarBytes - 1 <= bridge.window_limit;
}

/// Each BAR in the window of every bridge above it, and no two on top of each other.
void expect_sane_layout(Machine& machine) {
  std::set<std::uint64_t> bars;
  for (const FunctionId function : machine.endpoints()) {
    if (machine.device(function) == nullptr) continue;
    const std::uint64_t bar = machine.registers(function).bars[0];
    EXPECT_GE(bar, 0xC000'0000U);
    EXPECT_LT(bar, 0xFEC0'0000U);
    EXPECT_TRUE(bars.insert(bar).second);
    for (const FunctionId bridge : pcie::path_of(machine.devices.pcie, function))
      EXPECT_TRUE(contains(machine.registers(bridge), bar));
  }
  const pcie::Function& first = machine.registers(machine.first);
  const pcie::Function& second = machine.registers(machine.second);
  EXPECT_TRUE(first.window_limit < second.window_base || second.window_limit < first.window_base);
  if (machine.device(machine.left) == nullptr) return;
  const pcie::Function& left = machine.registers(machine.left);
  const pcie::Function& right = machine.registers(machine.right);
  EXPECT_TRUE(left.window_limit < right.window_base || right.window_limit < left.window_base);
}

TEST(PciEnumerate, places_everything_after_a_power_cycle) {
  Machine machine;
  machine.boot_cold();
  expect_sane_layout(machine);
  EXPECT_EQ(machine.registers(machine.first).window_base, 0xC000'0000U);
}

TEST(PciEnumerate, keeps_addresses_that_make_sense) {
  Machine machine;
  machine.boot_cold();
  const std::uint64_t address = machine.registers(machine.disk).bars[0];
  const std::size_t written = machine.records(device::DeviceRecord::window_written).size();
  machine.boot();
  EXPECT_EQ(machine.registers(machine.disk).bars[0], address);
  EXPECT_EQ(machine.records(device::DeviceRecord::window_written).size(), written);
}

TEST(PciEnumerate, gives_a_function_without_a_place_one_among_the_others) {
  Machine machine;
  machine.boot_cold();
  const std::uint64_t neighbour = machine.registers(machine.twin).bars[0];
  for (const std::uint64_t broken :
       {std::uint64_t{0}, std::uint64_t{0x4000}, neighbour, ~std::uint64_t{0x3FFF}}) {
    machine.registers(machine.twin).bars[0] = neighbour;
    machine.registers(machine.disk).bars[0] = broken;
    machine.boot();
    expect_sane_layout(machine);
  }
}

TEST(PciEnumerate, gives_a_bridge_with_a_mad_window_another) {
  for (const std::uint64_t limit : {std::uint64_t{0}, std::uint64_t{0x123}, ~std::uint64_t{0}}) {
    Machine machine;
    machine.boot_cold();
    machine.registers(machine.first).window_limit = limit;
    machine.boot();
    expect_sane_layout(machine);
  }
}

TEST(PciEnumerate, windows_and_bars_that_are_not_aligned_are_placed_anew) {
  for (const auto& [base, limit] : std::vector<std::pair<int, int>>{{1, 0}, {0, 1}, {1, 1}}) {
    Machine machine;
    machine.boot_cold();
    const pcie::Function before = machine.registers(machine.second);
    machine.registers(machine.second).window_base += 0x1000U * static_cast<unsigned>(base);
    machine.registers(machine.second).window_limit += 0x1000U * static_cast<unsigned>(limit);
    machine.registers(machine.lone).bars[0] += 0x10'1000;
    machine.boot();
    EXPECT_EQ(machine.registers(machine.second).window_base, before.window_base);
    EXPECT_EQ(machine.registers(machine.second).window_limit, before.window_limit);
    EXPECT_EQ(machine.registers(machine.lone).bars[0] % pcie::kBarBytes, 0U);
  }
}

TEST(PciEnumerate, moves_everything_if_told_to) {
  Machine machine;
  machine.boot_cold();
  machine.fail(pci::kMoveBarsSite);
  std::vector<std::uint64_t> before;
  for (const FunctionId function : machine.endpoints())
    before.push_back(machine.registers(function).bars[0]);
  machine.boot();
  expect_sane_layout(machine);
  for (std::size_t index = 0; index < before.size(); ++index)
    EXPECT_NE(machine.registers(machine.endpoints()[index]).bars[0], before[index]);
}

TEST(PciEnumerate, reports_a_function_for_which_there_is_no_room) {
  Machine machine;
  machine.boot_cold();
  // A window of one megabyte holds 64 functions.
  std::vector<FunctionId> many;
  for (int number = 1; number <= 64; ++number) {
    many.push_back(machine.add("many" + std::to_string(number), FunctionKind::endpoint,
                               machine.second, static_cast<std::uint8_t>(number)));
  }
  machine.boot();
  ASSERT_EQ(machine.records(DriverRecord::pci_no_address).size(), 1U);
  EXPECT_EQ(machine.device(many.back())->has_address, 0);
  EXPECT_EQ(machine.registers(many.back()).bars[0], 0U);
  EXPECT_EQ(machine.device(many.front())->has_address, 1);
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

TEST(PciEnumerate, survives_registers_full_of_garbage) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    Machine machine;
    std::uint64_t random = seed * 0x9E37'79B9'7F4A'7C15ULL;
    const auto next = [&random] {
      random ^= random << 13;
      random ^= random >> 7;
      random ^= random << 17;
      return random;
    };
    for (const FunctionId function : machine.all()) {
      pcie::Function& own = machine.registers(function);
      own.command = static_cast<std::uint16_t>(next());
      own.primary = static_cast<std::uint8_t>(next() % 4);
      own.secondary = static_cast<std::uint8_t>(next() % 8);
      own.subordinate = static_cast<std::uint8_t>(next() % 16);
      own.window_base = next();
      own.window_limit = next();
      own.bars[0] = next();
      own.vf_count = static_cast<std::uint16_t>(next());
      own.vf_offset = static_cast<std::uint16_t>(next());
      own.vf_stride = static_cast<std::uint16_t>(next());
      own.acs = static_cast<std::uint16_t>(next());
    }
    machine.boot();
    expect_sane_layout(machine);
    for (const pci::Device& device : machine.drivers.pci.devices)
      EXPECT_EQ(device.bdf, pcie::requester_id(machine.devices.pcie, device.function)) << seed;
  }
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
