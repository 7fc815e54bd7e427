// SPDX-License-Identifier: Apache-2.0
//
// What a VMM does so that its guest can drive devices by itself: a virtual machine, an address
// space with all of guest memory, the device files, and interrupts. In the kernel in which the
// story begins this has happened before; in a later one the VMM builds it from the files that came
// back, in the order that works (devices.md, D.1 and E.6).
#pragma once

#include "model/userspace/cast.hpp"

namespace luosim::userspace {

inline constexpr sim::FaultSite kMapsLessSite{
    "vmm.maps_less",
    "the VMM of a restored guest leaves the first folios of its memory out of the new address "
    "space; :NAME is the VM, the value how many",
    1};
inline constexpr sim::FaultSite kMapsOtherSite{
    "vmm.maps_other",
    "the VMM of a restored guest maps its memory from a later folio on, as if it were the first; "
    ":NAME is the VM, the value how many it skips",
    1};

/// Opens and connects everything of a VM when the story begins; its files are the agent's and the
/// VMM's. What fails leaves the VM without devices, and a record.
void connect_first_devices(Context& context, std::uint32_t vm);

/// What connecting consists of; 0 or -errno. An address space with all of the guest's memory.
std::int64_t make_address_space(Context& context, std::uint32_t vm);
/// A device's file.
std::int64_t open_device(Context& context, std::uint32_t vm, std::uint32_t device);
/// Its translation and its interrupts, once it is open and the guest's drivers are known.
std::int64_t connect_device(Context& context, std::uint32_t vm, std::uint32_t device);

/// The files of a VM besides its memory, and whether the VM has devices at all.
inline bool has_devices(const VmPlan& plan) {
  return !plan.devices.empty();
}

/// Stops a guest's tasks and saves what its drivers know; the interrupts that wait for it.
std::uint64_t stop_guest(Context& context, std::uint32_t vm);

/// Lets the guest's tasks go on in the kernel in which they were stopped. False if the guest finds
/// that its memory is not what it was.
bool continue_guest(Context& context, std::uint32_t vm, std::uint64_t pending);

/// Connects a restored guest to its restored devices, row by row. values {VM}; -ENOENT if a file
/// has not come back.
inline constexpr sim::ProgramId kReconnect{sim::name_hash("vmm.reconnect")};

/// Maps more memory for the devices, unmaps it, and turns their interrupts off: what scripts can
/// ask of a VMM. 0 or -errno.
std::int64_t map_more(Context& context, std::uint32_t vm);
std::int64_t unmap_more(Context& context, std::uint32_t vm);
std::int64_t turn_interrupts_off(Context& context, std::uint32_t vm);

extern const sim::Program kReconnectProgram;

}  // namespace luosim::userspace
