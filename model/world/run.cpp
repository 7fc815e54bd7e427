// SPDX-License-Identifier: Apache-2.0
#include "model/world/run.hpp"

#include "model/userspace/programs.hpp"

namespace luosim::world {

namespace {

// How many events pass between two looks for a standstill: guests that run for ever keep the queue
// busy, and looking costs as much as there are tasks.
constexpr std::uint64_t kLookEvery = 1024;

// Guests in the background are not what a run waits for.
bool anybody_can_act(const World& world, const userspace::Cast& cast) {
  const std::uint32_t first_guest = userspace::process_of_vmm(cast, 0);
  for (const sim::Task& task : world.schedule.tasks()) {
    if (task.state == sim::Task::State::ready && task.group < first_guest) return true;
  }
  return false;
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
  for (std::uint64_t events = 1;; ++events) {
    if (!advance(world, surroundings)) {
      return userspace::all_scripts_have_ended(world.progress, cast) ? Stop::scripts_ended
                                                                     : Stop::stuck;
    }
    if (world.kernel.core.death.ending != kernel::Ending::running) return Stop::kernel_died;
    const bool looks = world.user.actors_left == 0 || events % kLookEvery == 0;
    if (looks && world.user.is_started != 0 && !anybody_can_act(world, cast)) {
      return userspace::all_scripts_have_ended(world.progress, cast) ? Stop::scripts_ended
                                                                     : Stop::stuck;
    }
    if (events >= limits.events) return Stop::event_limit;
    if (world.schedule.now() > limits.time) return Stop::time_limit;
  }
}

}  // namespace luosim::world
