// SPDX-License-Identifier: Apache-2.0
#include "model/world/state_flags.hpp"

#include <algorithm>
#include <cstddef>

#include "model/userspace/cast.hpp"
#include "model/userspace/free_actor.hpp"
#include "model/world/independence.hpp"
#include "sim/explore/model.hpp"

namespace luosim::world {

namespace {

using luo::v2::Phase;
using sim::explore::StateFlags;

bool is_running(const World& world) {
  return world.kernel.core.death.ending == kernel::Ending::running;
}

// Devices, guests and whom nobody notices go on for ever and lead the update nowhere.
bool somebody_goes_on(const World& world, std::span<const std::uint8_t> detached) {
  const std::vector<sim::Task>& tasks = world.schedule.tasks();
  return std::any_of(tasks.begin(), tasks.end(), [&](const sim::Task& task) {
    return task.state == sim::Task::State::ready && (task.group & sim::kBackgroundGroup) == 0 &&
           !is_detached(task, detached);
  });
}

// Who may make no more calls cannot lead anywhere.
bool is_out_of_calls(const World& world, const userspace::Cast& cast) {
  for (std::size_t actor = 0; actor < cast.actors.size(); ++actor) {
    const auto& free = cast.actors[actor].free;
    const userspace::Progress::Actor& progress = world.progress.actors[actor];
    const bool is_there = progress.is_killed == 0;
    if (is_there && free && free->max && progress.calls >= *free->max) return true;
  }
  return false;
}

bool is_normal(const World& world) {
  return world.kernel.luo.phase == Phase::normal && !world.kernel.kho.finalized &&
         world.schedule.locks().holders().empty();
}

bool takes_the_kernel_down(userspace::Verb verb) {
  return userspace::is_reboot(verb) || verb == userspace::Verb::reboot_without_image;
}

// Whether somebody has a reboot in hand. A kernel that is going down need not prepare.
bool somebody_reboots(const World& world, const userspace::Cast& cast) {
  for (std::size_t actor = 0; actor < cast.actors.size(); ++actor) {
    const userspace::Entry* entry =
        userspace::current_entry(cast.actors[actor], world.progress.actors[actor]);
    if (entry != nullptr && takes_the_kernel_down(entry->verb)) return true;
  }
  return false;
}

// Whether a prepare has to be possible: somebody is there to ask for it, the kernel has live update
// switched on, and no rule of the scenario lets calls fail, for then it could let each of them.
bool may_prepare(const World& world, const userspace::Cast& cast) {
  if (!world.kernel.kho.enabled || !world.kernel.core.options.liveupdate) return false;
  if (!world.faults.is_empty() || somebody_reboots(world, cast)) return false;
  for (std::size_t actor = 0; actor < cast.actors.size(); ++actor) {
    const auto& free = cast.actors[actor].free;
    if (!free || world.progress.actors[actor].is_killed != 0) continue;
    const auto& calls = free->alternatives;
    if (std::any_of(calls.begin(), calls.end(), [](const userspace::Entry& call) {
          return call.verb == userspace::Verb::prepare;
        }))
      return true;
  }
  return false;
}

}  // namespace

std::uint8_t state_flags(const World& world, const Blueprint& blueprint,
                         std::span<const std::uint8_t> detached) {
  const userspace::Cast& cast = blueprint.cast;
  const bool runs = is_running(world);
  const auto& actors = world.progress.actors;
  const bool was_killed = std::any_of(actors.begin(), actors.end(),
                                      [](const auto& actor) { return actor.is_killed != 0; });
  const bool is_cut_off = is_out_of_calls(world, cast);
  const bool has_ended = !somebody_goes_on(world, detached) || !runs || is_cut_off;
  // Whoever is out of calls is still there: with more of them he might have led back.
  const bool nobody_is_left = was_killed && runs && !is_cut_off;
  std::uint8_t flags = 0;
  if (has_ended) flags |= StateFlags::kEnded;
  if (has_ended) flags |= nobody_is_left ? StateFlags::kNobodyLeft : StateFlags::kCutOff;
  const bool is_good = runs && is_normal(world) && world.user.is_started != 0;
  if (is_good) flags |= StateFlags::kGood;
  if (is_good && !has_ended && may_prepare(world, cast)) flags |= StateFlags::kMayBegin;
  if (runs && world.kernel.luo.phase == Phase::prepared) flags |= StateFlags::kBegun;
  return flags;
}

}  // namespace luosim::world
