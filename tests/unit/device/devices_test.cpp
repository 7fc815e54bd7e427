// SPDX-License-Identifier: Apache-2.0
//
// The table of device classes: a reset finds the device behind the function, and only that one; and
// what a machine remembers that was off.
#include "model/device/devices.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include "tests/unit/device/pcie_topology.hpp"

namespace luosim::device {
namespace {

using pcie::ResetKind;
using pcie::Topology;

bool has_program(std::string_view name) {
  const auto all = programs();
  return std::any_of(all.begin(), all.end(),
                     [name](const sim::Program* program) { return program->name == name; });
}

// A controller whose block 1 has something newer in the write cache.
nvme::Controller controller_at(FunctionId function) {
  nvme::Controller controller;
  controller.function = function;
  controller.media.push_back({.number = 1, .durable = 10, .current = 11});
  controller.cached.push_back(1);
  return controller;
}

struct Machine : Topology {
  Machine() {
    devices.controllers.push_back(controller_at(left));
    devices.ports.push_back({.function = right, .receives = 1});
  }
};

TEST(Devices, a_reset_loses_the_state_of_the_device_behind_the_function_only) {
  Machine world;
  Context now = world.context();
  const std::uint32_t epoch = world.devices.controllers[0].epoch;
  pcie::reset(now, world.physical, ResetKind::function_level);
  EXPECT_EQ(world.devices.controllers[0].epoch, epoch);
  EXPECT_EQ(world.devices.ports[0].receives, 1U);
  pcie::reset(now, world.left, ResetKind::function_level);
  EXPECT_NE(world.devices.controllers[0].epoch, epoch);
  EXPECT_EQ(world.devices.ports[0].receives, 1U);
  pcie::reset(now, world.near_port, ResetKind::secondary_bus);
  EXPECT_EQ(world.devices.ports[0].receives, 0U);
}

TEST(Devices, only_a_loss_of_power_takes_the_write_cache) {
  Machine world;
  Context now = world.context();
  pcie::reset(now, world.left, ResetKind::function_level);
  EXPECT_EQ(nvme::block_at(world.devices.controllers[0], 1).current, 11U);
  pcie::reset(now, world.left_port, ResetKind::secondary_bus);
  EXPECT_EQ(nvme::block_at(world.devices.controllers[0], 1).current, 11U);
  pcie::reset(now, world.left_port, ResetKind::power);
  EXPECT_EQ(nvme::block_at(world.devices.controllers[0], 1).current, 10U);
}

TEST(Devices, a_card_that_is_pulled_loses_its_power) {
  Machine world;
  Context now = world.context();
  pcie::remove(now, world.left);
  EXPECT_EQ(nvme::block_at(world.devices.controllers[0], 1).current, 10U);
}

TEST(Devices, virtual_functions_that_are_disabled_keep_their_power) {
  Machine world;
  Context now = world.context();
  world.enable_two_virtual_functions();
  world.devices.controllers.push_back(controller_at(world.first_virtual));
  const std::uint32_t epoch = world.devices.controllers[1].epoch;
  pcie::reset(now, world.physical, ResetKind::function_level);
  EXPECT_NE(world.devices.controllers[1].epoch, epoch);
  EXPECT_EQ(nvme::block_at(world.devices.controllers[1], 1).current, 11U);
  world.run();
  pcie::enable_virtual_functions(now, world.physical, 2);
  const std::uint32_t later_epoch = world.devices.controllers[1].epoch;
  pcie::enable_virtual_functions(now, world.physical, 0);
  EXPECT_NE(world.devices.controllers[1].epoch, later_epoch);
  EXPECT_EQ(nvme::block_at(world.devices.controllers[1], 1).current, 11U);
}

TEST(Devices, frames_go_on_coming_to_a_port_that_was_reset) {
  Machine world;
  Context now = world.context();
  ASSERT_TRUE(has_program("nic.receive"));
  world.devices.ports[0].frame_every = sim::milliseconds(1);
  nic::start_traffic(now);
  pcie::reset(now, world.right, ResetKind::function_level);
  world.run(sim::milliseconds(50));
  EXPECT_GT(world.devices.ports[0].frames, 10U);
  EXPECT_EQ(world.devices.ports[0].received, 0U);
}

TEST(Devices, a_power_cycle_leaves_nothing_but_media) {
  Machine world;
  Context now = world.context();
  world.enable_two_virtual_functions();
  world.devices.iommu.root_table.value = 0x1000;
  world.devices.iommu.translates = 1;
  world.devices.iommu.faults = 5;
  world.devices.processors.listens = 1;
  world.devices.ports[0].frame_every = sim::milliseconds(1);
  nic::start_traffic(now);
  pcie::reset(now, world.left, ResetKind::function_level);
  power_cycle(now);
  for (const sim::Task& task : world.schedule.tasks())
    EXPECT_EQ(task.state, sim::Task::State::unused);
  for (const pcie::Function& function : world.fabric().functions) {
    EXPECT_EQ(function.is_present, function.kind == pcie::FunctionKind::virtual_function ? 0 : 1);
    EXPECT_EQ(function.is_in_reset, 0);
    EXPECT_EQ(function.command, 0);
    EXPECT_EQ(function.secondary, 0);
    EXPECT_EQ(function.vf_count, 0);
  }
  EXPECT_EQ(world.devices.iommu.root_table.value, 0U);
  EXPECT_EQ(world.devices.iommu.translates, 0);
  EXPECT_EQ(world.devices.iommu.faults, 5U) << "nobody in the machine knows that number";
  EXPECT_EQ(world.devices.processors, irq::Processors{});
  EXPECT_EQ(nvme::block_at(world.devices.controllers[0], 1).current, 10U);
  EXPECT_EQ(world.devices.ports[0].receives, 0U);
}

TEST(Devices, a_power_cycle_does_not_bring_back_what_was_pulled) {
  Machine world;
  Context now = world.context();
  pcie::remove(now, world.left);
  power_cycle(now);
  EXPECT_EQ(world.at(world.left).is_present, 0);
  EXPECT_EQ(world.at(world.left).link_epoch, 1U);
  EXPECT_EQ(world.at(world.first_virtual).link_epoch, 0U) << "it was not there";
}

TEST(Devices, programs_and_fault_sites_are_of_all_parts_and_have_names_of_their_own) {
  EXPECT_TRUE(has_program("pcie.reset"));
  EXPECT_TRUE(has_program("nic.receive")) << "drop_own_tasks() knows it by this name";
  std::vector<std::string_view> names;
  for (const sim::FaultSite& site : fault_sites()) names.push_back(site.name);
  EXPECT_EQ(names, (std::vector<std::string_view>{"device.reset", "device.command", "device.fatal",
                                                  "device.doorbell"}));
}

}  // namespace
}  // namespace luosim::device
