// SPDX-License-Identifier: Apache-2.0
//
// Judged where the story ends, by trying calls on a copy of the world (model/world/recovery.cpp).
#include "model/guarantees/all.hpp"

namespace luosim::guarantees {

const Guarantee kCanGetBackToNormal{
    .id = "can-get-back-to-normal",
    .promise = "From every end of a story, calls alone lead back to a machine that can update.",
    .rule =
        "A failed update must not cost a reboot, which is what it was to avoid "
        "(luo-v2-bugs.md, B01 and B10).",
    .family = "liveness",
    .kind = sim::ClaimKind::eventually};

}  // namespace luosim::guarantees
