// SPDX-License-Identifier: Apache-2.0
#include "model/world/nameless_tasks.hpp"

#include <algorithm>
#include <vector>

#include "model/device/nvme/lifecycle.hpp"

namespace luosim::world {

namespace {

namespace nvme = device::nvme;

// More than there are tasks of actors, kernels and guests in a scenario that can be explored.
constexpr std::uint32_t kFirstNameless = 16;

// A task of one activation: nothing of it but its number is lost when another takes its place.
bool can_be_moved(const World& world, std::uint32_t index) {
  const sim::Task& task = world.schedule.tasks()[index];
  return task.state == sim::Task::State::ready && (task.group & sim::kBackgroundGroup) != 0 &&
         !task.keep_result && !task.killed &&
         world.schedule.frame(task.frame).caller == sim::Frame::kNone;
}

// The one who remembers the task that carries out a command is its controller.
void tell_its_controller(World& world, const sim::Frame& frame, sim::TaskId task) {
  if (frame.program != nvme::kCommandProgram.id()) return;
  nvme::Controller* controller =
      device::controller_of(world.hardware.devices, {static_cast<std::uint32_t>(frame.values[0])});
  if (controller != nullptr && controller->epoch == frame.values[2] &&
      frame.values[1] < controller->commands.size())
    controller->commands[frame.values[1]].task = task;
}

// The old one is still there, so that nobody takes its number meanwhile.
void copy_behind(World& world, std::uint32_t from) {
  sim::Schedule& schedule = world.schedule;
  const sim::Task task = schedule.task({from});
  const sim::Frame frame = schedule.frame_of({from});
  const sim::TaskId to = schedule.spawn(task.name, task.group, frame.program, {}, {}, false);
  schedule.frame_of(to) = frame;
  tell_its_controller(world, frame, to);
}

}  // namespace

void move_nameless_tasks_behind(World& world) {
  sim::Schedule& schedule = world.schedule;
  std::vector<std::uint32_t> low;
  for (std::uint32_t index = 0; index < schedule.tasks().size() && index < kFirstNameless; ++index)
    if (can_be_moved(world, index)) low.push_back(index);
  if (low.empty()) return;
  // A task takes the lowest number that is free: those that shall stay free are taken meanwhile.
  std::vector<sim::TaskId> places;
  do {
    places.push_back(schedule.spawn({}, sim::kBackgroundGroup, {}, {}, {}, false));
  } while (places.back().index < kFirstNameless);
  schedule.drop(places.back());
  for (const std::uint32_t index : low) copy_behind(world, index);
  for (const std::uint32_t index : low) schedule.drop({index});
  places.pop_back();
  for (const sim::TaskId place : places) schedule.drop(place);
}

}  // namespace luosim::world
