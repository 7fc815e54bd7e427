// SPDX-License-Identifier: Apache-2.0
//
// Which page frames are a guest's memory, as a guarantee follows it in its notes: what it had when
// the story began, and what was mapped for its devices since. A jump changes nothing of it, for
// memory is handed over in place; a frame that is given back is the guest's no more, whoever has it
// next.
#pragma once

#include <optional>
#include <vector>

#include "model/guarantees/devices.hpp"

namespace luosim::guarantees {

/// Notes of guest memory have keys from here to twice of it.
inline constexpr std::uint64_t kNotesOfGuestFrames = 1ULL << 60;

/// Takes notice of memory that is a guest's from now on. The guarantee must look after
/// UserRecord::vm_started, IommuRecord::mapped and KernelRecord::power_cycle.
void note_guest_frames(Look& look);

/// Whether the record is of a moment after which memory may be somebody else's:
/// KernelRecord::boot_done, ParticipantRecord::memfd_resized, memfd_dropped and hugetlb_leaked, and
/// UserRecord::call_returns of a call that gives something up.
bool may_have_freed_memory(const sim::Record& record);
/// At such a moment: forgets the frames that are nobody's now. O(extents of guests).
void forget_freed_frames(Look& look);

/// The guest that drives a function, once its story has begun. O(log n).
std::optional<std::uint32_t> guest_of(const sim::Notes& notes, device::FunctionId function);
/// Whether a frame is the guest's. O(log n).
bool is_frame_of(const sim::Notes& notes, std::uint32_t vm, memory::Pfn frame);
/// Whether all frames of a range are.
bool are_frames_of(const sim::Notes& notes, std::uint32_t vm, memory::PageRange range);

/// Whether guest memory may belong to this owner: a file, what maps anonymous memory, or nobody yet
/// who has claimed it after a jump.
bool is_owner_of_guest_memory(memory::OwnerTag owner, std::uint32_t number);
/// Whether the allocator may give the page out.
bool is_nobodys(memory::OwnerTag owner, std::uint32_t number);

}  // namespace luosim::guarantees
