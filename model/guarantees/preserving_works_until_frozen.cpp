// SPDX-License-Identifier: Apache-2.0
//
// A participant notes that KHO refused it; the record of its callback, which follows, says who it
// is.
#include <fmt/format.h>

#include "model/fd/record.hpp"
#include "model/guarantees/all.hpp"
#include "model/guarantees/participants.hpp"
#include "model/kernel/errno.hpp"
#include "model/kernel/record.hpp"
#include "model/luo/v2/record.hpp"

namespace luosim::guarantees {

namespace {

using fd::ParticipantRecord::Note;
using luo::v2::LuoRecord::callback;

constexpr sim::RecordKind kLooksAfter[] = {fd::ParticipantRecord::note, callback,
                                           kernel::KernelRecord::boot_begins};

void look_at_callback(Look& look) {
  const std::uint64_t task = look.record.task.index;
  if (!look.notes.find(task)) return;
  look.notes.erase(task);
  const CallbackSeen seen = callback_of(look);
  look.say(fmt::format("{} may not preserve memory in {}: KHO is finalized and answers -EBUSY",
                       name_of(look.view, seen), luo::word_of(seen.callback)));
}

void look(Look& look) {
  const sim::Record& record = look.record;
  if (record.kind == kernel::KernelRecord::boot_begins) return look.notes.clear();
  if (record.kind == callback) return look_at_callback(look);
  const bool was_refused = record.values[0] == static_cast<std::uint64_t>(Note::preserve_failed) &&
                           status_of(record) == -kernel::kEBUSY;
  if (was_refused) look.notes.set(record.task.index, 1);
}

}  // namespace

const Guarantee kPreservingWorksUntilFrozen{
    .id = "preserving-works-until-frozen",
    .promise = "A participant can preserve memory in prepare and in freeze.",
    .rule = "Freeze is there to save what could change until then (luo-v2-bugs.md, B27).",
    .family = "snapshots",
    .looks_after = kLooksAfter,
    .look = look};

}  // namespace luosim::guarantees
