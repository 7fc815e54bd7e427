// SPDX-License-Identifier: Apache-2.0
#include "model/userspace/guest_save.hpp"

#include <algorithm>
#include <utility>

#include "model/userspace/guest_memory.hpp"
#include "model/userspace/guest_wishes.hpp"

namespace luosim::userspace {

namespace {

// A guest that is started anew counts its writes from here on, times how often it was.
constexpr std::uint32_t kStartShift = 32;
constexpr std::uint64_t kDiskMagic = 0x6B73'6964'7467ULL;
constexpr std::uint64_t kPortMagic = 0x7472'6F70'7467ULL;

// Bytes on their way to or from the pages of an area.
class SavedBytes {
 public:
  SavedBytes(Context& context, std::uint32_t vm, std::uint64_t page)
      : context_(context), vm_(vm), at_(address_of_page(page)) {}

  template <class T>
  void put(const std::vector<T>& values) {
    put_bytes(std::as_bytes(std::span(values)));
  }
  template <class T>
  void put_value(const T& value) {
    put_bytes(std::as_bytes(std::span(&value, 1)));
  }
  template <class T>
  void take(std::vector<T>& values) {
    take_bytes(std::as_writable_bytes(std::span(values)));
  }
  template <class T>
  T take_value() {
    T value{};
    take_bytes(std::as_writable_bytes(std::span(&value, 1)));
    return value;
  }

 private:
  std::size_t to_page_end() const { return memory::kPageBytes - at_ % memory::kPageBytes; }

  void put_bytes(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
      const std::size_t here = std::min(bytes.size(), to_page_end());
      write_guest(context_, vm_, at_, bytes.first(here));
      at_ += here;
      bytes = bytes.subspan(here);
    }
  }

  void take_bytes(std::span<std::byte> bytes) {
    while (!bytes.empty()) {
      const std::size_t here = std::min(bytes.size(), to_page_end());
      read_guest(context_, vm_, at_, bytes.first(here));
      at_ += here;
      bytes = bytes.subspan(here);
    }
  }

  Context& context_;
  std::uint32_t vm_;
  std::uint64_t at_;
};

void save_disk(Context& context, const GuestDisk& disk) {
  const VmPlan& plan = context.cast.vms[disk.registers.vm];
  SavedBytes saved(context, disk.registers.vm, area_of(plan, disk.registers.device).saved);
  saved.put_value(kDiskMagic);
  saved.put_value(disk.registers);
  saved.put(disk.commands);
  saved.put(disk.expected);
}

// Which commands are free, and which blocks the others are about, follows from the commands.
void sort_commands(GuestDisk& disk, const Workload& workload) {
  disk.is_in_use.assign(workload.blocks, 0);
  disk.free_commands.clear();
  for (std::size_t number = disk.commands.size(); number-- > 0;) {
    if (disk.commands[number].state == GuestCommand::State::free)
      disk.free_commands.push_back(static_cast<std::uint32_t>(number));
  }
  for (const GuestCommand& command : disk.commands) {
    const bool is_about_a_block = command.state == GuestCommand::State::reading ||
                                  command.state == GuestCommand::State::writing ||
                                  command.state == GuestCommand::State::lost ||
                                  command.state == GuestCommand::State::finding;
    if (is_about_a_block) disk.is_in_use[command.block] = 1;
  }
}

bool is_sound(const GuestDisk& disk, std::uint32_t vm, std::uint32_t device,
              const Workload& workload) {
  const GuestDisk::Registers& registers = disk.registers;
  const bool fits = registers.vm == vm && registers.device == device &&
                    registers.outstanding <= workload.queue_depth &&
                    registers.tail <= workload.queue_depth &&
                    registers.head <= workload.queue_depth + 1U && registers.phase <= 1 &&
                    registers.unread <= workload.blocks;
  return fits &&
         std::all_of(disk.commands.begin(), disk.commands.end(), [&](const GuestCommand& command) {
           return command.block < workload.blocks && command.state <= GuestCommand::State::finding;
         });
}

// By VM and device, as find_disk() expects.
void add_in_order(std::vector<GuestDisk>& disks, GuestDisk added) {
  const auto before = [](const GuestDisk& left, const GuestDisk& right) {
    return std::pair(left.registers.vm, left.registers.device) <
           std::pair(right.registers.vm, right.registers.device);
  };
  const auto place = std::upper_bound(disks.begin(), disks.end(), added, before);
  disks.insert(place, std::move(added));
}

bool load_disk(Context& context, std::uint32_t vm, std::uint32_t device) {
  const VmPlan& plan = context.cast.vms[vm];
  SavedBytes saved(context, vm, area_of(plan, device).saved);
  if (saved.take_value<std::uint64_t>() != kDiskMagic) return false;
  GuestDisk disk;
  disk.registers = saved.take_value<GuestDisk::Registers>();
  disk.commands.resize(plan.workload.queue_depth);
  saved.take(disk.commands);
  disk.expected.resize(plan.workload.blocks);
  saved.take(disk.expected);
  if (!is_sound(disk, vm, device, plan.workload)) return false;
  sort_commands(disk, plan.workload);
  disk.area = area_of(plan, device);
  add_in_order(context.user.disks, std::move(disk));
  return true;
}

bool load_port(Context& context, std::uint32_t vm, std::uint32_t device) {
  SavedBytes saved(context, vm, area_of(context.cast.vms[vm], device).saved);
  if (saved.take_value<std::uint64_t>() != kPortMagic) return false;
  const auto port = saved.take_value<GuestPort>();
  if (port.vm != vm || port.device != device || port.next >= kPortRing) return false;
  context.user.ports.push_back(port);
  return true;
}

void forget(State& user, std::uint32_t vm) {
  std::erase_if(user.disks, [&](const GuestDisk& disk) { return disk.registers.vm == vm; });
  std::erase_if(user.ports, [&](const GuestPort& port) { return port.vm == vm; });
}

}  // namespace

void save_guest(Context& context, std::uint32_t vm) {
  for (const GuestDisk& disk : context.user.disks)
    if (disk.registers.vm == vm) save_disk(context, disk);
  for (const GuestPort& port : context.user.ports) {
    if (port.vm != vm) continue;
    SavedBytes saved(context, vm, area_of(context.cast.vms[vm], port.device).saved);
    saved.put_value(kPortMagic);
    saved.put_value(port);
  }
}

bool load_guest(Context& context, std::uint32_t vm) {
  forget(context.user, vm);
  const VmPlan& plan = context.cast.vms[vm];
  for (std::uint32_t device = 0; device < plan.devices.size(); ++device) {
    const bool is_disk = plan.devices[device].kind == VmDevice::Kind::disk;
    const bool came_back =
        is_disk ? load_disk(context, vm, device) : load_port(context, vm, device);
    if (!came_back) return false;
  }
  return true;
}

void start_guest_fresh(Context& context, std::uint32_t vm) {
  forget(context.user, vm);
  const VmPlan& plan = context.cast.vms[vm];
  for (std::uint32_t device = 0; device < plan.devices.size(); ++device) {
    if (plan.devices[device].kind == VmDevice::Kind::port) {
      context.user.ports.push_back({.vm = vm, .device = device});
      continue;
    }
    GuestDisk disk;
    disk.registers.vm = vm;
    disk.registers.device = device;
    const std::uint64_t starts = context.progress.starts[vm];
    disk.registers.random = first_word(context.names.text(plan.devices[device].file), starts);
    // What a guest before has written is found, and told from what this one writes.
    disk.registers.sequence = starts << kStartShift;
    if (starts > 0) disk.registers.unread = plan.workload.blocks;
    disk.commands.resize(plan.workload.queue_depth);
    disk.expected.resize(plan.workload.blocks);
    sort_commands(disk, plan.workload);
    disk.area = area_of(plan, device);
    add_in_order(context.user.disks, std::move(disk));
  }
}

}  // namespace luosim::userspace
