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

/// Where one is when that task has taken its step.
OrderPlace after_a_step(const std::vector<OrderPart>& order, OrderPlace place);

}  // namespace luosim::world
