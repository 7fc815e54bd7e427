// SPDX-License-Identifier: Apache-2.0
//
// What a walk of the tables finds besides the address: what the cache has to know. Only the unit
// itself needs it; everybody else asks walk() or translate() of unit.hpp.
#pragma once

#include "model/device/iommu/unit.hpp"

namespace luosim::device::iommu {

struct Walk {
  Translation translation;
  std::uint8_t rights = kReadable | kWritable;  ///< that all levels grant
};

/// The context entry of a requester, or why there is none that could be used.
struct ContextLookup {
  FaultReason reason = FaultReason::none;
  TableEntry entry{};
};
ContextLookup look_up_context(const Unit& unit, const memory::PhysicalMemory& memory,
                              Bdf requester);

/// The rest of the walk, from a context entry on, as if translation were on. One that could not be
/// used gives its reason.
Walk walk_from_context(const ContextLookup& context, const memory::PhysicalMemory& memory,
                       Iova iova, bool is_write);

}  // namespace luosim::device::iommu
