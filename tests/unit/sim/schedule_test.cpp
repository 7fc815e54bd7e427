// SPDX-License-Identifier: Apache-2.0
//
// The schedule by itself: clock, tasks and their numbers, dropping, killing, and the digest. Where
// a task must first get into some state (blocked, ended), a scripted machine brings it there.
#include "sim/core/schedule.hpp"

#include <functional>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/sim/scripted_machine.hpp"

namespace luosim::sim {
namespace {

constexpr ProgramId kProgram{77};
constexpr LockId kLock{3};

TaskId spawn(Schedule& schedule, Duration after = {}, std::uint32_t group = 0,
             std::uint32_t name = 1) {
  return schedule.spawn({name}, group, kProgram, {}, after, false);
}

Digest128 digest_of(const Schedule& schedule) {
  Hasher hasher;
  schedule.add_to(hasher);
  return hasher.finish();
}

std::vector<TaskId> take_all(Schedule schedule) {
  std::vector<TaskId> tasks;
  while (!schedule.is_idle()) tasks.push_back(schedule.take_next());
  return tasks;
}

TEST(Schedule, is_idle_at_time_zero_when_created) {
  const Schedule schedule;
  EXPECT_TRUE(schedule.is_idle());
  EXPECT_EQ(schedule.now(), SimTime{0});
  EXPECT_TRUE(schedule.tasks().empty());
}

TEST(Schedule, takes_tasks_in_order_of_time_and_moves_the_clock_to_them) {
  Schedule schedule;
  const TaskId late = spawn(schedule, nanoseconds(30));
  const TaskId early = spawn(schedule, nanoseconds(10));
  EXPECT_EQ(schedule.next_time(), SimTime{10});
  EXPECT_EQ(schedule.now(), SimTime{0});
  EXPECT_EQ(schedule.take_next(), early);
  EXPECT_EQ(schedule.now(), SimTime{10});
  EXPECT_EQ(schedule.take_next(), late);
  EXPECT_EQ(schedule.now(), SimTime{30});
  EXPECT_TRUE(schedule.is_idle());
}

TEST(Schedule, takes_tasks_of_equal_time_in_the_order_in_which_they_came) {
  Schedule schedule;
  std::vector<TaskId> expected;
  for (int i = 0; i < 200; ++i) expected.push_back(spawn(schedule, nanoseconds(5)));
  EXPECT_EQ(take_all(schedule), expected);
}

TEST(Schedule, gives_a_new_task_its_arguments_and_nothing_else) {
  Schedule schedule;
  const TaskId task =
      schedule.spawn({4}, 5, kProgram, {.values = {1, 2, 3, 4}, .word = 6}, {}, true);
  const Frame& frame = schedule.frame_of(task);
  EXPECT_EQ(frame.program, kProgram);
  EXPECT_EQ(frame.caller, Frame::kNone);
  EXPECT_EQ(frame.step, 0);
  EXPECT_EQ(frame.values, (std::array<std::uint64_t, 4>{1, 2, 3, 4}));
  EXPECT_EQ(frame.word, 6U);
  EXPECT_EQ(frame.local, (std::array<std::uint64_t, 3>{}));
  EXPECT_EQ(schedule.task(task).name, Symbol{4});
  EXPECT_EQ(schedule.task(task).group, 5U);
  EXPECT_EQ(schedule.task(task).state, Task::State::ready);
  EXPECT_TRUE(schedule.task(task).keep_result);
}

TEST(Schedule, reuses_the_lowest_free_number_without_a_trace_of_who_had_it) {
  Schedule schedule;
  const TaskId first = spawn(schedule, {}, 1, 1);
  const TaskId second = spawn(schedule);
  const TaskId third = spawn(schedule);
  schedule.frame_of(first).local[0] = 99;
  schedule.kill(first);
  schedule.drop(third);
  schedule.drop(first);
  const TaskId reused = spawn(schedule, nanoseconds(7), 2, 8);
  EXPECT_EQ(reused, first);
  EXPECT_FALSE(schedule.task(reused).killed);
  EXPECT_EQ(schedule.task(reused).group, 2U);
  EXPECT_EQ(schedule.frame_of(reused).local[0], 0U);
  EXPECT_EQ(take_all(schedule), (std::vector<TaskId>{second, reused}));
  EXPECT_EQ(spawn(schedule), third);
}

TEST(Schedule, takes_what_is_pending_away_with_a_dropped_task) {
  Schedule schedule;
  const TaskId first = spawn(schedule);
  const TaskId second = spawn(schedule);
  schedule.drop(first);
  EXPECT_EQ(schedule.task(first).state, Task::State::unused);
  EXPECT_EQ(take_all(schedule), std::vector<TaskId>{second});
}

TEST(Schedule, does_not_change_when_an_unused_task_is_dropped_or_killed) {
  Schedule schedule;
  const TaskId task = spawn(schedule);
  spawn(schedule);
  schedule.drop(task);
  const Schedule before = schedule;
  schedule.drop(task);
  EXPECT_EQ(schedule, before);
  schedule.kill(task);
  EXPECT_EQ(schedule, before);
}

TEST(Schedule, drops_the_tasks_of_one_group_only) {
  Schedule schedule;
  spawn(schedule, {}, 1);
  const TaskId other = spawn(schedule, {}, 2);
  spawn(schedule, {}, 1);
  schedule.drop_group(1);
  EXPECT_EQ(take_all(schedule), std::vector<TaskId>{other});
}

TEST(Schedule, drops_everything_but_the_clock) {
  Schedule schedule;
  spawn(schedule, nanoseconds(50));
  schedule.take_next();
  const TaskId task = spawn(schedule, nanoseconds(1));
  schedule.locks().acquire(task, {kLock, LockMode::write, false});
  schedule.drop_all();
  EXPECT_TRUE(schedule.is_idle());
  EXPECT_TRUE(schedule.tasks().empty());
  EXPECT_FALSE(schedule.locks().is_held(kLock));
  EXPECT_EQ(schedule.now(), SimTime{50});
  EXPECT_EQ(spawn(schedule), TaskId{0});
  EXPECT_EQ(schedule.next_time(), SimTime{50});
}

// What a kexec does to a machine whose devices go on.
TEST(Schedule, spares_the_tasks_of_a_kind_and_their_turns_when_it_drops_all_others) {
  constexpr std::uint32_t kSpared = 1U << 20;
  Schedule schedule;
  const TaskId holder = spawn(schedule, nanoseconds(1));
  const TaskId late = spawn(schedule, nanoseconds(9), kSpared | 1);
  spawn(schedule, nanoseconds(2), 1);
  const TaskId early = spawn(schedule, nanoseconds(3), kSpared | 2);
  schedule.locks().acquire(holder, {kLock, LockMode::write, false});
  schedule.drop_all_without(kSpared);
  EXPECT_FALSE(schedule.locks().is_held(kLock));
  EXPECT_EQ(spawn(schedule, nanoseconds(20)), holder) << "the lowest number is free again";
  EXPECT_EQ(take_all(schedule), (std::vector<TaskId>{early, late, holder}));
}

TEST(Schedule, is_as_new_if_nobody_is_spared) {
  Schedule schedule;
  spawn(schedule, nanoseconds(1));
  schedule.drop_all_without(1U << 20);
  EXPECT_TRUE(schedule.tasks().empty());
  EXPECT_EQ(schedule, Schedule{});
}

TEST(Schedule, is_quiet_while_only_tasks_in_the_background_are_pending) {
  Schedule schedule;
  EXPECT_TRUE(schedule.is_quiet());
  spawn(schedule, nanoseconds(5), kBackgroundGroup | 7);
  EXPECT_TRUE(schedule.is_quiet());
  const TaskId task = spawn(schedule, nanoseconds(1));
  EXPECT_FALSE(schedule.is_quiet());
  EXPECT_FALSE(schedule.is_idle());
  schedule.take_next();
  EXPECT_TRUE(schedule.is_quiet());
  schedule.drop(task);
  spawn(schedule, nanoseconds(2));
  schedule.drop_all_without(kBackgroundGroup);
  EXPECT_TRUE(schedule.is_quiet());
  EXPECT_FALSE(schedule.is_idle());
}

TEST(Schedule, gives_the_lowest_unused_number_also_beyond_a_word_of_them) {
  Schedule schedule;
  std::vector<TaskId> tasks;
  for (int number = 0; number < 130; ++number) tasks.push_back(spawn(schedule, nanoseconds(5)));
  schedule.drop(tasks[128]);
  schedule.drop(tasks[63]);
  EXPECT_EQ(spawn(schedule), tasks[63]);
  EXPECT_EQ(spawn(schedule), tasks[128]);
  EXPECT_EQ(spawn(schedule).index, 130U);
}

TEST(Schedule, is_a_value_whose_copy_goes_its_own_way) {
  Schedule schedule;
  const TaskId first = spawn(schedule, nanoseconds(5));
  const TaskId second = spawn(schedule, nanoseconds(9));
  Schedule copy = schedule;
  EXPECT_EQ(copy, schedule);
  copy.frame_of(first).local[0] = 1;
  EXPECT_NE(copy, schedule);
  copy.drop_all();
  EXPECT_EQ(take_all(schedule), (std::vector<TaskId>{first, second}));
}

// --- The digest ----------------------------------------------------------------------------------

TEST(ScheduleDigest, does_not_depend_on_when_but_on_what_is_still_to_come) {
  const auto make = [](Duration start) {
    Schedule schedule;
    spawn(schedule, start);
    schedule.drop(schedule.take_next());
    spawn(schedule, nanoseconds(5));
    return schedule;
  };
  EXPECT_NE(make(nanoseconds(10)), make(nanoseconds(99)));
  EXPECT_EQ(digest_of(make(nanoseconds(10))), digest_of(make(nanoseconds(99))));
}

TEST(ScheduleDigest, differs_by_whatever_decides_the_future) {
  Schedule base;
  spawn(base, nanoseconds(5));
  spawn(base, nanoseconds(5));
  const std::vector<std::function<void(Schedule&)>> changes{
      [](Schedule& schedule) { spawn(schedule, nanoseconds(5)); },
      [](Schedule& schedule) { schedule.drop({1}); },
      [](Schedule& schedule) { schedule.kill({1}); },
      [](Schedule& schedule) { schedule.take_next(); },
      [](Schedule& schedule) { schedule.frame_of({1}).step = 1; },
      [](Schedule& schedule) { schedule.frame_of({1}).status = 1; },
      [](Schedule& schedule) { schedule.frame_of({1}).result = 1; },
      [](Schedule& schedule) { schedule.frame_of({1}).word = 1; },
      [](Schedule& schedule) { schedule.frame_of({1}).values[3] = 1; },
      [](Schedule& schedule) { schedule.frame_of({1}).local[2] = 1; },
      [](Schedule& schedule) {
        schedule.locks().acquire({0}, {kLock, LockMode::read, false});
      },
      [](Schedule& schedule) {
        schedule.locks().acquire({0}, {kLock, LockMode::write, false});
      },
      [](Schedule& schedule) {
        schedule.locks().acquire({0}, {kLock, LockMode::write, true});
      },
      [](Schedule& schedule) {
        schedule.locks().acquire({1}, {kLock, LockMode::write, true});
      },
      [](Schedule& schedule) {
        schedule.locks().acquire({1}, {{4}, LockMode::write, true});
      },
      [](Schedule&) {}};
  std::vector<Digest128> digests;
  for (const auto& change : changes) {
    Schedule changed = base;
    change(changed);
    const Digest128 digest = digest_of(changed);
    for (const Digest128& other : digests) EXPECT_NE(digest, other) << digests.size();
    digests.push_back(digest);
  }
  EXPECT_EQ(digest_of(base), digests.back());
}

TEST(ScheduleDigest, differs_by_the_order_of_tasks_at_equal_times) {
  // Both have the same tasks at the same times; only who comes first is not the same.
  const auto make = [](std::uint32_t dropped) {
    Schedule schedule;
    for (int i = 0; i < 2; ++i) spawn(schedule, nanoseconds(5), 7);
    schedule.drop({dropped});
    schedule.spawn({1}, 7, kProgram, {}, nanoseconds(5), false);
    return schedule;
  };
  EXPECT_EQ(take_all(make(0)), (std::vector<TaskId>{{1}, {0}}));
  EXPECT_EQ(take_all(make(1)), (std::vector<TaskId>{{0}, {1}}));
  EXPECT_NE(digest_of(make(0)), digest_of(make(1)));
}

TEST(ScheduleDigest, tells_a_holder_from_one_who_waits) {
  Schedule left;
  Schedule right;
  for (Schedule* schedule : {&left, &right}) {
    schedule->locks().acquire({0}, {kLock, LockMode::read, false});
  }
  left.locks().acquire({1}, {kLock, LockMode::read, false});
  right.locks().acquire({1}, {kLock, LockMode::write, false});
  EXPECT_NE(digest_of(left), digest_of(right));
}

// --- Tasks that block and end --------------------------------------------------------------------

// Tasks of "hold" take the lock for writing and keep it until the next step 100 ns later.
void add_hold(ScriptedMachine& machine) {
  machine.add("hold", {{"take", [](Context&) { return acquire(kLock, LockMode::write); }},
                       {"keep", [](Context&) { return done(nanoseconds(100)); }},
                       {"give up", [](Context& context) {
                          context.release(kLock);
                          return done();
                        }}});
}

TEST(Schedule, wakes_who_gets_the_lock_of_a_dropped_task) {
  ScriptedMachine machine;
  add_hold(machine);
  const TaskId anna = machine.start("anna", "hold");
  const TaskId bert = machine.start("bert", "hold", {.after = nanoseconds(10)});
  for (int i = 0; i < 3; ++i) machine.advance();
  EXPECT_TRUE(machine.schedule.is_blocked(bert));
  machine.schedule.drop(anna);
  EXPECT_FALSE(machine.schedule.is_blocked(bert));
  EXPECT_EQ(machine.schedule.next_time(), SimTime{10});
  machine.log.clear();
  EXPECT_TRUE(machine.run());
  EXPECT_EQ(machine.log, (Lines{"10 bert: keep", "110 bert: give up"}));
}

TEST(Schedule, gives_the_lock_of_a_dropped_group_to_a_task_outside_of_it) {
  ScriptedMachine machine;
  add_hold(machine);
  machine.start("anna", "hold", {.group = 1});
  machine.start("bert", "hold", {.group = 1});
  const TaskId carl = machine.start("carl", "hold", {.group = 2});
  for (int i = 0; i < 4; ++i) machine.advance();
  machine.schedule.drop_group(1);
  EXPECT_TRUE(machine.schedule.locks().is_held_by(carl, kLock));
  EXPECT_EQ(take_all(machine.schedule), std::vector<TaskId>{carl});
}

TEST(Schedule, keeps_the_result_of_an_ended_task_until_it_is_collected) {
  ScriptedMachine machine;
  machine.add("answer", {{"answer", [](Context&) { return finish(-7); }}});
  const TaskId task = machine.start("anna", "answer", {.keep_result = true});
  EXPECT_FALSE(machine.schedule.has_ended(task));
  machine.run();
  EXPECT_TRUE(machine.schedule.has_ended(task));
  EXPECT_NE(machine.start("bert", "answer"), task);
  EXPECT_EQ(machine.schedule.collect(task), -7);
  EXPECT_FALSE(machine.schedule.has_ended(task));
  EXPECT_EQ(machine.start("carl", "answer"), task);
}

TEST(Schedule, does_not_kill_a_task_that_has_ended) {
  ScriptedMachine machine;
  machine.add("answer", {{"answer", [](Context&) { return finish(5); }}});
  const TaskId task = machine.start("anna", "answer", {.keep_result = true});
  machine.run();
  machine.schedule.kill(task);
  EXPECT_FALSE(machine.schedule.task(task).killed);
  EXPECT_TRUE(machine.schedule.is_idle());
  EXPECT_EQ(machine.schedule.collect(task), 5);
}

TEST(ScheduleDeathTest, has_no_result_of_a_task_that_still_runs) {
  Schedule schedule;
  const TaskId task = spawn(schedule);
  EXPECT_EXIT(schedule.collect(task), testing::ExitedWithCode(4), "only an ended task");
}

TEST(ScheduleDeathTest, schedules_nothing_in_the_past) {
  Schedule schedule;
  EXPECT_EXIT(spawn(schedule, nanoseconds(-1)), testing::ExitedWithCode(4), "in the past");
}

}  // namespace
}  // namespace luosim::sim
