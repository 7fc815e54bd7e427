// SPDX-License-Identifier: Apache-2.0
//
// Every guarantee, each defined in the file of its name. A new one is a file and two lines: here
// and in all.cpp.
#pragma once

#include "model/guarantees/machine.hpp"

namespace luosim::guarantees {

/// The machine as a whole.
extern const Guarantee kNoKernelPanics, kNoKernelOopses, kNoUndefinedBehaviour, kNoDeadlock,
    kNoLivelock, kEachCallReturns, kCanGetBackToNormal;

/// The phase, and KHO behind it.
extern const Guarantee kPhaseAndKhoAgree, kFinalizedKhoHasItsMap, kAFinalizedMapIsClosed,
    kThePhaseFollowsItsTable, kThePhaseIsReadAtRest;

/// What participants are told, and what is left of an update.
extern const Guarantee kEachPreparedIsSettledOnce, kNothingStaysPreparedInNormal,
    kCancelGivesEverythingBack, kFinishGivesEverythingBack, kPrepareStartsFromZero,
    kPreservingWorksUntilFrozen, kWordsAreHandedOver;

/// Files and tokens.
extern const Guarantee kFileReferencesBalance, kOneTokenAFile, kATokenGivesItsFileOnce,
    kAcknowledgedIsRetrievable, kEachTokenIsSettled, kARestoredFileLivesUntilFinish,
    kContentsSurvive;

/// Memory.
extern const Guarantee kNoPagePreservedAndFree, kNoFreedPageHandedOver, kScratchIsDisjoint,
    kNothingIsReservedForNobody, kHugePagesAreCountedOnce, kAPageIsPreservedInOneSize,
    kWhatIsPreservedIsInTheMap;

/// From one kernel to the next.
extern const Guarantee kOnlyAFrozenKernelHandsOver, kHandlersOutliveTheirFiles;

/// The interface.
extern const Guarantee kARefusedCallChangesNothing, kAnErrorMeansNotDone, kErrorsAreDocumented,
    kUnknownFlagsAreRefused, kSwitchedOffStaysOff, kRegistrationFollowsThePhase;

/// Devices: their access to memory, and what it goes by.
extern const Guarantee kDmaStaysWithItsOwner, kAPreservedFunctionIsNotRefused,
    kAnUnpreservedFunctionIsSilent, kMappedMemoryIsNotFreed, kIommuTablesOutliveTheirUse,
    kAPreservedDomainDoesNotChange, kDomainIdsAreUnique, kTranslationStaysOn, kBusMasteringStaysOn,
    kRequesterIdsStay, kIsolationStays, kOnlyPreservedDevicesTranslate, kANewDomainMapsTheSame;

/// Devices: their state, and who has them.
extern const Guarantee kAPreservedFunctionIsNotReset, kBridgesCountWhatIsBelow,
    kARestoredFileIsTheSameDevice, kWhatNobodyReclaimedIsQuiesced,
    kAnAbortedUpdateLeavesDevicesAlone, kTheNextKernelKnowsItsDevices;

/// Devices: what guests see of them.
extern const Guarantee kAcknowledgedWritesSurvive, kCompletionsComeOnce, kNoInterruptIsLost,
    kAnInterruptHasAnOwner;

/// Claims of the kind `sometimes`: a story in which they are not reached proves little.
extern const Guarantee kAnUpdateIsPrepared, kAFailureIsRolledBack, kAKernelTakesOver,
    kAFileComesBack, kAnUpdateIsFinished, kDmaGoesOnThroughTheJump, kAnInterruptWaits,
    kADeviceComesBack;

/// In the order in which they are listed and reported.
std::span<const Guarantee* const> all();

/// The place of one of them among all().
std::uint32_t index_of(const Guarantee& guarantee);

}  // namespace luosim::guarantees
