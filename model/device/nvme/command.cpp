// SPDX-License-Identifier: Apache-2.0
//
// A command in flight (devices.md, F.6). Each is a task, so that anything may happen between two
// pages of its data: where a page lands is decided when it moves, and a reset in the middle leaves
// the blocks before it written and those after it not. A block is written as a whole or not at all.
#include "model/device/nvme/command.hpp"

#include <algorithm>

#include "model/device/nvme/lifecycle.hpp"
#include "model/device/nvme/media.hpp"
#include "model/device/nvme/queue.hpp"
#include "model/memory/raw_word.hpp"

namespace luosim::device::nvme {

namespace {

using sim::Outcome;
using sim::SimTime;
using timing::Cost;

// Fused commands and SGLs are not supported.
constexpr std::uint8_t kUnsupportedFlags = 0xC3;
constexpr std::uint32_t kEveryNamespace = 0xFFFF'FFFF;

std::uint32_t take_slot(Controller& controller) {
  if (controller.free_commands.empty()) {
    controller.commands.emplace_back();
    return static_cast<std::uint32_t>(controller.commands.size() - 1);
  }
  const std::uint32_t slot = controller.free_commands.back();
  controller.free_commands.pop_back();
  return slot;
}

void free_slot(Controller& controller, std::uint32_t slot) {
  Command& command = controller.commands[slot];
  std::vector<std::uint64_t> list = std::move(command.list);
  list.clear();
  command = Command{};
  command.list = std::move(list);
  controller.free_commands.push_back(slot);
}

bool is_write(const Command& command) {
  return command.entry.opcode == kWrite;
}

bool must_be_durable(const Controller& controller, const Command& command) {
  return controller.has_write_cache == 0 || (command.entry.dw12 & kForceUnitAccess) != 0;
}

void finish_with(Command& command, std::uint16_t status) {
  command.status = status;
  command.stage = CommandStage::finishing;
}

// Gives the media its part of a read, or lets a write's data come. When the first page may move.
SimTime start_moving(const Context& context, Controller& controller, Command& command,
                     SimTime start) {
  command.stage = CommandStage::moving;
  if (is_write(command)) return start;
  return read_media(controller, context.timing, start + context.timing.of(Cost::nvme_firmware),
                    first_block(command.entry), block_count(command.entry));
}

// When a command of an I/O queue that is in the controller at `start` goes on.
SimTime start_io(const Context& context, Controller& controller, Command& command, SimTime start) {
  const std::uint16_t status = check_io(controller, command.entry);
  if (status != status_code::kSuccess) {
    finish_with(command, status | status_code::kDoNotRetry);
    return start;
  }
  if (command.entry.opcode == kFlush) {
    command.stage = CommandStage::executing;
    command.flushes = next_cache_entry(controller);
    return flush_media(controller, context.timing, start) + context.timing.of(Cost::nvme_write);
  }
  if (!has_list(command.entry)) return start_moving(context, controller, command, start);
  command.stage = CommandStage::mapping;
  command.next_list = command.entry.prp2;
  return start;
}

// The status that a fault gives a command; those that are no status are an internal error.
std::uint16_t status_of_fault(std::int32_t value) {
  return value > 0 && value < 0x8000 ? static_cast<std::uint16_t>(value)
                                     : status_code::kInternalError;
}

struct Running {
  Controller* controller = nullptr;
  Command* command = nullptr;
  std::uint32_t slot = 0;
};

// The command of this task; none if the controller was reset.
Running running_command(Context& context) {
  Controller* controller = controller_of_task(context);
  if (controller == nullptr) return {};
  const auto slot = static_cast<std::uint32_t>(context.frame().values[1]);
  return {controller, &controller->commands[slot], slot};
}

// What lies in a block of which one part comes from a page and the rest from the next one: as
// versions have no parts, another version that says from which, and where they meet.
std::uint64_t joined(std::uint64_t first, std::uint64_t second, std::uint64_t offset) {
  if (first == second && (first == memory::kZeroes.version || first == memory::kGarbage.version))
    return first;
  std::uint64_t hash = 0xCBF2'9CE4'8422'2325 ^ offset;
  for (const std::uint64_t part : {first, second}) {
    hash = (hash ^ part) * 0x9E37'79B9'7F4A'7C15;
    hash ^= hash >> 32;
  }
  return hash;
}

// A page of a write is in the controller: the block that it completes is written.
void take_page(Context& context, Controller& controller, Command& command, std::uint64_t version) {
  const std::uint64_t offset = command.entry.prp1 % memory::kPageBytes;
  const bool completes_block = offset == 0 || command.moved > 0;
  if (completes_block) {
    const std::uint64_t before = offset == 0 ? 0U : 1U;
    const std::uint64_t number = first_block(command.entry) + command.moved - before;
    const bool durable = must_be_durable(controller, command);
    write_block(context, controller, number,
                offset == 0 ? version : joined(command.carried, version, offset), durable);
    command.ready = std::max(
        command.ready, program_media(controller, context.timing, context.now(), number, durable));
  }
  command.carried = version;
}

// A page of a read is in memory.
void give_page(Context& context, const Controller& controller, const Command& command,
               memory::Pfn page) {
  const std::uint64_t first = first_block(command.entry);
  const std::uint64_t offset = command.entry.prp1 % memory::kPageBytes;
  const std::uint32_t pages = pages_of(command.entry);
  const auto block = [&](std::uint64_t index) {
    return block_at(controller, first + index).current;
  };
  std::uint64_t version = 0;
  if (offset == 0) {
    version = block(command.moved);
  } else {
    // The ends of the buffer share their pages with what was there.
    const std::uint64_t kept = memory::content_of(context.memory, page).version;
    const std::uint64_t head = command.moved == 0 ? kept : block(command.moved - 1U);
    const std::uint64_t tail = command.moved + 1U == pages ? kept : block(command.moved);
    version = joined(head, tail, memory::kPageBytes - offset);
  }
  context.memory.fill({page, 1}, {version});
}

std::uint64_t bytes_of_page(const Command& command) {
  const std::uint64_t offset = command.entry.prp1 % memory::kPageBytes;
  if (offset == 0) return memory::kPageBytes;
  if (command.moved == 0) return memory::kPageBytes - offset;
  return command.moved + 1U == pages_of(command.entry) ? offset : memory::kPageBytes;
}

// All pages are moved: how long until the completion is posted.
sim::Duration until_completion(const Context& context, Controller& controller, Command& command) {
  command.stage = CommandStage::finishing;
  SimTime done = controller.link_free;
  if (is_write(command)) done = std::max(done + context.timing.of(Cost::nvme_write), command.ready);
  return done - context.now() + context.timing.of(Cost::nvme_completion);
}

// Moves the next page, by what is true of its address now. `again` if there are more.
Outcome move_page(Context& context, Controller& controller, Command& command) {
  const Iova address = data_address(command, command.moved);
  const DmaDirection direction = is_write(command) ? DmaDirection::read : DmaDirection::write;
  const Dma dma = start_dma(context, controller.function, address, bytes_of_page(command),
                            direction, DmaPurpose::data);
  if (dma.result == DmaResult::bus_master_off && controller.on_lost_request == OnLostRequest::stall)
    return sim::again(retry_after(context.frame()));
  const bool at_peer = dma.result == DmaResult::taken_by_peer;
  if (!dma.landed() && !at_peer) {
    finish_with(command, status_code::kDataTransferError);
    return sim::end(context.timing.of(Cost::nvme_completion));
  }
  context.frame().local[2] = 0;
  const memory::Pfn page = memory::page_of(dma.address);
  if (is_write(command)) {
    // What another function answers is whatever its registers hold.
    const memory::Content content =
        at_peer ? memory::kGarbage : memory::content_of(context.memory, page);
    take_page(context, controller, command, content.version);
  } else if (!at_peer) {
    give_page(context, controller, command, page);
  }
  ++command.moved;
  controller.link_free =
      std::max(context.now(), controller.link_free) + context.timing.of(Cost::nvme_page);
  if (command.moved == pages_of(command.entry))
    return sim::end(until_completion(context, controller, command));
  return sim::again(controller.link_free - context.now());
}

Outcome transfer(Context& context) {
  const Running run = running_command(context);
  if (run.command == nullptr) return sim::finish(0);
  if (context.frame().local[2] != 0 && !may_send(context, run.controller->function))
    return sim::again(retry_after(context.frame()));
  return move_page(context, *run.controller, *run.command);
}

Outcome finish_command(Context& context) {
  const Running run = running_command(context);
  if (run.command == nullptr) return sim::finish(0);
  if (firmware_gives_up(context, *run.controller)) return sim::halt();
  return complete(context, *run.controller, run.slot) ? sim::finish(0) : sim::halt();
}

Outcome map_next(Context& context, Controller& controller, Command& command) {
  switch (fetch_list_page(context, controller, command)) {
    case ListResult::more:
      return sim::again(context.timing.of(Cost::nvme_fetch));
    case ListResult::complete: {
      const SimTime fetched = context.now() + context.timing.of(Cost::nvme_fetch);
      return sim::done(start_moving(context, controller, command, fetched) - context.now());
    }
    case ListResult::invalid:
      finish_with(command, status_code::kInvalidPrpOffset | status_code::kDoNotRetry);
      break;
    case ListResult::lost:
      finish_with(command, status_code::kDataTransferError);
      break;
  }
  return sim::end(context.timing.of(Cost::nvme_completion));
}

Outcome execute(Context& context, const Running& run) {
  if (run.command->submission_queue != 0) {
    destage(context, *run.controller, run.command->flushes);
  } else if (!execute_admin(context, *run.controller, run.slot)) {
    return sim::halt();
  }
  if (run.command->stage == CommandStage::outstanding) return sim::finish(0);
  run.command->stage = CommandStage::finishing;
  return sim::end(context.timing.of(Cost::nvme_completion));
}

// values: function, slot, epoch. A command whose pages are known moves the first of them at once.
Outcome begin(Context& context) {
  const Running run = running_command(context);
  if (run.command == nullptr) return sim::finish(0);
  switch (run.command->stage) {
    case CommandStage::mapping:
      return map_next(context, *run.controller, *run.command);
    case CommandStage::moving: {
      Outcome moved = move_page(context, *run.controller, *run.command);
      if (moved.kind == Outcome::Kind::again) moved.kind = Outcome::Kind::done;
      return moved;
    }
    case CommandStage::executing:
      return execute(context, run);
    case CommandStage::finishing:
      return finish_command(context);
    case CommandStage::none:
    case CommandStage::outstanding:
      break;
  }
  return sim::finish(0);
}

constexpr sim::Step kCommandSteps[] = {
    {.name = "begin", .run = sim::step<begin>, .flow = {.then = "transfer", .on_end = "complete"}},
    {.name = "transfer", .run = sim::step<transfer>, .flow = {.on_end = "complete"}},
    {.name = "complete", .run = sim::step<finish_command>}};

}  // namespace

constexpr sim::Program kCommandProgram{
    .name = "nvme.command",
    .about = "an NVMe controller carries out a command, its data page by page",
    .steps = kCommandSteps};

std::uint16_t check_io(const Controller& controller, const SubmissionEntry& entry) {
  if ((entry.flags & kUnsupportedFlags) != 0) return status_code::kInvalidField;
  if (entry.opcode > kRead) return status_code::kInvalidOpcode;
  const bool is_flush = entry.opcode == kFlush;
  if (entry.namespace_id != 1 && !(is_flush && entry.namespace_id == kEveryNamespace))
    return status_code::kInvalidNamespace;
  if (is_flush) return status_code::kSuccess;
  if (block_count(entry) > kMaxBlocks) return status_code::kInvalidField;
  if (first_block(entry) > controller.blocks ||
      block_count(entry) > controller.blocks - first_block(entry))
    return status_code::kOutOfRange;
  const std::uint32_t pages = pages_of(entry);
  if (entry.prp1 % 4 != 0 || (pages == 2 && entry.prp2 % memory::kPageBytes != 0) ||
      (pages > 2 && entry.prp2 % 8 != 0))
    return status_code::kInvalidPrpOffset;
  return status_code::kSuccess;
}

void accept(Context& context, Controller& controller, std::uint16_t queue,
            const SubmissionEntry& entry) {
  const std::uint32_t slot = take_slot(controller);
  Command& command = controller.commands[slot];
  command.entry = entry;
  command.submission_queue = queue;
  ++controller.submission_queues[queue].outstanding;
  ++controller.commands_fetched;
  context.record(
      {.kind = DeviceRecord::command_fetched,
       .subject = context.name_of(controller.function),
       .values = {controller.function.index,
                  queue | std::uint64_t{entry.command_id} << 16 | std::uint64_t{entry.opcode} << 32,
                  first_block(entry), block_count(entry)}});
  const SimTime start = context.now() + context.timing.of(Cost::nvme_fetch);
  const auto fault =
      context.fault(kCommandFault, context.names.text(context.name_of(controller.function)));
  SimTime next = start;
  if (fault) {
    finish_with(command, status_of_fault(*fault));
  } else if (queue == 0) {
    command.stage = CommandStage::executing;
    next = start + context.timing.of(Cost::nvme_admin);
  } else {
    next = start_io(context, controller, command, start);
  }
  command.task = spawn_task(context, controller, kCommandProgram, slot, next - context.now());
}

bool complete(Context& context, Controller& controller, std::uint32_t slot) {
  const Command& command = controller.commands[slot];
  SubmissionQueue* queue = submission_queue(controller, command.submission_queue);
  WaitingCompletion completion;
  completion.completion_queue = queue != nullptr ? queue->completion_queue : std::uint16_t{0};
  completion.submission_queue = command.submission_queue;
  completion.command_id = command.entry.command_id;
  completion.status = command.status;
  completion.result = command.result;
  if (queue != nullptr) --queue->outstanding;
  free_slot(controller, slot);
  if (!post(context, controller, completion)) return false;
  feed_starved_queue(context, controller);
  return true;
}

std::optional<std::uint32_t> find_command(const Controller& controller, std::uint32_t queue,
                                          std::uint32_t command_id) {
  for (std::uint32_t slot = 0; slot < controller.commands.size(); ++slot) {
    const Command& command = controller.commands[slot];
    if (command.stage != CommandStage::none && command.submission_queue == queue &&
        command.entry.command_id == command_id)
      return slot;
  }
  return std::nullopt;
}

bool cancel(Context& context, Controller& controller, std::uint32_t slot, std::uint16_t status) {
  Command& command = controller.commands[slot];
  if (command.stage != CommandStage::outstanding) context.schedule.drop(command.task);
  command.status = status;
  return complete(context, controller, slot);
}

}  // namespace luosim::device::nvme
