// SPDX-License-Identifier: Apache-2.0
//
// How machines with devices are drawn: hardware is a process of its own that kernels come and go
// beside, with a lane for each function.
#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "model/device/record.hpp"
#include "model/driver/iommu/record.hpp"
#include "model/driver/irq/record.hpp"
#include "model/driver/record.hpp"
#include "tests/unit/app/report/hand_made_records.hpp"
#include "tests/unit/app/report/perfetto_events.hpp"

namespace luosim::app {
namespace {

using namespace hand_made;
using namespace drawn;
namespace DeviceRecord = device::DeviceRecord;

/// That of hand_made, with a disk and a port of the network.
world::Blueprint with_devices() {
  world::Blueprint made = blueprint();
  for (const char* name : {"disk0", "nic0"}) {
    device::pcie::Function function;
    function.name = made.names.intern(name);
    made.devices.pcie.functions.push_back(function);
  }
  return made;
}

/// Two kernels, the second from 2 ms on, and whatever happens beside.
std::vector<json> drawn_with(const world::Blueprint& blueprint,
                             const std::vector<sim::Record>& others) {
  const Maker make(blueprint);
  std::vector<sim::Record> records = {
      make(0, KernelRecord::boot_begins, "old", "", {1, 0}),
      make(1'000, KernelRecord::boot_done, "old", "", {1}),
      make(2'000'000, KernelRecord::kexec, "new"),
      make(2'000'000, KernelRecord::boot_begins, "new", "", {2, 1}),
      make(2'900'000, KernelRecord::boot_done, "new", "", {2}),
  };
  records.insert(records.end(), others.begin(), others.end());
  std::stable_sort(records.begin(), records.end(), [](const auto& left, const auto& right) {
    return left.time.ns < right.time.ns;
  });
  return events_of(records, blueprint);
}

/// Names by number, of processes or of threads.
std::map<std::int64_t, std::string> names_of(const std::vector<json>& events,
                                             const std::string& what, const std::string& number) {
  std::map<std::int64_t, std::string> names;
  for (const json& event : of_phase(events, "M"))
    if (event["name"] == what) names[event[number]] = event["args"]["name"];
  return names;
}

/// `5 hardware / 0 disk0`.
std::string lane_of(const json& event, const std::vector<json>& events) {
  return names_of(events, "process_name", "pid").at(event["pid"]) + " / " +
         names_of(events, "thread_name", "tid").at(event["tid"]);
}

TEST(PerfettoDevices, hardware_is_the_last_process_with_a_lane_for_each_function) {
  const std::vector<json> events = drawn_with(with_devices(), {});
  const auto processes = names_of(events, "process_name", "pid");
  EXPECT_EQ(processes.rbegin()->second, "5 hardware");
  std::vector<std::string> lanes;
  for (const json& event : of_phase(events, "M")) {
    if (event["name"] == "thread_name" && event["pid"] == 5) lanes.push_back(event["args"]["name"]);
  }
  EXPECT_EQ(lanes, (std::vector<std::string>{"0 disk0", "1 nic0", "2 IOMMU"}));
}

TEST(PerfettoDevices, a_machine_without_devices_has_no_lanes_for_them) {
  const std::vector<json> events = drawn_with(blueprint(), {});
  EXPECT_EQ(names_of(events, "process_name", "pid").rbegin()->second, "4 VMs");
  for (const auto& [number, name] : names_of(events, "thread_name", "tid"))
    EXPECT_NE(name, "4 drivers");
}

TEST(PerfettoDevices, a_record_of_a_function_is_in_its_lane_whatever_kernel_runs) {
  const world::Blueprint blueprint = with_devices();
  const Maker make(blueprint);
  const std::vector<json> events =
      drawn_with(blueprint, {make(1'500'000, DeviceRecord::commands_dropped, "disk0", "", {0, 3}),
                             make(2'500'000, DeviceRecord::commands_dropped, "disk0", "", {0, 4}),
                             make(2'500'000, DeviceRecord::commands_dropped, "nic0", "", {1, 5})});
  const auto lane_of_commands = [&](int commands) {
    const json* event =
        named(events,
              std::to_string(commands) + " commands will never complete: the controller was reset");
    return event == nullptr ? "" : lane_of(*event, events);
  };
  EXPECT_EQ(lane_of_commands(3), "5 hardware / 0 disk0");
  EXPECT_EQ(lane_of_commands(4), "5 hardware / 0 disk0");
  EXPECT_EQ(lane_of_commands(5), "5 hardware / 1 nic0");
}

TEST(PerfettoDevices, what_is_about_no_function_is_the_iommus) {
  const world::Blueprint blueprint = with_devices();
  const Maker make(blueprint);
  const std::vector<json> events = drawn_with(
      blueprint, {make(1'500'000, DeviceRecord::translation_switched, "", "", {0, 1, 0, 0})});
  const json* event = named(events, "DMAR: translation on: yes");
  ASSERT_NE(event, nullptr);
  EXPECT_EQ(lane_of(*event, events), "5 hardware / 2 IOMMU");
}

TEST(PerfettoDevices, drivers_are_in_a_lane_of_the_kernel_that_has_them) {
  const world::Blueprint blueprint = with_devices();
  const Maker make(blueprint);
  const std::vector<json> events = drawn_with(
      blueprint, {make(1'500'000, driver::DriverRecord::pci_refused_frozen, "disk0"),
                  make(2'950'000, driver::iommu::IommuRecord::domain_unpreserved, "", "", {1, 2}),
                  make(2'950'000, driver::irq::IrqRecord::stray, "", "", {33, 0})});
  const json* of_pci = named(events, "disk0: preserve or unpreserve after the shutdown began");
  ASSERT_NE(of_pci, nullptr);
  EXPECT_EQ(lane_of(*of_pci, events), "1 kernel old / 4 drivers");
  const json* of_iommu = named(events, "domain 1: unpreserved, token 2");
  ASSERT_NE(of_iommu, nullptr);
  EXPECT_EQ(lane_of(*of_iommu, events), "2 kernel new / 4 drivers");
  const json* of_interrupts = named(events, "No irq handler for vector 33");
  ASSERT_NE(of_interrupts, nullptr);
  EXPECT_EQ(lane_of(*of_interrupts, events), "2 kernel new / 4 drivers");
}

TEST(PerfettoDevices, a_reset_is_a_slice_that_lasts_over_the_jump) {
  const world::Blueprint blueprint = with_devices();
  const Maker make(blueprint);
  const std::vector<json> events =
      drawn_with(blueprint, {make(1'500'000, DeviceRecord::reset_begins, "disk0", "", {0, 1}),
                             make(2'500'000, DeviceRecord::reset_done, "disk0", "", {0})});
  const std::vector<json> slices = of_phase(events, "X");
  const json* reset = named(slices, "reset");
  ASSERT_NE(reset, nullptr);
  EXPECT_EQ(lane_of(*reset, events), "5 hardware / 0 disk0");
  EXPECT_EQ(nanoseconds((*reset)["ts"]), 1'500'000);
  EXPECT_EQ(nanoseconds((*reset)["dur"]), 1'000'000);
}

TEST(PerfettoDevices, a_reset_of_one_function_does_not_end_that_of_another) {
  const world::Blueprint blueprint = with_devices();
  const Maker make(blueprint);
  const std::vector<json> events =
      drawn_with(blueprint, {make(10'000, DeviceRecord::reset_begins, "disk0", "", {0, 0}),
                             make(20'000, DeviceRecord::reset_begins, "nic0", "", {1, 0}),
                             make(30'000, DeviceRecord::reset_done, "nic0", "", {1}),
                             make(50'000, DeviceRecord::reset_done, "disk0", "", {0})});
  std::map<std::string, std::int64_t> durations;
  for (const json& slice : of_phase(events, "X"))
    if (slice["name"] == "reset") durations[lane_of(slice, events)] = nanoseconds(slice["dur"]);
  const std::map<std::string, std::int64_t> expected = {{"5 hardware / 0 disk0", 40'000},
                                                        {"5 hardware / 1 nic0", 10'000}};
  EXPECT_EQ(durations, expected);
}

TEST(PerfettoDevices, a_reset_during_a_reset_is_an_instant_in_it) {
  const world::Blueprint blueprint = with_devices();
  const Maker make(blueprint);
  const std::vector<json> events =
      drawn_with(blueprint, {make(10'000, DeviceRecord::reset_begins, "disk0", "", {0, 0}),
                             make(20'000, DeviceRecord::reset_begins, "disk0", "", {0, 1}),
                             make(50'000, DeviceRecord::reset_done, "disk0", "", {0})});
  const std::vector<json> instants = of_phase(events, "i");
  const json* again = named(instants, "secondary bus reset begins");
  EXPECT_NE(again, nullptr);
  std::size_t resets = 0;
  for (const json& slice : of_phase(events, "X")) resets += slice["name"] == "reset" ? 1U : 0U;
  EXPECT_EQ(resets, 1U);
}

}  // namespace
}  // namespace luosim::app
