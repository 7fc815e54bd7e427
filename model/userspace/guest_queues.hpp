// SPDX-License-Identifier: Apache-2.0
//
// What setting a guest's disk up and working on it share: the shape of its queues, and how it says
// something.
#pragma once

#include "model/userspace/guest_disk.hpp"
#include "model/userspace/guest_memory.hpp"

namespace luosim::userspace {

inline constexpr std::uint16_t kIoQueue = 1;

inline const Workload& load_of(const Context& context, const GuestDisk& disk) {
  return context.cast.vms[disk.registers.vm].workload;
}

/// A record of the guest about the disk.
inline void note(Context& context, const GuestDisk& disk, sim::RecordKind kind,
                 const std::array<std::uint64_t, 4>& values = {}) {
  const VmPlan& plan = context.cast.vms[disk.registers.vm];
  context.record({.kind = kind,
                  .subject = plan.name,
                  .object = plan.devices[disk.registers.device].file,
                  .values = values});
}

constexpr std::uint16_t submission_entries(const Workload& load) {
  return static_cast<std::uint16_t>(load.queue_depth + 1);
}
constexpr std::uint16_t completion_entries(const Workload& load) {
  return static_cast<std::uint16_t>(load.queue_depth + 2);
}

/// Writes an entry of a submission queue.
template <class Entry>
void write_command(Context& context, const GuestDisk& disk, std::uint64_t queue_page,
                   std::uint16_t place, const Entry& entry) {
  write_guest_value(context, disk.registers.vm, address_of_page(queue_page) + place * sizeof(entry),
                    entry);
}

/// The guest page of a command's buffer.
inline std::uint64_t buffer_of(const GuestDisk& disk, const Workload& load, std::uint32_t command) {
  return disk.area.buffers + std::uint64_t{command} * load.pages;
}

}  // namespace luosim::userspace
