// SPDX-License-Identifier: Apache-2.0
#include "model/guarantees/machine.hpp"

#include <algorithm>

#include "model/fd/memfd.hpp"

namespace luosim::guarantees {

bool is_at_rest(const Machine& machine) {
  const sim::Locks& locks = machine.schedule.locks();
  return !locks.is_held(kho::kKhoLock) && !locks.is_held(luo::v2::kPhaseLock);
}

userspace::Verb verb_of(const sim::Record& record) {
  return static_cast<userspace::Verb>(record.values[0]);
}

std::int64_t status_of(const sim::Record& record) {
  return static_cast<std::int64_t>(record.values[1]);
}

std::uint64_t pages_of_the_update(const Machine& machine) {
  const memory::OwnerTag others[] = {memory::kFree,
                                     kho::kFirmwareOwner.tag(),
                                     kho::kRootOwner.tag(),
                                     kho::kScratchListOwner.tag(),
                                     kernel::kKernelOwner.tag(),
                                     kernel::kScratchOwner.tag(),
                                     fd::kMemfdOwner.tag()};
  std::uint64_t pages = 0;
  for (const memory::Extent& extent : machine.memory.extents()) {
    if (std::find(std::begin(others), std::end(others), extent.owner) == std::end(others))
      pages += extent.count;
  }
  return pages;
}

}  // namespace luosim::guarantees
