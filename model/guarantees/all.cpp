// SPDX-License-Identifier: Apache-2.0
#include "model/guarantees/all.hpp"

#include <algorithm>

namespace luosim::guarantees {

std::span<const Guarantee* const> all() {
  static constexpr const Guarantee* kAll[] = {
      &kNoKernelPanics,
      &kNoKernelOopses,
      &kNoUndefinedBehaviour,
      &kNoDeadlock,
      &kNoLivelock,
      &kEachCallReturns,
      &kCanGetBackToNormal,
      &kPhaseAndKhoAgree,
      &kFinalizedKhoHasItsMap,
      &kAFinalizedMapIsClosed,
      &kThePhaseFollowsItsTable,
      &kThePhaseIsReadAtRest,
      &kEachPreparedIsSettledOnce,
      &kNothingStaysPreparedInNormal,
      &kCancelGivesEverythingBack,
      &kFinishGivesEverythingBack,
      &kPrepareStartsFromZero,
      &kPreservingWorksUntilFrozen,
      &kWordsAreHandedOver,
      &kFileReferencesBalance,
      &kOneTokenAFile,
      &kATokenGivesItsFileOnce,
      &kAcknowledgedIsRetrievable,
      &kEachTokenIsSettled,
      &kARestoredFileLivesUntilFinish,
      &kContentsSurvive,
      &kNoPagePreservedAndFree,
      &kNoFreedPageHandedOver,
      &kScratchIsDisjoint,
      &kNothingIsReservedForNobody,
      &kHugePagesAreCountedOnce,
      &kAPageIsPreservedInOneSize,
      &kWhatIsPreservedIsInTheMap,
      &kOnlyAFrozenKernelHandsOver,
      &kHandlersOutliveTheirFiles,
      &kARefusedCallChangesNothing,
      &kAnErrorMeansNotDone,
      &kErrorsAreDocumented,
      &kUnknownFlagsAreRefused,
      &kSwitchedOffStaysOff,
      &kRegistrationFollowsThePhase,
      &kDmaStaysWithItsOwner,
      &kAPreservedFunctionIsNotRefused,
      &kAnUnpreservedFunctionIsSilent,
      &kMappedMemoryIsNotFreed,
      &kIommuTablesOutliveTheirUse,
      &kAPreservedDomainDoesNotChange,
      &kDomainIdsAreUnique,
      &kTranslationStaysOn,
      &kBusMasteringStaysOn,
      &kRequesterIdsStay,
      &kIsolationStays,
      &kOnlyPreservedDevicesTranslate,
      &kANewDomainMapsTheSame,
      &kAPreservedFunctionIsNotReset,
      &kBridgesCountWhatIsBelow,
      &kARestoredFileIsTheSameDevice,
      &kWhatNobodyReclaimedIsQuiesced,
      &kTheNextKernelKnowsItsDevices,
      &kAnAbortedUpdateLeavesDevicesAlone,
      &kAcknowledgedWritesSurvive,
      &kCompletionsComeOnce,
      &kNoInterruptIsLost,
      &kAnInterruptHasAnOwner,
      &kAnUpdateIsPrepared,
      &kAFailureIsRolledBack,
      &kAKernelTakesOver,
      &kAFileComesBack,
      &kAnUpdateIsFinished,
      &kDmaGoesOnThroughTheJump,
      &kAnInterruptWaits,
      &kADeviceComesBack,
  };
  return kAll;
}

std::uint32_t index_of(const Guarantee& guarantee) {
  const auto guarantees = all();
  const auto place = std::find(guarantees.begin(), guarantees.end(), &guarantee);
  return static_cast<std::uint32_t>(place - guarantees.begin());
}

}  // namespace luosim::guarantees
