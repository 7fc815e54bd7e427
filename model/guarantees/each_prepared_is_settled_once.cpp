// SPDX-License-Identifier: Apache-2.0
//
// Counts, for each participant, the prepares that nothing has settled yet: a cancel settles one,
// and so does the finish of the next kernel.
#include <fmt/format.h>

#include "model/guarantees/all.hpp"
#include "model/guarantees/outside_damage.hpp"
#include "model/guarantees/participants.hpp"
#include "model/kernel/record.hpp"
#include "model/luo/v2/record.hpp"
#include "model/userspace/record.hpp"

namespace luosim::guarantees {

namespace {

using luo::Callback;
using luo::v2::Phase;
using luo::v2::LuoRecord::callback;
using luo::v2::LuoRecord::phase_stored;

constexpr sim::RecordKind kLooksAfter[] = {callback,
                                           phase_stored,
                                           userspace::UserRecord::call_returns,
                                           kernel::KernelRecord::boot_done,
                                           kernel::KernelRecord::power_cycle,
                                           sim::EngineRecord::fault_fired};

void count(Look& look) {
  const CallbackSeen seen = callback_of(look);
  if (!has_callback(look.view, look.record, Callback::prepare)) return;
  const std::uint64_t open = look.notes.value_of(seen.participant);
  if (seen.callback == Callback::prepare && seen.result >= 0)
    look.notes.set(seen.participant, open + 1);
  if (seen.callback != Callback::cancel) return;
  if (open == 0) {
    look.say(fmt::format("{} is cancelled and was not prepared", name_of(look.view, seen)));
  } else {
    look.notes.set(seen.participant, open - 1);
  }
}

// Back in normal, nobody may be left over who has a cancel callback to be told with. A kernel that
// comes up in normal takes nothing over, so that whoever was prepared is left over from then on.
void find_left_over(Look& look) {
  const Machine& machine = look.view;
  if (machine.luo.phase != Phase::normal || !is_at_rest(machine)) return;
  // What was damaged on the way may not have been recognised; nobody is left to settle it.
  if (was_damaged_outside(look)) return look.notes.clear();
  std::string left_over;
  for (const sim::Notes::Note& note : look.notes.in_order()) {
    if (note.value == 0 || !has_callback(machine, note.key, Callback::cancel)) continue;
    left_over +=
        fmt::format("{}{}", left_over.empty() ? "" : ", ", participant_named(machine, note.key));
  }
  if (!left_over.empty())
    look.say(fmt::format("prepared, and neither cancelled nor finished: {}", left_over));
  look.notes.clear();
}

void look(Look& look) {
  if (note_outside_damage(look)) return;
  if (look.record.kind == callback) return count(look);
  if (look.record.kind == kernel::KernelRecord::power_cycle) return look.notes.clear();
  if (look.record.kind == phase_stored) {
    // What was handed over ends with the finish of the next kernel.
    const bool is_finish = look.record.values[0] == static_cast<std::uint64_t>(Phase::updated);
    if (is_finish) look.notes.clear();
    return;
  }
  find_left_over(look);
}

}  // namespace

const Guarantee kEachPreparedIsSettledOnce{
    .id = "each-prepared-is-settled-once",
    .promise = "Whoever was prepared gets exactly one cancel, or takes part until finish.",
    .rule = "Cancel is the inverse of prepare for each participant (luo-v2.md, section 5).",
    .family = "exactly-once",
    .looks_after = kLooksAfter,
    .look = look,
    .note_keys = NoteKeys::by_participant};

}  // namespace luosim::guarantees
