// SPDX-License-Identifier: Apache-2.0
//
// A controller as a value, and what its tasks have in common.
#include "model/device/nvme/controller.hpp"

#include <algorithm>

#include "model/device/nvme/lifecycle.hpp"
#include "model/device/nvme/media.hpp"
#include "model/device/pcie/fabric.hpp"

namespace luosim::device::nvme {

namespace {

// A request that could not leave is tried again after 10 us, and then after twice as long each time
// up to 1.28 ms: nothing tells a function that software lets it send again.
constexpr std::int64_t kFirstRetryNs = 10'000;
constexpr std::uint64_t kMostDoublings = 7;

void add_time(sim::Hasher& hasher, sim::SimTime time, sim::SimTime now) {
  hasher.add(std::max<std::int64_t>((time - now).ns, 0));
}

// Which task it is shows in the tasks: each says which slot it is about.
void add_command(sim::Hasher& hasher, const Controller& controller, const Command& command,
                 sim::SimTime now) {
  hasher.add(command.stage);
  if (command.stage == CommandStage::none) return;
  hasher.add(command.entry);
  hasher.add(command.submission_queue);
  hasher.add(command.result);
  hasher.add(command.status);
  hasher.add(command.moved);
  hasher.add(command.carried);
  hasher.add(std::max(command.flushes, controller.destaged) - controller.destaged);
  hasher.add(command.next_list);
  add_time(hasher, command.ready, now);
  hasher.add_sequence(command.list);
}

constexpr const sim::Program* kPrograms[] = {&kFetchProgram, &kCommandProgram, &kPostProgram,
                                             &kLifecycleProgram};

}  // namespace

// What was counted and nothing depends on, commands_fetched and commands_completed, is left out.
void Controller::add_to(sim::Hasher& hasher, sim::SimTime now) const {
  hasher.add(function.index);
  hasher.add(state);
  hasher.add(on_lost_request);
  hasher.add(has_write_cache);
  hasher.add(configuration);
  hasher.add(admin_attributes);
  hasher.add(admin_submission_base);
  hasher.add(admin_completion_base);
  hasher.add(shadow_doorbells);
  hasher.add(event_indexes);
  hasher.add(blocks);
  hasher.add(max_queues);
  hasher.add(epoch);
  hasher.add(max_commands);
  hasher.add_sequence(submission_queues);
  hasher.add_sequence(completion_queues);
  hasher.add_sequence(waiting);
  hasher.add_sequence(media);
  hasher.add_sequence(cached);
  hasher.add(std::uint64_t{commands.size()});
  for (const Command& command : commands) add_command(hasher, *this, command, now);
  hasher.add_sequence(free_commands);
  hasher.add_sequence(starved);
  for (const sim::SimTime time : unit_free) add_time(hasher, time, now);
  add_time(hasher, link_free, now);
}

Controller* controller_of_task(Context& context) {
  const sim::Frame& frame = context.frame();
  Controller* controller =
      controller_of(context.devices, {static_cast<std::uint32_t>(frame.values[0])});
  return controller != nullptr && controller->epoch == frame.values[2] ? controller : nullptr;
}

sim::TaskId spawn_task(Context& context, const Controller& controller, const sim::Program& program,
                       std::uint64_t number, sim::Duration after) {
  sim::Arguments arguments;
  arguments.values = {controller.function.index, number, controller.epoch, 0};
  return context.schedule.spawn(context.name_of(controller.function), group_of(controller.function),
                                program.id(), arguments, after,
                                /*keep_result=*/false);
}

bool firmware_gives_up(Context& context, Controller& controller) {
  if (!context.fault(kFatalFault, context.names.text(context.name_of(controller.function))))
    return false;
  become_fatal(context, controller);
  return true;
}

sim::Duration retry_after(sim::Frame& frame) {
  const std::uint64_t doublings = std::min(frame.local[2]++, kMostDoublings);
  return sim::nanoseconds(kFirstRetryNs << doublings);
}

bool may_send(const Context& context, FunctionId function) {
  return pcie::admit(context.devices.pcie, function) == DmaResult::landed;
}

std::span<const sim::Program* const> programs() {
  return kPrograms;
}

}  // namespace luosim::device::nvme
