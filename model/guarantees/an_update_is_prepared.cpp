// SPDX-License-Identifier: Apache-2.0
//
// A story in which nothing is ever prepared says nothing about cancel, freeze and all that follows.
#include "model/guarantees/all.hpp"
#include "model/luo/v2/record.hpp"

namespace luosim::guarantees {

namespace {

constexpr sim::RecordKind kLooksAfter[] = {luo::v2::LuoRecord::phase_stored};

void look(Look& look) {
  if (look.record.values[1] == static_cast<std::uint64_t>(luo::v2::Phase::prepared))
    look.say("an update was prepared");
}

}  // namespace

const Guarantee kAnUpdateIsPrepared{
    .id = "an-update-is-prepared",
    .promise = "Some kernel enters prepared.",
    .rule = "Prepare is where an update begins (luo-v2.md, section 1).",
    .family = "liveness",
    .kind = sim::ClaimKind::sometimes,
    .looks_after = kLooksAfter,
    .look = look};

}  // namespace luosim::guarantees
