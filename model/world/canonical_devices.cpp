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

}  // namespace

bool is_known_to_nobody(const World& world, std::uint32_t task) {
  const sim::Task& each = world.schedule.tasks()[task];
  const bool goes_on_by_itself =
      (each.group & sim::kBackgroundGroup) != 0 && each.state == sim::Task::State::ready;
  const std::vector<fd::Kvm>& kvms = world.kernel.fd.kvms;
  return goes_on_by_itself && std::none_of(kvms.begin(), kvms.end(), [&](const fd::Kvm& kvm) {
           return kvm.waiting_task == task;
         });
}

void add_guests_to_key(const World& world, sim::Hasher& hasher) {
  const fd::State& fd = world.kernel.fd;
  hasher.add_sequence(fd.iommufds);
  hasher.add_sequence(fd.iommufd_mappings);
  hasher.add_sequence(fd.vfio_devices);
  hasher.add_sequence(fd.kvms);
  hasher.add(std::uint64_t{fd.hugetlb_pools.size()});
  for (const fd::HugetlbPool& pool : fd.hugetlb_pools) {
    hasher.add(std::uint64_t{pool.order});
    hasher.add(pool.total);
    hasher.add_sequence(pool.free);
  }
  for (const userspace::Vm& vm : world.user.vms) {
    hasher.add(vm.memfd);
    hasher.add(vm.kvm);
    hasher.add(vm.is_booting);
  }
  hasher.add_sequence(world.progress.starts);
  hasher.add(std::uint64_t{world.user.disks.size()});
  for (const userspace::GuestDisk& disk : world.user.disks) add_disk(disk, hasher);
  hasher.add_sequence(world.user.ports);
}

}  // namespace luosim::world
