// SPDX-License-Identifier: Apache-2.0
//
// Every access of a device, before, during and after a jump, is judged by whose page it landed in:
// a guest's device may reach the guest's memory, whoever keeps that at the moment, and a device of
// the host the queues that its driver has made. Whether the access was translated, and by which
// tables, is not asked: this is the truth that nobody in the machine sees (devices.md, A.10).
#include <fmt/format.h>

#include "model/device/record.hpp"
#include "model/driver/iommu/record.hpp"
#include "model/fd/record.hpp"
#include "model/guarantees/all.hpp"
#include "model/guarantees/guest_frames.hpp"
#include "model/kernel/record.hpp"
#include "model/userspace/record.hpp"

namespace luosim::guarantees {

namespace {

using device::DmaPurpose;

constexpr sim::RecordKind kLooksAfter[] = {device::DeviceRecord::dma,
                                           userspace::UserRecord::vm_started,
                                           driver::iommu::IommuRecord::mapped,
                                           userspace::UserRecord::call_returns,
                                           fd::ParticipantRecord::memfd_resized,
                                           fd::ParticipantRecord::memfd_dropped,
                                           fd::ParticipantRecord::hugetlb_leaked,
                                           kernel::KernelRecord::boot_done,
                                           kernel::KernelRecord::power_cycle};

struct Access {
  device::FunctionId function{};
  memory::Pfn frame{};
  memory::OwnerTag owner{};
  std::uint32_t owner_number = 0;
};

Access access_of(const sim::Record& record) {
  return {function_of(record),
          memory::page_of({record.values[2]}),
          {static_cast<std::uint32_t>(record.values[3] >> 32)},
          static_cast<std::uint32_t>(record.values[3])};
}

bool is_right(const sim::Notes& notes, const Access& access, DmaPurpose purpose) {
  const bool is_own_queue = access.owner == driver::nvme::kQueueOwner.tag() &&
                            access.owner_number == access.function.index;
  if (is_own_queue) return true;
  const auto vm = guest_of(notes, access.function);
  if (!vm) return false;
  // An interrupt is posted by the IOMMU, into the descriptor of the guest.
  const bool is_handed_over = access.owner == kho::kIncomingOwner.tag();
  if (purpose == DmaPurpose::message) {
    return is_handed_over ||
           (access.owner == driver::irq::kDescriptorOwner.tag() && access.owner_number == *vm);
  }
  return is_owner_of_guest_memory(access.owner, access.owner_number) &&
         is_frame_of(notes, *vm, access.frame);
}

std::string_view word_of(DmaPurpose purpose) {
  constexpr std::string_view kWords[] = {"a command",    "a list of pages", "data",
                                         "a completion", "an interrupt",    "a descriptor"};
  const auto index = static_cast<std::size_t>(purpose);
  return index < std::size(kWords) ? kWords[index] : "something";
}

void report(Look& look, const Access& access) {
  const sim::Record& record = look.record;
  const auto vm = guest_of(look.notes, access.function);
  const bool has_other_owner = !is_owner_of_guest_memory(access.owner, access.owner_number);
  const std::string whose =
      vm && !has_other_owner
          ? fmt::format("is no memory of {}", look.view.names.text(look.view.cast.vms[*vm].name))
          : fmt::format("belongs to {}", owner_text(access.owner, access.owner_number));
  look.say(fmt::format("{} {} {} {} address {:#x} (its own {:#x}), which {}",
                       name_of(look.view, access.function),
                       direction_of(record) == device::DmaDirection::write ? "writes" : "reads",
                       word_of(purpose_of(record)),
                       direction_of(record) == device::DmaDirection::write ? "to" : "from",
                       record.values[2], record.values[1], whose));
}

void look_at_access(Look& look) {
  const sim::Record& record = look.record;
  if (result_of(record) == device::DmaResult::taken_by_peer) {
    return look.say(fmt::format("what {} sends to {:#x} is taken by another device past the IOMMU",
                                name_of(look.view, function_of(record)), record.values[1]));
  }
  if (!landed_in_memory(record)) return;
  const Access access = access_of(record);
  if (!is_right(look.notes, access, purpose_of(record))) report(look, access);
}

void look(Look& look) {
  if (look.record.kind == device::DeviceRecord::dma) return look_at_access(look);
  if (!has_devices(look.view)) return;
  note_guest_frames(look);
  if (may_have_freed_memory(look.record)) forget_freed_frames(look);
}

}  // namespace

const Guarantee kDmaStaysWithItsOwner{
    .id = "dma-stays-with-its-owner",
    .promise = "A device reads and writes memory of who has the device, and no other.",
    .rule =
        "After the jump a device writes only to pages of its own preserved domain (devices.md, "
        "A.10 and G, invariants DMA-SAFE and ISOLATION).",
    .family = "dma",
    .looks_after = kLooksAfter,
    .look = look};

}  // namespace luosim::guarantees
