// SPDX-License-Identifier: Apache-2.0
//
// The order of its first steps that a scenario can say: who takes how many, whatever time says. How
// far a run has come in it is a value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "model/world/blueprint.hpp"
#include "sim/core/schedule.hpp"

namespace luosim::world {

struct OrderPlace {
  std::size_t part = 0;     ///< of the order
  std::uint32_t steps = 0;  ///< of that part that were taken
  friend bool operator==(const OrderPlace&, const OrderPlace&) = default;
};

inline bool is_over(const std::vector<OrderPart>& order, OrderPlace place) {
  return place.part >= order.size();
}

/// The task whose turn it is, in an order that is not over. Nothing if it cannot go on. O(tasks).
std::optional<sim::TaskId> task_in_turn(const std::vector<OrderPart>& order, OrderPlace place,
                                        const sim::Schedule& schedule);

/// A step of a task, by where the task stands.
struct TakenStep {
  sim::Symbol task{};
  sim::ProgramId program{};
  std::uint32_t row = 0;
  std::uint32_t which = 1;  ///< of those who stand there, in the order of the schedule
  friend bool operator==(const TakenStep&, const TakenStep&) = default;
};

/// The step that this task takes next. O(tasks).
TakenStep taken_step(const sim::Schedule& schedule, sim::TaskId task);

/// One step of this task, which can go on, as a part of an order. O(tasks).
OrderPart step_of(const sim::Schedule& schedule, sim::TaskId task);

/// Appends a part, to the last one if it goes on with it.
void add_part(std::vector<OrderPart>& order, const OrderPart& part);

/// Where one is when that task has taken its step.
OrderPlace after_a_step(const std::vector<OrderPart>& order, OrderPlace place);

}  // namespace luosim::world
