// SPDX-License-Identifier: Apache-2.0
#include "model/world/order.hpp"

namespace luosim::world {

namespace {
bool is_of(const sim::Schedule& schedule, std::uint32_t index, sim::Symbol name) {
  const sim::Task& task = schedule.tasks()[index];
  return task.name == name && task.state == sim::Task::State::ready;
}
}  // namespace

std::optional<sim::TaskId> task_in_turn(const std::vector<OrderPart>& order, OrderPlace place,
                                        const sim::Schedule& schedule) {
  const OrderPart& part = order[place.part];
  std::uint32_t found = 0;
  for (std::uint32_t index = 0; index < schedule.tasks().size(); ++index)
    if (is_of(schedule, index, part.task) && ++found == part.which) return sim::TaskId{index};
  return std::nullopt;
}

TakenStep taken_step(const sim::Schedule& schedule, sim::TaskId task) {
  const auto step_of_task = [&](std::uint32_t index) {
    const sim::Task& each = schedule.tasks()[index];
    const sim::Frame& frame = schedule.frame(each.frame);
    return TakenStep{each.name, frame.program, frame.step, 1};
  };
  TakenStep step = step_of_task(task.index);
  std::uint32_t before = 0;
  for (std::uint32_t index = 0; index < task.index; ++index) {
    if (is_of(schedule, index, step.task) && step_of_task(index) == step) ++before;
  }
  step.which += before;
  return step;
}

OrderPart step_of(const sim::Schedule& schedule, sim::TaskId task) {
  OrderPart part{schedule.task(task).name, 1, 1};
  for (std::uint32_t index = 0; index < task.index; ++index)
    if (is_of(schedule, index, part.task)) ++part.which;
  return part;
}

void add_part(std::vector<OrderPart>& order, const OrderPart& part) {
  const bool goes_on =
      !order.empty() && order.back().task == part.task && order.back().which == part.which;
  if (goes_on) {
    order.back().steps += part.steps;
  } else {
    order.push_back(part);
  }
}

OrderPlace after_a_step(const std::vector<OrderPart>& order, OrderPlace place) {
  ++place.steps;
  return place.steps < order[place.part].steps ? place : OrderPlace{place.part + 1, 0};
}

}  // namespace luosim::world
