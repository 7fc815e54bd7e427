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

}  // namespace
}  // namespace luosim::world
