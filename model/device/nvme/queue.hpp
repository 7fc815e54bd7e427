// SPDX-License-Identifier: Apache-2.0
//
// Submission and completion queues, for the other files of this folder.
#pragma once

#include "model/device/context.hpp"
#include "model/device/nvme/controller.hpp"

namespace luosim::device::nvme {

/// Entries that one fetch takes at most, and with them one request on the bus.
inline constexpr std::uint32_t kFetchBatch = 32;

SubmissionQueue* submission_queue(Controller& controller, std::uint32_t number);
CompletionQueue* completion_queue(Controller& controller, std::uint32_t number);

/// A doorbell was written. One of a queue that is not there, or out of range, is ignored.
void ring(Context& context, Controller& controller, std::uint64_t offset, std::uint32_t value);

/// As ring(), for the head of a completion queue: what waits for room is posted.
void ring_completion(Context& context, Controller& controller, std::uint64_t number,
                     std::uint32_t value);

/// Leaves the record of a doorbell, or of its shadow, that was not accepted.
void ignore_doorbell(Context& context, const Controller& controller, std::uint64_t queue,
                     std::uint64_t value);

/// Commands that were fetched and whose completions are not in memory.
std::uint32_t commands_in_flight(const Controller& controller);

/// Lets the next queue fetch that waits for a slot.
void feed_starved_queue(Context& context, Controller& controller);

/// Posts a completion and interrupts; it waits if the queue is full. False if the controller became
/// fatal.
bool post(Context& context, Controller& controller, const WaitingCompletion& completion);

/// Shadow doorbells: reads the host's value of one, and writes the value at whose passing the host
/// shall ring. -1 if the request did not land.
std::int64_t read_shadow(Context& context, const Controller& controller, std::uint64_t doorbell);
bool write_event_index(Context& context, const Controller& controller, std::uint64_t doorbell,
                       std::uint32_t value);

}  // namespace luosim::device::nvme
