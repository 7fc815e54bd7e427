// SPDX-License-Identifier: Apache-2.0
//
// The guarantees about the state of devices, about who has them, and about what guests see of them:
// for each, a story in which it does not hold and one in which it does. Rows are those of
// devices.md, section G.
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "model/device/irq/message.hpp"
#include "model/device/record.hpp"
#include "model/driver/irq/record.hpp"
#include "model/driver/record.hpp"
#include "model/kernel/errno.hpp"
#include "model/userspace/guest_disk.hpp"
#include "model/userspace/record.hpp"
#include "model/world/recovery.hpp"
#include "tests/unit/model/device_story.hpp"

namespace luosim::world {
namespace {

using device::irq::InterruptFate;

Scenario with_knob(Scenario scenario, std::string name, std::string value) {
  set_knob(scenario, std::move(name), std::move(value));
  return scenario;
}

// As the posted series has it: interrupts off, then a freeze that resets.
Script until_frozen_in_phase1() {
  return followed_by(until_prepared(), {entry(Verb::pause, {"vm0"}),
                                        entry(Verb::interrupts_off, {"vm0"}), entry(Verb::freeze)});
}

sim::Record told_by_guest(const WatchedMachine& watched, sim::RecordKind kind,
                          std::array<std::uint64_t, 4> values = {}) {
  return {.kind = kind,
          .subject = watched.name("vm0"),
          .object = watched.name("disk0"),
          .values = values};
}

TEST(APreservedFunctionIsNotReset, fires_for_the_reset_of_the_first_posted_series) {
  const Findings found =
      findings_when_fixed(with_knob(disk_story(until_frozen_in_phase1()), "vfio", "vfio_phase1"));
  EXPECT_EQ(found.cause("a-preserved-function-is-not-reset"),
            "disk0 of vm0 is preserved and is reset by itself, during EVENT_FREEZE");
}

// Row 44.
TEST(APreservedFunctionIsNotReset, fires_when_enumeration_resets_a_bridge) {
  Scenario scenario = disk_story(whole_update());
  add_fault(scenario, "pci.reset_bridge:disk0.port", 2);
  EXPECT_EQ(findings_when_fixed(scenario).cause("a-preserved-function-is-not-reset"),
            "disk0 of vm0 is preserved and is reset with all that is below a bridge, during the "
            "boot");
}

// Row 86.
TEST(APreservedFunctionIsNotReset, fires_when_a_controller_gives_up) {
  Scenario scenario = disk_story(whole_update());
  scenario.vms[0].workload.queue_depth = 32;
  add_fault(scenario, "pci.clear_bus_master:disk0.port");
  WatchedMachine watched(scenario);
  watched.start();
  watched.go_on_until([&] { return watched.machine.phase() == luo::v2::Phase::prepared; });
  watched.tell({.kind = device::DeviceRecord::controller_state,
                .values = {function(watched, "disk0").index,
                           static_cast<std::uint64_t>(device::nvme::ControllerState::ready),
                           static_cast<std::uint64_t>(device::nvme::ControllerState::fatal), 0}});
  EXPECT_EQ(watched.findings().cause("a-preserved-function-is-not-reset"),
            "disk0 of vm0 is preserved and its controller goes from ready to fatal");
}

// Row 37.
TEST(APreservedFunctionIsNotReset, fires_when_a_virtual_function_vanishes_with_its_physical_one) {
  Scenario scenario = host_with_participants(until_prepared({"disk0.vf0"}));
  add_device(scenario, "disk0").virtual_functions = 2;
  scenario.devices[0].driver = "vfio-pci";
  add_guest(scenario, "vm0", {"disk0.vf0"});
  scenario.protocol = "luo-v2-fixed";
  set_knob(scenario, "vfio", "vfio_phase5");
  WatchedMachine watched(scenario);
  watched.start();
  watched.go_on_until([&] { return watched.machine.phase() == luo::v2::Phase::prepared; });
  // A controller that works would be noticed first.
  for (device::nvme::Controller& controller : watched.world().hardware.devices.controllers)
    controller.state = device::nvme::ControllerState::disabled;
  Context context = watched.context();
  device::pcie::enable_virtual_functions(context, function(watched, "disk0"), 0);
  EXPECT_EQ(watched.findings().cause("a-preserved-function-is-not-reset"),
            "disk0.vf0 of vm0 is preserved and vanishes with what disk0 has enabled");
}

TEST(APreservedFunctionIsNotReset, holds_for_what_people_ask_for) {
  for (const Verb verb : {Verb::reset_device, Verb::remove_device}) {
    const Findings found =
        findings_when_fixed(disk_story(followed_by(until_prepared(), {entry(verb, {"disk0"})})));
    EXPECT_FALSE(found.violate("a-preserved-function-is-not-reset")) << found.text();
    EXPECT_FALSE(found.violate("bus-mastering-stays-on")) << found.text();
    EXPECT_FALSE(found.violate("completions-come-once")) << found.text();
  }
}

TEST(APreservedFunctionIsNotReset, holds_once_the_kernel_has_given_a_device_up) {
  for (const bool is_quiesced : {false, true}) {
    WatchedMachine watched(disk_story(until_prepared()));
    watched.start();
    watched.go_on_until([&] { return watched.machine.phase() == luo::v2::Phase::prepared; });
    const std::uint32_t disk = function(watched, "disk0").index;
    watched.tell({.kind = kernel::KernelRecord::kexec});
    watched.tell({.kind = driver::DriverRecord::pci_unclaimed,
                  .values = {disk, 1, is_quiesced ? 1U : 0U, 0}});
    watched.tell({.kind = device::DeviceRecord::reset_begins, .values = {disk, 0, 0, 0}});
    EXPECT_NE(watched.findings().violate("a-preserved-function-is-not-reset"), is_quiesced);
  }
}

TEST(APreservedFunctionIsNotReset, holds_before_prepare_and_after_finish) {
  const Findings found = findings_when_fixed(
      disk_story(followed_by(whole_update(), {entry(Verb::close, {"disk0"}), working()})));
  EXPECT_EQ(found.text(), "");
}

// Row 26.
TEST(BridgesCountWhatIsBelow, fires_when_a_count_drifts) {
  WatchedMachine watched(disk_story(until_prepared()));
  watched.start();
  watched.go_on_until([&] { return watched.machine.phase() == luo::v2::Phase::prepared; });
  driver::pci::find(watched.world().kernel.drivers.pci, function(watched, "disk0.port"))->outgoing =
      2;
  go_on_for(watched, sim::seconds(3));
  EXPECT_EQ(watched.findings().cause("bridges-count-what-is-below"),
            "disk0.port counts 2 devices below it as preserved, and there is 1");
}

TEST(BridgesCountWhatIsBelow, fires_when_bridges_are_not_counted) {
  const Findings found =
      findings_when_fixed(with_knob(disk_story(until_prepared()), "pci", "pci_v1"));
  EXPECT_EQ(found.cause("bridges-count-what-is-below"),
            "disk0.port counts 0 devices below it as preserved, and there is 1");
}

TEST(BridgesCountWhatIsBelow, holds_when_counting_fails_half_way) {
  Scenario scenario = disk_story({working(), entry(Verb::preserve, files_of_vm0()),
                                  expecting(kernel::kENOMEM, entry(Verb::prepare)),
                                  entry(Verb::prepare), entry(Verb::cancel)});
  add_fault(scenario, "pci.count:disk0.port");
  EXPECT_EQ(findings_when_fixed(scenario).text(), "");
}

// Row 39.
TEST(ARestoredFileIsTheSameDevice, fires_when_another_card_was_put_in) {
  const Script script = followed_by(
      until_jumped(), {entry(Verb::remove_device, {"disk0"}), entry(Verb::insert_device, {"disk0"}),
                       entry(Verb::restore, files_of_vm0())});
  const std::string cause =
      findings_when_fixed(disk_story(script)).cause("a-restored-file-is-the-same-device");
  EXPECT_EQ(cause,
            "token 2 gives the device at 01:00.0, disk0 of vm0, which is another card, of serial "
            "number 3 and not 2");
}

// Row 40.
TEST(ARestoredFileIsTheSameDevice, fires_when_the_same_card_was_out_for_a_while) {
  WatchedMachine watched(
      disk_story(followed_by(until_jumped(), {working(), entry(Verb::restore, files_of_vm0())})));
  watched.start();
  watched.go_on_until([&] {
    return watched.world().kernel.core.generation == 2 && watched.world().user.is_started != 0;
  });
  ++watched.world().hardware.devices.pcie[function(watched, "disk0")].link_epoch;
  watched.go_on_until(
      [&] { return watched.findings().violate("a-restored-file-is-the-same-device"); });
  EXPECT_TRUE(watched.findings()
                  .cause("a-restored-file-is-the-same-device")
                  .ends_with("which was pulled out and put in again since the jump"))
      << watched.findings().text();
}

// Row 106, and section C.8.
TEST(WhatNobodyReclaimedIsQuiesced, fires_when_it_is_left_alone) {
  const Script script = followed_by(until_jumped(), {entry(Verb::finish), working()});
  EXPECT_EQ(findings_when_fixed(with_knob(disk_story(script), "unclaimed", "left_alone"))
                .cause("what-nobody-reclaimed-is-quiesced"),
            "the update is finished, and nobody took back disk0 of vm0, which may still send and "
            "reach memory");
  EXPECT_FALSE(
      findings_when_fixed(disk_story(script)).violate("what-nobody-reclaimed-is-quiesced"));
}

// An address space whose memory has no token refuses every prepare, until somebody gives it up.
TEST(CanGetBackToNormal, holds_when_only_unpreserve_leads_back) {
  Scenario scenario = disk_story({working(), entry(Verb::preserve, {"vm0.iommu", "disk0"}),
                                  expecting(kernel::kENOENT, entry(Verb::prepare))});
  EXPECT_EQ(findings_when_fixed(scenario).text(), "");
  WatchedMachine watched(with_knob(scenario, "finish_order", "reverse"));
  watched.run();
  const Recovery recovery = recover(watched.world(), watched.machine.blueprint);
  ASSERT_TRUE(recovery.succeeded);
  ASSERT_FALSE(recovery.calls.empty());
  EXPECT_EQ(recovery.calls.front(), "unpreserve: 0");
}

// Row 105: the process that has restored a disk closes it.
TEST(APreservedFunctionIsNotReset, fires_when_a_restored_file_is_only_borrowed) {
  const Script script =
      followed_by(until_resumed(),
                  {entry(Verb::kill, {"vm0"}), entry(Verb::close, {"disk0"}), entry(Verb::finish)});
  EXPECT_TRUE(findings_when_fixed(with_knob(disk_story(script), "restored_files", "borrowed"))
                  .violate("a-preserved-function-is-not-reset"));
  EXPECT_EQ(findings_when_fixed(disk_story(script)).text(), "");
}

// Rows 59 and 106: what depends on other files is finished before them.
TEST(WhatNobodyReclaimedIsQuiesced, comes_before_its_memory_is_freed) {
  const Script script = followed_by(until_jumped(), {entry(Verb::finish), working()});
  EXPECT_EQ(findings_when_fixed(disk_story(script)).text(), "");
  EXPECT_TRUE(findings_when_fixed(with_knob(disk_story(script), "finish_order", "forward"))
                  .violate("mapped-memory-is-not-freed"));
}

// Row 24.
TEST(TheNextKernelKnowsItsDevices, fires_when_the_record_is_of_an_unknown_version) {
  Scenario scenario = disk_story(until_jumped());
  add_fault(scenario, "pci.record_version");
  scenario.faults.back().times = 0;
  EXPECT_EQ(findings_when_fixed(scenario).cause("the-next-kernel-knows-its-devices"),
            "disk0 of vm0 was handed over to kernel 2, which takes it for an ordinary device");
}

// Row 66.
TEST(AnAbortedUpdateLeavesDevicesAlone, fires_when_a_freeze_that_resets_is_taken_back) {
  const Script script = followed_by(until_frozen_in_phase1(), {entry(Verb::cancel)});
  EXPECT_EQ(findings_when_fixed(with_knob(disk_story(script), "vfio", "vfio_phase1"))
                .cause("an-aborted-update-leaves-devices-alone"),
            "the update was aborted by EVENT_CANCEL = 0, and of disk0 of vm0: it was reset, its "
            "file is cut off and its bus mastering is off");
}

TEST(AnAbortedUpdateLeavesDevicesAlone, holds_when_nothing_was_reset) {
  const Script script =
      followed_by(until_prepared(), {entry(Verb::pause, {"vm0"}), entry(Verb::freeze),
                                     entry(Verb::cancel), entry(Verb::resume, {"vm0"}), working()});
  EXPECT_EQ(findings_when_fixed(disk_story(script)).text(), "");
}

// Row 97.
TEST(AnAbortedUpdateLeavesDevicesAlone, holds_when_the_kexec_fails) {
  const Script script = followed_by(
      until_prepared(),
      {entry(Verb::pause, {"vm0"}), try_to(entry(Verb::reboot, {"kexec-without-image"})),
       try_to(entry(Verb::cancel)), entry(Verb::resume, {"vm0"}), working()});
  EXPECT_EQ(findings_when_fixed(disk_story(script)).text(), "");
}

TEST(AcknowledgedWritesSurvive, fires_when_a_guest_reads_something_else) {
  WatchedMachine watched(disk_story({}));
  run_until_guests_work(watched);
  watched.tell(told_by_guest(watched, userspace::UserRecord::io_mismatch, {3, 17, 0x99, 0}));
  EXPECT_EQ(watched.findings().cause("acknowledged-writes-survive"),
            "vm0 reads block 3 of disk0 and finds 0x99, not what write 17 has left there");
}

Scenario database(Script script) {
  Scenario scenario = disk_story(std::move(script));
  scenario.vms[0].workload.kind = WorkloadSpec::Kind::database;
  return scenario;
}

// Row 82.
TEST(AcknowledgedWritesSurvive, fires_when_what_was_flushed_is_not_on_the_media) {
  WatchedMachine watched(database({}));
  run_until_guests_work(watched);
  auto& media = watched.world().hardware.devices.controllers[0].media;
  ASSERT_FALSE(media.empty());
  for (device::nvme::Block& block : media) block.durable = 0;
  watched.tell({.kind = kernel::KernelRecord::power_cycle});
  EXPECT_TRUE(watched.findings()
                  .cause("acknowledged-writes-survive")
                  .ends_with(" of disk0 is lost, although vm0 was told that it is durable"))
      << watched.findings().text();
}

TEST(AcknowledgedWritesSurvive, fires_when_what_was_flushed_is_lost_with_what_came_later) {
  WatchedMachine watched(database({}));
  run_until_guests_work(watched);
  constexpr std::uint64_t kWrite = 1;
  constexpr std::uint64_t kFlush = 2;
  const std::uint64_t last = 1'000'000;
  for (const auto& [sequence, what] :
       {std::pair{last, kWrite}, std::pair{last, kFlush}, std::pair{last + 1, kWrite}}) {
    watched.tell(
        told_by_guest(watched, userspace::UserRecord::io_completed, {31, sequence, what, 1000}));
  }
  watched.tell({.kind = kernel::KernelRecord::power_cycle});
  EXPECT_EQ(
      watched.findings().cause("acknowledged-writes-survive"),
      "the power fails, and write 1000000 to block 31 of disk0 is lost, although vm0 was told "
      "that it is durable");
}

TEST(AcknowledgedWritesSurvive, holds_when_the_power_takes_what_was_not_flushed) {
  for (std::int64_t at = 100'000'000; at < 100'400'000; at += 37'000) {
    const Findings found =
        findings_when_fixed(database({sleeping(at), entry(Verb::reboot, {"cold"})}));
    EXPECT_EQ(found.text(), "") << at;
  }
}

TEST(AcknowledgedWritesSurvive, holds_for_a_disk_without_a_cache) {
  Scenario scenario = disk_story({working(), entry(Verb::reboot, {"cold"})});
  scenario.devices[0].write_cache = false;
  EXPECT_EQ(findings_when_fixed(scenario).text(), "");
}

TEST(CompletionsComeOnce, fires_for_a_command_that_nobody_gave_and_one_that_never_completed) {
  WatchedMachine watched(disk_story({}));
  run_until_guests_work(watched);
  watched.tell(told_by_guest(watched, userspace::UserRecord::io_phantom, {9, 1, 0, 0}));
  EXPECT_EQ(watched.findings().cause("completions-come-once"),
            "disk0 completes command 9 to vm0, which has none of that number in flight");
  WatchedMachine other(disk_story({}));
  run_until_guests_work(other);
  other.tell(told_by_guest(other, userspace::UserRecord::io_lost, {2, 5, 0, 0}));
  EXPECT_EQ(other.findings().cause("completions-come-once"),
            "vm0 gives up command 2 to disk0, about block 5: it never completed");
}

// Row 72.
TEST(NoInterruptIsLost, fires_when_nobody_injects_what_was_lost) {
  Scenario scenario = disk_story(followed_by(whole_update(), {sleeping(6'000'000'000)}));
  scenario.vms[0].injects_interrupts = false;
  const std::string cause = findings_when_fixed(scenario).cause("no-interrupt-is-lost");
  EXPECT_TRUE(cause.starts_with("only a timeout tells vm0 of ")) << cause;
}

TEST(NoInterruptIsLost, holds_when_a_vmm_injects_every_vector) {
  const Findings found =
      findings_when_fixed(disk_story(followed_by(whole_update(), {sleeping(6'000'000'000)})));
  EXPECT_EQ(found.text(), "");
}

TEST(NoInterruptIsLost, holds_for_who_had_them_turned_off) {
  const Findings found = findings_when_fixed(
      disk_story({working(), entry(Verb::interrupts_off, {"vm0"}), sleeping(6'000'000'000)}));
  EXPECT_FALSE(found.violate("no-interrupt-is-lost")) << found.text();
}

TEST(AnInterruptHasAnOwner, fires_for_a_vector_of_nobody_and_not_for_one_that_was_handed_over) {
  WatchedMachine watched(disk_story({}));
  run_until_guests_work(watched);
  watched.tell({.kind = driver::irq::IrqRecord::stray, .values = {40, 1, 0, 0}});
  EXPECT_EQ(watched.findings().text(), "");
  watched.tell({.kind = driver::irq::IrqRecord::stray, .values = {41, 0, 0, 0}});
  EXPECT_EQ(watched.findings().cause("an-interrupt-has-an-owner"),
            "vector 41 interrupts kernel 1, which has given it to nobody");
}

// Rows 77 and 79.
TEST(AnInterruptHasAnOwner, fires_for_a_vector_of_another_function_and_for_a_pin) {
  WatchedMachine watched(disk_story({}));
  run_until_guests_work(watched);
  const auto& vectors = watched.world().kernel.drivers.irq.vectors;
  const device::FunctionId disk = function(watched, "disk0");
  const device::FunctionId port = function(watched, "disk0.port");
  const auto raised_by = [&](device::FunctionId by, InterruptFate fate) {
    watched.tell({.kind = device::DeviceRecord::interrupt_raised,
                  .values = {by.index, 0, static_cast<std::uint64_t>(fate), vectors.size() - 1}});
  };
  raised_by(disk, InterruptFate::handled);
  EXPECT_EQ(watched.findings().text(), "");
  raised_by(port, InterruptFate::handled);
  EXPECT_EQ(watched.findings().cause("an-interrupt-has-an-owner"),
            "disk0.port interrupts by vector " + std::to_string(vectors.size() - 1) +
                ", which is of disk0 of vm0");

  WatchedMachine other(disk_story({}));
  other.start();
  other.tell({.kind = device::DeviceRecord::interrupt_raised,
              .values = {disk.index, 0, static_cast<std::uint64_t>(InterruptFate::pin), 1}});
  EXPECT_EQ(other.findings().cause("an-interrupt-has-an-owner"),
            "disk0 of vm0 asserts its pin, for which nobody has a handler");
}

TEST(AnInterruptWaits, is_reached_when_one_comes_while_nobody_is_there) {
  WatchedMachine watched(disk_story(until_jumped()));
  watched.start();
  const auto raise = [&] {
    watched.tell({.kind = device::DeviceRecord::interrupt_raised,
                  .values = {function(watched, "disk0").index, 1,
                             static_cast<std::uint64_t>(InterruptFate::pending), 0}});
  };
  raise();
  EXPECT_FALSE(watched.findings().reached.contains("an-interrupt-waits"));
  watched.go_on_until([&] { return watched.world().kernel.core.generation == 2; });
  raise();
  EXPECT_TRUE(watched.findings().reached.contains("an-interrupt-waits"));
}

TEST(ADeviceComesBack, is_reached_by_an_update_and_not_by_a_pause) {
  EXPECT_TRUE(
      findings_when_fixed(disk_story(whole_update())).reached.contains("a-device-comes-back"));
  EXPECT_FALSE(
      findings_when_fixed(disk_story({entry(Verb::pause, {"vm0"}), entry(Verb::resume, {"vm0"})}))
          .reached.contains("a-device-comes-back"));
}

// Row 21.
Scenario huge_pages(Script script) {
  Scenario scenario = disk_story(std::move(script));
  scenario.host.hugepages = 128;
  scenario.vms[0].backing = "hugetlb";
  add_handler(scenario, "hugetlb-v1", "hugetlb");
  SubsystemSpec& pool = scenario.subsystems.emplace_back();
  pool.name = "hugetlb-v1";
  pool.type = "hugetlb";
  return scenario;
}

TEST(HugePagesAreCountedOnce, fires_when_boot_sets_as_many_aside_as_ever) {
  Scenario scenario = huge_pages(until_jumped());
  add_fault(scenario, "hugetlb.counts_twice");
  EXPECT_EQ(findings_when_fixed(scenario).cause("huge-pages-are-counted-once"),
            "kernel 2 sets 128 huge pages aside beside 64 that were handed over, and was told to "
            "have 128");
}

TEST(HugePagesAreCountedOnce, holds_when_they_are_counted) {
  EXPECT_EQ(findings_when_fixed(huge_pages(whole_update())).text(), "");
}

}  // namespace
}  // namespace luosim::world
