// SPDX-License-Identifier: Apache-2.0
#include "model/world/canonical_devices.hpp"

#include <algorithm>

namespace luosim::world {

namespace {

void add_disk(const userspace::GuestDisk& disk, sim::Hasher& hasher) {
  hasher.add(disk.registers);
  for (const userspace::GuestCommand& command : disk.commands) {
    hasher.add(command.block);
    hasher.add(command.state);
    hasher.add(command.sequence);
  }
  hasher.add_sequence(disk.expected);
  hasher.add_sequence(disk.is_in_use);
  hasher.add_sequence(disk.free_commands);
  hasher.add(disk.vfio);
}

// The task that waits for the interrupts of a virtual machine is the only one of its group that
// runs its program, so its number tells nothing.
constexpr std::uint32_t kItsGuest = 0xFFFF'FFFE;

bool its_guest_waits(const World& world, const fd::Kvm& kvm) {
  const std::vector<sim::Task>& tasks = world.schedule.tasks();
  if (kvm.waiting_task >= tasks.size()) return false;
  const sim::Task& task = tasks[kvm.waiting_task];
  return task.state == sim::Task::State::blocked && task.group == kvm.waiting_group &&
         !world.schedule.locks().waits_for({kvm.waiting_task}) &&
         world.schedule.frame(task.frame).program.hash == kvm.waiting_program;
}

void add_kvm(const World& world, fd::Kvm kvm, sim::Hasher& hasher) {
  if (its_guest_waits(world, kvm)) kvm.waiting_task = kItsGuest;
  hasher.add(kvm);
}

}  // namespace

bool is_known_to_nobody(const World& world, std::uint32_t task) {
  const sim::Task& each = world.schedule.tasks()[task];
  if ((each.group & sim::kBackgroundGroup) == 0) return false;
  if (each.state == sim::Task::State::ready) return true;
  const std::vector<fd::Kvm>& kvms = world.kernel.fd.kvms;
  return std::any_of(kvms.begin(), kvms.end(), [&](const fd::Kvm& kvm) {
    return kvm.waiting_task == task && its_guest_waits(world, kvm);
  });
}

void add_guests_to_key(const World& world, sim::Hasher& hasher) {
  const fd::State& fd = world.kernel.fd;
  hasher.add_sequence(fd.iommufds);
  hasher.add_sequence(fd.iommufd_mappings);
  hasher.add_sequence(fd.vfio_devices);
  hasher.add(std::uint64_t{fd.kvms.size()});
  for (const fd::Kvm& kvm : fd.kvms) add_kvm(world, kvm, hasher);
  hasher.add(std::uint64_t{fd.hugetlb_pools.size()});
  for (const fd::HugetlbPool& pool : fd.hugetlb_pools) {
    hasher.add(std::uint64_t{pool.order});
    hasher.add(pool.total);
    hasher.add_sequence(pool.free);
  }
  hasher.add(std::uint64_t{world.user.disks.size()});
  for (const userspace::GuestDisk& disk : world.user.disks) add_disk(disk, hasher);
  hasher.add_sequence(world.user.ports);
}

}  // namespace luosim::world
