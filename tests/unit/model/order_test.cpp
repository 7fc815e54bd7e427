// SPDX-License-Identifier: Apache-2.0
//
// Whose turn it is by an order that a scenario says, and how an order is written of steps that were
// taken.
#include "model/world/order.hpp"

#include <gtest/gtest.h>

namespace luosim::world {
namespace {

constexpr sim::Symbol kAgent{1};
constexpr sim::Symbol kDisk{2};
constexpr sim::ProgramId kProgram{77};

sim::TaskId spawn(sim::Schedule& schedule, sim::Symbol name) {
  return schedule.spawn(name, 0, kProgram, {}, {}, false);
}

bool operator==(const OrderPart& left, const OrderPart& right) {
  return left.task == right.task && left.steps == right.steps && left.which == right.which;
}

TEST(Order, names_which_of_the_tasks_of_one_name_is_meant) {
  sim::Schedule schedule;
  spawn(schedule, kAgent);
  const sim::TaskId fetch = spawn(schedule, kDisk);
  const sim::TaskId message = spawn(schedule, kDisk);
  EXPECT_TRUE(step_of(schedule, fetch) == (OrderPart{kDisk, 1, 1}));
  EXPECT_TRUE(step_of(schedule, message) == (OrderPart{kDisk, 1, 2}));
  for (const sim::TaskId task : {fetch, message})
    EXPECT_EQ(task_in_turn({step_of(schedule, task)}, {}, schedule), task);
}

TEST(Order, has_nobody_in_turn_if_there_are_not_so_many_of_the_name) {
  sim::Schedule schedule;
  spawn(schedule, kDisk);
  EXPECT_FALSE(task_in_turn({{kDisk, 1, 2}}, {}, schedule));
  EXPECT_FALSE(task_in_turn({{kAgent, 1, 1}}, {}, schedule));
}

TEST(Order, puts_steps_in_a_row_together_if_they_are_of_the_same_task) {
  std::vector<OrderPart> order;
  for (const OrderPart& step : {OrderPart{kAgent, 2, 1}, OrderPart{kAgent, 1, 1},
                                OrderPart{kDisk, 1, 1}, OrderPart{kDisk, 1, 2}})
    add_part(order, step);
  ASSERT_EQ(order.size(), 3U);
  EXPECT_TRUE(order[0] == (OrderPart{kAgent, 3, 1}));
  EXPECT_TRUE(order[2] == (OrderPart{kDisk, 1, 2}));
}

TEST(Order, is_over_when_each_part_has_had_its_steps) {
  const std::vector<OrderPart> order{{kAgent, 2, 1}, {kDisk, 1, 1}};
  OrderPlace place;
  for (int step = 0; step < 3; ++step) {
    EXPECT_FALSE(is_over(order, place)) << step;
    place = after_a_step(order, place);
  }
  EXPECT_TRUE(is_over(order, place));
}

}  // namespace
}  // namespace luosim::world
