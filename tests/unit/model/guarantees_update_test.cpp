// SPDX-License-Identifier: Apache-2.0
//
// The guarantees about what participants are told and what is left of an update: for each, a story
// in which it does not hold and one in which it does. Bug numbers are those of luo-v2-bugs.md.
#include <cstdint>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "model/kernel/errno.hpp"
#include "tests/unit/model/guarantee_world.hpp"

namespace luosim::world {
namespace {

using kernel::kEIO;

// A subsystem that refuses to freeze, between two others.
Scenario with_a_freeze_that_fails() {
  Scenario scenario = memfd_story(
      {entry(Verb::preserve, {"m"}), entry(Verb::prepare), expecting(kEIO, entry(Verb::freeze))});
  for (const char* name : {"a", "b", "c"}) add_subsystem(scenario, name);
  add_fault(scenario, "luo.subsystem.freeze:b");
  return scenario;
}

// B02.
TEST(EachPreparedIsSettledOnce, fires_for_everybody_that_a_failed_freeze_leaves_behind) {
  EXPECT_EQ(findings_of(with_a_freeze_that_fails()).cause("each-prepared-is-settled-once"),
            "prepared, and neither cancelled nor finished: b, c");
}

TEST(EachPreparedIsSettledOnce, fires_when_somebody_is_cancelled_twice) {
  Scenario scenario = with_a_freeze_that_fails();
  set_knob(scenario, "abort_kho_on_failed_freeze");
  EXPECT_EQ(findings_of(scenario).cause("each-prepared-is-settled-once"),
            "memfd-v1 for m is cancelled and was not prepared");
}

TEST(EachPreparedIsSettledOnce, holds_when_a_failed_freeze_cancels_everybody) {
  EXPECT_EQ(findings_when_fixed(with_a_freeze_that_fails()).text(), "");
}

TEST(EachPreparedIsSettledOnce, asks_nothing_for_who_cannot_be_told) {
  Scenario scenario = with_a_freeze_that_fails();
  scenario.subsystems[1].callbacks.cancel = false;
  scenario.subsystems[2].callbacks.prepare = false;
  EXPECT_FALSE(findings_of(scenario).violate("each-prepared-is-settled-once"));
}

// While one finishes, others call: the moment is that of the store, not that of the return.
TEST(EachPreparedIsSettledOnce, holds_when_others_call_while_an_update_is_finished) {
  for (std::int64_t delay = 0; delay < 6000; delay += 100) {
    Scenario scenario = memfd_story({entry(Verb::preserve, {"m"}), entry(Verb::prepare),
                                     entry(Verb::reboot, {"kexec"}), entry(Verb::finish)});
    add_subsystem(scenario, "a");
    add_actor(scenario, "other",
              {after(Awaited::Kind::phase, "updated", sleeping(delay)),
               try_to(entry(Verb::prepare)), try_to(entry(Verb::cancel))});
    EXPECT_EQ(findings_when_fixed(scenario).text(), "") << delay;
  }
}

// B09.
Scenario with_a_prepare_that_fails() {
  Scenario scenario =
      memfd_story({entry(Verb::preserve, {"m"}), expecting(kEIO, entry(Verb::prepare)),
                   entry(Verb::prepare), entry(Verb::cancel)});
  add_subsystem(scenario, "a");
  add_fault(scenario, "luo.subsystem.prepare:a");
  return scenario;
}

TEST(NothingStaysPreparedInNormal, fires_when_the_tree_of_a_failed_prepare_is_kept) {
  const std::string cause =
      findings_of(with_a_prepare_that_fails()).cause("nothing-stays-prepared-in-normal");
  EXPECT_TRUE(
      cause.starts_with("the phase is normal after EVENT_PREPARE = -EIO, and LUO still has "
                        "the tree of the update at 0x"))
      << cause;
}

TEST(NothingStaysPreparedInNormal, fires_when_a_mapping_stays_frozen) {
  Scenario scenario = with_a_freeze_that_fails();
  scenario.faults[0].site = "luo.file.freeze:m";
  const std::string cause = findings_of(scenario).cause("nothing-stays-prepared-in-normal");
  EXPECT_TRUE(cause.ends_with(" and the mapping of m is still frozen")) << cause;
}

TEST(NothingStaysPreparedInNormal, holds_when_a_failure_takes_everything_back) {
  EXPECT_EQ(findings_when_fixed(with_a_prepare_that_fails()).text(), "");
  Scenario scenario = with_a_freeze_that_fails();
  scenario.faults[0].site = "luo.file.freeze:m";
  EXPECT_EQ(findings_when_fixed(scenario).text(), "");
}

TEST(NothingStaysPreparedInNormal, asks_nothing_of_a_handler_without_cancel) {
  Scenario scenario =
      memfd_story({entry(Verb::preserve, {"m"}), entry(Verb::prepare), entry(Verb::cancel)});
  scenario.handlers[0].callbacks.cancel = false;
  EXPECT_EQ(findings_of(scenario).text(), "");
  EXPECT_EQ(findings_when_fixed(scenario).text(), "");
}

TEST(CancelGivesEverythingBack, fires_when_a_failed_prepare_leaks_its_tree) {
  EXPECT_EQ(findings_of(with_a_prepare_that_fails()).cause("cancel-gives-everything-back"),
            "after EVENT_PREPARE = -EIO the update has 256 pages more than when it began");
}

TEST(CancelGivesEverythingBack, fires_when_less_is_left_than_before) {
  WatchedMachine watched(
      memfd_story({sleeping(1000), entry(Verb::prepare), sleeping(1000), entry(Verb::cancel)}));
  watched.start();
  watched.go_on_until([&] { return watched.world().user.is_started != 0; });
  Context context = watched.context();
  const auto pages = kernel::allocate_pages(context, 3, 1, luo::v2::kTreeOwner);
  ASSERT_TRUE(pages);
  watched.go_on_until([&] { return watched.machine.phase() == luo::v2::Phase::prepared; });
  kernel::free_pages(context, *pages);
  watched.go_on();
  EXPECT_EQ(watched.findings().cause("cancel-gives-everything-back"),
            "after EVENT_CANCEL = 0 the update has 3 pages less than when it began");
}

TEST(CancelGivesEverythingBack, holds_after_a_failure_and_after_a_cancel) {
  EXPECT_EQ(findings_when_fixed(with_a_prepare_that_fails()).text(), "");
  EXPECT_EQ(findings_when_fixed(with_a_freeze_that_fails()).text(), "");
  Scenario scenario = memfd_story({entry(Verb::preserve, {"m"}), entry(Verb::prepare),
                                   entry(Verb::freeze), entry(Verb::cancel)});
  add_subsystem(scenario, "a", /*preserves_page=*/true);
  EXPECT_EQ(findings_of(scenario).text(), "");
}

TEST(CancelGivesEverythingBack, asks_nothing_of_a_participant_without_cancel) {
  Scenario scenario = memfd_story({entry(Verb::prepare), entry(Verb::cancel)});
  add_subsystem(scenario, "a", /*preserves_page=*/true);
  scenario.subsystems[0].callbacks.cancel = false;
  EXPECT_EQ(findings_of(scenario).text(), "");
  EXPECT_EQ(findings_when_fixed(scenario).text(), "");
}

Scenario with_a_whole_update() {
  Scenario scenario = memfd_story({entry(Verb::preserve, {"m"}), entry(Verb::prepare),
                                   entry(Verb::reboot, {"kexec"}), entry(Verb::restore, {"m"}),
                                   entry(Verb::finish)});
  add_subsystem(scenario, "a", /*preserves_page=*/true);
  return scenario;
}

// B30.
TEST(FinishGivesEverythingBack, fires_when_the_tree_and_the_records_are_kept) {
  EXPECT_EQ(findings_of(with_a_whole_update()).cause("finish-gives-everything-back"),
            "after EVENT_FINISH there are still 1 record of files and 256 pages of the handed-over "
            "tree");
}

// B14: finish is told that somebody took the file.
TEST(FinishGivesEverythingBack, fires_when_the_memory_of_a_file_is_given_back_by_nobody) {
  Scenario scenario = with_a_whole_update();
  scenario.actors[0].script[3] = expecting(kEIO, scenario.actors[0].script[3]);
  add_fault(scenario, "luo.file.retrieve");
  const std::string cause = findings_of(scenario).cause("finish-gives-everything-back");
  EXPECT_TRUE(cause.ends_with(" and 16384 pages that participants had preserved")) << cause;
  EXPECT_EQ(findings_when_fixed(scenario).text(), "");
}

TEST(FinishGivesEverythingBack, holds_when_all_is_given_back_restored_or_not) {
  Scenario scenario = with_a_whole_update();
  EXPECT_EQ(findings_when_fixed(scenario).text(), "");
  scenario.actors[0].script.erase(scenario.actors[0].script.begin() + 3);
  EXPECT_EQ(findings_when_fixed(scenario).text(), "");
}

TEST(FinishGivesEverythingBack, asks_nothing_of_who_cannot_finish) {
  Scenario scenario = with_a_whole_update();
  scenario.subsystems[0].callbacks.finish = false;
  EXPECT_EQ(findings_when_fixed(scenario).text(), "");
}

// B28.
Scenario with_a_second_prepare() {
  Scenario scenario = with_a_whole_update();
  scenario.actors[0].script.push_back(entry(Verb::prepare));
  return scenario;
}

TEST(PrepareStartsFromZero, fires_when_a_word_is_left_over_from_the_update_before) {
  const std::string cause = findings_of(with_a_second_prepare()).cause("prepare-starts-from-zero");
  EXPECT_TRUE(cause.starts_with("prepare of a begins with the word 0x")) << cause;
  EXPECT_TRUE(cause.ends_with(" of an earlier update")) << cause;
}

TEST(PrepareStartsFromZero, holds_when_words_are_cleared) {
  EXPECT_EQ(findings_when_fixed(with_a_second_prepare()).text(), "");
}

// B27.
Scenario with_a_freeze_that_preserves(std::int64_t errno_value) {
  const ScriptEntry freeze = entry(Verb::freeze);
  Scenario scenario = memfd_story(
      {entry(Verb::prepare), errno_value == 0 ? freeze : expecting(errno_value, freeze)});
  add_subsystem(scenario, "a");
  scenario.subsystems[0].preserves_in_freeze = true;
  return scenario;
}

TEST(PreservingWorksUntilFrozen, fires_when_kho_refuses_a_freeze) {
  EXPECT_EQ(findings_of(with_a_freeze_that_preserves(kernel::kEBUSY))
                .cause("preserving-works-until-frozen"),
            "a may not preserve memory in freeze: KHO is finalized and answers -EBUSY");
}

TEST(PreservingWorksUntilFrozen, holds_when_the_map_is_written_late) {
  EXPECT_EQ(findings_when_fixed(with_a_freeze_that_preserves(0)).text(), "");
}

}  // namespace
}  // namespace luosim::world
