// SPDX-License-Identifier: Apache-2.0
#include "model/guarantees/all.hpp"

namespace luosim::guarantees {

std::span<const Guarantee* const> all() {
  static constexpr const Guarantee* kAll[] = {
      &kNoKernelPanics,
      &kNoKernelOopses,
      &kNoUndefinedBehaviour,
      &kNoDeadlock,
      &kCanGetBackToNormal,
      &kPhaseAndKhoAgree,
      &kFinalizedKhoHasItsMap,
      &kThePhaseFollowsItsTable,
      &kThePhaseIsReadAtRest,
      &kEachPreparedIsSettledOnce,
      &kNothingStaysPreparedInNormal,
      &kCancelGivesEverythingBack,
      &kFinishGivesEverythingBack,
      &kPrepareStartsFromZero,
      &kPreservingWorksUntilFrozen,
      &kFileReferencesBalance,
      &kOneTokenAFile,
      &kATokenGivesItsFileOnce,
      &kAcknowledgedIsRetrievable,
      &kContentsSurvive,
      &kNoPagePreservedAndFree,
      &kNoFreedPageHandedOver,
      &kScratchIsDisjoint,
      &kNothingIsReservedForNobody,
      &kOnlyAFrozenKernelHandsOver,
      &kHandlersOutliveTheirFiles,
      &kARefusedCallChangesNothing,
      &kAnErrorMeansNotDone,
      &kErrorsAreDocumented,
      &kUnknownFlagsAreRefused,
      &kSwitchedOffStaysOff,
      &kAnUpdateIsPrepared,
      &kAFailureIsRolledBack,
      &kAKernelTakesOver,
      &kAFileComesBack,
      &kAnUpdateIsFinished,
  };
  return kAll;
}

}  // namespace luosim::guarantees
