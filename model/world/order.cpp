// SPDX-License-Identifier: Apache-2.0
#include "model/world/order.hpp"

namespace luosim::world {

std::optional<sim::TaskId> task_in_turn(const std::vector<OrderPart>& order, OrderPlace place,
                                        const sim::Schedule& schedule) {
  const std::vector<sim::Task>& tasks = schedule.tasks();
  for (std::uint32_t index = 0; index < tasks.size(); ++index) {
    if (tasks[index].name == order[place.part].task &&
        tasks[index].state == sim::Task::State::ready)
      return sim::TaskId{index};
  }
  return std::nullopt;
}

OrderPlace after_a_step(const std::vector<OrderPart>& order, OrderPlace place) {
  ++place.steps;
  return place.steps < order[place.part].steps ? place : OrderPlace{place.part + 1, 0};
}

}  // namespace luosim::world
