// SPDX-License-Identifier: Apache-2.0
//
// What shutdown leaves of a device's way to memory (devices.md, C.6; G.2 rows 25, 34 and 43).
#include <gtest/gtest.h>

#include "model/driver/iommu/programs.hpp"
#include "model/driver/pci/fault_sites.hpp"
#include "model/kernel/errno.hpp"
#include "tests/unit/device/switch_world.hpp"

namespace luosim::driver {
namespace {

namespace pcie = device::pcie;
using device::FunctionId;
using pcie::FunctionKind;

struct Machine : SwitchWorld {
  using SwitchWorld::SwitchWorld;
  FunctionId disk = add("disk", FunctionKind::endpoint, left);
  FunctionId nic = add("nic", FunctionKind::endpoint, right);

  bool reaches_memory(FunctionId function) {
    return pcie::admit(devices.pcie, function) == device::DmaResult::landed;
  }
};

TEST(PciShutdown, the_way_of_a_preserved_device_stays_open) {
  Machine machine;
  machine.boot();
  ASSERT_EQ(machine.preserve(machine.disk), 0);
  machine.shut_down();
  EXPECT_TRUE(machine.reaches_memory(machine.disk));
  EXPECT_TRUE(machine.may_send(machine.first));
  EXPECT_FALSE(machine.may_send(machine.right));
  EXPECT_FALSE(machine.may_send(machine.nic));
}

// G.2 row 25: the function itself may send, and its bridges forward nothing.
TEST(PciShutdown, in_v1_the_bridges_of_a_preserved_device_are_closed) {
  Machine machine({{kPci, kPciV1}});
  machine.boot();
  ASSERT_EQ(machine.preserve(machine.disk), 0);
  machine.shut_down();
  EXPECT_TRUE(machine.may_send(machine.disk));
  EXPECT_FALSE(machine.may_send(machine.left));
  EXPECT_FALSE(machine.may_send(machine.first));
  EXPECT_EQ(pcie::admit(machine.devices.pcie, machine.disk),
            device::DmaResult::unsupported_request);
}

TEST(PciShutdown, closes_everything_without_an_update) {
  Machine machine;
  machine.boot();
  machine.shut_down();
  for (const FunctionId function :
       {machine.first, machine.upstream, machine.left, machine.right, machine.disk, machine.nic})
    EXPECT_FALSE(machine.may_send(function));
}

TEST(PciShutdown, a_device_that_was_unpreserved_is_closed_like_any_other) {
  Machine machine;
  machine.boot();
  ASSERT_EQ(machine.preserve(machine.disk), 0);
  ASSERT_EQ(machine.unpreserve(machine.disk), 0);
  machine.shut_down();
  EXPECT_FALSE(machine.may_send(machine.disk));
  EXPECT_FALSE(machine.may_send(machine.first));
}

TEST(PciShutdown, a_device_that_is_only_incoming_is_closed) {
  Machine machine;
  machine.boot();
  machine.device(machine.disk)->incoming = 1;
  machine.shut_down();
  EXPECT_FALSE(machine.may_send(machine.disk));
}

TEST(PciShutdown, keeps_memory_decoding) {
  Machine machine;
  machine.boot();
  machine.shut_down();
  EXPECT_NE(machine.registers(machine.disk).command & pcie::kMemoryEnable, 0);
}

TEST(PciShutdown, takes_the_bus_mastering_of_a_preserved_bridge_by_mistake) {
  Machine machine;
  machine.boot();
  ASSERT_EQ(machine.preserve(machine.disk), 0);
  machine.fail(pci::kClearBusMasterSite, "upstream");
  machine.shut_down();
  EXPECT_TRUE(machine.may_send(machine.disk));
  EXPECT_FALSE(machine.may_send(machine.upstream));
  EXPECT_FALSE(machine.reaches_memory(machine.disk));
}

TEST(PciShutdown, leaves_a_sleeping_function_alone) {
  Machine machine;
  machine.boot();
  machine.registers(machine.nic).power_state = 3;
  machine.shut_down();
  EXPECT_TRUE(machine.may_send(machine.nic));
  EXPECT_EQ(machine.registers(machine.nic).power_state, 3);
  EXPECT_FALSE(machine.may_send(machine.disk));
}

TEST(PciShutdown, children_go_before_their_parents_and_the_iommu_last) {
  Machine machine;
  machine.boot();
  machine.trace.forget_records();
  machine.shut_down();
  const auto order = machine.records(DriverRecord::device_shut_down);
  ASSERT_EQ(order.size(), machine.drivers.pci.devices.size());
  const auto place_of = [&order](FunctionId function) {
    for (std::size_t place = 0; place < order.size(); ++place)
      if (order[place].values[0] == function.index) return place;
    return order.size();
  };
  for (const FunctionId function : {machine.disk, machine.nic, machine.left, machine.right}) {
    for (const FunctionId bridge : pcie::path_of(machine.devices.pcie, function))
      EXPECT_LT(place_of(function), place_of(bridge));
  }
  std::size_t iommu_at = 0;
  std::size_t last_device_at = 0;
  for (std::size_t index = 0; index < machine.trace.records().size(); ++index) {
    const sim::Record& record = machine.trace.records()[index];
    if (record.kind == DriverRecord::device_shut_down) last_device_at = index;
    const bool is_step = record.kind == sim::EngineRecord::step;
    if (is_step && record.values[0] == iommu::kShutDown.hash) iommu_at = index;
  }
  EXPECT_GT(iommu_at, last_device_at);
}

TEST(PciShutdown, freezes_every_device) {
  Machine machine;
  machine.boot();
  ASSERT_EQ(machine.preserve(machine.disk), 0);
  machine.shut_down();
  EXPECT_EQ(machine.unpreserve(machine.disk), -kernel::kEINVAL);
  EXPECT_EQ(machine.preserve(machine.nic), -kernel::kEINVAL);
  EXPECT_EQ(machine.records(DriverRecord::pci_refused_frozen).size(), 2U);
}

TEST(PciShutdown, a_device_can_be_preserved_until_its_turn_comes) {
  Machine machine;
  machine.boot();
  const sim::TaskId task = machine.spawn(kShutDown);
  while (machine.device(machine.nic)->is_frozen == 0) ASSERT_TRUE(machine.step());
  // The network port goes first; the disk is not frozen yet, nor are the bridges of both.
  ASSERT_EQ(machine.device(machine.disk)->is_frozen, 0);
  EXPECT_EQ(machine.preserve(machine.nic), -kernel::kEINVAL);
  EXPECT_EQ(machine.preserve(machine.disk), 0);
  while (!machine.schedule.has_ended(task)) ASSERT_TRUE(machine.step());
  EXPECT_TRUE(machine.reaches_memory(machine.disk));
}

TEST(PciShutdown, the_way_is_open_in_the_next_kernel_all_the_time) {
  Machine machine;
  machine.boot();
  ASSERT_EQ(machine.preserve(machine.disk), 0);
  ASSERT_EQ(machine.prepare(), 0);
  ASSERT_EQ(machine.freeze(), 0);
  machine.shut_down();
  machine.jump();
  machine.start_kernel();
  const sim::TaskId task = machine.spawn(kEnumerate);
  while (!machine.schedule.has_ended(task)) {
    EXPECT_TRUE(machine.reaches_memory(machine.disk));
    ASSERT_TRUE(machine.step());
  }
  machine.call(kBindDrivers);
  EXPECT_TRUE(machine.reaches_memory(machine.disk));
}

TEST(PciShutdown, in_v1_the_next_kernels_port_driver_opens_the_way_again) {
  Machine machine({{kPci, kPciV1}});
  machine.boot();
  ASSERT_EQ(machine.preserve(machine.disk), 0);
  ASSERT_EQ(machine.update(), 0);
  EXPECT_TRUE(machine.reaches_memory(machine.disk));
}

}  // namespace
}  // namespace luosim::driver
