// SPDX-License-Identifier: Apache-2.0
//
// Compares what the update has when it is over with what it had when it began. A participant that
// has no cancel callback keeps what it preserved, which is its own affair: where there is one, only
// LUO's tree and KHO's map are counted.
#include <fmt/format.h>

#include "model/guarantees/all.hpp"
#include "model/guarantees/calls.hpp"
#include "model/guarantees/participants.hpp"
#include "model/guarantees/wording.hpp"
#include "model/kernel/record.hpp"
#include "model/userspace/programs.hpp"
#include "model/userspace/record.hpp"

namespace luosim::guarantees {

namespace {

using userspace::Verb;

constexpr sim::RecordKind kLooksAfter[] = {userspace::UserRecord::call_begins,
                                           userspace::UserRecord::call_returns,
                                           kernel::KernelRecord::boot_begins};

// What may begin an update.
constexpr Verbs kBeginnings = verbs(Verb::prepare, Verb::kho_finalize, Verb::debugfs_finalize,
                                    Verb::reboot_kexec, Verb::reboot_without_image);

// The only note: pages when the update began.
constexpr std::uint64_t kPagesBefore = 0;

bool is_over(const Machine& machine) {
  return is_at_rest(machine) && machine.luo.phase == luo::v2::Phase::normal &&
         !machine.kho.finalized;
}

// What a participant still preserves, KHO still has to keep bitmaps for.
std::uint64_t pages_to_give_back(const Machine& machine) {
  if (everybody_has(machine, luo::Callback::cancel)) return pages_of_the_update(machine);
  return machine.memory.count_owned(luo::v2::kTreeOwner.tag()) +
         machine.memory.count_owned(kho::kChunkOwner.tag());
}

void compare(Look& look) {
  const Machine& machine = look.view;
  const auto before = look.notes.find(kPagesBefore);
  if (!before || !is_over(machine)) return;
  look.notes.clear();
  const std::uint64_t now = pages_to_give_back(machine);
  if (now == *before) return;
  const std::int64_t status = status_of(look.record);
  look.say(fmt::format("after {} = {} the update has {} {} than when it began",
                       userspace::word_of(verb_of(look.record)),
                       status < 0 ? error_text(status) : "0",
                       count_text(now > *before ? now - *before : *before - now, "page"),
                       now > *before ? "more" : "less"));
}

void look(Look& look) {
  if (look.record.kind == kernel::KernelRecord::boot_begins) return look.notes.clear();
  const Verb verb = verb_of(look.record);
  if (!kTransitions.contain(verb)) return;
  if (look.record.kind == userspace::UserRecord::call_returns) return compare(look);
  if (kBeginnings.contain(verb) && is_over(look.view))
    look.notes.set(kPagesBefore, pages_to_give_back(look.view));
}

}  // namespace

const Guarantee kCancelGivesEverythingBack{
    .id = "cancel-gives-everything-back",
    .promise =
        "After a cancel, or a prepare or freeze that failed, the update has no memory that it "
        "did not have before.",
    .rule =
        "Unpreserve is the inverse of preserve, from every partial state (luo-v2-bugs.md, B09).",
    .family = "inverse",
    .looks_after = kLooksAfter,
    .look = look};

}  // namespace luosim::guarantees
