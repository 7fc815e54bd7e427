// SPDX-License-Identifier: Apache-2.0
//
// Tasks that wait for locks: who goes on when, what a kill does to a wait, and how a deadlock is
// noticed. The locks alone, without tasks, have tests of their own.
#include <vector>

#include <gtest/gtest.h>

#include "sim/core/engine.hpp"
#include "tests/unit/sim/scripted_machine.hpp"

namespace luosim::sim {
namespace {

constexpr LockId kLock{0};
constexpr LockId kOther{1};
constexpr std::int64_t kInterrupted = -4;

Outcome go_on(Context& /*context*/) {
  return done();
}

ScriptedRow take(std::string_view name, LockId lock, LockMode mode) {
  return {name, [=](Context&) { return acquire(lock, mode); }};
}

ScriptedRow work(Duration duration) {
  return {"work", [=](Context&) { return done(duration); }};
}

ScriptedRow give_up(LockId lock) {
  return {"give up", [=](Context& context) {
            context.release(lock);
            return done();
          }};
}

// "write" and "read" take the lock, work for 100 ns and give it up.
void add_readers_and_writers(ScriptedMachine& machine) {
  machine.add("write",
              {take("take", kLock, LockMode::write), work(nanoseconds(100)), give_up(kLock)});
  machine.add("read",
              {take("take", kLock, LockMode::read), work(nanoseconds(100)), give_up(kLock)});
}

// As "write", but a kill ends the wait; then "too bad" runs.
void add_killable(ScriptedMachine& machine) {
  machine.add("killable",
              {{"take",
                [](Context&) { return acquire_killable(kLock, LockMode::write, kInterrupted); },
                {.on_failure = "too bad"}},
               work(nanoseconds(100)),
               give_up(kLock),
               {"end", go_on, {.then = "return"}},
               {"too bad", go_on}});
}

void advance(ScriptedMachine& machine, int steps) {
  for (int i = 0; i < steps; ++i) ASSERT_TRUE(machine.advance());
}

TEST(EngineLock, goes_on_at_once_with_a_free_lock) {
  ScriptedMachine machine;
  add_readers_and_writers(machine);
  machine.start("anna", "write");
  machine.run();
  EXPECT_EQ(machine.log, (Lines{"0 anna: take", "0 anna: work", "100 anna: give up"}));
  EXPECT_TRUE(machine.records_of(EngineRecord::blocked).empty());
}

TEST(EngineLock, goes_on_behind_the_wait_as_soon_as_the_lock_is_released) {
  ScriptedMachine machine;
  add_readers_and_writers(machine);
  machine.start("anna", "write");
  const TaskId bert = machine.start("bert", "write", {.after = nanoseconds(30)});
  advance(machine, 3);
  EXPECT_TRUE(machine.schedule.is_blocked(bert));
  EXPECT_FALSE(machine.schedule.is_deadlocked(bert));
  machine.run();
  EXPECT_EQ(machine.log, (Lines{"0 anna: take", "0 anna: work", "30 bert: take",
                                "100 anna: give up", "100 bert: work", "200 bert: give up"}));
}

TEST(EngineLock, records_who_waits_for_which_lock_in_which_mode) {
  ScriptedMachine machine;
  add_readers_and_writers(machine);
  machine.start("anna", "write");
  const TaskId bert = machine.start("bert", "read", {.after = nanoseconds(30)});
  machine.run();
  const std::vector<Record> expected{{.time = {30},
                                      .kind = EngineRecord::blocked,
                                      .task = bert,
                                      .subject = machine.names.find("bert"),
                                      .values = {kLock.index, 0, 0, 0}}};
  EXPECT_EQ(machine.records_of(EngineRecord::blocked), expected);
  EXPECT_TRUE(machine.records_of(EngineRecord::deadlock).empty());
}

TEST(EngineLock, lets_a_waiting_writer_go_before_readers_who_came_later) {
  ScriptedMachine machine;
  add_readers_and_writers(machine);
  machine.start("anna", "read");
  machine.start("bert", "write", {.after = nanoseconds(10)});
  machine.start("carl", "read", {.after = nanoseconds(20)});
  machine.start("dora", "read", {.after = nanoseconds(30)});
  machine.run();
  EXPECT_EQ(machine.log,
            (Lines{"0 anna: take", "0 anna: work", "10 bert: take", "20 carl: take",
                   "30 dora: take", "100 anna: give up", "100 bert: work", "200 bert: give up",
                   "200 carl: work", "200 dora: work", "300 carl: give up", "300 dora: give up"}));
}

TEST(EngineLock, returns_with_the_lock_when_the_last_row_waited_for_it) {
  ScriptedMachine machine;
  machine.add("lock", {take("take", kLock, LockMode::write)});
  machine.add("main", {{"call", [](Context&) { return call({name_hash("lock")}); }},
                       work(nanoseconds(10)),
                       give_up(kLock)});
  machine.start("anna", "main");
  machine.start("bert", "main");
  machine.run();
  EXPECT_EQ(machine.log,
            (Lines{"0 anna: call", "0 bert: call", "0 anna: take", "0 bert: take", "0 anna: work",
                   "10 anna: give up", "10 bert: work", "20 bert: give up"}));
}

// --- Kill ----------------------------------------------------------------------------------------

TEST(EngineKill, ends_a_killable_wait_at_once_with_its_status) {
  ScriptedMachine machine;
  add_readers_and_writers(machine);
  add_killable(machine);
  machine.start("anna", "write");
  const TaskId bert = machine.start("bert", "killable", {.keep_result = true});
  machine.start("carl", "write", {.after = nanoseconds(20)});
  advance(machine, 4);
  EXPECT_TRUE(machine.schedule.is_blocked(bert));
  machine.schedule.kill(bert);
  EXPECT_FALSE(machine.schedule.is_blocked(bert));
  machine.run();
  EXPECT_EQ(machine.log, (Lines{"0 anna: take", "0 bert: take", "0 anna: work", "20 carl: take",
                                "20 bert: too bad", "100 anna: give up", "100 carl: work",
                                "200 carl: give up"}));
  EXPECT_EQ(machine.schedule.collect(bert), kInterrupted);
}

TEST(EngineKill, lets_those_through_who_waited_behind_the_killed_one) {
  ScriptedMachine machine;
  add_readers_and_writers(machine);
  add_killable(machine);
  machine.start("anna", "read");
  const TaskId bert = machine.start("bert", "killable", {.after = nanoseconds(10)});
  machine.start("carl", "read", {.after = nanoseconds(20)});
  advance(machine, 4);
  machine.log.clear();
  machine.schedule.kill(bert);
  machine.run();
  EXPECT_EQ(machine.log,
            (Lines{"20 bert: too bad", "20 carl: work", "100 anna: give up", "120 carl: give up"}));
}

TEST(EngineKill, does_not_end_a_wait_that_is_not_killable) {
  ScriptedMachine machine;
  add_readers_and_writers(machine);
  machine.start("anna", "write");
  const TaskId bert = machine.start("bert", "write");
  advance(machine, 3);
  machine.schedule.kill(bert);
  EXPECT_TRUE(machine.schedule.is_blocked(bert));
  machine.run();
  EXPECT_EQ(machine.log.back(), "200 bert: give up");
}

TEST(EngineKill, that_is_pending_ends_the_next_killable_wait) {
  ScriptedMachine machine;
  add_readers_and_writers(machine);
  add_killable(machine);
  machine.start("anna", "write");
  const TaskId bert =
      machine.start("bert", "killable", {.after = nanoseconds(50), .keep_result = true});
  machine.schedule.kill(bert);
  machine.run();
  EXPECT_EQ(machine.log, (Lines{"0 anna: take", "0 anna: work", "50 bert: take", "50 bert: too bad",
                                "100 anna: give up"}));
  EXPECT_EQ(machine.schedule.collect(bert), kInterrupted);
  EXPECT_TRUE(machine.records_of(EngineRecord::blocked).empty());
}

TEST(EngineKill, that_is_pending_does_not_end_a_wait_that_is_not_killable) {
  ScriptedMachine machine;
  add_readers_and_writers(machine);
  machine.start("anna", "write");
  const TaskId bert = machine.start("bert", "write", {.after = nanoseconds(50)});
  machine.schedule.kill(bert);
  machine.run();
  EXPECT_EQ(machine.log, (Lines{"0 anna: take", "0 anna: work", "50 bert: take",
                                "100 anna: give up", "100 bert: work", "200 bert: give up"}));
}

TEST(EngineKill, that_is_pending_does_not_keep_a_task_from_a_free_lock) {
  ScriptedMachine machine;
  add_killable(machine);
  const TaskId bert = machine.start("bert", "killable", {.keep_result = true});
  machine.schedule.kill(bert);
  machine.run();
  EXPECT_EQ(machine.log,
            (Lines{"0 bert: take", "0 bert: work", "100 bert: give up", "100 bert: end"}));
  EXPECT_EQ(machine.schedule.collect(bert), 0);
}

TEST(EngineKill, comes_too_late_for_a_task_that_was_given_the_lock_and_has_not_run_yet) {
  ScriptedMachine machine;
  add_readers_and_writers(machine);
  add_killable(machine);
  machine.start("anna", "write");
  const TaskId bert = machine.start("bert", "killable", {.keep_result = true});
  advance(machine, 4);
  EXPECT_EQ(machine.log.back(), "100 anna: give up");
  machine.schedule.kill(bert);
  machine.run();
  EXPECT_EQ(machine.schedule.collect(bert), 0);
  EXPECT_FALSE(machine.schedule.locks().is_held(kLock));
}

TEST(EngineKill, of_a_wait_without_a_row_for_failure_ends_the_callee_with_its_status) {
  ScriptedMachine machine;
  add_readers_and_writers(machine);
  machine.add(
      "callee",
      {{"take", [](Context&) { return acquire_killable(kLock, LockMode::write, kInterrupted); }},
       {"not reached", go_on}});
  machine.add("main", {{"call", [](Context&) { return call({name_hash("callee")}); }},
                       {"after", [](Context& context) { return finish(context.frame().result); }}});
  machine.start("anna", "write");
  const TaskId bert = machine.start("bert", "main", {.keep_result = true});
  advance(machine, 4);
  machine.schedule.kill(bert);
  advance(machine, 2);
  EXPECT_EQ(machine.log.back(), "0 bert: after");
  EXPECT_EQ(machine.schedule.collect(bert), kInterrupted);
}

// --- Deadlock ------------------------------------------------------------------------------------

TEST(EngineDeadlock, is_recorded_when_a_task_waits_for_itself) {
  ScriptedMachine machine;
  machine.add("main",
              {take("take", kLock, LockMode::write), take("twice", kLock, LockMode::write)});
  const TaskId task = machine.start("anna", "main");
  EXPECT_TRUE(machine.run());
  EXPECT_TRUE(machine.schedule.is_deadlocked(task));
  ASSERT_EQ(machine.records_of(EngineRecord::deadlock).size(), 1U);
  EXPECT_EQ(machine.records_of(EngineRecord::deadlock)[0].values[1], 1U);
  EXPECT_TRUE(machine.records_of(EngineRecord::blocked).empty());
}

// "forwards" and "backwards" take two locks in opposite orders; a kill makes "forwards"
// give way.
void add_crossing(ScriptedMachine& machine) {
  machine.add("forwards",
              {take("first", kLock, LockMode::write),
               work(nanoseconds(10)),
               {"second",
                [](Context&) { return acquire_killable(kOther, LockMode::write, kInterrupted); },
                {.on_failure = "give first up"}},
               give_up(kOther),
               {"give first up", give_up(kLock).run}});
  machine.add("backwards", {take("first", kOther, LockMode::write),
                            work(nanoseconds(10)),
                            take("second", kLock, LockMode::write),
                            give_up(kLock),
                            {"give first up", give_up(kOther).run}});
}

TEST(EngineDeadlock, of_two_tasks_is_recorded_by_the_one_who_closes_the_ring) {
  ScriptedMachine machine;
  add_crossing(machine);
  const TaskId anna = machine.start("anna", "forwards");
  const TaskId bert = machine.start("bert", "backwards");
  EXPECT_TRUE(machine.run());
  EXPECT_TRUE(machine.schedule.is_deadlocked(anna));
  EXPECT_TRUE(machine.schedule.is_deadlocked(bert));
  ASSERT_EQ(machine.records_of(EngineRecord::blocked).size(), 1U);
  EXPECT_EQ(machine.records_of(EngineRecord::blocked)[0].task, anna);
  ASSERT_EQ(machine.records_of(EngineRecord::deadlock).size(), 1U);
  EXPECT_EQ(machine.records_of(EngineRecord::deadlock)[0].task, bert);
}

TEST(EngineDeadlock, ends_when_a_kill_makes_one_of_them_give_way) {
  ScriptedMachine machine;
  add_crossing(machine);
  const TaskId anna = machine.start("anna", "forwards", {.keep_result = true});
  const TaskId bert = machine.start("bert", "backwards", {.keep_result = true});
  machine.run();
  machine.schedule.kill(anna);
  EXPECT_TRUE(machine.run());
  EXPECT_EQ(machine.schedule.collect(anna), kInterrupted);
  EXPECT_EQ(machine.schedule.collect(bert), 0);
  EXPECT_EQ(machine.schedule.locks(), Locks{});
}

TEST(EngineDeadlock, ends_when_one_of_its_tasks_is_dropped) {
  ScriptedMachine machine;
  add_crossing(machine);
  machine.start("anna", "forwards");
  const TaskId bert = machine.start("bert", "backwards");
  machine.run();
  machine.schedule.drop({0});
  machine.run();
  EXPECT_EQ(machine.log.back(), "10 bert: give first up");
  EXPECT_FALSE(machine.schedule.is_blocked(bert));
}

TEST(EngineDeadlock, is_not_said_of_tasks_that_take_the_locks_in_the_same_order) {
  ScriptedMachine machine;
  add_crossing(machine);
  machine.start("anna", "forwards");
  machine.start("bert", "forwards");
  EXPECT_TRUE(machine.run());
  EXPECT_TRUE(machine.records_of(EngineRecord::deadlock).empty());
  EXPECT_EQ(machine.schedule.locks(), Locks{});
}

TEST(EngineLockDeathTest, does_not_let_a_task_end_with_a_lock_that_somebody_waits_for) {
  ScriptedMachine machine;
  machine.add("forgetful",
              {take("take", kLock, LockMode::write), work(nanoseconds(10)), {"end", go_on}});
  machine.start("anna", "forgetful");
  machine.start("bert", "forgetful");
  EXPECT_EXIT(machine.run(), testing::ExitedWithCode(4), "holds no lock that somebody waits for");
}

}  // namespace
}  // namespace luosim::sim
