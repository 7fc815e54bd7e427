// SPDX-License-Identifier: Apache-2.0
//
// The part of a guest that waits: for interrupts of its devices, and for commands that take too
// long.
#pragma once

#include "model/userspace/cast.hpp"

namespace luosim::userspace {

/// Serves the interrupts of a guest's devices. values {VM}
inline constexpr sim::ProgramId kGuestVcpu{sim::name_hash("guest.vcpu")};
/// Looks for commands that no interrupt told of. values {VM}
inline constexpr sim::ProgramId kGuestWatchdog{sim::name_hash("guest.watchdog")};
/// A guest that was started anew boots; then its drivers begin. values {VM}
inline constexpr sim::ProgramId kGuestBoot{sim::name_hash("guest.boot")};

/// The vector under which entry `entry` of a device's MSI-X table interrupts its guest.
constexpr std::uint32_t guest_vector(std::uint32_t device, std::uint32_t entry) {
  return device * 2 + entry;
}
inline constexpr std::uint32_t kVectorsOfDevice = 2;
/// Of a disk: entry 0 is for its admin queue, at which its driver looks by itself.
inline constexpr std::uint16_t kIoVector = 1;
inline constexpr std::size_t kDevicesOfGuest = 64 / kVectorsOfDevice;

/// The group of a guest's tasks: they go on by themselves and die with their VMM.
std::uint32_t group_of_guest(const Cast& cast, std::uint32_t vm);

/// Starts the tasks of a guest whose drivers are known; those that are not set up yet begin anew,
/// and a boot that was interrupted takes its time again.
void start_guest_tasks(Context& context, std::uint32_t vm);

/// Nobody has anything left to do: guests submit no more, wait for what is in flight, and end.
void tell_guests_that_it_is_over(Context& context);

extern const sim::Program kGuestVcpuProgram, kGuestWatchdogProgram, kGuestBootProgram;

}  // namespace luosim::userspace
