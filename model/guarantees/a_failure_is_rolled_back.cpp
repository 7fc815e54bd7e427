// SPDX-License-Identifier: Apache-2.0
//
// A story in which nobody refuses says nothing about rollback. What is looked for is a cancel that
// follows a refusal in one and the same call, not one that somebody asked for.
#include "model/guarantees/all.hpp"
#include "model/guarantees/participants.hpp"
#include "model/kernel/record.hpp"
#include "model/luo/v2/record.hpp"
#include "model/userspace/record.hpp"

namespace luosim::guarantees {

namespace {

using luo::Callback;
using luo::v2::LuoRecord::callback;

constexpr sim::RecordKind kLooksAfter[] = {callback, userspace::UserRecord::call_returns,
                                           kernel::KernelRecord::boot_begins};

// Notes: by task, that somebody refused during its call.
void look(Look& look) {
  const std::uint64_t task = look.record.task.index;
  if (look.record.kind == kernel::KernelRecord::boot_begins) return look.notes.clear();
  if (look.record.kind != callback) return look.notes.erase(task);
  const CallbackSeen seen = callback_of(look);
  const bool could_refuse = seen.callback == Callback::prepare || seen.callback == Callback::freeze;
  if (could_refuse && seen.result < 0) look.notes.set(task, 1);
  if (seen.callback == Callback::cancel && look.notes.find(task))
    look.say("a failure was rolled back");
}

}  // namespace

const Guarantee kAFailureIsRolledBack{
    .id = "a-failure-is-rolled-back",
    .promise = "Some participant is cancelled because another one refused.",
    .rule = "Who was prepared before a failure is cancelled after it (luo-v2.md, section 5).",
    .family = "liveness",
    .kind = sim::ClaimKind::sometimes,
    .looks_after = kLooksAfter,
    .look = look};

}  // namespace luosim::guarantees
