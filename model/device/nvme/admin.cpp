// SPDX-License-Identifier: Apache-2.0
//
// Commands of the admin queue (devices.md, F.2 and F.4). Each looks at the fields it needs and
// answers with a status; addresses of queues are believed until they are used.
#include <cstring>
#include <string>

#include "model/device/nvme/command.hpp"
#include "model/device/nvme/lifecycle.hpp"
#include "model/device/nvme/queue.hpp"

namespace luosim::device::nvme {

namespace {

constexpr std::uint32_t kContiguousBit = 1;
constexpr std::uint32_t kInterruptsBit = 2;

bool is_page(std::uint64_t address) {
  return address != 0 && address % memory::kPageBytes == 0;
}

bool has_entry_sizes(const Controller& controller) {
  constexpr std::uint32_t kMask = 0xFFU << 16;
  return (controller.configuration & kMask) == kEntrySizes;
}

// What creating a submission and a completion queue have in common; `exists` if the number is
// taken.
std::uint16_t check_new_queue(const Controller& controller, const SubmissionEntry& entry,
                              bool exists) {
  const std::uint32_t number = entry.dw10 & 0xFFFF;
  const std::uint32_t last = entry.dw10 >> 16;
  if (number == 0 || number > controller.max_queues || exists) return status_code::kInvalidQueueId;
  if (last == 0 || last > kMaxQueueEntries) return status_code::kInvalidQueueSize;
  if (!is_page(entry.prp1)) return status_code::kInvalidPrpOffset;
  if ((entry.dw11 & kContiguousBit) == 0 || !has_entry_sizes(controller))
    return status_code::kInvalidField;
  return status_code::kSuccess;
}

std::uint16_t create_completion_queue(Context& context, Controller& controller,
                                      const SubmissionEntry& entry) {
  const std::uint32_t number = entry.dw10 & 0xFFFF;
  const std::uint16_t status =
      check_new_queue(controller, entry, completion_queue(controller, number) != nullptr);
  if (status != status_code::kSuccess) return status;
  const std::uint32_t vector = entry.dw11 >> 16;
  if (vector != 0 && vector >= context.devices.pcie[controller.function].msix_entries)
    return status_code::kInvalidVector;
  CompletionQueue& queue = controller.completion_queues[number];
  queue.base = entry.prp1;
  queue.size = static_cast<std::uint16_t>((entry.dw10 >> 16) + 1);
  queue.vector = static_cast<std::uint16_t>(vector);
  queue.interrupts = (entry.dw11 & kInterruptsBit) != 0 ? 1 : 0;
  return status_code::kSuccess;
}

std::uint16_t create_submission_queue(Controller& controller, const SubmissionEntry& entry) {
  const std::uint32_t number = entry.dw10 & 0xFFFF;
  const std::uint16_t status =
      check_new_queue(controller, entry, submission_queue(controller, number) != nullptr);
  if (status != status_code::kSuccess) return status;
  const std::uint32_t completions = entry.dw11 >> 16;
  if (completions == 0 || completion_queue(controller, completions) == nullptr)
    return status_code::kInvalidCompletionQueue;
  SubmissionQueue& queue = controller.submission_queues[number];
  queue.base = entry.prp1;
  queue.size = static_cast<std::uint16_t>((entry.dw10 >> 16) + 1);
  queue.completion_queue = static_cast<std::uint16_t>(completions);
  return status_code::kSuccess;
}

std::uint16_t delete_completion_queue(Controller& controller, std::uint32_t number) {
  if (number == 0 || completion_queue(controller, number) == nullptr)
    return status_code::kInvalidQueueId;
  for (const SubmissionQueue& queue : controller.submission_queues) {
    if (queue.size != 0 && queue.completion_queue == number)
      return status_code::kInvalidQueueDeletion;
  }
  std::erase_if(controller.waiting, [number](const WaitingCompletion& completion) {
    return completion.completion_queue == number;
  });
  controller.completion_queues[number] = {};
  return status_code::kSuccess;
}

// Commands that are under way complete before the deletion does. The status is a success unless
// the controller became fatal, which `goes_on` says.
std::uint16_t delete_submission_queue(Context& context, Controller& controller,
                                      std::uint32_t number, bool& goes_on) {
  if (number == 0 || submission_queue(controller, number) == nullptr)
    return status_code::kInvalidQueueId;
  for (std::uint32_t slot = 0; slot < controller.commands.size(); ++slot) {
    const Command& command = controller.commands[slot];
    if (command.stage == CommandStage::none || command.submission_queue != number) continue;
    goes_on = cancel(context, controller, slot, status_code::kQueueDeleted);
    if (!goes_on) return status_code::kInternalError;
  }
  controller.submission_queues[number] = {};
  std::erase(controller.starved, number);
  return status_code::kSuccess;
}

// Best effort: what has moved its data completes as if nothing had been said. The result says 1
// if nothing was aborted.
void abort_command(Context& context, Controller& controller, Command& command, bool& goes_on) {
  command.result = 1;
  const std::optional<std::uint32_t> slot =
      find_command(controller, command.entry.dw10 & 0xFFFF, command.entry.dw10 >> 16);
  if (!slot) return;
  const Command& found = controller.commands[*slot];
  const bool is_admin_at_work =
      found.submission_queue == 0 && found.stage == CommandStage::executing;
  if (found.stage == CommandStage::finishing || is_admin_at_work) return;
  command.result = 0;
  goes_on = cancel(context, controller, *slot, status_code::kAbortRequested);
}

std::uint16_t set_features(const Controller& controller, Command& command) {
  if ((command.entry.dw10 & 0xFF) != kNumberOfQueues) return status_code::kInvalidField;
  const std::uint32_t last = controller.max_queues - 1;
  command.result = last | last << 16;
  return status_code::kSuccess;
}

std::uint16_t configure_doorbell_buffers(Controller& controller, const SubmissionEntry& entry) {
  if (!is_page(entry.prp1) || !is_page(entry.prp2)) return status_code::kInvalidField;
  controller.shadow_doorbells = entry.prp1;
  controller.event_indexes = entry.prp2;
  return status_code::kSuccess;
}

std::uint16_t keep_event_request(const Controller& controller, Command& command) {
  std::uint32_t outstanding = 0;
  for (const Command& other : controller.commands) {
    if (other.stage == CommandStage::outstanding) ++outstanding;
  }
  if (outstanding == kMaxEventRequests) return status_code::kTooManyEventRequests;
  command.stage = CommandStage::outstanding;
  return status_code::kSuccess;
}

using IdentifyPage = std::array<std::byte, memory::kPageBytes>;

template <class T>
void put(IdentifyPage& page, std::size_t offset, T value) {
  std::memcpy(page.data() + offset, &value, sizeof(value));
}

void describe_namespace(const Controller& controller, IdentifyPage& page) {
  for (const std::size_t size_capacity_use : {0U, 8U, 16U})
    put(page, size_capacity_use, controller.blocks);
  put(page, 128, std::uint32_t{12} << 16);  // format 0: blocks of 2^12 bytes
}

void describe_controller(const Context& context, const Controller& controller, IdentifyPage& page) {
  const pcie::Function& function = context.devices.pcie[controller.function];
  const std::string serial = std::to_string(function.serial);
  put(page, 0, static_cast<std::uint16_t>(function.identity >> 16));
  std::memset(page.data() + 4, ' ', 60);
  std::memcpy(page.data() + 4, serial.data(), serial.size());
  put(page, 77, std::uint8_t{7});             // MDTS: 2^7 pages
  put(page, 80, std::uint32_t{0x0001'0400});  // version 1.4
  put(page, 256, std::uint16_t{1U << 8});     // doorbell buffers are supported
  put(page, 259, static_cast<std::uint8_t>(kMaxEventRequests - 1));
  put(page, 512, std::uint8_t{0x66});  // entries of 64 and 16 bytes
  put(page, 513, std::uint8_t{0x44});
  put(page, 516, std::uint32_t{1});            // namespaces
  put(page, 525, controller.has_write_cache);  // atomic units, at 526 and 528, are one block: 0
}

std::uint16_t identify(Context& context, const Controller& controller,
                       const SubmissionEntry& entry) {
  IdentifyPage page{};
  switch (entry.dw10 & 0xFF) {
    case 0:
      if (entry.namespace_id != 1) return status_code::kInvalidNamespace;
      describe_namespace(controller, page);
      break;
    case 1:
      describe_controller(context, controller, page);
      break;
    case 2:
      put(page, 0, std::uint32_t{1});  // the list of namespaces
      break;
    default:
      return status_code::kInvalidField;
  }
  const std::uint64_t in_first = bytes_to_page_end({entry.prp1});
  const std::span<const std::byte> contents(page);
  DmaResult result = write_by_dma(context, controller.function, {entry.prp1},
                                  contents.first(in_first), DmaPurpose::data);
  if (result == DmaResult::landed && in_first < contents.size()) {
    result = write_by_dma(context, controller.function, {entry.prp2}, contents.subspan(in_first),
                          DmaPurpose::data);
  }
  return result == DmaResult::landed ? status_code::kSuccess : status_code::kDataTransferError;
}

// The status of a command; `goes_on` becomes false, and the command is gone, if that was fatal.
std::uint16_t execute(Context& context, Controller& controller, Command& command, bool& goes_on) {
  const SubmissionEntry& entry = command.entry;
  switch (entry.opcode) {
    case kDeleteSubmissionQueue:
      return delete_submission_queue(context, controller, entry.dw10 & 0xFFFF, goes_on);
    case kCreateSubmissionQueue:
      return create_submission_queue(controller, entry);
    case kDeleteCompletionQueue:
      return delete_completion_queue(controller, entry.dw10 & 0xFFFF);
    case kCreateCompletionQueue:
      return create_completion_queue(context, controller, entry);
    case kIdentify:
      return identify(context, controller, entry);
    case kAbort:
      abort_command(context, controller, command, goes_on);
      return status_code::kSuccess;
    case kSetFeatures:
      return set_features(controller, command);
    case kAsyncEventRequest:
      return keep_event_request(controller, command);
    case kDoorbellBufferConfig:
      return configure_doorbell_buffers(controller, entry);
    default:
      return status_code::kInvalidOpcode;
  }
}

}  // namespace

bool execute_admin(Context& context, Controller& controller, std::uint32_t slot) {
  bool goes_on = true;
  const std::uint16_t status = execute(context, controller, controller.commands[slot], goes_on);
  if (!goes_on) return false;
  const bool may_retry =
      status == status_code::kSuccess || status == status_code::kDataTransferError;
  controller.commands[slot].status =
      may_retry ? status : static_cast<std::uint16_t>(status | status_code::kDoNotRetry);
  return true;
}

}  // namespace luosim::device::nvme
