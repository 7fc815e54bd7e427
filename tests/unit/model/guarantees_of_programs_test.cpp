// SPDX-License-Identifier: Apache-2.0
//
// Guarantees that no protocol breaks by itself, or only one does: each is shown a program with one
// row that is wrong, in which it does not hold, and the program as it is, in which it does.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/mutants/mutation.hpp"
#include "tests/unit/model/guarantee_world.hpp"

namespace luosim::world {
namespace {

using mutants::Mutation;
using mutants::Operator;

// What is said of a story under the corrected protocol with a mistake more.
Findings findings_with(Scenario scenario, const Mutation& mistake) {
  scenario.protocol = "luo-v2-fixed";
  WatchedMachine watched(scenario);
  const mutants::Mutant mutant(watched.machine.blueprint.programs, mistake);
  EXPECT_TRUE(mutant.is_applicable()) << mistake.row;
  watched.machine.blueprint.programs = mutant.programs();
  watched.run();
  judge_the_end(watched.watch, watched.machine.world, watched.machine.blueprint);
  return watched.findings();
}

Scenario update_of_one_file() {
  return story({entry(Verb::preserve, {"f"}), entry(Verb::prepare), entry(Verb::reboot, {"kexec"}),
                entry(Verb::restore, {"f"}), entry(Verb::finish)});
}

// The agent keeps a lock, and stands still between two calls; who comes next waits for ever.
Scenario with_somebody_who_comes_later() {
  Scenario scenario =
      story({entry(Verb::prepare), after(Awaited::Kind::label, "never", entry(Verb::cancel))});
  add_actor(scenario, "other",
            {after(Awaited::Kind::phase, "prepared", pause_before(1'000'000, entry(Verb::state))),
             labelled("never", entry(Verb::cancel))});
  return scenario;
}

constexpr Mutation kKeepsThePhaseLock{"luo.prepare", "release the phase lock", Operator::drop};

TEST(EachCallReturns, fires_when_somebody_waits_for_a_lock_that_was_left_behind) {
  const Findings found = findings_with(with_somebody_who_comes_later(), kKeepsThePhaseLock);
  EXPECT_EQ(found.cause("each-call-returns"), "other waits for ever to read-lock the phase lock");
  // Nobody waits in a circle.
  EXPECT_FALSE(found.violate("no-deadlock"));
}

TEST(EachCallReturns, does_not_ask_for_the_return_of_who_was_killed) {
  Scenario scenario = with_somebody_who_comes_later();
  add_actor(scenario, "killer",
            {after(Awaited::Kind::phase, "prepared",
                   pause_before(9'000'000, entry(Verb::kill, {"other"})))});
  EXPECT_FALSE(findings_with(scenario, kKeepsThePhaseLock).violate("each-call-returns"));
}

TEST(EachCallReturns, fires_on_a_deadlock) {
  const Scenario scenario = story({entry(Verb::prepare), try_to(entry(Verb::preserve, {"f"}))});
  const Findings found = findings_with(scenario, kKeepsThePhaseLock);
  EXPECT_TRUE(found.violate("each-call-returns"));
  EXPECT_TRUE(found.violate("no-deadlock"));
}

TEST(EachCallReturns, holds_when_locks_are_given_up) {
  Scenario scenario =
      story({entry(Verb::prepare), after(Awaited::Kind::label, "done", entry(Verb::cancel))});
  add_actor(scenario, "other",
            {after(Awaited::Kind::phase, "prepared", labelled("done", entry(Verb::state)))});
  EXPECT_EQ(findings_when_fixed(scenario).text(), "");
}

// B14: the mark of the attempt stays, and finish is told that somebody has the file.
Scenario with_a_file_that_never_came_back() {
  Scenario scenario = story(
      {entry(Verb::preserve, {"f", "g"}), entry(Verb::prepare), entry(Verb::reboot, {"kexec"}),
       try_to(entry(Verb::restore, {"f"})), entry(Verb::restore, {"g"}), entry(Verb::finish)},
      {"f", "g"});
  add_fault(scenario, "luo.file.retrieve");
  return scenario;
}

TEST(EachTokenIsSettled, fires_when_a_file_neither_came_back_nor_is_given_up) {
  EXPECT_EQ(findings_of(with_a_file_that_never_came_back()).cause("each-token-is-settled"),
            "the update has ended, and of 2 files that kernel 2 was handed 1 neither came back nor "
            "was given up");
}

TEST(EachTokenIsSettled, holds_when_finish_is_told_who_has_which_file) {
  EXPECT_EQ(findings_when_fixed(with_a_file_that_never_came_back()).text(), "");
}

TEST(EachTokenIsSettled, fires_when_finish_passes_files_by) {
  const Scenario scenario = story({entry(Verb::preserve, {"f"}), entry(Verb::prepare),
                                   entry(Verb::reboot, {"kexec"}), entry(Verb::finish)});
  EXPECT_TRUE(findings_with(scenario, {"luo.finish", "finish the files", Operator::skip_call})
                  .violate("each-token-is-settled"));
  EXPECT_EQ(findings_when_fixed(scenario).text(), "");
}

TEST(ARestoredFileLivesUntilFinish, fires_when_nobody_but_a_descriptor_holds_it) {
  const Scenario scenario =
      story({entry(Verb::preserve, {"f"}), entry(Verb::prepare), entry(Verb::reboot, {"kexec"}),
             entry(Verb::restore, {"f"}), entry(Verb::close, {"f"}), entry(Verb::finish)});
  EXPECT_EQ(findings_of(scenario).cause("a-restored-file-lives-until-finish"),
            "f came back for token 0 and is closed, and finish will look at it");
  EXPECT_EQ(findings_when_fixed(scenario).text(), "");
}

TEST(ARestoredFileLivesUntilFinish, fires_when_luo_forgets_it) {
  EXPECT_EQ(findings_with(update_of_one_file(),
                          {"luo.restore_file", "remember and hold the file", Operator::drop})
                .cause("a-restored-file-lives-until-finish"),
            "token 0 gave a file that LUO does not know");
  EXPECT_EQ(findings_when_fixed(update_of_one_file()).text(), "");
}

TEST(WordsAreHandedOver, fires_when_the_tree_is_not_written_after_freeze) {
  EXPECT_EQ(
      findings_with(update_of_one_file(), {"luo.freeze_files", "commit the words", Operator::drop})
          .cause("words-are-handed-over"),
      "f left the word 0x10011, and the tree says 0x10010");
}

TEST(WordsAreHandedOver, looks_at_subsystems_too) {
  Scenario scenario = story({entry(Verb::prepare), entry(Verb::reboot, {"kexec"})});
  add_subsystem(scenario, "a");
  EXPECT_TRUE(findings_with(scenario, {"luo.freeze_subsystems", "commit the words", Operator::drop})
                  .violate("words-are-handed-over"));
  EXPECT_EQ(findings_when_fixed(scenario).text(), "");
}

// Behind so many small files a page lies in another bitmap than KHO's root page.
Scenario with_a_page_that_comes_late() {
  Scenario scenario =
      story({entry(Verb::prepare), entry(Verb::reboot, {"kexec"}), entry(Verb::finish)}, {});
  for (int number = 0; number < 70; ++number)
    add_memfd(scenario, "m" + std::to_string(number), 62 * 4096, 0, /*folio_bytes=*/4096);
  add_subsystem(scenario, "a");
  scenario.subsystems[0].preserves_in_freeze = true;
  return scenario;
}

TEST(WhatIsPreservedIsInTheMap, fires_when_the_map_is_not_written_once_more) {
  EXPECT_EQ(findings_with(with_a_page_that_comes_late(),
                          {"luo.freeze", "write the map once more", Operator::drop})
                .cause("what-is-preserved-is-in-the-map"),
            "at the jump of kernel 1 the map does not name 1 page that is preserved");
  EXPECT_EQ(findings_when_fixed(with_a_page_that_comes_late()).text(), "");
}

TEST(AFinalizedMapIsClosed, fires_when_freeze_leaves_it_open) {
  const Scenario scenario = story({entry(Verb::prepare), entry(Verb::freeze), entry(Verb::cancel)});
  EXPECT_EQ(findings_with(scenario, {"luo.freeze", "close the map", Operator::drop})
                .cause("a-finalized-map-is-closed"),
            "after EVENT_FREEZE KHO is finalized in phase frozen, and memory can be preserved and "
            "unpreserved all the same");
  EXPECT_EQ(findings_when_fixed(scenario).text(), "");
}

TEST(AFinalizedMapIsClosed, fires_when_an_abort_leaves_it_open_for_the_next_update) {
  const Scenario scenario =
      story({entry(Verb::prepare), entry(Verb::cancel), entry(Verb::prepare), entry(Verb::cancel)});
  EXPECT_TRUE(
      findings_with(scenario, {"kho.abort_clients", "let them unpreserve no more", Operator::drop})
          .violate("a-finalized-map-is-closed"));
  EXPECT_EQ(findings_when_fixed(scenario).text(), "");
}

Scenario with_a_handler_that_goes_in_prepared() {
  return story(
      {entry(Verb::prepare), try_to(entry(Verb::unregister_handler, {"h"})), entry(Verb::cancel)});
}

TEST(RegistrationFollowsThePhase, fires_when_a_handler_goes_while_an_update_is_prepared) {
  EXPECT_EQ(findings_with(with_a_handler_that_goes_in_prepared(),
                          {"luo.unregister_handler", "check that the phase is normal or updated",
                           Operator::drop})
                .cause("registration-follows-the-phase"),
            "h is unregistered in phase prepared");
  EXPECT_EQ(findings_when_fixed(with_a_handler_that_goes_in_prepared()).text(), "");
}

TEST(RegistrationFollowsThePhase, fires_when_a_handler_is_said_to_be_gone_and_is_not) {
  const Scenario scenario = story({entry(Verb::unregister_handler, {"h"})});
  EXPECT_EQ(
      findings_with(scenario, {"luo.unregister_handler", "remove the handler", Operator::drop})
          .cause("registration-follows-the-phase"),
      "unregister handler h = 0, and h is still registered");
  EXPECT_EQ(findings_when_fixed(scenario).text(), "");
}

}  // namespace
}  // namespace luosim::world
