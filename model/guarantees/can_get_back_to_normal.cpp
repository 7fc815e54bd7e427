// SPDX-License-Identifier: Apache-2.0
//
// Damage from outside may cost the machine its normal state; until then it is judged where the
// story ends, by trying calls on a copy of the world (model/world/recovery.cpp).
#include "model/guarantees/all.hpp"
#include "model/guarantees/outside_damage.hpp"

namespace luosim::guarantees {

namespace {

constexpr sim::RecordKind kLooksAfter[] = {sim::EngineRecord::fault_fired};

void look(Look& look) {
  note_outside_damage(look);
}

}  // namespace

const Guarantee kCanGetBackToNormal{
    .id = "can-get-back-to-normal",
    .promise = "From every end of a story, calls alone lead back to a machine that can update.",
    .rule =
        "A failed update must not cost a reboot, which is what it was to avoid "
        "(luo-v2-bugs.md, B01 and B10).",
    .family = "liveness",
    .kind = sim::ClaimKind::eventually,
    .looks_after = kLooksAfter,
    .look = look};

}  // namespace luosim::guarantees
