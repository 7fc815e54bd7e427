// SPDX-License-Identifier: Apache-2.0
//
// What a device can reach it may write to at any time: whether it does is chance. So what the
// tables lead to is judged as a whole, whenever memory may have changed hands.
#include <fmt/format.h>

#include "model/driver/iommu/record.hpp"
#include "model/fd/record.hpp"
#include "model/guarantees/all.hpp"
#include "model/guarantees/guest_frames.hpp"
#include "model/guarantees/iommu_tables.hpp"
#include "model/guarantees/preserved.hpp"
#include "model/guarantees/wording.hpp"
#include "model/kernel/record.hpp"
#include "model/userspace/record.hpp"

namespace luosim::guarantees {

namespace {

constexpr sim::RecordKind kLooksAfter[] = {
    kernel::KernelRecord::kexec,          kernel::KernelRecord::boot_done,
    kernel::KernelRecord::power_cycle,    userspace::UserRecord::vm_started,
    userspace::UserRecord::call_returns,  driver::iommu::IommuRecord::mapped,
    driver::iommu::IommuRecord::attached, fd::ParticipantRecord::memfd_resized,
    fd::ParticipantRecord::memfd_dropped, fd::ParticipantRecord::hugetlb_leaked};

// A replaced domain counts from when a device is attached to it.
bool is_moment(const sim::Record& record) {
  return record.kind == kernel::KernelRecord::kexec ||
         record.kind == driver::iommu::IommuRecord::attached || may_have_freed_memory(record);
}

// What is wrong with memory that a function reaches; empty if nothing is.
std::string fault_of(const Look& look, device::FunctionId function, const memory::Extent& extent,
                     memory::PageRange part) {
  if (is_nobodys(extent.owner, extent.owner_number)) {
    const bool had_owner = extent.freed_from != memory::kFree;
    return had_owner ? fmt::format("was freed by {}", owner_text(extent.freed_from, 0))
                     : std::string("belongs to nobody");
  }
  const std::string owner = owner_text(extent.owner, extent.owner_number);
  const auto vm = guest_of(look.notes, function);
  if (!vm) {
    const bool is_own_queue =
        extent.owner == driver::nvme::kQueueOwner.tag() && extent.owner_number == function.index;
    return is_own_queue ? std::string{} : fmt::format("belongs to {}", owner);
  }
  if (!is_owner_of_guest_memory(extent.owner, extent.owner_number))
    return fmt::format("belongs to {}", owner);
  if (are_frames_of(look.notes, *vm, part)) return {};
  return fmt::format("is no memory of {}", look.view.names.text(look.view.cast.vms[*vm].name));
}

void look_at_run(Look& look, const ReachedRun& run) {
  const auto function = function_with(look.view, run.requester);
  if (!function) return;
  for_each_extent_in(
      look.view.memory, run.range, [&](const memory::Extent& extent, memory::PageRange part) {
        const std::string fault = fault_of(look, *function, extent, part);
        if (fault.empty()) return;
        look.say(fmt::format("{} reaches {} at {:#x}, and that {}", name_of(look.view, *function),
                             count_text(part.count, "page"), memory::address_of(part.first).value,
                             fault));
      });
}

void look(Look& look) {
  if (!has_devices(look.view)) return;
  note_guest_frames(look);
  if (!is_moment(look.record)) return;
  for (const ReachedRun& run : walk_tables(look.view, /*with_runs=*/true).runs)
    look_at_run(look, run);
  if (may_have_freed_memory(look.record)) forget_freed_frames(look);
}

}  // namespace

const Guarantee kMappedMemoryIsNotFreed{
    .id = "mapped-memory-is-not-freed",
    .promise = "Memory that a device can reach belongs to who has the device.",
    .rule =
        "A frame that a live domain maps is neither freed nor given to somebody else (devices.md, "
        "G, rows 18, 20, 22, 49, 50 and 59).",
    .family = "lifetimes",
    .looks_after = kLooksAfter,
    .look = look};

}  // namespace luosim::guarantees
