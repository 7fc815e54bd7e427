// SPDX-License-Identifier: Apache-2.0
//
// Counting preserved devices along the bridges above them (devices.md, C.4; G.2 rows 26, 27, 34,
// 42).
#include <gtest/gtest.h>

#include "model/driver/pci/fault_sites.hpp"
#include "model/kernel/errno.hpp"
#include "tests/unit/device/driver_world.hpp"

namespace luosim::driver {
namespace {

using device::FunctionId;
using device::pcie::FunctionKind;

/// Two endpoints below a switch, a third below its other port, a fourth on the root bus.
class PciPreserve : public testing::Test {
 protected:
  explicit PciPreserve(const std::vector<KnobSetting>& settings = {}) : world(settings) {
    root_port = world.add("root_port", FunctionKind::root_port);
    upstream = world.add("upstream", FunctionKind::switch_upstream, root_port);
    left = world.add("left", FunctionKind::switch_downstream, upstream, 0);
    right = world.add("right", FunctionKind::switch_downstream, upstream, 8);
    disk = world.add("disk", FunctionKind::endpoint, left, 0);
    second = world.add("second", FunctionKind::endpoint, left, 1);
    third = world.add("third", FunctionKind::endpoint, right);
    lone = world.add("lone", FunctionKind::endpoint, device::kNoFunction, 0x10);
    world.boot();
  }

  int outgoing(FunctionId function) { return world.device(function)->outgoing; }

  /// What every count has to be, from the endpoints that are preserved (row 26).
  void expect_counts_fit() {
    for (const pci::Device& device : world.drivers.pci.devices) {
      Context now = world.context();
      if (!pci::is_bridge(now, device)) continue;
      int below = 0;
      for (const pci::Device& other : world.drivers.pci.devices) {
        if (pci::is_bridge(now, other)) continue;
        for (const FunctionId above : device::pcie::path_of(world.devices.pcie, other.function))
          if (above == device.function) below += other.outgoing;
      }
      EXPECT_EQ(device.outgoing, below) << world.names.text(world.registers(device.function).name);
    }
  }

  DriverWorld world;
  FunctionId root_port, upstream, left, right, disk, second, third, lone;
};

TEST_F(PciPreserve, an_endpoint_counts_every_bridge_above_it) {
  EXPECT_EQ(world.preserve(disk), 0);
  EXPECT_EQ(outgoing(disk), 1);
  EXPECT_EQ(outgoing(left), 1);
  EXPECT_EQ(outgoing(upstream), 1);
  EXPECT_EQ(outgoing(root_port), 1);
  EXPECT_EQ(outgoing(right), 0);
  EXPECT_EQ(outgoing(second), 0);
}

TEST_F(PciPreserve, a_shared_bridge_is_counted_for_each) {
  EXPECT_EQ(world.preserve(disk), 0);
  EXPECT_EQ(world.preserve(second), 0);
  EXPECT_EQ(world.preserve(third), 0);
  EXPECT_EQ(outgoing(left), 2);
  EXPECT_EQ(outgoing(right), 1);
  EXPECT_EQ(outgoing(root_port), 3);
  expect_counts_fit();
  EXPECT_EQ(world.unpreserve(second), 0);
  EXPECT_EQ(outgoing(left), 1);
  EXPECT_EQ(outgoing(root_port), 2);
  expect_counts_fit();
}

TEST_F(PciPreserve, an_endpoint_on_the_root_bus_counts_alone) {
  EXPECT_EQ(world.preserve(lone), 0);
  EXPECT_EQ(outgoing(lone), 1);
  EXPECT_EQ(outgoing(root_port), 0);
}

TEST_F(PciPreserve, a_device_that_nobody_found_does_not_exist) {
  Context now = world.context();
  EXPECT_EQ(pci::preserve(now, {0x4242}), -kernel::kENOENT);
  EXPECT_EQ(pci::unpreserve(now, {0x4242}), -kernel::kENOENT);
  EXPECT_EQ(pci::finish(now, {0x4242}), -kernel::kEINVAL);
}

TEST_F(PciPreserve, bridges_are_not_preserved_for_themselves) {
  EXPECT_EQ(world.preserve(left), -kernel::kEINVAL);
  EXPECT_EQ(world.preserve(disk), 0);
  EXPECT_EQ(world.unpreserve(left), -kernel::kEINVAL);
  EXPECT_EQ(outgoing(left), 1);
}

TEST_F(PciPreserve, twice_is_busy_and_counts_once) {
  EXPECT_EQ(world.preserve(disk), 0);
  EXPECT_EQ(world.preserve(disk), -kernel::kEBUSY);
  EXPECT_EQ(outgoing(disk), 1);
  EXPECT_EQ(outgoing(root_port), 1);
}

TEST_F(PciPreserve, what_is_not_preserved_cannot_be_unpreserved) {
  EXPECT_EQ(world.unpreserve(disk), -kernel::kEINVAL);
  EXPECT_EQ(world.preserve(disk), 0);
  EXPECT_EQ(world.unpreserve(disk), 0);
  EXPECT_EQ(world.unpreserve(disk), -kernel::kEINVAL);
  expect_counts_fit();
}

TEST_F(PciPreserve, a_failure_on_the_way_up_uncounts_exactly_what_it_had_counted) {
  EXPECT_EQ(world.preserve(second), 0);
  for (const std::string_view stop : {"disk", "left", "upstream", "root_port"}) {
    world.fail(pci::kCountSite, stop);
    EXPECT_EQ(world.preserve(disk), -kernel::kENOMEM) << stop;
    EXPECT_EQ(outgoing(disk), 0) << stop;
    EXPECT_EQ(outgoing(left), 1) << stop;
    EXPECT_EQ(outgoing(root_port), 1) << stop;
    expect_counts_fit();
  }
  EXPECT_EQ(world.preserve(disk), 0);
  EXPECT_EQ(outgoing(root_port), 2);
}

TEST_F(PciPreserve, a_bridge_counts_no_further_than_its_number_goes) {
  world.device(upstream)->outgoing = 0xFFFF;
  EXPECT_EQ(world.preserve(disk), -kernel::kENOSPC);
  EXPECT_EQ(outgoing(left), 0);
  EXPECT_EQ(outgoing(disk), 0);
}

TEST_F(PciPreserve, is_refused_and_reported_once_shutdown_has_begun) {
  EXPECT_EQ(world.preserve(disk), 0);
  world.device(disk)->is_frozen = 1;
  world.device(second)->is_frozen = 1;
  EXPECT_EQ(world.preserve(second), -kernel::kEINVAL);
  EXPECT_EQ(world.unpreserve(disk), -kernel::kEINVAL);
  EXPECT_EQ(world.records(DriverRecord::pci_refused_frozen).size(), 2U);
  EXPECT_EQ(outgoing(disk), 1);
}

TEST_F(PciPreserve, a_count_that_would_go_below_zero_is_reported_and_the_rest_goes_on) {
  EXPECT_EQ(world.preserve(disk), 0);
  world.device(upstream)->outgoing = 0;
  EXPECT_EQ(world.unpreserve(disk), 0);
  EXPECT_EQ(outgoing(upstream), 0);
  EXPECT_EQ(outgoing(root_port), 0);
  ASSERT_EQ(world.records(DriverRecord::pci_count_corrupt).size(), 1U);
  EXPECT_EQ(world.records(DriverRecord::pci_count_corrupt)[0].values[0], upstream.index);
}

TEST_F(PciPreserve, incoming_and_outgoing_know_nothing_of_each_other) {
  world.device(disk)->incoming = 1;
  for (const FunctionId bridge : {left, upstream, root_port}) world.device(bridge)->incoming = 1;
  EXPECT_EQ(world.preserve(disk), 0);
  EXPECT_EQ(world.finish(disk), 0);
  EXPECT_EQ(world.device(disk)->incoming, 0);
  EXPECT_EQ(world.device(root_port)->incoming, 0);
  EXPECT_EQ(outgoing(disk), 1);
  EXPECT_EQ(outgoing(root_port), 1);
  EXPECT_EQ(world.finish(disk), -kernel::kEINVAL);
}

TEST_F(PciPreserve, a_bridge_that_is_incoming_is_not_finished_by_itself) {
  world.device(left)->incoming = 1;
  EXPECT_EQ(world.finish(left), -kernel::kEINVAL);
  EXPECT_EQ(world.device(left)->incoming, 1);
}

class PciPreserveV1 : public PciPreserve {
 protected:
  PciPreserveV1() : PciPreserve({{kPci, kPciV1}}) {}
};

TEST_F(PciPreserveV1, counts_no_bridge) {
  EXPECT_EQ(world.preserve(disk), 0);
  EXPECT_EQ(outgoing(disk), 1);
  EXPECT_EQ(outgoing(left), 0);
  EXPECT_EQ(outgoing(root_port), 0);
  EXPECT_EQ(world.unpreserve(disk), 0);
  EXPECT_TRUE(world.records(DriverRecord::pci_count_corrupt).empty());
}

struct VirtualFunction {
  explicit VirtualFunction(std::uint8_t vfio) : world({{kVfio, vfio}}) {
    port = world.add("port", FunctionKind::root_port);
    physical = world.add("physical", FunctionKind::endpoint, port);
    world.registers(physical).vf_total = 2;
    world.registers(physical).vf_offset = 2;
    world.registers(physical).vf_stride = 1;
    for (const std::string_view name : {"vf0", "vf1"}) {
      virtual_function = world.add(name, FunctionKind::virtual_function, port);
      world.registers(virtual_function).physical = physical;
      world.registers(virtual_function).is_present = 0;
    }
    Context now = world.context();
    device::pcie::enable_virtual_functions(now, physical, 2);
    world.boot();
  }
  DriverWorld world;
  FunctionId port, physical, virtual_function;
};

TEST(PciPreserveVirtual, is_refused_before_phase_5) {
  VirtualFunction setup(kVfioPhase4);
  ASSERT_NE(setup.world.device(setup.virtual_function), nullptr);
  EXPECT_EQ(setup.world.preserve(setup.virtual_function), -kernel::kEINVAL);
  EXPECT_EQ(setup.world.preserve(setup.physical), 0);
}

TEST(PciPreserveVirtual, works_in_phase_5) {
  VirtualFunction setup(kVfioPhase5);
  EXPECT_EQ(setup.world.preserve(setup.virtual_function), 0);
  EXPECT_EQ(setup.world.device(setup.port)->outgoing, 1);
  EXPECT_EQ(setup.world.device(setup.physical)->outgoing, 0);
}

}  // namespace
}  // namespace luosim::driver
