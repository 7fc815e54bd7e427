// SPDX-License-Identifier: Apache-2.0
//
// Huge pages that come over join the pool when their file is restored. A kernel that sets as many
// aside as ever ends with more than the host was told to have.
#include <fmt/format.h>

#include "model/fd/record.hpp"
#include "model/guarantees/all.hpp"
#include "model/guarantees/wording.hpp"

namespace luosim::guarantees {

namespace {

constexpr sim::RecordKind kLooksAfter[] = {fd::ParticipantRecord::hugetlb_pool};

void look(Look& look) {
  const std::uint64_t asked = look.record.values[1];
  const std::uint64_t handed_over = look.record.values[2];
  const std::uint64_t got = look.record.values[3];
  if (got == 0 || got + handed_over <= asked) return;
  look.say(fmt::format(
      "kernel {} sets {} aside beside {} that were handed over, and was told to have {}",
      look.view.kernel.generation, count_text(got, "huge page"), handed_over, asked));
}

}  // namespace

const Guarantee kHugePagesAreCountedOnce{
    .id = "huge-pages-are-counted-once",
    .promise = "A kernel sets fewer huge pages aside by those that come over.",
    .rule =
        "Handed-over huge pages count towards the pool that boot sets aside (devices.md, B.7 and "
        "G.1, row 21).",
    .family = "inverse",
    .looks_after = kLooksAfter,
    .look = look};

}  // namespace luosim::guarantees
