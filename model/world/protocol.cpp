// SPDX-License-Identifier: Apache-2.0
#include "model/world/protocol.hpp"

#include <algorithm>

#include "model/driver/knobs.hpp"
#include "model/kho/knobs.hpp"
#include "model/luo/v2/knobs.hpp"
#include "model/uapi/knobs.hpp"

namespace luosim::world {

namespace {

namespace v2 = luo::v2;

constexpr KnobRow kKnobs[] = {
    {&v2::kAbortKhoOnFailedFreeze, 0, 1, "B01, B03, B04"},
    {&v2::kCancelWhoIsPrepared, 0, 1, "B02"},
    {&kho::kHandOverOnlyIfFinalized, 0, 1, "B05"},
    {&kho::kAbortAsksFirst, 0, 1, "B06, B07"},
    {&kho::kAbortFinishesOnceBegun, 0, 1, "B08"},
    {&v2::kFailedPrepareFreesTree, 0, 1, "B09"},
    {&kho::kFailedFinalizeRemovesBlobs, 0, 1, "B10"},
    {&kho::kDebugfsFailureIsIgnored, 0, 1, "B11"},
    {&v2::kUnpreserveDropsReference, 0, 1, "B13"},
    {&v2::kFailedRetrieveCanBeRetried, 0, 1, "B14"},
    {&v2::kPositiveRetrieveFails, 0, 1, "B15"},
    {&v2::kFinishSkipsMissing, 0, 1, "B17"},
    {&v2::kReservedNamesAreRefused, 0, 1, "B19"},
    {&v2::kUnregisterChecksMembership, 0, 1, "B20"},
    {&v2::kHandlersInUseStay, 0, 1, "B21"},
    {&v2::kLiveupdateOffIsOff, 0, 1, "B22"},
    {&v2::kPreserveNeedsKho, 0, 1, "B23"},
    {&v2::kCheckNextImage, 0, 1, "B24, and kernels that speak otherwise"},
    {&v2::kRebootRefusesUnfinished, 0, 1, "B25"},
    {&kho::kAbortKeepsOthersPages, 0, 1, "B26"},
    {&v2::kPrepareStartsFromZero, 0, 1, "B28, B29"},
    {&v2::kFinishFreesIncoming, 0, 1, "B30"},
    {&v2::kRebootStopsPrepare, 0, 1, "I6"},
    {&v2::kRebootWaitsForKho, 0, 1, "I7"},
    {&uapi::kResultIsFaultedInFirst, 0, 1, "B31"},
    {&uapi::kFlagsAreChecked, 0, 1, "B32"},
    {&kho::kTreeErrorsBecomeErrnos, 0, 1, "B34"},
    {&v2::kOneTokenAFile, 0, 1, "B35"},
    {&v2::kCallbacksMayNotRegister, 0, 1, "B37"},
    {&v2::kClaimAtOnce, 0, 1, "I2"},
    {&v2::kReadPhaseUnderLock, 0, 1, "I4"},
    {&v2::kListIsPublishedLast, 0, 1, "I5"},
    {&v2::kMissingHandler, v2::kPanic, v2::kRefuse, "B18; a choice of design"},
    {&kho::kSnapshot, kho::kEarly, kho::kLate, "B27; a choice of design"},
    {&v2::kAfterFailedFreeze, 0, 0, "a choice of design"},
    {&v2::kRollbackOrder, 0, v2::kReverse, "a choice of design"},
    {&v2::kRestoredFiles, 0, v2::kHeld, "a choice of design"},
    {&v2::kFinishOrder, 0, v2::kReverse, "a choice of design"},
    {&driver::kPci, driver::kPciV6plus, driver::kPciV6plus, "a choice of design"},
    {&driver::kVfio, driver::kVfioPhase4, driver::kVfioPhase4, "a choice of design"},
    {&driver::kIommu, driver::kIommuPhase2, driver::kIommuPhase2, "a choice of design"},
    {&driver::kIrq, driver::kIrqSpurious, driver::kIrqSpurious, "a choice of design"},
    {&driver::kUnclaimed, driver::kUnclaimedLeftAlone, driver::kUnclaimedQuiesced,
     "a choice of design"},
    {&driver::kMemfd, driver::kMemfdV2, driver::kMemfdV2, "a choice of design"},
};

constexpr Protocol kProtocols[] = {
    {"luo-v2", "RFC v2 as posted in May 2025, with what it gets wrong", &KnobRow::posted},
    {"luo-v2-fixed", "RFC v2 with the smallest corrections that make every guarantee hold",
     &KnobRow::fixed},
};

}  // namespace

std::span<const KnobRow> knob_table() {
  return kKnobs;
}

const KnobRow* find_knob(std::string_view name) {
  const auto row = std::find_if(std::begin(kKnobs), std::end(kKnobs),
                                [&](const KnobRow& each) { return each.knob->name == name; });
  return row == std::end(kKnobs) ? nullptr : row;
}

std::span<const Protocol> protocols() {
  return kProtocols;
}

const Protocol* find_protocol(std::string_view name) {
  const auto protocol = std::find_if(std::begin(kProtocols), std::end(kProtocols),
                                     [&](const Protocol& each) { return each.name == name; });
  return protocol == std::end(kProtocols) ? nullptr : protocol;
}

sim::KnobValues knobs_of(const Protocol& protocol) {
  sim::KnobValues values;
  for (const KnobRow& row : kKnobs) values.set(*row.knob, row.*protocol.values);
  return values;
}

}  // namespace luosim::world
