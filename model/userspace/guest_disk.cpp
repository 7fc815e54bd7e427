// SPDX-License-Identifier: Apache-2.0
#include "model/userspace/guest_disk.hpp"

#include <algorithm>
#include <utility>

#include "model/device/nvme/controller.hpp"
#include "model/fd/vfio.hpp"
#include "model/userspace/guest_queues.hpp"
#include "model/userspace/guest_vcpu.hpp"
#include "model/userspace/record.hpp"

namespace luosim::userspace {

namespace {

namespace nvme = device::nvme;
using sim::Outcome;

constexpr std::uint16_t kAdminEntries = 32;
constexpr sim::Duration kPollEvery = sim::milliseconds(1);
constexpr std::uint64_t kPollsUntilFailed = 10'000;

void send_admin_command(Context& context, GuestDisk& disk, nvme::SubmissionEntry entry) {
  GuestDisk::Registers& registers = disk.registers;
  entry.command_id = registers.admin_tail;
  write_command(context, disk, disk.area.admin_submission, registers.admin_tail, entry);
  registers.admin_tail = static_cast<std::uint16_t>((registers.admin_tail + 1) % kAdminEntries);
  fd::write_bar(context, disk.vfio, nvme::submission_doorbell(0), registers.admin_tail);
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

// It may have been here before: a guest that is stopped in the middle begins anew.
Outcome set_the_admin_queues_up(Context& context) {
  GuestDisk& disk = self(context);
  const std::uint32_t vm = disk.registers.vm;
  disk.registers.admin_tail = 0;
  disk.registers.admin_head = 0;
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

Outcome offer_shadow_doorbells(Context& context) {
  GuestDisk& disk = self(context);
  if (!load_of(context, disk).shadow_doorbells) return sim::end();
  nvme::SubmissionEntry entry;
  entry.opcode = nvme::kDoorbellBufferConfig;
  entry.prp1 = address_of_page(disk.area.shadow);
  entry.prp2 = address_of_page(disk.area.shadow + 1);
  send_admin_command(context, disk, entry);
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

struct OrderOfDisks {
  bool operator()(const GuestDisk& disk, std::uint32_t vm) const { return disk.registers.vm < vm; }
  bool operator()(std::uint32_t vm, const GuestDisk& disk) const { return vm < disk.registers.vm; }
};

constexpr std::string_view kCreateQueues = "create the completion queue";
constexpr std::string_view kGiveUp = "give the device up";

constexpr sim::Step kGuestDiskSteps[] = {
    {"switch the controller off", sim::step<switch_the_controller_off>},
    {"wait until it is off", sim::step<wait_for_the_controller<false>>, {.on_end = kGiveUp}},
    {"set the admin queues up and switch it on", sim::step<set_the_admin_queues_up>},
    {"wait until it is ready", sim::step<wait_for_the_controller<true>>, {.on_end = kGiveUp}},
    {"offer shadow doorbells", sim::step<offer_shadow_doorbells>, {.on_end = kCreateQueues}},
    {"wait until they are taken", sim::step<wait_for_the_answer>, {.on_end = kGiveUp}},
    {kCreateQueues, sim::step<create_the_completion_queue>},
    {"wait until it is there", sim::step<wait_for_the_answer>, {.on_end = kGiveUp}},
    {"create the submission queue", sim::step<create_the_submission_queue>},
    {"wait until that is there", sim::step<wait_for_the_answer>, {.on_end = kGiveUp}},
    {"begin the load", sim::step<begin_the_load>},
    {kGiveUp, sim::step<give_the_device_up>},
};

}  // namespace

const sim::Program kGuestDiskProgram{"guest.disk", "a guest's driver sets its NVMe disk up",
                                     kGuestDiskSteps};

std::span<GuestDisk> disks_of(State& user, std::uint32_t vm) {
  const auto [first, last] =
      std::equal_range(user.disks.begin(), user.disks.end(), vm, OrderOfDisks{});
  return {first, last};
}

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

}  // namespace luosim::userspace
