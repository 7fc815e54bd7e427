// SPDX-License-Identifier: Apache-2.0
//
// Every guarantee, each defined in the file of its name. A new one is a file and two lines: here
// and in all.cpp. The families `dma` and `no-lost-edge` have no claims yet: theirs are about
// devices and interrupts, and come with them.
#pragma once

#include "model/guarantees/machine.hpp"

namespace luosim::guarantees {

/// The machine as a whole.
extern const Guarantee kNoKernelPanics, kNoKernelOopses, kNoUndefinedBehaviour, kNoDeadlock,
    kCanGetBackToNormal;

/// The phase, and KHO behind it.
extern const Guarantee kPhaseAndKhoAgree, kFinalizedKhoHasItsMap, kThePhaseFollowsItsTable,
    kThePhaseIsReadAtRest;

/// What participants are told, and what is left of an update.
extern const Guarantee kEachPreparedIsSettledOnce, kNothingStaysPreparedInNormal,
    kCancelGivesEverythingBack, kFinishGivesEverythingBack, kPrepareStartsFromZero,
    kPreservingWorksUntilFrozen;

/// Files and tokens.
extern const Guarantee kFileReferencesBalance, kOneTokenAFile, kATokenGivesItsFileOnce,
    kAcknowledgedIsRetrievable, kContentsSurvive;

/// Memory.
extern const Guarantee kNoPagePreservedAndFree, kNoFreedPageHandedOver, kScratchIsDisjoint,
    kNothingIsReservedForNobody;

/// From one kernel to the next.
extern const Guarantee kOnlyAFrozenKernelHandsOver, kHandlersOutliveTheirFiles;

/// The interface.
extern const Guarantee kARefusedCallChangesNothing, kAnErrorMeansNotDone, kErrorsAreDocumented,
    kUnknownFlagsAreRefused, kSwitchedOffStaysOff;

/// Claims of the kind `sometimes`: a story in which they are not reached proves little.
extern const Guarantee kAnUpdateIsPrepared, kAFailureIsRolledBack, kAKernelTakesOver,
    kAFileComesBack, kAnUpdateIsFinished;

/// In the order in which they are listed and reported.
std::span<const Guarantee* const> all();

}  // namespace luosim::guarantees
