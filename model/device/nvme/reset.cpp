// SPDX-License-Identifier: Apache-2.0
//
// What the edges of the lifecycle do: a controller that is enabled has an admin queue and nothing
// else, and whatever ends that leaves nothing in flight. What was fetched and not completed then
// never completes (devices.md, F.4).
#include <algorithm>

#include "model/device/nvme/lifecycle.hpp"
#include "model/device/nvme/media.hpp"
#include "model/device/nvme/queue.hpp"

namespace luosim::device::nvme {

namespace {

using sim::Outcome;
using timing::Cost;

constexpr std::uint32_t kShutdownMask = 3U << kShutdownShift;
constexpr std::uint32_t kNormalShutdown = 1U << kShutdownShift;
// CC: command set, page size and arbitration must all be 0: NVM commands, 4 KiB, round robin.
constexpr std::uint32_t kMustBeZero = 7U << 4 | 0xFU << 7 | 7U << 11;

bool is_of_controller(const sim::ProgramId program) {
  const auto all = programs();
  return std::any_of(all.begin(), all.end(), [program](const sim::Program* candidate) {
    return candidate->id() == program;
  });
}

// Only tasks of the controller: others of the same function, such as the end of its reset, stay.
void drop_tasks(Context& context, FunctionId function) {
  sim::Schedule& schedule = context.schedule;
  for (std::uint32_t index = 0; index < schedule.tasks().size(); ++index) {
    const sim::Task& task = schedule.tasks()[index];
    if (task.state == sim::Task::State::unused || task.group != group_of(function)) continue;
    if (task.frame == sim::Frame::kNone) continue;
    if (is_of_controller(schedule.frame(task.frame).program)) schedule.drop({index});
  }
}

// Ends all that is under way. Tasks know by the epoch that they are of the past.
void drop_commands(Context& context, Controller& controller) {
  const std::uint32_t lost = commands_in_flight(controller);
  drop_tasks(context, controller.function);
  controller.commands.clear();
  controller.free_commands.clear();
  controller.waiting.clear();
  controller.starved.clear();
  ++controller.epoch;
  if (lost == 0) return;
  context.record({.kind = DeviceRecord::commands_dropped,
                  .subject = context.name_of(controller.function),
                  .values = {controller.function.index, lost, 0, 0}});
}

void delete_queues(Controller& controller) {
  controller.submission_queues.clear();
  controller.completion_queues.clear();
  controller.shadow_doorbells = 0;
  controller.event_indexes = 0;
}

std::uint32_t admin_submission_size(const Controller& controller) {
  return controller.admin_attributes & 0xFFF;
}
std::uint32_t admin_completion_size(const Controller& controller) {
  return controller.admin_attributes >> 16 & 0xFFF;
}

bool is_page(std::uint64_t address) {
  return address != 0 && address % memory::kPageBytes == 0;
}

bool accepts_configuration(const Controller& controller) {
  return is_page(controller.admin_submission_base) && is_page(controller.admin_completion_base) &&
         (controller.configuration & kMustBeZero) == 0 && admin_submission_size(controller) != 0 &&
         admin_completion_size(controller) != 0;
}

void create_admin_queue(Controller& controller) {
  controller.submission_queues.assign(std::size_t{controller.max_queues} + 1, {});
  controller.completion_queues.assign(std::size_t{controller.max_queues} + 1, {});
  SubmissionQueue& submission = controller.submission_queues[0];
  submission.base = controller.admin_submission_base;
  submission.size = static_cast<std::uint16_t>(admin_submission_size(controller) + 1);
  CompletionQueue& completion = controller.completion_queues[0];
  completion.base = controller.admin_completion_base;
  completion.size = static_cast<std::uint16_t>(admin_completion_size(controller) + 1);
  completion.interrupts = 1;
}

void begin_transition(Context& context, const Controller& controller, ControllerEvent end,
                      Cost cost) {
  spawn_task(context, controller, kLifecycleProgram, static_cast<std::uint64_t>(end),
             context.timing.of(cost));
}

void enable(Context& context, Controller& controller) {
  const bool accepted = accepts_configuration(controller);
  const auto event = accepted ? ControllerEvent::enable : ControllerEvent::refuse;
  if (!apply(context, controller, event)) {
    // In the middle of something else: the bit does not stick.
    controller.configuration &= ~kEnableBit;
  } else if (accepted) {
    begin_transition(context, controller, ControllerEvent::enabled, Cost::nvme_enable);
  }
}

void disable(Context& context, Controller& controller) {
  if (!apply(context, controller, ControllerEvent::disable)) return;
  drop_commands(context, controller);
  delete_queues(controller);
  begin_transition(context, controller, ControllerEvent::disabled, Cost::nvme_disable);
}

// An abrupt shutdown is as quick as disabling, and leaves the cache as it is.
void shut_down(Context& context, Controller& controller) {
  if (!apply(context, controller, ControllerEvent::shut_down)) return;
  const bool is_normal = (controller.configuration & kShutdownMask) == kNormalShutdown;
  begin_transition(context, controller, ControllerEvent::shutdown_complete,
                   is_normal ? Cost::nvme_shutdown : Cost::nvme_disable);
}

// values: function, the ControllerEvent that has come to its end, epoch.
Outcome settle(Context& context) {
  Controller* controller = controller_of_task(context);
  if (controller == nullptr) return sim::finish(0);
  const auto event = static_cast<ControllerEvent>(context.frame().values[1]);
  if (!apply(context, *controller, event)) return sim::finish(0);
  if (event == ControllerEvent::enabled) create_admin_queue(*controller);
  if (event != ControllerEvent::shutdown_complete) return sim::finish(0);
  if ((controller->configuration & kShutdownMask) == kNormalShutdown)
    destage(context, *controller, next_cache_entry(*controller));
  drop_commands(context, *controller);
  return sim::halt();
}

constexpr sim::Step kLifecycleSteps[] = {{.name = "settle", .run = sim::step<settle>}};

}  // namespace

constexpr sim::Program kLifecycleProgram{
    .name = "nvme.lifecycle",
    .about = "an NVMe controller comes to the end of being enabled, disabled or shut down",
    .steps = kLifecycleSteps};

bool apply(Context& context, Controller& controller, ControllerEvent event) {
  const std::optional<ControllerState> next = next_state(controller.state, event);
  if (!next) return false;
  context.record(
      {.kind = DeviceRecord::controller_state,
       .subject = context.name_of(controller.function),
       .values = {controller.function.index, static_cast<std::uint64_t>(controller.state),
                  static_cast<std::uint64_t>(*next), 0}});
  controller.state = *next;
  return true;
}

void write_configuration(Context& context, Controller& controller, std::uint32_t value) {
  const std::uint32_t old = controller.configuration;
  controller.configuration = value;
  const bool was_enabled = (old & kEnableBit) != 0;
  const bool is_enabled = (value & kEnableBit) != 0;
  if (is_enabled != was_enabled) {
    is_enabled ? enable(context, controller) : disable(context, controller);
  } else if (is_enabled && (old & kShutdownMask) == 0 && (value & kShutdownMask) != 0) {
    shut_down(context, controller);
  }
}

void become_fatal(Context& context, Controller& controller) {
  apply(context, controller, ControllerEvent::fail);
  drop_commands(context, controller);
}

bool survives_lost_request(Context& context, Controller& controller) {
  if (controller.on_lost_request == OnLostRequest::stall) return true;
  become_fatal(context, controller);
  return false;
}

void lose_state(Context& context, FunctionId function, bool lost_power) {
  Controller* controller = controller_of(context.devices, function);
  if (controller == nullptr) return;
  apply(context, *controller, ControllerEvent::reset);
  drop_commands(context, *controller);
  delete_queues(*controller);
  controller->configuration = 0;
  controller->admin_attributes = 0;
  controller->admin_submission_base = 0;
  controller->admin_completion_base = 0;
  if (lost_power) lose_cache(*controller);
}

}  // namespace luosim::device::nvme
