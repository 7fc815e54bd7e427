// SPDX-License-Identifier: Apache-2.0
//
// How a task moves through its programs: the flow between rows, calls and what they give back,
// sleeping, and the ways to end. Each test writes its programs down and compares the steps that
// ran, with their times; waiting for locks has tests of its own.
#include "sim/core/engine.hpp"

#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/sim/scripted_machine.hpp"

namespace luosim::sim {
namespace {

Outcome go_on(Context& /*context*/) {
  return done();
}

constexpr ProgramId kCallee{name_hash("callee")};

TEST(Engine, runs_the_rows_in_order_and_ends_after_the_last) {
  ScriptedMachine machine;
  machine.add("main", {{"one", go_on}, {"two", go_on}, {"three", go_on}});
  const TaskId task = machine.start("anna", "main", {.after = nanoseconds(4)});
  EXPECT_TRUE(machine.run());
  EXPECT_EQ(machine.log, (Lines{"4 anna: one", "4 anna: two", "4 anna: three"}));
  EXPECT_EQ(machine.schedule.task(task), Task{});
}

TEST(Engine, begins_the_next_step_as_much_later_as_the_step_says) {
  ScriptedMachine machine;
  machine.add("main",
              {{"one", [](Context&) { return done(nanoseconds(3)); }},
               {"two", [](Context&) { return end(nanoseconds(5)); }, {.on_end = "three"}},
               {"three", [](Context&) { return fail(-1, nanoseconds(7)); }, {.on_failure = "four"}},
               {"four", go_on}});
  machine.start("anna", "main");
  machine.run();
  EXPECT_EQ(machine.log, (Lines{"0 anna: one", "3 anna: two", "8 anna: three", "15 anna: four"}));
}

TEST(Engine, goes_where_the_row_says_when_a_step_is_done) {
  ScriptedMachine machine;
  machine.add("main", {{"one", go_on, {.then = "three"}},
                       {"two", go_on, {.then = "return"}},
                       {"three", go_on, {.then = "two"}}});
  machine.start("anna", "main");
  machine.run();
  EXPECT_EQ(machine.log, (Lines{"0 anna: one", "0 anna: three", "0 anna: two"}));
}

TEST(Engine, loops_over_a_row_until_it_says_that_nothing_is_left) {
  ScriptedMachine machine;
  const auto next_of_three = [](Context& context) {
    if (context.frame().local[0] == 3) return end();
    ++context.frame().local[0];
    return done(nanoseconds(1));
  };
  machine.add("main", {{"next", next_of_three, {.then = "next", .on_end = "after"}},
                       {"not reached", go_on},
                       {"after", go_on}});
  machine.start("anna", "main");
  machine.run();
  EXPECT_EQ(machine.log, (Lines{"0 anna: next", "1 anna: next", "2 anna: next", "3 anna: next",
                                "3 anna: after"}));
}

TEST(Engine, returns_the_status_of_a_failure_after_the_rows_that_clean_up) {
  ScriptedMachine machine;
  machine.add("main", {{"one", [](Context&) { return fail(-12); }, {.on_failure = "undo"}},
                       {"not reached", go_on},
                       {"undo", go_on}});
  const TaskId task = machine.start("anna", "main", {.keep_result = true});
  machine.run();
  EXPECT_EQ(machine.log, (Lines{"0 anna: one", "0 anna: undo"}));
  EXPECT_EQ(machine.schedule.collect(task), -12);
}

TEST(Engine, returns_the_status_of_a_failure_at_once_by_default) {
  ScriptedMachine machine;
  machine.add("main", {{"one", [](Context&) { return fail(-5); }}, {"not reached", go_on}});
  const TaskId task = machine.start("anna", "main", {.keep_result = true});
  machine.run();
  EXPECT_EQ(machine.log, Lines{"0 anna: one"});
  EXPECT_EQ(machine.schedule.collect(task), -5);
}

TEST(Engine, returns_the_status_of_the_last_of_several_failures) {
  ScriptedMachine machine;
  machine.add("main", {{"one", [](Context&) { return fail(-1); }, {.on_failure = kNextStep}},
                       {"two", [](Context&) { return fail(-2); }, {.on_failure = kNextStep}},
                       {"three", go_on}});
  const TaskId task = machine.start("anna", "main", {.keep_result = true});
  machine.run();
  EXPECT_EQ(machine.schedule.collect(task), -2);
}

TEST(Engine, ends_a_program_from_the_middle_with_the_value_of_finish) {
  ScriptedMachine machine;
  machine.add("main", {{"one",
                        [](Context& context) {
                          context.frame().status = -3;
                          return finish(42);
                        }},
                       {"not reached", go_on}});
  const TaskId task = machine.start("anna", "main", {.keep_result = true});
  machine.run();
  EXPECT_EQ(machine.log, Lines{"0 anna: one"});
  EXPECT_EQ(machine.schedule.collect(task), 42);
}

TEST(Engine, runs_a_step_again_after_a_delay_and_keeps_its_frame) {
  ScriptedMachine machine;
  machine.add("main", {{"poll",
                        [](Context& context) {
                          return ++context.frame().local[1] < 3 ? again(nanoseconds(10)) : done();
                        }},
                       {"after", go_on}});
  machine.start("anna", "main");
  machine.run();
  EXPECT_EQ(machine.log,
            (Lines{"0 anna: poll", "10 anna: poll", "20 anna: poll", "20 anna: after"}));
}

// --- Calls ---------------------------------------------------------------------------------------

TEST(EngineCall, passes_values_and_word_in_and_gives_result_and_word_back) {
  ScriptedMachine machine;
  machine.add("callee", {{"work", [](Context& context) {
                            Frame& frame = context.frame();
                            frame.word += frame.values[3];
                            return finish(static_cast<std::int64_t>(frame.values[0]) - 10);
                          }}});
  Frame seen;
  machine.add("main",
              {{"call",
                [](Context&) {
                  return call(kCallee, {.values = {3, 0, 0, 5}, .word = 100}, nanoseconds(2));
                }},
               {"look", [&](Context& context) {
                  seen = context.frame();
                  return done();
                }}});
  machine.start("anna", "main", {.arguments = {.values = {9, 9, 9, 9}, .word = 1}});
  machine.run();
  EXPECT_EQ(machine.log, (Lines{"0 anna: call", "2 anna: work", "2 anna: look"}));
  EXPECT_EQ(seen.result, -7);
  EXPECT_EQ(seen.word, 105U);
  EXPECT_EQ(seen.values[0], 9U);
  EXPECT_EQ(seen.status, 0);
}

TEST(EngineCall, gives_the_word_back_also_when_the_callee_fails) {
  ScriptedMachine machine;
  machine.add("callee", {{"work", [](Context& context) {
                            context.frame().word = 8;
                            return fail(-22);
                          }}});
  Frame seen;
  machine.add("main", {{"call", [](Context&) { return call(kCallee); }, {.on_failure = "return"}},
                       {"look", [&](Context& context) {
                          seen = context.frame();
                          return done();
                        }}});
  const TaskId task = machine.start("anna", "main", {.keep_result = true});
  machine.run();
  EXPECT_EQ(seen.result, -22);
  EXPECT_EQ(seen.word, 8U);
  // Whether the callee's failure is one of the caller is for the caller to say.
  EXPECT_EQ(machine.schedule.collect(task), 0);
}

TEST(EngineCall, goes_on_as_much_later_as_the_callee_said_at_its_end) {
  ScriptedMachine machine;
  machine.add("callee", {{"work", [](Context&) { return finish(0, nanoseconds(6)); }}});
  machine.add("main", {{"call", [](Context&) { return call(kCallee); }}, {"after", go_on}});
  machine.start("anna", "main");
  machine.run();
  EXPECT_EQ(machine.log, (Lines{"0 anna: call", "0 anna: work", "6 anna: after"}));
}

TEST(EngineCall, in_the_last_row_returns_what_the_callee_returned) {
  ScriptedMachine machine;
  machine.add("callee", {{"work", [](Context&) { return finish(-19); }}});
  machine.add("middle", {{"call", [](Context&) { return call(kCallee); }}});
  machine.add("main", {{"call", [](Context&) { return call({name_hash("middle")}); }}});
  const TaskId task = machine.start("anna", "main", {.keep_result = true});
  EXPECT_TRUE(machine.run());
  EXPECT_EQ(machine.schedule.collect(task), -19);
}

TEST(EngineCall, in_the_last_row_does_not_hide_an_earlier_failure_of_the_caller) {
  ScriptedMachine machine;
  machine.add("callee", {{"undo", go_on}});
  machine.add("main", {{"one", [](Context&) { return fail(-28); }, {.on_failure = kNextStep}},
                       {"clean up", [](Context&) { return call(kCallee); }}});
  const TaskId task = machine.start("anna", "main", {.keep_result = true});
  machine.run();
  EXPECT_EQ(machine.schedule.collect(task), -28);
}

TEST(EngineCall, in_the_last_row_hands_the_word_through_all_callers) {
  ScriptedMachine machine;
  machine.add("callee", {{"work", [](Context& context) {
                            context.frame().word = 31;
                            return done(nanoseconds(2));
                          }}});
  machine.add("middle", {{"call", [](Context&) { return call(kCallee); }}});
  std::uint64_t word = 0;
  machine.add("main", {{"call", [](Context&) { return call({name_hash("middle")}); }},
                       {"look", [&](Context& context) {
                          word = context.frame().word;
                          return done();
                        }}});
  machine.start("anna", "main");
  machine.run();
  EXPECT_EQ(word, 31U);
  EXPECT_EQ(machine.log.back(), "2 anna: look");
}

TEST(EngineCall, leaves_the_word_of_the_outermost_program_with_the_result_that_is_kept) {
  ScriptedMachine machine;
  machine.add("callee", {{"work", [](Context& context) {
                            context.frame().word += 5;
                            return finish(-1);
                          }}});
  machine.add(
      "main",
      {{"call", [](Context& context) { return call(kCallee, {.word = context.frame().word}); }}});
  const TaskId task =
      machine.start("anna", "main", {.keep_result = true, .arguments = {.word = 30}});
  machine.run();
  EXPECT_EQ(machine.schedule.task(task).result_word, 35U);
  EXPECT_EQ(machine.schedule.collect(task), -1);
}

TEST(EngineCall, may_be_its_own_callee_with_a_frame_for_each_activation) {
  ScriptedMachine machine;
  machine.add("callee", {{"down",
                          [](Context& context) {
                            const std::uint64_t depth = context.frame().values[0];
                            context.frame().local[0] = depth * depth;
                            if (depth == 0) return finish(0);
                            return call(kCallee, {.values = {depth - 1, 0, 0, 0}});
                          }},
                         {"up", [](Context& context) {
                            const Frame& frame = context.frame();
                            return finish(frame.result + static_cast<std::int64_t>(frame.local[0]));
                          }}});
  const TaskId task =
      machine.start("anna", "callee", {.keep_result = true, .arguments = {.values = {5, 0, 0, 0}}});
  machine.run();
  EXPECT_EQ(machine.schedule.collect(task), 25 + 16 + 9 + 4 + 1);
}

TEST(EngineCall, reuses_frames_of_calls_that_returned_and_clears_them) {
  ScriptedMachine machine;
  std::vector<std::uint64_t> seen;
  machine.add("callee", {{"work", [&](Context& context) {
                            seen.push_back(context.frame().local[0]++);
                            return done();
                          }}});
  machine.add("main", {{"call",
                        [](Context& context) {
                          if (++context.frame().local[0] == 5) return end();
                          return call(kCallee);
                        },
                        {.then = "call"}}});
  machine.start("anna", "main");
  machine.run();
  EXPECT_EQ(seen, (std::vector<std::uint64_t>{0, 0, 0, 0}));
  // Two frames were ever needed: a third index would mean that one was not given back.
  const TaskId task = machine.start("bert", "main");
  EXPECT_LT(machine.schedule.task(task).frame, 2U);
}

TEST(EngineCall, gives_all_frames_of_a_task_back_that_is_dropped_in_a_callee) {
  ScriptedMachine machine;
  machine.add("callee", {{"wait", [](Context&) { return again(nanoseconds(1)); }}});
  machine.add("main", {{"call", [](Context&) { return call(kCallee); }}});
  for (int i = 0; i < 10; ++i) {
    const TaskId task = machine.start("anna", "main");
    for (int steps = 0; steps < 3; ++steps) machine.advance();
    machine.schedule.drop(task);
  }
  const TaskId task = machine.start("bert", "main");
  EXPECT_LT(machine.schedule.task(task).frame, 2U);
}

// --- Sleeping and ending -------------------------------------------------------------------------

TEST(Engine, lets_a_parked_task_sleep_until_it_is_unparked_and_then_runs_the_step_again) {
  ScriptedMachine machine;
  bool has_mail = false;
  machine.add("main",
              {{"read", [&](Context&) { return has_mail ? done() : park(); }}, {"after", go_on}});
  machine.add("mail", {{"bring", [&](Context& context) {
                          has_mail = true;
                          context.schedule.unpark({0});
                          return done();
                        }}});
  const TaskId sleeper = machine.start("anna", "main");
  machine.run();
  EXPECT_TRUE(machine.schedule.is_blocked(sleeper));
  EXPECT_FALSE(machine.schedule.is_deadlocked(sleeper));
  EXPECT_TRUE(machine.schedule.is_idle());
  machine.start("bert", "mail", {.after = nanoseconds(9)});
  machine.run();
  EXPECT_EQ(machine.log, (Lines{"0 anna: read", "9 bert: bring", "9 anna: read", "9 anna: after"}));
}

TEST(Engine, interleaves_tasks_by_time_and_at_equal_times_by_who_came_first) {
  ScriptedMachine machine;
  machine.add("slow", {{"one", [](Context&) { return done(nanoseconds(2)); }}, {"two", go_on}});
  machine.add("fast", {{"one", [](Context&) { return done(nanoseconds(1)); }},
                       {"two", [](Context&) { return done(nanoseconds(1)); }},
                       {"three", go_on}});
  machine.start("anna", "slow");
  machine.start("bert", "fast");
  machine.run();
  EXPECT_EQ(machine.log,
            (Lines{"0 anna: one", "0 bert: one", "1 bert: two", "2 anna: two", "2 bert: three"}));
}

TEST(Engine, leaves_nothing_of_a_world_that_a_step_dropped) {
  ScriptedMachine machine;
  machine.add("victim", {{"one", [](Context&) { return again(nanoseconds(5)); }}});
  machine.add("boot", {{"boot", go_on}});
  machine.add("jump", {{"jump",
                        [](MachineContext& context) {
                          context.schedule.drop_all();
                          context.machine.start("carl", "boot", {.after = nanoseconds(100)});
                          return halt();
                        }},
                       {"not reached", go_on}});
  machine.start("anna", "victim");
  machine.start("bert", "jump", {.after = nanoseconds(7)});
  EXPECT_TRUE(machine.run());
  EXPECT_EQ(machine.log, (Lines{"0 anna: one", "5 anna: one", "7 bert: jump", "107 carl: boot"}));
}

TEST(Engine, lets_a_step_drop_its_own_task_and_halt) {
  ScriptedMachine machine;
  machine.add("main", {{"die",
                        [](Context& context) {
                          context.schedule.drop(context.task);
                          return halt();
                        }},
                       {"not reached", go_on}});
  machine.start("anna", "main", {.keep_result = true});
  EXPECT_TRUE(machine.run());
  EXPECT_EQ(machine.log, Lines{"0 anna: die"});
  EXPECT_EQ(machine.schedule.task({0}), Task{});
}

TEST(Engine, keeps_the_frame_of_the_step_valid_when_other_tasks_are_spawned_in_it) {
  ScriptedMachine machine;
  machine.add("child", {{"one", go_on}});
  machine.add("main", {{"spawn",
                        [](MachineContext& context) {
                          for (int i = 0; i < 100; ++i) context.machine.start("child", "child");
                          context.frame().local[0] = 100;
                          return done();
                        }},
                       {"look", [](Context& context) {
                          return finish(static_cast<std::int64_t>(context.frame().local[0]));
                        }}});
  const TaskId task = machine.start("anna", "main", {.keep_result = true});
  machine.run();
  EXPECT_EQ(machine.schedule.collect(task), 100);
  EXPECT_EQ(machine.log.size(), 102U);
}

TEST(Engine, records_each_step_and_the_end_of_the_task_with_its_result) {
  ScriptedMachine machine;
  machine.add("main", {{"one", [](Context&) { return done(nanoseconds(3)); }},
                       {"two", [](Context&) { return finish(-2); }}});
  const TaskId task = machine.start("anna", "main");
  machine.run();
  const std::uint64_t program = name_hash("main");
  const std::vector<Record> expected{
      {.time = {0}, .kind = EngineRecord::step, .task = task, .values = {program, 0, 0, 0}},
      {.time = {3}, .kind = EngineRecord::step, .task = task, .values = {program, 1, 0, 0}},
      {.time = {3},
       .kind = EngineRecord::task_ended,
       .task = task,
       .subject = machine.names.find("anna"),
       .values = {static_cast<std::uint64_t>(std::int64_t{-2}), 0, 0, 0}}};
  EXPECT_EQ(machine.trace.records(), expected);
}

}  // namespace
}  // namespace luosim::sim
