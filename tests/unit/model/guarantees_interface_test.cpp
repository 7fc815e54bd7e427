// SPDX-License-Identifier: Apache-2.0
//
// The guarantees about what calls answer, and the claims that something interesting was reached:
// for each, a story in which it does not hold and one in which it does. Bug numbers are those of
// luo-v2-bugs.md.
#include <cstdint>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "model/fd/test_participant.hpp"
#include "model/kernel/errno.hpp"
#include "tests/unit/model/guarantee_world.hpp"

namespace luosim::world {
namespace {

using kernel::kEAGAIN;
using kernel::kEFAULT;

// B06.
Scenario with_a_cancel_that_is_killed() {
  Scenario scenario = story({entry(Verb::prepare), expecting(kEAGAIN, entry(Verb::cancel))});
  add_fault(scenario, "luo.phase_lock.killed", 2);
  return scenario;
}

TEST(ARefusedCallChangesNothing, fires_when_a_refused_cancel_frees_the_map) {
  const std::string cause =
      findings_of(with_a_cancel_that_is_killed()).cause("a-refused-call-changes-nothing");
  EXPECT_TRUE(cause.starts_with(
      "EVENT_CANCEL = -EAGAIN, but the number of chunks of the serialized map went from 2 to 0, "
      "the number of preserved pages went from 257 to 0 and "))
      << cause;
}

// B31.
Scenario with_a_token_that_cannot_be_copied_out() {
  Scenario scenario = story({expecting(kEFAULT, entry(Verb::preserve, {"f"}))});
  add_fault(scenario, "uaccess.copy_to_user");
  return scenario;
}

TEST(ARefusedCallChangesNothing, fires_when_a_file_is_preserved_under_a_token_that_nobody_knows) {
  EXPECT_EQ(
      findings_of(with_a_token_that_cannot_be_copied_out()).cause("a-refused-call-changes-nothing"),
      "FD_PRESERVE f = -EFAULT, but the number of preserved files went from 0 to 1");
}

// B26: a prepare that is refused in updated drops what other kernel code had preserved.
std::string cause_of_a_prepare_in_updated(const std::string& protocol) {
  Scenario scenario = story({entry(Verb::prepare), entry(Verb::reboot, {"kexec"}), sleeping(1000),
                             expecting(kernel::kEINVAL, entry(Verb::prepare))});
  scenario.protocol = protocol;
  WatchedMachine watched(scenario);
  watched.start();
  watched.go_on_until([&] {
    return watched.machine.phase() == luo::v2::Phase::updated && watched.world().user.is_started;
  });
  watched.machine.spawn(fd::kPreservePage);
  watched.go_on();
  return watched.findings().cause("a-refused-call-changes-nothing");
}

TEST(ARefusedCallChangesNothing, fires_when_a_refused_prepare_drops_what_others_preserved) {
  EXPECT_EQ(cause_of_a_prepare_in_updated("luo-v2"),
            "EVENT_PREPARE = -EINVAL, but the number of preserved pages went from 1 to 0 and the "
            "number of pages of the update went from 258 to 257");
  EXPECT_EQ(cause_of_a_prepare_in_updated("luo-v2-fixed"), "held");
}

TEST(ARefusedCallChangesNothing, holds_when_refusals_come_before_the_deed) {
  EXPECT_EQ(findings_when_fixed(with_a_cancel_that_is_killed()).text(), "");
  EXPECT_EQ(findings_when_fixed(with_a_token_that_cannot_be_copied_out()).text(), "");
}

TEST(ARefusedCallChangesNothing, leaves_it_to_others_once_somebody_was_called_back) {
  Scenario scenario = story({try_to(entry(Verb::prepare))});
  add_subsystem(scenario, "a");
  add_fault(scenario, "luo.subsystem.prepare:a");
  const Findings found = findings_of(scenario);
  EXPECT_TRUE(found.violate("cancel-gives-everything-back"));
  EXPECT_FALSE(found.violate("a-refused-call-changes-nothing"));
}

TEST(ARefusedCallChangesNothing, does_not_count_what_a_call_may_change_without_doing_anything) {
  // The token that a preserve used up, the list that a restore built, and a freeze that stays.
  Scenario scenario =
      story({expecting(kernel::kENOMEM, entry(Verb::preserve, {"f"})), entry(Verb::preserve, {"f"}),
             entry(Verb::prepare), entry(Verb::reboot, {"kexec"}),
             expecting(kernel::kENOENT, entry(Verb::restore, {"g"})), entry(Verb::restore, {"f"}),
             entry(Verb::finish), entry(Verb::prepare),
             expecting(kernel::kEINVAL, entry(Verb::reboot, {"kexec-without-image"}))});
  add_fault(scenario, "mm.xa_store:luo_register_file");
  EXPECT_EQ(findings_of(scenario).violated(), (Ids{"finish-gives-everything-back"}));
  EXPECT_EQ(findings_when_fixed(scenario).text(), "");
}

// B11.
Scenario with_a_debugfs_that_fails() {
  Scenario scenario = story({try_to(entry(Verb::prepare))});
  scenario.kernels[0].debugfs = true;
  add_subsystem(scenario, "a");
  add_fault(scenario, "mm.alloc:__kho_debugfs_fdt_add", 2);
  return scenario;
}

TEST(AnErrorMeansNotDone, fires_when_a_prepare_fails_that_succeeded) {
  EXPECT_EQ(findings_of(with_a_debugfs_that_fails()).cause("an-error-means-not-done"),
            "EVENT_PREPARE = -ENOMEM, but it went from normal to prepared");
}

// B08.
Scenario with_a_client_that_refuses_to_abort(std::int32_t priority) {
  Scenario scenario = story({entry(Verb::prepare), try_to(entry(Verb::cancel))});
  add_subsystem(scenario, "a");
  scenario.kho_clients.push_back({.name = "k", .priority = priority});
  add_fault(scenario, "kho.client.abort:k");
  return scenario;
}

TEST(AnErrorMeansNotDone, fires_when_a_cancel_is_refused_that_was_done) {
  EXPECT_EQ(findings_of(with_a_client_that_refuses_to_abort(-10)).cause("an-error-means-not-done"),
            "EVENT_CANCEL = -EBUSY, but it went from prepared to normal");
}

TEST(AnErrorMeansNotDone, holds_when_failures_are_undone_or_ignored) {
  EXPECT_EQ(findings_when_fixed(with_a_debugfs_that_fails()).text(), "");
  EXPECT_EQ(findings_when_fixed(with_a_client_that_refuses_to_abort(-10)).text(), "");
  EXPECT_FALSE(
      findings_of(with_a_client_that_refuses_to_abort(10)).violate("an-error-means-not-done"));
}

TEST(AnErrorMeansNotDone, holds_for_what_is_documented) {
  Scenario scenario = story({entry(Verb::prepare), try_to(entry(Verb::freeze)),
                             try_to(entry(Verb::reboot, {"kexec-without-image"}))});
  add_subsystem(scenario, "a");
  EXPECT_EQ(findings_of(scenario).text(), "") << "frozen, and no image";
  add_fault(scenario, "luo.subsystem.freeze:a");
  EXPECT_FALSE(findings_of(scenario).violate("an-error-means-not-done"))
      << "a failed freeze falls back to normal";
}

// B34.
Scenario with_a_full_root_page(std::int32_t priority) {
  Scenario scenario = story({try_to(entry(Verb::prepare))});
  scenario.kho_clients.push_back({.name = "k", .priority = priority, .subtrees = 109});
  return scenario;
}

TEST(ErrorsAreDocumented, fires_when_the_number_of_a_library_is_returned) {
  EXPECT_EQ(findings_of(with_a_full_root_page(10)).cause("errors-are-documented"),
            "EVENT_PREPARE = -3, which is no documented answer of it");
}

TEST(ErrorsAreDocumented, holds_when_it_is_translated) {
  EXPECT_EQ(findings_when_fixed(with_a_full_root_page(10)).text(), "");
}

TEST(ErrorsAreDocumented, holds_for_what_participants_and_clients_answer) {
  constexpr std::int32_t kOddErrno = -71;
  Scenario scenario = story(
      {entry(Verb::preserve, {"f"}), try_to(entry(Verb::prepare)), try_to(entry(Verb::prepare))});
  scenario.kho_clients.push_back({.name = "k", .priority = 10});
  add_fault(scenario, "luo.file.prepare:f", 1, kOddErrno);
  add_fault(scenario, "kho.client.finalize:k", 2, kOddErrno);
  WatchedMachine watched(scenario);
  watched.run();
  EXPECT_EQ(watched.machine.answers(userspace::Verb::prepare),
            (std::vector<std::int64_t>{kOddErrno, kOddErrno}));
  EXPECT_FALSE(watched.findings().violate("errors-are-documented"));
}

// B32.
Scenario with_flags() {
  Scenario scenario = story({try_to(entry(Verb::preserve, {"f"}))});
  scenario.actors[0].script[0].flags = 0x30;
  return scenario;
}

TEST(UnknownFlagsAreRefused, fires_when_they_are_ignored) {
  EXPECT_EQ(findings_of(with_flags()).cause("unknown-flags-are-refused"),
            "FD_PRESERVE f with the flags 0x30 succeeds, and they mean nothing");
}

TEST(UnknownFlagsAreRefused, holds_when_the_call_is_refused_for_whatever_reason) {
  EXPECT_EQ(findings_when_fixed(with_flags()).text(), "");
  Scenario scenario = with_flags();
  add_fault(scenario, "luo.file.can_preserve:f");
  EXPECT_EQ(findings_of(scenario).text(), "");
}

// B22, B23.
Scenario with_a_command_line(std::string cmdline) {
  Scenario scenario = story({try_to(entry(Verb::preserve, {"f"})), try_to(entry(Verb::prepare))});
  scenario.kernels[0].cmdline = std::move(cmdline);
  return scenario;
}

TEST(SwitchedOffStaysOff, fires_when_a_kernel_does_what_it_was_told_not_to) {
  EXPECT_EQ(findings_of(with_a_command_line("kho=off")).cause("switched-off-stays-off"),
            "kernel 1 was booted with kho=off, but FD_PRESERVE succeeds");
  EXPECT_EQ(findings_of(with_a_command_line("kho=on")).cause("switched-off-stays-off"),
            "kernel 1 was booted with liveupdate=off, but FD_PRESERVE succeeds");
}

TEST(SwitchedOffStaysOff, fires_when_such_a_kernel_takes_an_update_over) {
  Scenario scenario = story({entry(Verb::prepare), entry(Verb::reboot, {"kexec"})});
  scenario.kernels.emplace_back().name = "next";
  scenario.kernels[1].cmdline = "kho=on liveupdate=off";
  EXPECT_EQ(findings_of(scenario).cause("switched-off-stays-off"),
            "kernel 2 was booted with liveupdate=off, but its phase is updated");
}

TEST(SwitchedOffStaysOff, holds_when_everything_is_refused) {
  for (const char* cmdline : {"kho=off", "kho=on", "kho=on liveupdate=on"})
    EXPECT_EQ(findings_when_fixed(with_a_command_line(cmdline)).text(), "") << cmdline;
}

TEST(Sometimes, nothing_is_reached_by_who_does_nothing) {
  EXPECT_EQ(findings_of(story({entry(Verb::state), entry(Verb::reboot, {"kexec"})})).reached,
            (std::set<std::string>{}));
}

TEST(Sometimes, a_whole_update_reaches_everything_but_a_failure) {
  const Scenario scenario =
      story({entry(Verb::preserve, {"f"}), entry(Verb::prepare), entry(Verb::reboot, {"kexec"}),
             entry(Verb::restore, {"f"}), entry(Verb::finish)});
  EXPECT_EQ(findings_of(scenario).reached,
            (std::set<std::string>{"an-update-is-prepared", "a-kernel-takes-over",
                                   "a-file-comes-back", "an-update-is-finished"}));
}

TEST(Sometimes, a_failure_is_rolled_back_only_where_somebody_refused) {
  Scenario scenario = story({entry(Verb::preserve, {"f"}), try_to(entry(Verb::prepare)),
                             try_to(entry(Verb::prepare)), try_to(entry(Verb::cancel))});
  add_subsystem(scenario, "a");
  EXPECT_FALSE(findings_of(scenario).reached.contains("a-failure-is-rolled-back"))
      << "a cancel that somebody asked for";
  add_fault(scenario, "luo.file.prepare:f");
  EXPECT_FALSE(findings_of(scenario).reached.contains("a-failure-is-rolled-back"))
      << "the first to be asked refused: nobody is to be cancelled";
  scenario.faults[0].site = "luo.subsystem.prepare:a";
  EXPECT_TRUE(findings_of(scenario).reached.contains("a-failure-is-rolled-back"));
}

}  // namespace
}  // namespace luosim::world
