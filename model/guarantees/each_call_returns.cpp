// SPDX-License-Identifier: Apache-2.0
//
// Judged by the locks of a world where a story ends, and in every state where every order is tried
// (model/world/hanging_calls.hpp). A deadlock is one way to hang; a lock that was left behind is
// another, of which nobody hears until somebody waits for it.
#include "model/guarantees/all.hpp"

namespace luosim::guarantees {

const Guarantee kEachCallReturns{
    .id = "each-call-returns",
    .promise = "Whoever waits in a call waits for somebody who can go on.",
    .rule =
        "Every path through a call gives up what it has locked, failures included "
        "(luo-v2.md, section 1).",
    .family = "liveness",
    .kind = sim::ClaimKind::eventually};

}  // namespace luosim::guarantees
