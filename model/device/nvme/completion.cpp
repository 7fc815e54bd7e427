// SPDX-License-Identifier: Apache-2.0
//
// Completion queues (devices.md, F.3 and F.4). A completion that finds its queue full waits until
// the head doorbell moves; a pass that posts several of them interrupts once.
#include "model/device/irq/message.hpp"
#include "model/device/nvme/command.hpp"
#include "model/device/nvme/lifecycle.hpp"
#include "model/device/nvme/queue.hpp"

namespace luosim::device::nvme {

namespace {

using sim::Outcome;
using timing::Cost;

enum class Posting : std::uint8_t { posted, full, lost };

std::uint16_t next_tail(const CompletionQueue& queue) {
  return static_cast<std::uint16_t>((queue.tail + 1) % queue.size);
}

bool is_full(const CompletionQueue& queue) {
  return next_tail(queue) == queue.head;
}

// A host with shadow doorbells does not ring while it is not asked to: its head may have moved.
// False if a request did not land.
bool follow_shadow_head(Context& context, const Controller& controller, std::uint16_t number,
                        CompletionQueue& queue) {
  const std::uint64_t doorbell = completion_doorbell(number);
  const std::int64_t head = read_shadow(context, controller, doorbell);
  if (head < 0) return false;
  if (head < queue.size) {
    queue.head = static_cast<std::uint16_t>(head);
  } else {
    ignore_doorbell(context, controller, number, static_cast<std::uint64_t>(head));
  }
  return write_event_index(context, controller, doorbell, queue.head);
}

Posting write_entry(Context& context, Controller& controller, CompletionQueue& queue,
                    const WaitingCompletion& completion) {
  if (is_full(queue) && controller.shadow_doorbells != 0 && completion.completion_queue != 0 &&
      !follow_shadow_head(context, controller, completion.completion_queue, queue))
    return Posting::lost;
  if (is_full(queue)) return Posting::full;
  const SubmissionQueue* submission = submission_queue(controller, completion.submission_queue);
  CompletionEntry entry;
  entry.result = completion.result;
  entry.submission_head = submission != nullptr ? submission->head : std::uint16_t{0};
  entry.submission_queue = completion.submission_queue;
  entry.command_id = completion.command_id;
  entry.status_and_phase = static_cast<std::uint16_t>(completion.status << 1 | queue.phase);
  const Iova place{queue.base + sizeof(CompletionEntry) * queue.tail};
  if (write_by_dma(context, controller.function, place, std::as_bytes(std::span(&entry, 1)),
                   DmaPurpose::completion) != DmaResult::landed)
    return Posting::lost;
  context.record({.kind = DeviceRecord::completion_posted,
                  .subject = context.name_of(controller.function),
                  .values = {controller.function.index,
                             completion.submission_queue | std::uint64_t{entry.command_id} << 16,
                             completion.status, queue.phase}});
  queue.tail = next_tail(queue);
  if (queue.tail == 0) queue.phase ^= 1;
  ++controller.commands_completed;
  return Posting::posted;
}

void interrupt(Context& context, const Controller& controller, const CompletionQueue& queue) {
  if (queue.interrupts != 0) irq::raise(context, controller.function, queue.vector);
}

void wait_for_room(Controller& controller, CompletionQueue& queue,
                   const WaitingCompletion& completion) {
  controller.waiting.push_back(completion);
  ++queue.waiting;
}

void start_posting(Context& context, const Controller& controller, CompletionQueue& queue,
                   std::uint64_t number, sim::Duration after) {
  queue.is_posting = 1;
  spawn_task(context, controller, kPostProgram, number, after);
}

// Posts what waits for one queue until there is nothing left, or no room. What is left keeps its
// order.
Posting post_all(Context& context, Controller& controller, CompletionQueue& queue,
                 std::uint16_t number) {
  Posting last = Posting::posted;
  std::size_t kept = 0;
  for (std::size_t index = 0; index < controller.waiting.size(); ++index) {
    const WaitingCompletion completion = controller.waiting[index];
    if (completion.completion_queue == number && last == Posting::posted) {
      last = write_entry(context, controller, queue, completion);
      if (last == Posting::posted) {
        --queue.waiting;
        continue;
      }
    }
    controller.waiting[kept++] = completion;
  }
  controller.waiting.resize(kept);
  return last;
}

// values: function, queue, epoch. local[2]: tries, while requests get lost.
Outcome post_waiting(Context& context) {
  Controller* controller = controller_of_task(context);
  if (controller == nullptr) return sim::finish(0);
  const auto number = static_cast<std::uint16_t>(context.frame().values[1]);
  CompletionQueue* queue = completion_queue(*controller, number);
  if (queue == nullptr) return sim::finish(0);
  if (context.frame().local[2] != 0 && !may_send(context, controller->function))
    return sim::again(retry_after(context.frame()));
  const std::uint32_t before = queue->waiting;
  const Posting last = post_all(context, *controller, *queue, number);
  if (queue->waiting != before) interrupt(context, *controller, *queue);
  for (std::uint32_t freed = queue->waiting; freed < before; ++freed)
    feed_starved_queue(context, *controller);
  if (last == Posting::lost) {
    if (!survives_lost_request(context, *controller)) return sim::halt();
    return sim::again(retry_after(context.frame()));
  }
  queue->is_posting = 0;
  return sim::finish(0);
}

constexpr sim::Step kPostSteps[] = {{.name = "post", .run = sim::step<post_waiting>}};

}  // namespace

constexpr sim::Program kPostProgram{
    .name = "nvme.post",
    .about = "an NVMe controller posts completions that waited for room in their queue",
    .steps = kPostSteps};

CompletionQueue* completion_queue(Controller& controller, std::uint32_t number) {
  if (number >= controller.completion_queues.size()) return nullptr;
  CompletionQueue& queue = controller.completion_queues[number];
  return queue.size != 0 ? &queue : nullptr;
}

void ring_completion(Context& context, Controller& controller, std::uint64_t number,
                     std::uint32_t value) {
  CompletionQueue* queue = completion_queue(controller, static_cast<std::uint32_t>(number));
  const bool takes_part = controller.state == ControllerState::ready ||
                          controller.state == ControllerState::shutting_down;
  if (queue == nullptr || value >= queue->size || !takes_part)
    return ignore_doorbell(context, controller, number, value);
  queue->head = static_cast<std::uint16_t>(value);
  if (queue->waiting != 0 && queue->is_posting == 0) {
    start_posting(
        context, controller, *queue, number,
        context.timing.of(Cost::nvme_doorbell) + context.timing.of(Cost::nvme_completion));
  }
}

bool post(Context& context, Controller& controller, const WaitingCompletion& completion) {
  CompletionQueue* queue = completion_queue(controller, completion.completion_queue);
  if (queue == nullptr) return true;
  if (queue->is_posting != 0) {
    wait_for_room(controller, *queue, completion);
    return true;
  }
  switch (write_entry(context, controller, *queue, completion)) {
    case Posting::posted:
      interrupt(context, controller, *queue);
      return true;
    case Posting::full:
      wait_for_room(controller, *queue, completion);
      return true;
    case Posting::lost:
      break;
  }
  wait_for_room(controller, *queue, completion);
  if (!survives_lost_request(context, controller)) return false;
  start_posting(context, controller, *queue, completion.completion_queue,
                context.timing.of(Cost::nvme_completion));
  return true;
}

}  // namespace luosim::device::nvme
