// SPDX-License-Identifier: Apache-2.0
//
// Submission queues: a doorbell starts a task that fetches, in order and a batch at a time, until
// the queue is empty or no slot is free (devices.md, F.3 and F.4).
#include <algorithm>
#include <cstring>

#include "model/device/nvme/command.hpp"
#include "model/device/nvme/lifecycle.hpp"
#include "model/device/nvme/queue.hpp"
#include "sim/core/assert.hpp"

namespace luosim::device::nvme {

namespace {

using sim::Outcome;
using timing::Cost;

// The admin queue has no shadow: Linux rings it, always.
bool has_shadow(const Controller& controller, std::uint64_t queue) {
  return controller.shadow_doorbells != 0 && queue != 0;
}

void ring_submission(Context& context, Controller& controller, std::uint64_t number,
                     std::uint32_t value) {
  SubmissionQueue* queue = submission_queue(controller, static_cast<std::uint32_t>(number));
  if (queue == nullptr || value >= queue->size || controller.state != ControllerState::ready)
    return ignore_doorbell(context, controller, number, value);
  queue->tail = static_cast<std::uint16_t>(value);
  if (queue->is_fetching != 0) return;
  if (queue->head == queue->tail && !has_shadow(controller, number)) return;
  queue->is_fetching = 1;
  spawn_task(context, controller, kFetchProgram, number, context.timing.of(Cost::nvme_doorbell));
}

// Takes the tail over from the shadow and asks to be rung for the next one: nothing comes in
// between, so no tail is missed. False if a request did not land.
bool follow_shadow(Context& context, Controller& controller, std::uint16_t number,
                   SubmissionQueue& queue) {
  const std::uint64_t doorbell = submission_doorbell(number);
  const std::int64_t tail = read_shadow(context, controller, doorbell);
  if (tail < 0) return false;
  if (tail < queue.size) {
    queue.tail = static_cast<std::uint16_t>(tail);
  } else {
    ignore_doorbell(context, controller, number, static_cast<std::uint64_t>(tail));
  }
  return write_event_index(context, controller, doorbell, queue.tail);
}

std::uint32_t batch_of(const Controller& controller, const SubmissionQueue& queue) {
  const std::uint32_t room = controller.max_commands - commands_in_flight(controller);
  const std::uint32_t to_end = queue.head <= queue.tail ? std::uint32_t{queue.tail} - queue.head
                                                        : std::uint32_t{queue.size} - queue.head;
  const Iova first{queue.base + sizeof(SubmissionEntry) * queue.head};
  const auto in_page =
      static_cast<std::uint32_t>(bytes_to_page_end(first) / sizeof(SubmissionEntry));
  return std::min({room, to_end, in_page, kFetchBatch});
}

Outcome lose_fetch(Context& context, Controller& controller) {
  if (!survives_lost_request(context, controller)) return sim::halt();
  return sim::again(retry_after(context.frame()));
}

Outcome stop_fetching(SubmissionQueue& queue) {
  queue.is_fetching = 0;
  return sim::finish(0);
}

// values: function, queue, epoch. local[2]: tries, while requests get lost.
Outcome fetch(Context& context) {
  Controller* controller = controller_of_task(context);
  if (controller == nullptr) return sim::finish(0);
  const auto number = static_cast<std::uint16_t>(context.frame().values[1]);
  SubmissionQueue* queue = submission_queue(*controller, number);
  if (queue == nullptr) return sim::finish(0);
  if (controller->state != ControllerState::ready) return stop_fetching(*queue);
  if (context.frame().local[2] != 0 && !may_send(context, controller->function))
    return sim::again(retry_after(context.frame()));
  if (has_shadow(*controller, number) && !follow_shadow(context, *controller, number, *queue))
    return lose_fetch(context, *controller);
  if (queue->head == queue->tail) return stop_fetching(*queue);
  if (firmware_gives_up(context, *controller)) return sim::halt();
  const std::uint32_t batch = batch_of(*controller, *queue);
  if (batch == 0) {
    controller->starved.push_back(number);
    return sim::finish(0);
  }
  // Bytes, as entries would be cleared first and most fetches take one.
  std::array<std::byte, kFetchBatch * sizeof(SubmissionEntry)> entries;
  if (read_by_dma(context, controller->function,
                  Iova{queue->base + sizeof(SubmissionEntry) * queue->head},
                  std::span(entries).first(batch * sizeof(SubmissionEntry)),
                  DmaPurpose::command) != DmaResult::landed)
    return lose_fetch(context, *controller);
  context.frame().local[2] = 0;
  queue->head = static_cast<std::uint16_t>((queue->head + batch) % queue->size);
  for (std::size_t index = 0; index < batch; ++index) {
    SubmissionEntry entry;
    std::memcpy(&entry, entries.data() + index * sizeof(entry), sizeof(entry));
    accept(context, *controller, number, entry);
  }
  return queue->head == queue->tail ? stop_fetching(*queue)
                                    : sim::again(context.timing.of(Cost::nvme_fetch));
}

constexpr sim::Step kFetchSteps[] = {{.name = "fetch", .run = sim::step<fetch>}};

}  // namespace

constexpr sim::Program kFetchProgram{
    .name = "nvme.fetch",
    .about = "an NVMe controller fetches commands until a submission queue is empty",
    .steps = kFetchSteps};

SubmissionQueue* submission_queue(Controller& controller, std::uint32_t number) {
  if (number >= controller.submission_queues.size()) return nullptr;
  SubmissionQueue& queue = controller.submission_queues[number];
  return queue.size != 0 ? &queue : nullptr;
}

void ring(Context& context, Controller& controller, std::uint64_t offset, std::uint32_t value) {
  const std::uint64_t number = (offset - kDoorbells) / 8;
  const std::uint64_t byte = (offset - kDoorbells) % 8;
  if (number > controller.max_queues || byte % 4 != 0)
    return ignore_doorbell(context, controller, number, value);
  if (byte == 0) return ring_submission(context, controller, number, value);
  ring_completion(context, controller, number, value);
}

void ignore_doorbell(Context& context, const Controller& controller, std::uint64_t queue,
                     std::uint64_t value) {
  context.record({.kind = DeviceRecord::doorbell_ignored,
                  .subject = context.name_of(controller.function),
                  .values = {controller.function.index, queue, value, 0}});
}

std::uint32_t commands_in_flight(const Controller& controller) {
  return static_cast<std::uint32_t>(controller.commands.size() - controller.free_commands.size() +
                                    controller.waiting.size());
}

void feed_starved_queue(Context& context, Controller& controller) {
  if (controller.starved.empty() || commands_in_flight(controller) >= controller.max_commands)
    return;
  const std::uint16_t number = controller.starved.front();
  controller.starved.erase(controller.starved.begin());
  spawn_task(context, controller, kFetchProgram, number, {});
}

std::int64_t read_shadow(Context& context, const Controller& controller, std::uint64_t doorbell) {
  std::uint32_t value = 0;
  const Iova place{controller.shadow_doorbells + (doorbell - kDoorbells)};
  const DmaResult result =
      read_by_dma(context, controller.function, place, std::as_writable_bytes(std::span(&value, 1)),
                  DmaPurpose::descriptor);
  return result == DmaResult::landed ? std::int64_t{value} : -1;
}

bool write_event_index(Context& context, const Controller& controller, std::uint64_t doorbell,
                       std::uint32_t value) {
  const Iova place{controller.event_indexes + (doorbell - kDoorbells)};
  return write_by_dma(context, controller.function, place, std::as_bytes(std::span(&value, 1)),
                      DmaPurpose::descriptor) == DmaResult::landed;
}

}  // namespace luosim::device::nvme
