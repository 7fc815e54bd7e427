// SPDX-License-Identifier: Apache-2.0
//
// A guest that is started anew: what it takes, what it finds, and what an outside observer counts.
#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "model/kernel/errno.hpp"
#include "model/userspace/guest_disk.hpp"
#include "model/userspace/record.hpp"
#include "tests/unit/model/device_story.hpp"

namespace luosim::world {
namespace {

namespace UserRecord = userspace::UserRecord;

ScriptEntry for_four_seconds() {
  return sleeping(4'000'000'000);
}

Script started_after(ScriptEntry reboot) {
  return {working(), std::move(reboot), entry(Verb::start, {"vm0"}), for_four_seconds()};
}

ScriptEntry expecting(ScriptEntry call, int errno_value) {
  call.expect.kind = ExpectedResult::Kind::failure;
  call.expect.errno_value = errno_value;
  return call;
}

const userspace::Ledger::Io& io_of_vm0(WatchedMachine& watched) {
  return watched.world().ledger.io[0];
}

void run_until_started(WatchedMachine& watched) {
  watched.start();
  watched.go_on_until([&] {
    return watched.world().progress.starts[0] == 1 && watched.world().user.disks.size() == 1 &&
           watched.world().user.disks[0].registers.is_set_up != 0;
  });
}

TEST(StartedAnew, a_guest_works_again_after_a_plain_kexec) {
  WatchedMachine watched(disk_story(started_after(entry(Verb::reboot, {"kexec"}))));
  run_until_started(watched);
  const std::uint64_t completed = io_of_vm0(watched).completed;
  go_on_for(watched, sim::milliseconds(10));
  EXPECT_GT(io_of_vm0(watched).completed, completed);
  EXPECT_EQ(watched.findings().text(), "");
}

TEST(StartedAnew, a_guest_works_again_after_a_loss_of_power) {
  WatchedMachine watched(disk_story(started_after(entry(Verb::reboot, {"cold"}))));
  run_until_started(watched);
  const std::uint64_t completed = io_of_vm0(watched).completed;
  go_on_for(watched, sim::milliseconds(10));
  EXPECT_GT(io_of_vm0(watched).completed, completed);
  EXPECT_EQ(watched.findings().text(), "");
}

// What a guest before was told it finds; what it was not told may be there or not.
TEST(StartedAnew, a_guest_finds_what_was_acknowledged) {
  WatchedMachine watched(disk_story(started_after(entry(Verb::reboot, {"kexec"}))));
  run_until_guests_work(watched);
  std::vector<std::uint64_t> told;
  watched.go_on_until([&] {
    if (watched.world().kernel.core.generation == 1) told = watched.world().user.disks[0].expected;
    return watched.world().kernel.core.generation == 2;
  });
  watched.go_on_until([&] {
    return watched.world().user.disks.size() == 1 &&
           watched.world().user.disks[0].registers.is_set_up != 0 &&
           watched.world().user.disks[0].registers.unread == 0;
  });
  ASSERT_TRUE(std::any_of(told.begin(), told.end(), [](std::uint64_t write) { return write > 0; }));
  go_on_for(watched, sim::milliseconds(1));
  const std::vector<std::uint64_t>& found = watched.world().user.disks[0].expected;
  for (std::size_t block = 0; block < told.size(); ++block)
    EXPECT_GE(found[block], told[block]) << block;
}

TEST(StartedAnew, commands_that_were_under_way_are_lost_and_their_stall_lasts_until_it_works) {
  WatchedMachine watched(disk_story(started_after(entry(Verb::reboot, {"kexec"}))));
  run_until_started(watched);
  EXPECT_GT(io_of_vm0(watched).lost, 0U);
  EXPECT_LE(io_of_vm0(watched).lost, 4U) << "its queue depth";
  EXPECT_LT(io_of_vm0(watched).stall_max, sim::seconds(1));
  go_on_for(watched, sim::milliseconds(1));
  EXPECT_GT(io_of_vm0(watched).stall_max, sim::seconds(3)) << "shutdown, kernel and guest boot";
}

TEST(StartedAnew, a_guest_that_is_there_is_refused) {
  const Scenario scenario = disk_story({expecting(entry(Verb::start, {"vm0"}), kernel::kEINVAL)});
  EXPECT_EQ(findings_when_fixed(scenario).text(), "");
  WatchedMachine watched(scenario);
  run_until_guests_work(watched);
  EXPECT_EQ(watched.world().progress.unexpected, 0U);
}

TEST(StartedAnew, files_of_the_guest_before_must_be_closed) {
  const std::vector<std::string> files = {"vm0.memory", "vm0.iommu", "vm0.kvm", "disk0"};
  WatchedMachine watched(
      disk_story({working(), entry(Verb::kill, {"vm0"}),
                  expecting(entry(Verb::start, {"vm0"}), kernel::kEBUSY), entry(Verb::close, files),
                  entry(Verb::start, {"vm0"}), for_four_seconds()}));
  run_until_started(watched);
  EXPECT_EQ(watched.world().progress.unexpected, 0U);
}

TEST(StartedAnew, a_vmm_that_dies_on_the_way_leaves_nothing_open) {
  Scenario scenario = disk_story({working(), entry(Verb::reboot, {"kexec"}),
                                  expecting(entry(Verb::start, {"vm0"}), kernel::kEIO),
                                  entry(Verb::start, {"vm0"}), for_four_seconds()});
  add_fault(scenario, "vmm.crash:vm0");
  WatchedMachine watched(scenario);
  run_until_started(watched);
  EXPECT_EQ(watched.world().progress.unexpected, 0U);
}

// The guarantee, where the disk has forgotten.
sim::Record found(const WatchedMachine& watched, std::uint64_t block, std::uint64_t write,
                  std::uint64_t foreign) {
  return {.kind = UserRecord::io_found,
          .subject = watched.name("vm0"),
          .object = watched.name("disk0"),
          .values = {block, write, write, foreign}};
}

std::string cause_when_found(std::uint64_t write, std::uint64_t foreign, sim::RecordKind after) {
  WatchedMachine watched(disk_story({}));
  run_until_guests_work(watched);
  watched.world().user.disks[0].expected[7] = 5;
  watched.tell({.kind = UserRecord::vm_stopped_hard, .subject = watched.name("vm0")});
  if (after != sim::RecordKind{}) watched.tell({.kind = after});
  watched.tell(found(watched, 7, write, foreign));
  return watched.findings().cause("acknowledged-writes-survive");
}

TEST(AcknowledgedWritesSurvive, fires_when_a_guest_that_begins_anew_finds_less) {
  EXPECT_EQ(cause_when_found(4, 0, {}),
            "vm0 is started anew and finds write 4 in block 7 of disk0, where write 5 was "
            "acknowledged");
  EXPECT_EQ(cause_when_found(5, 0xABC, {}),
            "vm0 is started anew and finds 0xabc, which is of nobody in block 7 of disk0, where "
            "write 5 was acknowledged");
}

TEST(AcknowledgedWritesSurvive, holds_when_it_finds_the_same_or_something_later) {
  EXPECT_EQ(cause_when_found(5, 0, {}), "held");
  EXPECT_EQ(cause_when_found(6, 0, {}), "held");
}

TEST(AcknowledgedWritesSurvive, promises_nothing_of_a_cache_that_lost_its_power) {
  EXPECT_EQ(cause_when_found(4, 0, kernel::KernelRecord::power_cycle), "held");
}

// Its controller is disabled, enabled and given queues again, from the first command on.
TEST(StartedAnew, a_driver_that_was_stopped_while_it_set_its_disk_up_begins_again) {
  constexpr std::int64_t kFirstNs = 50'000'000;  // the controller is about to be ready
  for (std::int64_t after_ns = kFirstNs; after_ns < kFirstNs + 3'000'000; after_ns += 200'000) {
    Machine machine(disk_story({sleeping(after_ns), entry(Verb::pause, {"vm0"}),
                                entry(Verb::resume, {"vm0"}), sleeping(100'000'000)}));
    machine.run();
    EXPECT_TRUE(machine.records(UserRecord::driver_failed).empty()) << after_ns;
    EXPECT_FALSE(machine.records(UserRecord::driver_ready).empty()) << after_ns;
  }
}

}  // namespace
}  // namespace luosim::world
