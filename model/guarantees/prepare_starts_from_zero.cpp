// SPDX-License-Identifier: Apache-2.0
//
// The word of a participant is an address or a number of its own. One that is left over from an
// earlier update means nothing any more.
#include <fmt/format.h>

#include "model/guarantees/all.hpp"
#include "model/guarantees/participants.hpp"
#include "model/luo/v2/record.hpp"

namespace luosim::guarantees {

namespace {

constexpr sim::RecordKind kLooksAfter[] = {luo::v2::LuoRecord::callback};

void look(Look& look) {
  const CallbackSeen seen = callback_of(look);
  if (seen.callback != luo::Callback::prepare || seen.word_before == 0) return;
  look.say(fmt::format("prepare of {} begins with the word {:#x} of an earlier update",
                       name_of(look.view, seen), seen.word_before));
}

}  // namespace

const Guarantee kPrepareStartsFromZero{
    .id = "prepare-starts-from-zero",
    .promise = "Every prepare begins with a word of zero.",
    .rule = "Nothing of an earlier update reaches the next (luo-v2-bugs.md, B28 and B29).",
    .family = "abort-leaves-no-trace",
    .looks_after = kLooksAfter,
    .look = look};

}  // namespace luosim::guarantees
