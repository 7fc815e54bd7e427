// SPDX-License-Identifier: Apache-2.0
#include "model/guarantees/machine.hpp"

#include <algorithm>

#include "model/driver/iommu/domain.hpp"
#include "model/driver/irq/vector.hpp"
#include "model/driver/nvme/disk.hpp"
#include "model/fd/guest_memfd.hpp"
#include "model/fd/hugetlb.hpp"
#include "model/fd/iommufd.hpp"
#include "model/fd/memfd.hpp"
#include "model/luo/v2/programs.hpp"
#include "model/uapi/uapi.hpp"

namespace luosim::guarantees {

namespace {

// A reboot that LUO's hook has let pass changes nothing any more: it keeps KHO's lock for others
// not to.
bool only_keeps_others_out(const sim::Schedule& schedule, sim::TaskId holder) {
  bool reboots = false;
  std::uint32_t number = schedule.task(holder).frame;
  while (number != sim::Frame::kNone) {
    const sim::Frame& frame = schedule.frame(number);
    if (frame.program == luo::v2::kReboot) return false;
    reboots |= frame.program == uapi::kReboot;
    number = frame.caller;
  }
  return reboots;
}

}  // namespace

bool is_at_rest(const Machine& machine) {
  const sim::Locks& locks = machine.schedule.locks();
  return std::none_of(locks.holders().begin(), locks.holders().end(), [&](const auto& claim) {
    if (claim.request.lock == luo::v2::kPhaseLock) return true;
    return claim.request.lock == kho::kKhoLock &&
           !only_keeps_others_out(machine.schedule, claim.task);
  });
}

userspace::Verb verb_of(const sim::Record& record) {
  return static_cast<userspace::Verb>(record.values[0]);
}

std::int64_t status_of(const sim::Record& record) {
  return static_cast<std::int64_t>(record.values[1]);
}

std::uint64_t pages_of_the_update(const Machine& machine) {
  // What a kernel has for itself, what drivers work with, and what belongs to user space.
  const memory::OwnerTag others[] = {
      memory::kFree,
      kho::kFirmwareOwner.tag(),
      kho::kRootOwner.tag(),
      kho::kScratchListOwner.tag(),
      kernel::kKernelOwner.tag(),
      kernel::kScratchOwner.tag(),
      driver::iommu::kRootOwner.tag(),
      driver::iommu::kContextOwner.tag(),
      driver::iommu::kTableOwner.tag(),
      driver::irq::kTableOwner.tag(),
      driver::irq::kDescriptorOwner.tag(),
      driver::nvme::kQueueOwner.tag(),
      fd::kMemfdOwner.tag(),
      fd::kHugetlbOwner.tag(),
      fd::kGuestMemfdOwner.tag(),
      fd::kAnonymousOwner.tag(),
  };
  std::uint64_t pages = 0;
  for (const memory::Extent& extent : machine.memory.extents()) {
    if (std::find(std::begin(others), std::end(others), extent.owner) == std::end(others))
      pages += extent.count;
  }
  return pages;
}

}  // namespace luosim::guarantees
