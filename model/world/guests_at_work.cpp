// SPDX-License-Identifier: Apache-2.0
#include "model/world/guests_at_work.hpp"

#include <algorithm>
#include <optional>

#include "model/device/irq/message.hpp"
#include "model/userspace/programs.hpp"
#include "model/world/order.hpp"

namespace luosim::world {

namespace {

constexpr std::uint32_t kMostSteps = 100'000;

// A load that writes has written every block, so that none is empty for the first and last time.
bool is_under_way(const userspace::GuestDisk& disk, const userspace::Workload& load) {
  const bool writes =
      load.kind == userspace::Workload::Kind::database ||
      (load.kind == userspace::Workload::Kind::verify_io && load.read_percent < 100);
  return !writes || std::none_of(disk.expected.begin(), disk.expected.end(),
                                 [](std::uint64_t sequence) { return sequence == 0; });
}

bool disks_are_at_work(const World& world, const userspace::Cast& cast) {
  const auto is_at_work = [&](const userspace::GuestDisk& disk) {
    const userspace::Workload& load = cast.vms[disk.registers.vm].workload;
    return disk.registers.has_failed != 0 ||
           (disk.registers.is_set_up != 0 && is_under_way(disk, load));
  };
  const auto is_interrupt = [&](const sim::Task& task) {
    return task.state == sim::Task::State::ready &&
           world.schedule.frame(task.frame).program == device::irq::kInterruptEntry;
  };
  const auto& tasks = world.schedule.tasks();
  return world.user.is_started != 0 &&
         std::all_of(world.user.disks.begin(), world.user.disks.end(), is_at_work) &&
         std::none_of(tasks.begin(), tasks.end(), is_interrupt);
}

// The first ready task behind `last`, and then from the beginning, that is no actor's.
std::optional<sim::TaskId> next_in_turn(const World& world, std::uint32_t last) {
  const std::vector<sim::Task>& tasks = world.schedule.tasks();
  for (std::size_t distance = 1; distance <= tasks.size(); ++distance) {
    const std::size_t index = (last + distance) % tasks.size();
    const sim::Task& task = tasks[index];
    if (task.state != sim::Task::State::ready) continue;
    const bool is_actor = world.schedule.frame(task.frame).program == userspace::kActorProgramId;
    if (!is_actor) return sim::TaskId{static_cast<std::uint32_t>(index)};
  }
  return std::nullopt;
}

}  // namespace

bool has_guests_with_devices(const Blueprint& blueprint) {
  return std::any_of(blueprint.cast.vms.begin(), blueprint.cast.vms.end(),
                     [](const userspace::VmPlan& vm) { return !vm.devices.empty(); });
}

std::vector<OrderPart> play_until_guests_work(Context& context) {
  std::vector<OrderPart> taken;
  World& world = context.world;
  std::uint32_t last = 0;
  for (std::uint32_t steps = 0; steps < kMostSteps && !disks_are_at_work(world, context.cast);
       ++steps) {
    const auto next = next_in_turn(world, last);
    if (!next) break;
    last = next->index;
    add_part(taken, step_of(world.schedule, *next));
    world.schedule.take(*next);
    context.task = *next;
    run_step_of_task(context);
  }
  return taken;
}

}  // namespace luosim::world
