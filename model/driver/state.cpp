// SPDX-License-Identifier: Apache-2.0
#include "model/driver/state.hpp"

namespace luosim::driver {

void State::add_to(sim::Hasher& hasher) const {
  pci.add_to(hasher);
  iommu.add_to(hasher);
  irq.add_to(hasher);
  hasher.add_sequence(disks);
}

}  // namespace luosim::driver
