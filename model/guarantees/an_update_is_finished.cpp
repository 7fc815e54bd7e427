// SPDX-License-Identifier: Apache-2.0
//
// A story that ends before finish says nothing about what an update leaves behind.
#include "model/guarantees/all.hpp"
#include "model/luo/v2/record.hpp"

namespace luosim::guarantees {

namespace {

using luo::v2::Phase;

constexpr sim::RecordKind kLooksAfter[] = {luo::v2::LuoRecord::phase_stored};

void look(Look& look) {
  if (look.record.values[0] == static_cast<std::uint64_t>(Phase::updated) &&
      look.record.values[1] == static_cast<std::uint64_t>(Phase::normal)) {
    look.say("an update was finished");
  }
}

}  // namespace

const Guarantee kAnUpdateIsFinished{
    .id = "an-update-is-finished",
    .promise = "Some update goes all the way to finish.",
    .rule = "Finish leads from updated to normal (luo-v2.md, section 1).",
    .family = "liveness",
    .kind = sim::ClaimKind::sometimes,
    .looks_after = kLooksAfter,
    .look = look};

}  // namespace luosim::guarantees
