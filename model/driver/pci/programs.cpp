// SPDX-License-Identifier: Apache-2.0
#include "model/driver/pci/programs.hpp"

#include "model/driver/pci/fault_sites.hpp"

namespace luosim::driver::pci {

std::span<const sim::Program* const> programs() {
  static constexpr const sim::Program* kPrograms[] = {
      &kEnumerateProgram, &kBindAllProgram,  &kBindProgram,    &kShutDownProgram,
      &kPortProbeProgram, &kNicProbeProgram, &kNicStopProgram, &kPrepareProgram,
      &kFreezeProgram,    &kCancelProgram,   &kFinishProgram};
  return kPrograms;
}

std::span<const FaultSite> fault_sites() {
  static constexpr FaultSite kSites[] = {kCountSite,      kRecordVersionSite, kClearBusMasterSite,
                                         kIncomingSite,   kRenumberSite,      kResetBridgeSite,
                                         kAcsSite,        kAriSite,           kMoveBarsSite,
                                         kUnbindBusySite, kBindClaimedSite};
  return kSites;
}

}  // namespace luosim::driver::pci
