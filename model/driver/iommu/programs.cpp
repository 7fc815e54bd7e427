// SPDX-License-Identifier: Apache-2.0
#include "model/driver/iommu/programs.hpp"

#include "model/driver/iommu/parts.hpp"

namespace luosim::driver::iommu {

std::span<const sim::Program* const> programs() {
  static constexpr const sim::Program* kPrograms[] = {&kStartProgram,   &kShutDownProgram,
                                                      &kPrepareProgram, &kFreezeProgram,
                                                      &kCancelProgram,  &kFinishProgram};
  return kPrograms;
}

std::span<const sim::FaultSite> fault_sites() {
  static constexpr sim::FaultSite kSites[] = {
      kForgetsPageSite,  kForgetsDomainSite, kForgetsDomainIdSite, kTreatsAsStaleSite,
      kForgetsFlushSite, kLeavesContextSite, kClearsPreservedSite};
  return kSites;
}

std::span<const kernel::PanicReason> panic_reasons() {
  static constexpr kernel::PanicReason kReasons[] = {kRecordDamaged, kRecordVersionUnknown,
                                                     kPagesMissing};
  return kReasons;
}

}  // namespace luosim::driver::iommu
