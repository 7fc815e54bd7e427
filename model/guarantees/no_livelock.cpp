// SPDX-License-Identifier: Apache-2.0
//
// Seen only where every order is tried (docs/EXPLORATION.md): a cycle of states in which no call
// returns, nobody comes or goes and no device has anything to do (model/world/headway.hpp). A run
// that has come to its end has gone round in none.
#include "model/guarantees/all.hpp"

namespace luosim::guarantees {

const Guarantee kNoLivelock{
    .id = "no-livelock",
    .promise = "The kernel does not go round for ever without a call that returns.",
    .rule =
        "Callbacks run under the phase lock, so a loop that does not end stops everybody "
        "(luo-v2.md, section 5).",
    .family = "liveness",
    .kind = sim::ClaimKind::eventually};

}  // namespace luosim::guarantees
