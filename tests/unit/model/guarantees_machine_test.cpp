// SPDX-License-Identifier: Apache-2.0
//
// The guarantees about the machine as a whole and about its phase: for each, a story in which it
// does not hold and one in which it does. Bug numbers are those of luo-v2-bugs.md.
#include <cstdint>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "model/kernel/errno.hpp"
#include "model/luo/v2/record.hpp"
#include "tests/unit/model/guarantee_world.hpp"

namespace luosim::world {
namespace {

namespace LuoRecord = luo::v2::LuoRecord;

// A second kernel that registers no handler by itself.
Scenario with_a_kernel_that_lacks_handlers(std::vector<ScriptEntry> script) {
  Scenario scenario = story(std::move(script));
  KernelSpec& next = scenario.kernels.emplace_back();
  next.name = "next";
  next.handlers.emplace();
  return scenario;
}

// B18.
TEST(NoKernelPanics, fires_when_the_next_kernel_lacks_a_handler) {
  const Scenario scenario = with_a_kernel_that_lacks_handlers(
      {entry(Verb::preserve, {"f"}), entry(Verb::prepare), entry(Verb::reboot, {"kexec"}),
       entry(Verb::restore, {"f"})});
  EXPECT_EQ(
      findings_of(scenario).cause("no-kernel-panics"),
      "kernel 2 panicked: no registered handler has the compatible string of a preserved file");
}

TEST(NoKernelPanics, holds_when_a_missing_handler_concerns_one_file_only) {
  Scenario scenario = with_a_kernel_that_lacks_handlers(
      {try_to(entry(Verb::preserve, {"f"})), entry(Verb::prepare),
       try_to(entry(Verb::reboot, {"kexec"})), try_to(entry(Verb::restore, {"f"}))});
  EXPECT_EQ(findings_when_fixed(scenario).text(), "");
  set_knob(scenario, "missing_handler", "skip");
  set_knob(scenario, "check_the_next_image", "false");
  EXPECT_FALSE(findings_when_fixed(scenario).violate("no-kernel-panics"));
}

TEST(NoKernelPanics, does_not_count_the_panic_that_a_scenario_asks_for) {
  Scenario scenario = story({entry(Verb::reboot, {"kexec"})});
  add_fault(scenario, "boot.panic");
  WatchedMachine watched(scenario);
  EXPECT_EQ(watched.run(), Stop::kernel_died);
  EXPECT_EQ(watched.findings().text(), "");
}

// B20.
TEST(NoKernelOopses, fires_when_a_handler_unregisters_that_never_registered) {
  Scenario scenario = story({entry(Verb::unregister_handler, {"h"})});
  scenario.kernels[0].handlers.emplace();
  EXPECT_EQ(findings_of(scenario).cause("no-kernel-oopses"),
            "kernel 1 followed a null or wild pointer in unregister handler h");
}

TEST(NoKernelOopses, holds_when_the_call_is_refused) {
  Scenario scenario = story({expecting(kernel::kENOENT, entry(Verb::unregister_handler, {"h"}))});
  scenario.kernels[0].handlers.emplace();
  EXPECT_EQ(findings_when_fixed(scenario).text(), "");
}

// B05.
TEST(NoUndefinedBehaviour, fires_when_a_cancelled_update_is_handed_over) {
  const Scenario scenario =
      story({entry(Verb::prepare), entry(Verb::cancel), entry(Verb::reboot, {"kexec"})});
  EXPECT_EQ(findings_of(scenario).cause("no-undefined-behaviour"),
            "kernel 2 read the serialized map of preserved memory that was freed");
}

// B15.
TEST(NoUndefinedBehaviour, fires_when_a_descriptor_refers_to_nothing) {
  Scenario scenario = story({entry(Verb::preserve, {"f"}), entry(Verb::prepare),
                             entry(Verb::reboot, {"kexec"}), entry(Verb::restore, {"f"})});
  add_fault(scenario, "luo.file.retrieve", 1, 1);
  EXPECT_EQ(findings_of(scenario).cause("no-undefined-behaviour"),
            "FD_RESTORE f gave out a descriptor that refers to no file");
}

TEST(NoUndefinedBehaviour, fires_when_pages_are_freed_twice) {
  WatchedMachine watched(story({}));
  watched.switch_on();
  Context context = watched.context();
  const auto pages = kernel::allocate_pages(context, 2, 1, luo::v2::kTreeOwner);
  ASSERT_TRUE(pages);
  kernel::free_pages(context, *pages);
  EXPECT_EQ(watched.findings().text(), "");
  kernel::free_pages(context, *pages);
  EXPECT_TRUE(watched.findings().violate("no-undefined-behaviour"));
}

TEST(NoUndefinedBehaviour, holds_when_only_a_finalized_kho_hands_over_and_a_number_is_no_file) {
  EXPECT_EQ(findings_when_fixed(
                story({entry(Verb::prepare), entry(Verb::cancel), entry(Verb::reboot, {"kexec"})}))
                .text(),
            "");
  Scenario scenario =
      story({entry(Verb::preserve, {"f"}), entry(Verb::prepare), entry(Verb::reboot, {"kexec"}),
             expecting(kernel::kEIO, entry(Verb::restore, {"f"})), entry(Verb::finish)});
  add_fault(scenario, "luo.file.retrieve", 1, 1);
  EXPECT_EQ(findings_when_fixed(scenario).text(), "");
}

// Whatever a damaged handover makes a kernel do, it is not the protocol's fault.
TEST(OutsideDamage, is_no_finding_wherever_the_bit_is) {
  for (const char* piece : {"root", "map", "luo-tree"}) {
    for (std::int32_t bit = 1; bit < 4096; bit += 61) {
      Scenario scenario =
          story({entry(Verb::preserve, {"f"}), entry(Verb::prepare), entry(Verb::reboot, {"kexec"}),
                 try_to(entry(Verb::restore, {"f"})), try_to(entry(Verb::finish))});
      add_fault(scenario, std::string("handover.bit_flip:") + piece, 1, bit);
      scenario.protocol = "luo-v2-fixed";
      WatchedMachine watched(scenario);
      watched.run();
      EXPECT_EQ(watched.findings().text(), "") << piece << " " << bit;
    }
  }
}

// B37.
Scenario with_a_subsystem_that_reenters(std::vector<ScriptEntry> script) {
  Scenario scenario = story(std::move(script));
  add_subsystem(scenario, "a");
  scenario.subsystems[0].reenters = "prepare";
  return scenario;
}

TEST(NoDeadlock, fires_when_a_callback_needs_the_lock_that_it_runs_under) {
  EXPECT_EQ(
      findings_of(with_a_subsystem_that_reenters({entry(Verb::prepare)})).cause("no-deadlock"),
      "agent waits for ever to read-lock the phase lock in EVENT_PREPARE");
}

TEST(NoDeadlock, holds_when_a_callback_is_refused_and_when_two_only_wait_for_each_other_in_turn) {
  EXPECT_EQ(findings_when_fixed(
                with_a_subsystem_that_reenters({entry(Verb::prepare), entry(Verb::cancel)}))
                .text(),
            "");
  Scenario scenario = story({entry(Verb::prepare), entry(Verb::cancel)});
  add_subsystem(scenario, "a");
  add_actor(scenario, "other", {pause_before(300, try_to(entry(Verb::cancel)))});
  EXPECT_FALSE(findings_of(scenario).violate("no-deadlock"));
}

// B01.
Scenario with_a_freeze_that_fails(std::vector<ScriptEntry> more = {}) {
  std::vector<ScriptEntry> script = {entry(Verb::prepare),
                                     expecting(kernel::kEIO, entry(Verb::freeze))};
  script.insert(script.end(), more.begin(), more.end());
  Scenario scenario = story(std::move(script));
  add_subsystem(scenario, "a");
  add_fault(scenario, "luo.subsystem.freeze:a");
  return scenario;
}

TEST(CanGetBackToNormal, fires_when_nothing_but_a_reboot_helps) {
  const std::string cause = findings_of(with_a_freeze_that_fails()).cause("can-get-back-to-normal");
  EXPECT_TRUE(cause.starts_with("from phase normal with KHO finalized, no call leads back"))
      << cause;
}

TEST(CanGetBackToNormal, holds_when_a_failed_freeze_can_be_tried_again) {
  EXPECT_EQ(findings_when_fixed(with_a_freeze_that_fails()).text(), "");
}

TEST(CanGetBackToNormal, is_not_asked_once_the_handover_was_damaged) {
  Scenario scenario = with_a_freeze_that_fails();
  auto& script = scenario.actors[0].script;
  script.insert(script.begin(),
                {entry(Verb::prepare), entry(Verb::reboot, {"kexec"}), entry(Verb::finish)});
  scenario.faults[0].nth = 2;
  const std::string stuck = findings_of(scenario).cause("can-get-back-to-normal");
  EXPECT_TRUE(stuck.starts_with("from phase normal with KHO finalized")) << stuck;
  // Far behind the end of the tree in its buffer, where nobody reads.
  add_fault(scenario, "handover.bit_flip:luo-tree", 1, 4'000'000);
  EXPECT_EQ(findings_of(scenario).cause("can-get-back-to-normal"), "held");
}

TEST(PhaseAndKhoAgree, fires_when_a_failed_freeze_leaves_kho_finalized) {
  EXPECT_EQ(findings_of(with_a_freeze_that_fails()).cause("phase-and-kho-agree"),
            "the phase is normal and KHO is finalized");
}

TEST(PhaseAndKhoAgree, holds_when_kho_serves_others_in_a_kernel_without_live_update) {
  EXPECT_EQ(findings_when_fixed(with_a_freeze_that_fails()).text(), "");
  Scenario scenario = story({entry(Verb::kho_finalize), entry(Verb::kho_abort)});
  scenario.kernels[0].cmdline = "kho=on liveupdate=off";
  EXPECT_EQ(findings_when_fixed(scenario).text(), "");
}

// B06.
Scenario with_a_cancel_that_is_killed() {
  Scenario scenario = story(
      {entry(Verb::prepare), expecting(kernel::kEAGAIN, entry(Verb::cancel)), entry(Verb::cancel)});
  add_subsystem(scenario, "a");
  add_fault(scenario, "luo.phase_lock.killed", 2);
  return scenario;
}

TEST(FinalizedKhoHasItsMap, fires_when_a_refused_cancel_frees_it) {
  EXPECT_EQ(findings_of(with_a_cancel_that_is_killed()).cause("finalized-kho-has-its-map"),
            "after a call KHO is finalized in phase prepared, and both the serialized map and the "
            "bitmaps are freed");
}

TEST(FinalizedKhoHasItsMap, fires_at_the_jump_whoever_is_in_the_middle_of_what) {
  WatchedMachine watched(story({}));
  watched.switch_on();
  watched.machine.prepare();
  watched.world().kernel.kho.tracker.bitmaps.clear();
  watched.tell({.kind = kernel::KernelRecord::kexec});
  EXPECT_EQ(watched.findings().cause("finalized-kho-has-its-map"),
            "at the jump KHO is finalized in phase prepared, and the bitmaps that its map leads to "
            "are freed");
}

TEST(FinalizedKhoHasItsMap, holds_when_clients_are_asked_first) {
  EXPECT_FALSE(
      findings_when_fixed(with_a_cancel_that_is_killed()).violate("finalized-kho-has-its-map"));
}

TEST(ThePhaseFollowsItsTable, fires_for_an_edge_that_is_not_in_it) {
  WatchedMachine watched(story({}));
  watched.switch_on();
  Context context = watched.context();
  luo::v2::store_phase(context, luo::v2::Phase::frozen);
  EXPECT_EQ(watched.findings().cause("the-phase-follows-its-table"),
            "the phase went from normal to frozen, which is no edge of its table");
}

TEST(ThePhaseFollowsItsTable, holds_along_every_edge) {
  for (const luo::v2::PhaseEdge& edge : luo::v2::phase_edges()) {
    WatchedMachine watched(story({}));
    watched.tell({.kind = LuoRecord::phase_stored,
                  .values = {static_cast<std::uint64_t>(edge.from),
                             static_cast<std::uint64_t>(edge.to), 0, 0}});
    EXPECT_EQ(watched.findings().text(), "");
  }
}

// I4.
Scenario with_a_reader_in_the_middle_of_prepare() {
  Scenario scenario = story({entry(Verb::prepare), entry(Verb::cancel)});
  add_subsystem(scenario, "a");
  add_actor(scenario, "other", {pause_before(300, entry(Verb::state))});
  return scenario;
}

TEST(ThePhaseIsReadAtRest, fires_when_it_is_read_in_the_middle_of_a_transition) {
  EXPECT_EQ(
      findings_of(with_a_reader_in_the_middle_of_prepare()).cause("the-phase-is-read-at-rest"),
      "the phase was read as normal in the middle of a transition of agent");
}

TEST(ThePhaseIsReadAtRest, holds_when_readers_wait) {
  EXPECT_EQ(findings_when_fixed(with_a_reader_in_the_middle_of_prepare()).text(), "");
}

}  // namespace
}  // namespace luosim::world
