// SPDX-License-Identifier: Apache-2.0
#include "model/world/run.hpp"

#include <optional>

#include "model/userspace/programs.hpp"
#include "model/world/order.hpp"
#include "model/world/story_end.hpp"

namespace luosim::world {

namespace {

bool is_interrupted(const RunLimits& limits) {
  return limits.is_interrupted != nullptr && *limits.is_interrupted != 0;
}

// Lets the task whose turn it is take a step. False if it cannot go on.
bool advance_by_order(Context& context, OrderPlace& place) {
  const std::vector<OrderPart>& order = context.blueprint.order;
  const auto task = task_in_turn(order, place, context.world.schedule);
  if (!task) return false;
  context.world.schedule.take(*task);
  context.task = *task;
  run_step_of_task(context);
  place = after_a_step(order, place);
  return true;
}

}  // namespace

std::string_view word_of(Stop stop) {
  switch (stop) {
    case Stop::scripts_ended:
      return "the scripts have ended";
    case Stop::kernel_died:
      return "the kernel has died";
    case Stop::stuck:
      return "nobody can go on";
    case Stop::event_limit:
      return "the limit of events was reached";
    case Stop::time_limit:
      return "the limit of simulated time was reached";
    case Stop::interrupted:
      return "the run was interrupted";
  }
  return "";
}

bool has_deadlock(const World& world) {
  for (std::uint32_t index = 0; index < world.schedule.tasks().size(); ++index)
    if (world.schedule.is_deadlocked({index})) return true;
  return false;
}

Stop run(World& world, const Surroundings& surroundings, const RunLimits& limits) {
  const userspace::Cast& cast = surroundings.blueprint.cast;
  power_on(world, surroundings, 0);
  Context context = context_for(world, surroundings, {});
  OrderPlace place;
  for (std::uint64_t events = 1;; ++events) {
    end_the_story_if_quiet(world, surroundings);
    if (!is_over(surroundings.blueprint.order, place)) {
      if (!advance_by_order(context, place)) return Stop::stuck;
    } else if (!advance(context)) {
      return userspace::all_scripts_have_ended(world.progress, cast) ? Stop::scripts_ended
                                                                     : Stop::stuck;
    }
    if (world.kernel.core.death.ending != kernel::Ending::running) return Stop::kernel_died;
    if (is_interrupted(limits)) return Stop::interrupted;
    if (events >= limits.events) return Stop::event_limit;
    if (world.schedule.now() > limits.time) return Stop::time_limit;
  }
}

}  // namespace luosim::world
