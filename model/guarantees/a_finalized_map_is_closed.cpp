// SPDX-License-Identifier: Apache-2.0
//
// Only a freeze, for what could change until then, and an abort, for what clients take back, open
// the map while KHO is finalized, and both hold KHO's lock as long as it is open.
#include <fmt/format.h>

#include "model/guarantees/all.hpp"
#include "model/userspace/programs.hpp"
#include "model/userspace/record.hpp"

namespace luosim::guarantees {

namespace {

constexpr sim::RecordKind kLooksAfter[] = {userspace::UserRecord::call_returns};

void look(Look& look) {
  const Machine& machine = look.view;
  if (!machine.kho.finalized || !machine.kho.open || !is_at_rest(machine)) return;
  look.say(
      fmt::format("after {} KHO is finalized in phase {}, and memory can be preserved and "
                  "unpreserved all the same",
                  userspace::word_of(verb_of(look.record)), luo::v2::word_of(machine.luo.phase)));
}

}  // namespace

const Guarantee kAFinalizedMapIsClosed{
    .id = "a-finalized-map-is-closed",
    .promise =
        "While KHO is finalized, memory is preserved and unpreserved by freeze and abort alone.",
    .rule = "kho_preserve and kho_unpreserve are -EBUSY once finalized (luo-v2.md, section 6).",
    .family = "snapshots",
    .looks_after = kLooksAfter,
    .look = look};

}  // namespace luosim::guarantees
