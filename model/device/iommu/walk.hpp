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

/// As walk() of unit.hpp, as if translation were on.
Walk walk_with_rights(const Unit& unit, const memory::PhysicalMemory& memory, Bdf requester,
                      Iova iova, bool is_write);

}  // namespace luosim::device::iommu
