// SPDX-License-Identifier: Apache-2.0
//
// How the labels of a program become rows, and which mistakes in a table end the process at once.
// The steps are never run here; what the engine does with the rows is tested with the engine.
#include "sim/core/program.hpp"

#include <array>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "sim/core/context.hpp"

namespace luosim::sim {
namespace {

Outcome first_function(Context& /*context*/) {
  return done();
}
Outcome second_function(Context& /*context*/) {
  return end();
}

constexpr std::uint16_t kReturnRow = Programs::kReturnRow;

std::vector<Programs::Row> rows_of(const std::vector<Step>& steps) {
  const Program program{"alone", "of a test", steps};
  const std::array<const Program*, 1> all{&program};
  return Programs(all).find(program.id()).rows;
}

TEST(Program, is_identified_by_the_hash_of_its_name) {
  constexpr Program kProgram{"kho.finalize", "", {}};
  static_assert(kProgram.id() == ProgramId{name_hash("kho.finalize")});
}

TEST(Program, goes_to_the_row_below_and_returns_after_the_last_by_default) {
  const auto rows = rows_of({{"one", first_function}, {"two", second_function}});
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].then, 1);
  EXPECT_EQ(rows[1].then, kReturnRow);
  EXPECT_EQ(rows[0].run, &first_function);
  EXPECT_EQ(rows[1].run, &second_function);
}

TEST(Program, returns_at_the_end_of_a_loop_and_on_failure_by_default) {
  const auto rows = rows_of({{"one", first_function}, {"two", first_function}});
  EXPECT_EQ(rows[0].on_end, kReturnRow);
  EXPECT_EQ(rows[0].on_failure, kReturnRow);
}

TEST(Program, goes_to_named_rows_in_both_directions_and_to_itself) {
  const auto rows =
      rows_of({{"one", first_function, {.then = "three", .on_end = "two", .on_failure = "one"}},
               {"two", first_function, {.then = "one", .on_end = "three", .on_failure = "two"}},
               {"three", first_function, {.then = "return", .on_end = "", .on_failure = "one"}}});
  EXPECT_EQ(rows[0].then, 2);
  EXPECT_EQ(rows[0].on_end, 1);
  EXPECT_EQ(rows[0].on_failure, 0);
  EXPECT_EQ(rows[1].then, 0);
  EXPECT_EQ(rows[1].on_end, 2);
  EXPECT_EQ(rows[1].on_failure, 1);
  EXPECT_EQ(rows[2].then, kReturnRow);
  EXPECT_EQ(rows[2].on_end, kReturnRow);
  EXPECT_EQ(rows[2].on_failure, 0);
}

TEST(Program, may_name_the_next_step_for_the_end_of_a_loop_and_for_a_failure) {
  const auto rows =
      rows_of({{"one", first_function, {.on_end = kNextStep, .on_failure = kNextStep}},
               {"two", first_function}});
  EXPECT_EQ(rows[0].on_end, 1);
  EXPECT_EQ(rows[0].on_failure, 1);
}

TEST(Programs, find_each_of_many_and_keep_their_order) {
  const std::vector<Step> steps{{"one", first_function}};
  std::vector<std::string> names;
  for (int i = 0; i < 300; ++i) names.push_back("program " + std::to_string(i));
  std::vector<Program> programs;
  for (const std::string& name : names) programs.push_back({name, "", steps});
  std::vector<const Program*> all;
  for (const Program& program : programs) all.push_back(&program);

  const Programs table(all);
  for (const Program& program : programs) {
    ASSERT_TRUE(table.contains(program.id()));
    ASSERT_EQ(table.find(program.id()).program, &program);
  }
  EXPECT_EQ(table.in_order(), all);
  EXPECT_FALSE(table.contains({name_hash("program 300")}));
}

TEST(Programs, contain_nothing_if_there_are_none) {
  const Programs table({});
  EXPECT_FALSE(table.contains({name_hash("alone")}));
  EXPECT_FALSE(table.contains({}));
  EXPECT_TRUE(table.in_order().empty());
}

struct LayerContext : Context {
  int& visits;
};

Outcome visit(LayerContext& context) {
  ++context.visits;
  return finish(context.visits);
}

TEST(StepOf, gives_the_function_the_context_of_its_layer) {
  Schedule schedule;
  const Programs programs({});
  const Names names;
  ScriptedChoice choice;
  Faults faults;
  NoTrace trace;
  int visits = 6;
  LayerContext context{{schedule, programs, names, choice, faults, trace, {}}, visits};
  const StepFunction function = step<visit>;
  EXPECT_EQ(function(context).value, 7);
  EXPECT_EQ(visits, 7);
}

TEST(Outcome, carries_what_its_maker_was_told) {
  EXPECT_EQ(done(microseconds(3)).after, microseconds(3));
  EXPECT_EQ(again(microseconds(4)).after, microseconds(4));
  EXPECT_EQ(end(microseconds(5)).after, microseconds(5));
  EXPECT_EQ(fail(-5, microseconds(6)).value, -5);
  EXPECT_EQ(finish(7, microseconds(8)).after, microseconds(8));
  const Outcome called = call({9}, {.values = {1, 2, 3, 4}, .word = 5}, microseconds(9));
  EXPECT_EQ(called.program, ProgramId{9});
  EXPECT_EQ(called.arguments.values[3], 4U);
  EXPECT_EQ(called.arguments.word, 5U);
  EXPECT_EQ(called.after, microseconds(9));
  EXPECT_EQ(acquire({1}, LockMode::read).lock, (LockRequest{{1}, LockMode::read, false}));
  const Outcome killable = acquire_killable({1}, LockMode::write, -4);
  EXPECT_EQ(killable.lock, (LockRequest{{1}, LockMode::write, true}));
  EXPECT_EQ(killable.value, -4);
}

TEST(ProgramsDeathTest, do_not_accept_a_label_that_names_no_step) {
  const std::vector<Step> steps{{"one", first_function, {.then = "tow"}}, {"two", first_function}};
  EXPECT_EXIT(rows_of(steps), testing::ExitedWithCode(4), "a step that the program has");
}

TEST(ProgramsDeathTest, do_not_accept_an_empty_program) {
  EXPECT_EXIT(rows_of({}), testing::ExitedWithCode(4), "at least one step");
}

TEST(ProgramsDeathTest, do_not_accept_a_step_without_a_function) {
  const std::vector<Step> steps{{"one", nullptr}};
  EXPECT_EXIT(rows_of(steps), testing::ExitedWithCode(4), "has a function");
}

void make_table_of(std::string_view first_name, std::string_view second_name) {
  const std::vector<Step> steps{{"one", first_function}};
  const Program first{first_name, "", steps};
  const Program second{second_name, "", steps};
  const std::array<const Program*, 2> all{&first, &second};
  const Programs table(all);
}

TEST(ProgramsDeathTest, do_not_accept_a_name_twice) {
  EXPECT_EXIT(make_table_of("same", "same"), testing::ExitedWithCode(4), "same name or hash");
}

TEST(ProgramsDeathTest, do_not_accept_two_names_of_the_same_hash) {
  static_assert(name_hash("costarring") == name_hash("liquid"));
  EXPECT_EXIT(make_table_of("costarring", "liquid"), testing::ExitedWithCode(4),
              "same name or hash");
}

}  // namespace
}  // namespace luosim::sim
