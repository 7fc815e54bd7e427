// SPDX-License-Identifier: Apache-2.0
#include "model/world/run.hpp"

#include <optional>

#include "model/userspace/programs.hpp"
#include "model/world/story_end.hpp"

namespace luosim::world {

namespace {

bool is_interrupted(const RunLimits& limits) {
  return limits.is_interrupted != nullptr && *limits.is_interrupted != 0;
}

// Goes by the scenario's order as long as there is one.
class Order {
 public:
  explicit Order(const std::vector<OrderPart>& parts) : parts_(parts) {}

  bool is_over() const { return part_ == parts_.size(); }

  /// Lets the task whose turn it is take a step. False if it cannot go on.
  bool advance(Context& context) {
    const OrderPart& part = parts_[part_];
    const auto task = find(context.world.schedule, part.task);
    if (!task) return false;
    context.world.schedule.take(*task);
    context.task = *task;
    run_step_of_task(context);
    if (++steps_ == part.steps) {
      steps_ = 0;
      ++part_;
    }
    return true;
  }

 private:
  static std::optional<sim::TaskId> find(const sim::Schedule& schedule, sim::Symbol name) {
    const std::vector<sim::Task>& tasks = schedule.tasks();
    for (std::uint32_t index = 0; index < tasks.size(); ++index) {
      if (tasks[index].name == name && tasks[index].state == sim::Task::State::ready)
        return sim::TaskId{index};
    }
    return std::nullopt;
  }

  const std::vector<OrderPart>& parts_;
  std::size_t part_ = 0;
  std::uint32_t steps_ = 0;  // of that part
};

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
  Order order(surroundings.blueprint.order);
  for (std::uint64_t events = 1;; ++events) {
    end_the_story_if_quiet(world, surroundings);
    if (!order.is_over()) {
      if (!order.advance(context)) return Stop::stuck;
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
