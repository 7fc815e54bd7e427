// SPDX-License-Identifier: Apache-2.0
//
// The table is the one that `luosim explain phases` prints; it is the authority, and this holds the
// programs against it.
#include <algorithm>

#include <fmt/format.h>

#include "model/guarantees/all.hpp"
#include "model/luo/v2/record.hpp"

namespace luosim::guarantees {

namespace {

using luo::v2::Phase;

constexpr sim::RecordKind kLooksAfter[] = {luo::v2::LuoRecord::phase_stored};

void look(Look& look) {
  const auto before = static_cast<Phase>(look.record.values[0]);
  const auto after = static_cast<Phase>(look.record.values[1]);
  const auto edges = luo::v2::phase_edges();
  const bool is_edge = std::any_of(edges.begin(), edges.end(), [&](const luo::v2::PhaseEdge& edge) {
    return edge.from == before && edge.to == after;
  });
  if (is_edge) return;
  look.say(fmt::format("the phase went from {} to {}, which is no edge of its table",
                       luo::v2::word_of(before), luo::v2::word_of(after)));
}

}  // namespace

const Guarantee kThePhaseFollowsItsTable{
    .id = "the-phase-follows-its-table",
    .promise = "The phase changes only along the edges of its table.",
    .rule =
        "No edge leads from normal or updated to frozen, and none back from frozen to prepared "
        "(luo-v2.md, section 1).",
    .family = "interface",
    .looks_after = kLooksAfter,
    .look = look};

}  // namespace luosim::guarantees
