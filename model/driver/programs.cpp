// SPDX-License-Identifier: Apache-2.0
//
// The programs and fault sites of all parts of this layer, in the order in which a reader of
// `explain` wants them.
#include "model/driver/iommu/programs.hpp"

#include <vector>

#include "model/driver/irq/programs.hpp"
#include "model/driver/nvme/programs.hpp"
#include "model/driver/pci/fault_sites.hpp"
#include "model/driver/pci/programs.hpp"
#include "model/driver/state.hpp"

namespace luosim::driver {

std::span<const sim::Program* const> programs() {
  static const std::vector<const sim::Program*> kAll = [] {
    std::vector<const sim::Program*> all;
    for (const auto part : {pci::programs(), nvme::programs(), iommu::programs(), irq::programs()})
      all.insert(all.end(), part.begin(), part.end());
    return all;
  }();
  return kAll;
}

std::span<const sim::FaultSite> fault_sites() {
  static const std::vector<sim::FaultSite> kAll = [] {
    std::vector<sim::FaultSite> all;
    for (const auto part : {pci::fault_sites(), iommu::fault_sites(), irq::fault_sites()})
      all.insert(all.end(), part.begin(), part.end());
    return all;
  }();
  return kAll;
}

}  // namespace luosim::driver
