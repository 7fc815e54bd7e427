// SPDX-License-Identifier: Apache-2.0
#include "model/world/hanging_calls.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "model/guarantees/wording.hpp"
#include "model/userspace/programs.hpp"

namespace luosim::world {

namespace {

// An actor that stands at its own first row is between two calls.
bool is_in_a_call(const sim::Schedule& schedule, const sim::Task& task) {
  if (task.frame == sim::Frame::kNone) return false;
  const sim::Frame& frame = schedule.frame(task.frame);
  return frame.program != userspace::kActorProgramId || frame.step != 0;
}

bool can_give_up_a_lock(const sim::Schedule& schedule, sim::TaskId id) {
  const sim::Task& task = schedule.task(id);
  return task.state == sim::Task::State::ready && is_in_a_call(schedule, task);
}

// Along "waits for a lock that is held by, or queued for before it by".
bool hangs(const sim::Schedule& schedule, sim::TaskId task) {
  const sim::Locks& locks = schedule.locks();
  std::vector<sim::TaskId> waited_for{task};
  const auto add = [&](sim::TaskId next) {
    if (std::find(waited_for.begin(), waited_for.end(), next) == waited_for.end())
      waited_for.push_back(next);
  };
  for (std::size_t index = 0; index < waited_for.size(); ++index) {
    const sim::TaskId current = waited_for[index];
    if (can_give_up_a_lock(schedule, current)) return false;
    const auto wait = locks.waits_for(current);
    if (!wait) continue;
    for (const sim::Locks::Claim& holder : locks.holders())
      if (holder.request.lock == wait->lock) add(holder.task);
    for (const sim::Locks::Claim& waiter : locks.waiters()) {
      if (waiter.task == current) break;
      if (waiter.request.lock == wait->lock) add(waiter.task);
    }
  }
  return true;
}

}  // namespace

std::vector<sim::Locks::Claim> hanging_calls(const World& world) {
  std::vector<sim::Locks::Claim> hanging;
  const sim::Schedule& schedule = world.schedule;
  if (world.kernel.core.death.ending != kernel::Ending::running) return hanging;
  for (const sim::Locks::Claim& waiter : schedule.locks().waiters())
    if (!schedule.task(waiter.task).killed && hangs(schedule, waiter.task))
      hanging.push_back(waiter);
  return hanging;
}

std::string text_of(const sim::Locks::Claim& hanging, const World& world, const sim::Names& names) {
  return fmt::format("{} waits for ever to {} {}",
                     names.text(world.schedule.task(hanging.task).name),
                     guarantees::lock_mode_text(hanging.request.mode),
                     guarantees::lock_text(hanging.request.lock));
}

}  // namespace luosim::world
