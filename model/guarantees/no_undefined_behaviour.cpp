// SPDX-License-Identifier: Apache-2.0
//
// A kernel that reads memory which was freed, frees what is free, or gives a process a descriptor
// that refers to nothing may do anything from there on. The model sees it at once, because freed
// memory loses its owner.
#include <fmt/format.h>

#include "model/driver/iommu/domain.hpp"
#include "model/driver/irq/vector.hpp"
#include "model/driver/nvme/disk.hpp"
#include "model/driver/pci/subsystem.hpp"
#include "model/fd/eventfd.hpp"
#include "model/fd/guest_memfd.hpp"
#include "model/fd/hugetlb.hpp"
#include "model/fd/iommufd.hpp"
#include "model/fd/kvm.hpp"
#include "model/fd/memfd.hpp"
#include "model/fd/self_test.hpp"
#include "model/fd/test_participant.hpp"
#include "model/fd/vfio.hpp"
#include "model/guarantees/all.hpp"
#include "model/guarantees/calls.hpp"
#include "model/guarantees/outside_damage.hpp"
#include "model/guarantees/wording.hpp"
#include "model/kernel/record.hpp"
#include "model/luo/v2/record.hpp"
#include "model/userspace/record.hpp"

namespace luosim::guarantees {

namespace {

using kernel::KernelRecord::memory_freed_twice;
using luo::v2::LuoRecord::garbage_installed;

constexpr sim::RecordKind kLooksAfter[] = {kernel::KernelRecord::died,
                                           garbage_installed,
                                           memory_freed_twice,
                                           sim::EngineRecord::fault_fired,
                                           userspace::UserRecord::call_begins,
                                           userspace::UserRecord::call_returns,
                                           kernel::KernelRecord::boot_begins};

struct Freed {
  memory::OwnerName owner;
  std::string_view what;
};
constexpr Freed kFreed[] = {
    {kho::kChunkOwner, "the serialized map of preserved memory"},
    {kho::kBitmapOwner, "a bitmap of preserved memory"},
    {kho::kRootOwner, "KHO's root page"},
    {luo::v2::kTreeOwner, "LUO's handover tree"},
    {kho::kScratchListOwner, "the list of scratch areas"},
    {kho::kIncomingOwner, "what the kernel before handed over"},
    {fd::kMemfdRecordOwner, "the record of a memfd"},
    {fd::kMemfdOwner, "the memory of a memfd"},
    {fd::kHugetlbRecordOwner, "the record of a file of huge pages"},
    {fd::kHugetlbPoolRecordOwner, "the record of how many huge pages are handed over"},
    {fd::kHugetlbOwner, "a huge page"},
    {fd::kGuestMemfdRecordOwner, "the record of a guest_memfd"},
    {fd::kGuestMemfdOwner, "the memory of a guest_memfd"},
    {fd::kAnonymousOwner, "anonymous memory"},
    {fd::kIommufdRecordOwner, "the record of an iommufd"},
    {fd::kVfioRecordOwner, "the record of a function"},
    {fd::kKvmRecordOwner, "the record of a virtual machine"},
    {fd::kEventfdRecordOwner, "the record of an eventfd"},
    {driver::iommu::kRootOwner, "the root table of the IOMMU"},
    {driver::iommu::kContextOwner, "a context table of the IOMMU"},
    {driver::iommu::kTableOwner, "a page table of the IOMMU"},
    {driver::iommu::kRecordOwner, "the record of the IOMMU"},
    {driver::irq::kTableOwner, "the table of interrupts"},
    {driver::irq::kDescriptorOwner, "a descriptor of posted interrupts"},
    {driver::nvme::kQueueOwner, "a queue of an NVMe controller"},
    {driver::pci::kRecordOwner, "the record of preserved devices"},
    {fd::kTestPageOwner, "a page of a participant"},
    {fd::kSelfTestPageOwner, "a page of the self test"},
};

std::string_view what_was_freed(std::uint32_t owner) {
  for (const Freed& each : kFreed)
    if (each.owner.tag().hash == owner) return each.what;
  return "memory";
}

void look(Look& look) {
  if (note_outside_damage(look) || note_call(look)) return;
  const sim::Record& record = look.record;
  if (record.kind == userspace::UserRecord::call_returns) {
    take_call(look);
    return;
  }
  if (was_damaged_outside(look)) return;
  const kernel::Core& kernel = look.view.kernel;
  if (record.kind == garbage_installed) {
    look.say(fmt::format("{} gave out a descriptor that refers to no file", deed_of(look)));
  } else if (record.kind == memory_freed_twice) {
    look.say(fmt::format("{} from pfn {:#x} on had been freed before {} freed them again",
                         count_text(record.values[1], "page"), record.values[0], deed_of(look)));
  } else if (kernel.death.ending == kernel::Ending::undefined) {
    look.say(fmt::format("kernel {} read {} that was freed", kernel.generation,
                         what_was_freed(kernel.death.cause)));
  }
}

}  // namespace

const Guarantee kNoUndefinedBehaviour{
    .id = "no-undefined-behaviour",
    .promise =
        "Nobody reads memory that was freed, frees it twice, or gets a descriptor of nothing.",
    .rule =
        "What an update refers to lives as long as the update does (luo-v2-bugs.md, B05, B06, "
        "B07 and B15).",
    .family = "lifetimes",
    .looks_after = kLooksAfter,
    .look = look};

}  // namespace luosim::guarantees
