// SPDX-License-Identifier: Apache-2.0
#include "model/userspace/guest_disk.hpp"

#include <algorithm>
#include <utility>

#include "model/device/nvme/controller.hpp"
#include "model/fd/vfio.hpp"
#include "model/userspace/guest_memory.hpp"
#include "model/userspace/guest_vcpu.hpp"
#include "model/userspace/record.hpp"

namespace luosim::userspace {

namespace {

namespace nvme = device::nvme;
using sim::Outcome;

constexpr std::uint16_t kIoQueue = 1;
constexpr std::uint16_t kAdminEntries = 32;
constexpr sim::Duration kPollEvery = sim::milliseconds(1);
constexpr std::uint64_t kPollsUntilFailed = 10'000;

const Workload& load_of(const Context& context, const GuestDisk& disk) {
  return context.cast.vms[disk.registers.vm].workload;
}

Ledger::Io& io_of(Context& context, const GuestDisk& disk) {
  return context.ledger.io[disk.registers.vm];
}

sim::Symbol device_name(const Context& context, const GuestDisk& disk) {
  return context.cast.vms[disk.registers.vm].devices[disk.registers.device].file;
}

void note(Context& context, const GuestDisk& disk, sim::RecordKind kind,
          std::array<std::uint64_t, 4> values = {}) {
  context.record({.kind = kind,
                  .subject = context.cast.vms[disk.registers.vm].name,
                  .object = device_name(context, disk),
                  .values = values});
}

std::uint64_t next_random(GuestDisk& disk) {
  // SplitMix64: one word of state, which lies in the guest's memory.
  std::uint64_t mixed = disk.registers.random += 0x9E37'79B9'7F4A'7C15ULL;
  mixed = (mixed ^ mixed >> 30) * 0xBF58'476D'1CE4'E5B9ULL;
  mixed = (mixed ^ mixed >> 27) * 0x94D0'49BB'1331'11EBULL;
  return mixed ^ mixed >> 31;
}

// Queues.

std::uint16_t submission_entries(const Workload& load) {
  return static_cast<std::uint16_t>(load.queue_depth + 1);
}
std::uint16_t completion_entries(const Workload& load) {
  return static_cast<std::uint16_t>(load.queue_depth + 2);
}

void write_command(Context& context, const GuestDisk& disk, std::uint64_t queue_page,
                   std::uint16_t place, const nvme::SubmissionEntry& entry) {
  write_guest_value(context, disk.registers.vm, address_of_page(queue_page) + place * sizeof(entry),
                    entry);
}

void send_admin_command(Context& context, GuestDisk& disk, nvme::SubmissionEntry entry) {
  GuestDisk::Registers& registers = disk.registers;
  entry.command_id = registers.admin_tail;
  write_command(context, disk, disk.area.admin_submission, registers.admin_tail, entry);
  registers.admin_tail = static_cast<std::uint16_t>((registers.admin_tail + 1) % kAdminEntries);
  fd::write_bar(context, disk.vfio, nvme::submission_doorbell(0), registers.admin_tail);
}

// The guest page of a command's buffer.
std::uint64_t buffer_of(const GuestDisk& disk, const Workload& load, std::uint32_t command) {
  return disk.area.buffers + std::uint64_t{command} * load.pages;
}

// Which pages a command is about never changes, so their lists are written once.
void write_page_lists(Context& context, const GuestDisk& disk) {
  const Workload& load = load_of(context, disk);
  if (load.pages <= 2) return;
  for (std::uint32_t command = 0; command < load.queue_depth; ++command) {
    for (std::uint32_t page = 1; page < load.pages; ++page) {
      write_guest_value(context, disk.registers.vm,
                        address_of_page(disk.area.lists + command) + (page - 1) * 8ULL,
                        address_of_page(buffer_of(disk, load, command) + page));
    }
  }
}

// Setting up.

GuestDisk& self(Context& context) {
  return *find_disk(context.user, static_cast<std::uint32_t>(context.frame().values[0]),
                    static_cast<std::uint32_t>(context.frame().values[1]));
}

std::uint32_t status_of(Context& context, const GuestDisk& disk) {
  return static_cast<std::uint32_t>(fd::read_bar(context, disk.vfio, nvme::kStatus));
}

Outcome give_the_device_up(Context& context) {
  GuestDisk& disk = self(context);
  disk.registers.has_failed = 1;
  note(context, disk, UserRecord::driver_failed);
  return sim::finish(0);
}

Outcome switch_the_controller_off(Context& context) {
  fd::write_bar(context, self(context).vfio, nvme::kConfiguration, 0);
  return sim::done();
}

// frame.local[0] counts. A controller that is gone reads as all ones, so never as it should.
template <bool wants_ready>
Outcome wait_for_the_controller(Context& context) {
  const std::uint32_t status = status_of(context, self(context));
  const bool is_gone = status == 0xFFFF'FFFF;
  const bool is_ready = (status & nvme::kReadyBit) != 0;
  const bool has_failed = is_gone || (wants_ready && (status & nvme::kFatalBit) != 0);
  if (has_failed || ++context.frame().local[0] > kPollsUntilFailed) return sim::end();
  if (is_ready != wants_ready) return sim::again(kPollEvery);
  context.frame().local[0] = 0;
  return sim::done();
}

Outcome set_the_admin_queues_up(Context& context) {
  const GuestDisk& disk = self(context);
  const std::uint32_t vm = disk.registers.vm;
  for (const std::uint64_t page : {disk.area.admin_submission, disk.area.admin_completion})
    fill_guest_page(context, vm, page, memory::kZeroes);
  for (std::uint64_t page = disk.area.submission; page < disk.area.buffers; ++page)
    fill_guest_page(context, vm, page, memory::kZeroes);
  write_page_lists(context, disk);
  fd::write_bar(context, disk.vfio, nvme::kAdminQueueAttributes,
                (kAdminEntries - 1U) << 16 | (kAdminEntries - 1U));
  fd::write_bar(context, disk.vfio, nvme::kAdminSubmissionBase,
                address_of_page(disk.area.admin_submission));
  fd::write_bar(context, disk.vfio, nvme::kAdminCompletionBase,
                address_of_page(disk.area.admin_completion));
  fd::write_bar(context, disk.vfio, nvme::kConfiguration, nvme::kEnableBit | nvme::kEntrySizes);
  return sim::done();
}

Outcome create_the_completion_queue(Context& context) {
  GuestDisk& disk = self(context);
  const std::uint32_t last = completion_entries(load_of(context, disk)) - 1U;
  nvme::SubmissionEntry entry;
  entry.opcode = nvme::kCreateCompletionQueue;
  entry.prp1 = address_of_page(disk.area.completion);
  entry.dw10 = last << 16 | kIoQueue;
  entry.dw11 = std::uint32_t{kIoVector} << 16 | 2U | 1U;  // interrupts, contiguous
  send_admin_command(context, disk, entry);
  return sim::done();
}

Outcome create_the_submission_queue(Context& context) {
  GuestDisk& disk = self(context);
  const std::uint32_t last = submission_entries(load_of(context, disk)) - 1U;
  nvme::SubmissionEntry entry;
  entry.opcode = nvme::kCreateSubmissionQueue;
  entry.prp1 = address_of_page(disk.area.submission);
  entry.dw10 = last << 16 | kIoQueue;
  entry.dw11 = std::uint32_t{kIoQueue} << 16 | 1U;  // its completion queue, contiguous
  send_admin_command(context, disk, entry);
  return sim::done();
}

// The admin queue is never used as often as its phase would need to turn.
Outcome wait_for_the_answer(Context& context) {
  GuestDisk& disk = self(context);
  GuestDisk::Registers& registers = disk.registers;
  const auto entry = read_guest_value<nvme::CompletionEntry>(
      context, registers.vm,
      address_of_page(disk.area.admin_completion) +
          registers.admin_head * sizeof(nvme::CompletionEntry));
  if ((entry.status_and_phase & 1) == 0) {
    if (++context.frame().local[0] > kPollsUntilFailed) return sim::end();
    return sim::again(kPollEvery);
  }
  context.frame().local[0] = 0;
  ++registers.admin_head;
  fd::write_bar(context, disk.vfio, nvme::completion_doorbell(0), registers.admin_head);
  return entry.status_and_phase >> 1 != 0 ? sim::end() : sim::done();
}

Outcome begin_the_load(Context& context) {
  GuestDisk& disk = self(context);
  disk.registers.is_set_up = 1;
  note(context, disk, UserRecord::driver_ready);
  submit_commands(context, disk);
  return sim::finish(0);
}

constexpr std::string_view kGiveUp = "give the device up";

constexpr sim::Step kGuestDiskSteps[] = {
    {"switch the controller off", sim::step<switch_the_controller_off>},
    {"wait until it is off", sim::step<wait_for_the_controller<false>>, {.on_end = kGiveUp}},
    {"set the admin queues up and switch it on", sim::step<set_the_admin_queues_up>},
    {"wait until it is ready", sim::step<wait_for_the_controller<true>>, {.on_end = kGiveUp}},
    {"create the completion queue", sim::step<create_the_completion_queue>},
    {"wait until it is there", sim::step<wait_for_the_answer>, {.on_end = kGiveUp}},
    {"create the submission queue", sim::step<create_the_submission_queue>},
    {"wait until that is there", sim::step<wait_for_the_answer>, {.on_end = kGiveUp}},
    {"begin the load", sim::step<begin_the_load>},
    {kGiveUp, sim::step<give_the_device_up>},
};

// The load.

std::optional<std::uint32_t> free_command(const GuestDisk& disk) {
  if (disk.free_commands.empty()) return std::nullopt;
  return disk.free_commands.back();
}

// A block that no command is about: two at once would not know what to expect.
std::optional<std::uint32_t> free_block(GuestDisk& disk, std::uint64_t random) {
  const auto blocks = static_cast<std::uint32_t>(disk.is_in_use.size());
  const auto first = static_cast<std::uint32_t>(random % blocks);
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

bool submit_transfer(Context& context, GuestDisk& disk) {
  const Workload& load = load_of(context, disk);
  const std::uint64_t random = next_random(disk);
  const auto command = free_command(disk);
  const auto block = free_block(disk, random >> 8);
  if (!command || !block) return false;
  const bool reads = load.kind == Workload::Kind::verify_io && random % 100 < load.read_percent;
  GuestCommand& made = disk.commands[*command];
  made.block = *block;
  made.state = reads ? GuestCommand::State::reading : GuestCommand::State::writing;
  made.sequence = reads ? disk.expected[*block] : ++disk.registers.sequence;
  disk.is_in_use[*block] = 1;
  const std::uint64_t buffer = buffer_of(disk, load, *command);
  for (std::uint32_t page = 0; page < load.pages; ++page) {
    fill_guest_page(context, disk.registers.vm, buffer + page,
                    reads ? unwritten_buffer(disk, *command, page)
                          : contents_of_write(disk, made.sequence, page));
  }
  nvme::SubmissionEntry entry;
  entry.opcode = reads ? nvme::kRead : nvme::kWrite;
  set_pages(entry, disk, load, *command);
  entry.dw10 = *block * load.pages;
  entry.dw12 = load.pages - 1;
  queue_command(context, disk, *command, entry);
  if (!reads) ++disk.registers.unflushed;
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

void complete(Context& context, GuestDisk& disk, std::uint32_t number, std::uint16_t status) {
  GuestCommand& command = disk.commands[number];
  Ledger::Io& io = io_of(context, disk);
  const sim::Duration took = context.now() - command.submitted;
  if (took > io.stall_max) io.stall_max = took;
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

const sim::Program kGuestDiskProgram{"guest.disk", "a guest's driver sets its NVMe disk up",
                                     kGuestDiskSteps};

GuestDisk* find_disk(State& user, std::uint32_t vm, std::uint32_t device) {
  const auto disk =
      std::lower_bound(user.disks.begin(), user.disks.end(), std::pair(vm, device),
                       [](const GuestDisk& each, const auto& wanted) {
                         return std::pair(each.registers.vm, each.registers.device) < wanted;
                       });
  const bool is_there =
      disk != user.disks.end() && disk->registers.vm == vm && disk->registers.device == device;
  return is_there ? &*disk : nullptr;
}

memory::Content contents_of_write(const GuestDisk& disk, std::uint64_t sequence,
                                  std::uint32_t page) {
  // A block that was never written reads as zeroes. The top byte keeps disks and guests apart, and
  // all of them from what vCPUs write.
  if (sequence == 0) return memory::kZeroes;
  const std::uint64_t owner = (disk.registers.vm * 8ULL + disk.registers.device) % 4096 + 1;
  return {1ULL << 62 | owner << 48 | sequence << 7 | page};
}

std::uint32_t take_completions(Context& context, GuestDisk& disk) {
  GuestDisk::Registers& registers = disk.registers;
  const std::uint16_t entries = completion_entries(load_of(context, disk));
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
  if (taken > 0)
    fd::write_bar(context, disk.vfio, nvme::completion_doorbell(kIoQueue), registers.head);
  return taken;
}

void submit_commands(Context& context, GuestDisk& disk) {
  const Workload& load = load_of(context, disk);
  const bool wants_more = load.kind != Workload::Kind::idle && context.progress.is_over == 0 &&
                          disk.registers.has_failed == 0;
  if (!wants_more) return;
  const std::uint16_t tail = disk.registers.tail;
  if (load.kind == Workload::Kind::database) {
    submit_for_database(context, disk);
  } else {
    while (disk.registers.outstanding < load.queue_depth && submit_transfer(context, disk)) {
    }
  }
  if (disk.registers.tail != tail)
    fd::write_bar(context, disk.vfio, nvme::submission_doorbell(kIoQueue), disk.registers.tail);
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

}  // namespace luosim::userspace
