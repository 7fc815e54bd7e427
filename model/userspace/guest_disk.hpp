// SPDX-License-Identifier: Apache-2.0
//
// A guest's NVMe driver and the load that runs on it. It knows nothing of a live update: it writes
// commands into its memory, rings doorbells of the device that was passed to it, and waits for
// interrupts. Whether a read returns what was last acknowledged it checks itself.
#pragma once

#include <optional>
#include <span>

#include "model/userspace/cast.hpp"

namespace luosim::userspace {

/// Sets a disk up and begins its load. values {VM, device}
inline constexpr sim::ProgramId kGuestDisk{sim::name_hash("guest.disk")};

/// The driver of one of a VM's disks, or null. O(log n).
GuestDisk* find_disk(State& user, std::uint32_t vm, std::uint32_t device);

/// The drivers of all disks of a VM, by device. O(log n).
std::span<GuestDisk> disks_of(State& user, std::uint32_t vm);

/// Takes every completion that is in the queue; how many there were.
std::uint32_t take_completions(Context& context, GuestDisk& disk);
/// Submits commands until as many are in flight as the load wants.
void submit_commands(Context& context, GuestDisk& disk);
/// Gives up commands that were submitted more than `timeout` ago.
void give_up_late_commands(Context& context, GuestDisk& disk, sim::Duration timeout);

/// The guest is stopped: outside observers note since when it waits for what.
void note_commands_of_stopped(Context& context, std::uint32_t vm);
/// A guest that was stopped so does not go on, another begins. How many commands went with it.
std::uint64_t begin_anew(Context& context, std::uint32_t vm);

/// What block `block` contains, page by page, once write `sequence` of the disk is done.
memory::Content contents_of_write(const GuestDisk& disk, std::uint64_t sequence,
                                  std::uint32_t page);

/// The reverse: which write of this disk contents are of, and which page of it. Nothing for what
/// the disk's guest has not written, zeroes among them.
struct WrittenPage {
  std::uint64_t sequence = 0;
  std::uint32_t page = 0;
};
std::optional<WrittenPage> written_page(const GuestDisk& disk, memory::Content content);

extern const sim::Program kGuestDiskProgram;

}  // namespace luosim::userspace
