// SPDX-License-Identifier: Apache-2.0
//
// An ordinary boot measures BARs and gives them and the windows of bridges a place, or keeps those
// that they have (devices.md, C.5).
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "model/driver/pci/fault_sites.hpp"
#include "tests/unit/device/switch_world.hpp"

namespace luosim::driver {
namespace {

namespace pcie = device::pcie;
using device::FunctionId;
using pcie::FunctionKind;
using Machine = EndpointsWorld;

TEST(PciAddresses, measures_one_function_at_a_time_with_decoding_off) {
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

TEST(PciAddresses, measuring_takes_time_in_which_devices_work) {
  Machine machine;
  machine.boot();
  machine.start_kernel();
  const sim::SimTime before = machine.schedule.now();
  machine.call(kEnumerate);
  const std::int64_t each = machine.timing.of(timing::Cost::pcie_configuration).ns;
  const auto functions = static_cast<std::int64_t>(machine.all().size());
  EXPECT_GE((machine.schedule.now() - before).ns, functions * each);
}

TEST(PciAddresses, leaves_command_registers_as_it_found_them) {
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

TEST(PciAddresses, places_everything_after_a_power_cycle) {
  Machine machine;
  machine.boot_cold();
  expect_sane_layout(machine);
  EXPECT_EQ(machine.registers(machine.first).window_base, 0xC000'0000U);
}

TEST(PciAddresses, keeps_addresses_that_make_sense) {
  Machine machine;
  machine.boot_cold();
  const std::uint64_t address = machine.registers(machine.disk).bars[0];
  const std::size_t written = machine.records(device::DeviceRecord::window_written).size();
  machine.boot();
  EXPECT_EQ(machine.registers(machine.disk).bars[0], address);
  EXPECT_EQ(machine.records(device::DeviceRecord::window_written).size(), written);
}

TEST(PciAddresses, gives_a_function_without_a_place_one_among_the_others) {
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

TEST(PciAddresses, gives_a_bridge_with_a_mad_window_another) {
  for (const std::uint64_t limit : {std::uint64_t{0}, std::uint64_t{0x123}, ~std::uint64_t{0}}) {
    Machine machine;
    machine.boot_cold();
    machine.registers(machine.first).window_limit = limit;
    machine.boot();
    expect_sane_layout(machine);
  }
}

TEST(PciAddresses, windows_and_bars_that_are_not_aligned_are_placed_anew) {
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

TEST(PciAddresses, moves_everything_if_told_to) {
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

TEST(PciAddresses, reports_a_function_for_which_there_is_no_room) {
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

TEST(PciAddresses, survives_registers_full_of_garbage) {
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

}  // namespace
}  // namespace luosim::driver
