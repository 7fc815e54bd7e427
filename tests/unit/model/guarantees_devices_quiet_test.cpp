// SPDX-License-Identifier: Apache-2.0
//
// What no guarantee about devices may be alarmed by: updates in which everything goes as it should,
// whatever the devices do meanwhile.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/model/device_story.hpp"

namespace luosim::world {
namespace {

void expect_quiet(const Scenario& scenario) {
  EXPECT_EQ(findings_when_fixed(scenario).text(), "");
}

TEST(QuietDevices, an_update_with_a_busy_disk) {
  const Findings found = findings_when_fixed(disk_story(whole_update()));
  EXPECT_EQ(found.text(), "");
  EXPECT_TRUE(found.reached.contains("a-device-comes-back"));
  EXPECT_TRUE(found.reached.contains("an-update-is-finished"));
}

TEST(QuietDevices, an_update_while_frames_come_in) {
  expect_quiet(nic_story(whole_update({"disk0", "nic0"})));
}

TEST(QuietDevices, two_updates_in_a_row) {
  expect_quiet(disk_story(followed_by(whole_update(), whole_update())));
}

TEST(QuietDevices, an_update_whose_interrupts_are_handed_over) {
  Scenario scenario = nic_story(whole_update({"disk0", "nic0"}));
  set_knob(scenario, "irq", "irq_preserved");
  expect_quiet(scenario);
}

TEST(QuietDevices, a_disk_of_the_host_beside) {
  Scenario scenario = disk_story(whole_update());
  add_device(scenario, "boot");
  expect_quiet(scenario);
}

TEST(QuietDevices, disks_behind_one_switch) {
  Scenario scenario = host_with_participants(whole_update({"disk0", "disk1"}));
  add_device(scenario, "root", DeviceSpec::Type::root_port);
  add_device(scenario, "up", DeviceSpec::Type::switch_upstream).behind = "root";
  for (const std::string number : {"0", "1", "2"}) {
    add_device(scenario, "down" + number, DeviceSpec::Type::switch_downstream).behind = "up";
  }
  for (const std::string number : {"0", "1", "2"})
    add_device(scenario, "disk" + number).behind = "down" + number;
  add_guest(scenario, "vm0", {"disk0", "disk1"});
  add_guest(scenario, "vm1", {"disk2"});
  expect_quiet(scenario);
}

TEST(QuietDevices, a_guest_that_polls_and_one_that_is_idle) {
  Scenario scenario = disk_story(whole_update());
  scenario.vms[0].workload.waits_for_interrupts = false;
  expect_quiet(scenario);
  scenario.vms[0].workload.kind = WorkloadSpec::Kind::idle;
  expect_quiet(scenario);
}

TEST(QuietDevices, large_commands_with_lists_of_pages) {
  Scenario scenario = disk_story(whole_update());
  scenario.vms[0].workload.block_bytes = 64 * 1024;
  expect_quiet(scenario);
}

TEST(QuietDevices, a_guest_whose_virtual_machine_is_handed_over_too) {
  Scenario scenario = disk_story(whole_update({"disk0", "vm0.kvm"}));
  expect_quiet(scenario);
}

TEST(QuietDevices, an_update_that_is_cancelled_before_and_after_the_freeze) {
  for (const bool freezes : {false, true}) {
    Script script = until_prepared();
    script.push_back(entry(Verb::pause, {"vm0"}));
    if (freezes) script.push_back(entry(Verb::freeze));
    script.push_back(entry(Verb::cancel));
    script.push_back(entry(Verb::resume, {"vm0"}));
    script.push_back(working());
    expect_quiet(disk_story(script));
  }
}

TEST(QuietDevices, a_reboot_that_preserves_nothing) {
  expect_quiet(nic_story({working(), entry(Verb::reboot, {"kexec"}), working()}));
  expect_quiet(nic_story({working(), entry(Verb::reboot, {"cold"}), working()}));
}

TEST(QuietDevices, a_guest_that_is_killed) {
  expect_quiet(disk_story({working(), entry(Verb::kill, {"vm0"}), working()}));
}

TEST(QuietDevices, virtual_functions) {
  Scenario scenario = host_with_participants(whole_update({"disk0.vf0"}));
  add_device(scenario, "disk0").virtual_functions = 2;
  add_guest(scenario, "vm0", {"disk0.vf0"});
  add_guest(scenario, "vm1", {"disk0.vf1"});
  set_knob(scenario, "vfio", "vfio_phase5");
  expect_quiet(scenario);
}

}  // namespace
}  // namespace luosim::world
