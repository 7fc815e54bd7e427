// SPDX-License-Identifier: Apache-2.0
//
// The load of a guest on its disk: commands that it submits, completions that it takes, and what it
// finds when it compares. A guest that was started anew first looks at every block, as a file
// system or a database does that was not shut down.
#include <algorithm>
#include <utility>

#include "model/device/nvme/controller.hpp"
#include "model/fd/vfio.hpp"
#include "model/userspace/guest_queues.hpp"
#include "model/userspace/guest_wishes.hpp"
#include "model/userspace/record.hpp"

namespace luosim::userspace {

namespace {

namespace nvme = device::nvme;

// A version of contents: a disk and its guest, a write, and a page of it.
constexpr std::uint32_t kOwnerShift = 48;
constexpr std::uint32_t kSequenceShift = 7;

Ledger::Io& io_of(Context& context, const GuestDisk& disk) {
  return context.ledger.io[disk.registers.vm];
}

std::optional<std::uint32_t> free_command(const GuestDisk& disk) {
  if (disk.free_commands.empty()) return std::nullopt;
  return disk.free_commands.back();
}

// A block that no command is about: two at once would not know what to expect.
std::optional<std::uint32_t> free_block(const GuestDisk& disk, std::uint32_t first) {
  const auto blocks = static_cast<std::uint32_t>(disk.is_in_use.size());
  for (std::uint32_t tried = 0; tried < blocks; ++tried) {
    const std::uint32_t block = (first + tried) % blocks;
    if (disk.is_in_use[block] == 0) return block;
  }
  return std::nullopt;
}

// What a read must overwrite: a completion without its data is noticed.
memory::Content unwritten_buffer(const GuestDisk& disk, std::uint32_t command, std::uint32_t page) {
  return {1ULL << 63 | std::uint64_t{disk.vfio} << 40 | std::uint64_t{command} << 16 | page};
}

void set_pages(nvme::SubmissionEntry& entry, const GuestDisk& disk, const Workload& load,
               std::uint32_t command) {
  const std::uint64_t buffer = buffer_of(disk, load, command);
  entry.prp1 = address_of_page(buffer);
  if (load.pages == 2) entry.prp2 = address_of_page(buffer + 1);
  if (load.pages > 2) entry.prp2 = address_of_page(disk.area.lists + command);
}

// Writes a doorbell's value to its shadow; true if the disk wants to be told besides. As Linux
// decides it: the disk says up to which value it looks by itself.
bool is_asked_to_ring(Context& context, const GuestDisk& disk, std::uint64_t doorbell,
                      std::uint16_t before, std::uint16_t now) {
  const std::uint64_t place = doorbell - nvme::kDoorbells;
  const std::uint32_t vm = disk.registers.vm;
  write_guest_value(context, vm, address_of_page(disk.area.shadow) + place, std::uint32_t{now});
  const auto looks_until =
      read_guest_value<std::uint32_t>(context, vm, address_of_page(disk.area.shadow + 1) + place);
  return static_cast<std::uint16_t>(now - looks_until - 1) <
         static_cast<std::uint16_t>(now - before);
}

void ring(Context& context, const GuestDisk& disk, std::uint64_t doorbell, std::uint16_t before,
          std::uint16_t now) {
  const bool has_shadows = load_of(context, disk).shadow_doorbells;
  if (has_shadows && !is_asked_to_ring(context, disk, doorbell, before, now)) return;
  fd::write_bar(context, disk.vfio, doorbell, now);
}

void queue_command(Context& context, GuestDisk& disk, std::uint32_t command,
                   nvme::SubmissionEntry entry) {
  GuestDisk::Registers& registers = disk.registers;
  disk.free_commands.pop_back();
  entry.command_id = static_cast<std::uint16_t>(command);
  write_command(context, disk, disk.area.submission, registers.tail, entry);
  registers.tail =
      static_cast<std::uint16_t>((registers.tail + 1) % submission_entries(load_of(context, disk)));
  ++registers.outstanding;
  disk.commands[command].submitted = context.now();
  ++io_of(context, disk).submitted;
}

// A command that moves a block to or from its buffer, whose pages hold `contents(page)` before.
template <class Contents>
void submit(Context& context, GuestDisk& disk, std::uint32_t number, const GuestCommand& made,
            const Contents& contents) {
  const Workload& load = load_of(context, disk);
  disk.commands[number] = made;
  disk.is_in_use[made.block] = 1;
  const std::uint64_t buffer = buffer_of(disk, load, number);
  for (std::uint32_t page = 0; page < load.pages; ++page)
    fill_guest_page(context, disk.registers.vm, buffer + page, contents(page));
  nvme::SubmissionEntry entry;
  entry.opcode = made.state == GuestCommand::State::writing ? nvme::kWrite : nvme::kRead;
  set_pages(entry, disk, load, number);
  entry.dw10 = made.block * load.pages;
  entry.dw12 = load.pages - 1;
  queue_command(context, disk, number, entry);
}

void submit_read(Context& context, GuestDisk& disk, std::uint32_t number,
                 const GuestCommand& made) {
  submit(context, disk, number, made,
         [&](std::uint32_t page) { return unwritten_buffer(disk, number, page); });
}

void submit_write(Context& context, GuestDisk& disk, std::uint32_t number, std::uint32_t block) {
  const std::uint64_t sequence = ++disk.registers.sequence;
  submit(context, disk, number,
         {.block = block, .state = GuestCommand::State::writing, .sequence = sequence},
         [&](std::uint32_t page) { return contents_of_write(disk, sequence, page); });
  ++disk.registers.unflushed;
}

bool submit_transfer(Context& context, GuestDisk& disk) {
  const Workload& load = load_of(context, disk);
  const Wish wish = next_wish(disk.registers.random, load);
  const auto command = free_command(disk);
  const auto block = free_block(disk, wish.block);
  if (!command || !block) return false;
  // Of a torn block nobody knows what to expect.
  const bool reads = wish.reads && disk.expected[*block] != kTornBlock;
  if (reads) {
    submit_read(context, disk, *command,
                {.block = *block,
                 .state = GuestCommand::State::reading,
                 .sequence = disk.expected[*block]});
  } else {
    submit_write(context, disk, *command, *block);
  }
  return true;
}

// One block after the other, before anything else.
bool submit_look(Context& context, GuestDisk& disk) {
  const auto command = free_command(disk);
  if (!command || disk.registers.unread == 0) return false;
  const std::uint32_t block = load_of(context, disk).blocks - disk.registers.unread--;
  submit_read(context, disk, *command, {.block = block, .state = GuestCommand::State::finding});
  return true;
}

bool submit_flush(Context& context, GuestDisk& disk) {
  const auto command = free_command(disk);
  if (!command) return false;
  disk.commands[*command].state = GuestCommand::State::flushing;
  disk.registers.unflushed = 0;
  nvme::SubmissionEntry entry;
  entry.opcode = nvme::kFlush;
  queue_command(context, disk, *command, entry);
  return true;
}

// A database writes a group of records, waits for all of them, and makes them durable at once.
void submit_for_database(Context& context, GuestDisk& disk) {
  const Workload& load = load_of(context, disk);
  if (disk.registers.outstanding > 0) return;
  if (disk.registers.unflushed > 0) {
    submit_flush(context, disk);
    return;
  }
  for (std::uint32_t write = 0; write < load.queue_depth; ++write)
    if (!submit_transfer(context, disk)) return;
}

void check_read(Context& context, GuestDisk& disk, std::uint32_t number) {
  const Workload& load = load_of(context, disk);
  const GuestCommand& command = disk.commands[number];
  for (std::uint32_t page = 0; page < load.pages; ++page) {
    const memory::Content found =
        contents_of_page(context, disk.registers.vm, buffer_of(disk, load, number) + page);
    const memory::Content wanted = contents_of_write(disk, command.sequence, page);
    if (found == wanted) continue;
    ++io_of(context, disk).corrupted;
    note(context, disk, UserRecord::io_mismatch,
         {command.block, command.sequence, found.version, 0});
    return;
  }
}

// Of which write page number `page` of a block is, if it is of any of this disk's.
std::optional<std::uint64_t> write_of_page(const GuestDisk& disk, memory::Content found,
                                           std::uint32_t page) {
  if (found == contents_of_write(disk, 0, page)) return 0;
  const auto written = written_page(disk, found);
  if (!written || written->page != page) return std::nullopt;
  return written->sequence;
}

// A guest that was started anew believes what it finds; whether that is what the guest before was
// told is for others to judge.
void take_what_is_there(Context& context, GuestDisk& disk, std::uint32_t number) {
  const Workload& load = load_of(context, disk);
  const std::uint32_t block = disk.commands[number].block;
  std::uint64_t oldest = kTornBlock;
  std::uint64_t newest = 0;
  std::uint64_t foreign = 0;
  for (std::uint32_t page = 0; page < load.pages; ++page) {
    const memory::Content found =
        contents_of_page(context, disk.registers.vm, buffer_of(disk, load, number) + page);
    const auto sequence = write_of_page(disk, found, page);
    if (!sequence) foreign = found.version;
    oldest = std::min(oldest, sequence.value_or(0));
    newest = std::max(newest, sequence.value_or(0));
  }
  disk.expected[block] = oldest == newest && foreign == 0 ? oldest : kTornBlock;
  if (oldest != newest) ++io_of(context, disk).torn;
  note(context, disk, UserRecord::io_found, {block, oldest, newest, foreign});
}

// A stall that began when the guest before was stopped ends with the first completion.
void end_the_stall(Context& context, Ledger::Io& io) {
  io.is_cut_off = 0;
  io.stall_max = std::max(io.stall_max, context.now() - io.waits_since);
}

void complete(Context& context, GuestDisk& disk, std::uint32_t number, std::uint16_t status) {
  GuestCommand& command = disk.commands[number];
  Ledger::Io& io = io_of(context, disk);
  const sim::Duration took = context.now() - command.submitted;
  if (took > io.stall_max) io.stall_max = took;
  if (io.is_cut_off != 0) end_the_stall(context, io);
  ++io.completed;
  --disk.registers.outstanding;
  const bool is_flush = command.state == GuestCommand::State::flushing;
  if (!is_flush) disk.is_in_use[command.block] = 0;
  const auto state = std::exchange(command.state, GuestCommand::State::free);
  disk.free_commands.push_back(number);
  if (status != 0) {
    ++io.failed;
    note(context, disk, UserRecord::io_failed, {command.block, status, 0, 0});
    return;
  }
  if (state == GuestCommand::State::finding) take_what_is_there(context, disk, number);
  const bool is_write = state == GuestCommand::State::writing;
  if (is_write) disk.expected[command.block] = command.sequence;
  if (state == GuestCommand::State::reading) check_read(context, disk, number);
  note(context, disk, UserRecord::io_completed,
       {command.block, command.sequence, (is_write ? 1U : 0U) | (is_flush ? 2U : 0U),
        static_cast<std::uint64_t>(took.ns)});
}

bool is_in_flight(const GuestDisk& disk, std::uint32_t command) {
  if (command >= disk.commands.size()) return false;
  const GuestCommand::State state = disk.commands[command].state;
  return state != GuestCommand::State::free && state != GuestCommand::State::lost;
}

}  // namespace

memory::Content contents_of_write(const GuestDisk& disk, std::uint64_t sequence,
                                  std::uint32_t page) {
  // A block that was never written reads as zeroes. The top byte keeps disks and guests apart, and
  // all of them from what vCPUs write.
  if (sequence == 0) return memory::kZeroes;
  const std::uint64_t owner = (disk.registers.vm * 8ULL + disk.registers.device) % 4096 + 1;
  return {1ULL << 62 | owner << kOwnerShift | sequence << kSequenceShift | page};
}

std::optional<WrittenPage> written_page(const GuestDisk& disk, memory::Content content) {
  constexpr std::uint64_t kSequences = (1ULL << (kOwnerShift - kSequenceShift)) - 1;
  constexpr std::uint64_t kPages = (1ULL << kSequenceShift) - 1;
  const WrittenPage written{.sequence = content.version >> kSequenceShift & kSequences,
                            .page = static_cast<std::uint32_t>(content.version & kPages)};
  const bool is_its_own =
      written.sequence != 0 && content == contents_of_write(disk, written.sequence, written.page);
  return is_its_own ? std::optional(written) : std::nullopt;
}

std::uint32_t take_completions(Context& context, GuestDisk& disk) {
  GuestDisk::Registers& registers = disk.registers;
  const std::uint16_t entries = completion_entries(load_of(context, disk));
  const std::uint16_t before = registers.head;
  std::uint32_t taken = 0;
  // A queue whose memory is garbage could look full for ever.
  while (taken < entries) {
    const auto entry = read_guest_value<nvme::CompletionEntry>(
        context, registers.vm,
        address_of_page(disk.area.completion) + registers.head * sizeof(nvme::CompletionEntry));
    if ((entry.status_and_phase & 1) != registers.phase) break;
    ++taken;
    if (++registers.head == entries) {
      registers.head = 0;
      registers.phase ^= 1;
    }
    if (is_in_flight(disk, entry.command_id)) {
      complete(context, disk, entry.command_id,
               static_cast<std::uint16_t>(entry.status_and_phase >> 1));
    } else {
      ++io_of(context, disk).duplicated;
      note(context, disk, UserRecord::io_phantom, {entry.command_id, entry.status_and_phase, 0, 0});
    }
  }
  if (taken > 0) ring(context, disk, nvme::completion_doorbell(kIoQueue), before, registers.head);
  return taken;
}

void submit_commands(Context& context, GuestDisk& disk) {
  const Workload& load = load_of(context, disk);
  const bool wants_more = load.kind != Workload::Kind::idle && context.progress.is_over == 0 &&
                          disk.registers.has_failed == 0;
  if (!wants_more) return;
  const std::uint16_t tail = disk.registers.tail;
  if (disk.registers.unread > 0) {
    while (disk.registers.outstanding < load.queue_depth && submit_look(context, disk)) {
    }
  } else if (load.kind == Workload::Kind::database) {
    submit_for_database(context, disk);
  } else {
    while (disk.registers.outstanding < load.queue_depth && submit_transfer(context, disk)) {
    }
  }
  if (disk.registers.tail != tail)
    ring(context, disk, nvme::submission_doorbell(kIoQueue), tail, disk.registers.tail);
}

void give_up_late_commands(Context& context, GuestDisk& disk, sim::Duration timeout) {
  for (std::uint32_t number = 0; number < disk.commands.size(); ++number) {
    GuestCommand& command = disk.commands[number];
    if (!is_in_flight(disk, number) || context.now() - command.submitted < timeout) continue;
    command.state = GuestCommand::State::lost;
    --disk.registers.outstanding;
    ++io_of(context, disk).lost;
    note(context, disk, UserRecord::io_lost, {number, command.block, 0, 0});
  }
}

void note_commands_of_stopped(Context& context, std::uint32_t vm) {
  Ledger::Io& io = context.ledger.io[vm];
  // Still of the guest before: it has seen nothing complete yet.
  if (io.is_cut_off == 0) io.waits_since = context.now();
  io.in_flight = 0;
  for (const GuestDisk& disk : disks_of(context.user, vm)) {
    for (std::uint32_t number = 0; number < disk.commands.size(); ++number) {
      if (!is_in_flight(disk, number)) continue;
      ++io.in_flight;
      io.waits_since = std::min(io.waits_since, disk.commands[number].submitted);
    }
  }
}

std::uint64_t begin_anew(Context& context, std::uint32_t vm) {
  Ledger::Io& io = context.ledger.io[vm];
  const std::uint64_t lost = std::exchange(io.in_flight, 0);
  io.lost += lost;
  io.is_cut_off = 1;
  return lost;
}

}  // namespace luosim::userspace
