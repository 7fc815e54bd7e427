// SPDX-License-Identifier: Apache-2.0
//
// What comes back under a token must hold what the file of that token held at the jump. Which file
// that was is noted at the jump: a process that asks for a token which was never that file's gets
// something else, and rightly. What is damaged on the way from outside says nothing of the
// protocol, which has no checksums.
#include <algorithm>

#include <fmt/format.h>

#include "model/fd/record.hpp"
#include "model/guarantees/all.hpp"
#include "model/guarantees/outside_damage.hpp"
#include "model/guarantees/participants.hpp"
#include "model/kernel/record.hpp"
#include "model/luo/v2/record.hpp"
#include "model/userspace/observed_files.hpp"
#include "model/userspace/record.hpp"

namespace luosim::guarantees {

namespace {

using fd::ParticipantRecord::Note;
using luo::v2::Phase;
using luo::v2::LuoRecord::callback;
using luo::v2::LuoRecord::file_restored;

constexpr sim::RecordKind kLooksAfter[] = {
    kernel::KernelRecord::kexec, file_restored, userspace::UserRecord::contents_lost,
    fd::ParticipantRecord::note, callback,      sim::EngineRecord::fault_fired};

// Notes: by token, the name of its file at the jump; by task, the token that it restored last, and
// whether the participant that it calls missed the tag of its page.
constexpr std::uint64_t kRestored = 1ULL << 40;
constexpr std::uint64_t kTagMissed = 1ULL << 41;
constexpr std::uint64_t kPastTasks = 1ULL << 42;

void note_files(Look& look) {
  look.notes.clear();
  const Machine& machine = look.view;
  const auto observed =
      userspace::observed_files(machine.kernel.files, machine.user.holdings, machine.luo.outgoing);
  for (const luo::v2::FileRecord& record : machine.luo.outgoing) {
    const sim::Symbol name = machine.kernel.files[record.file].name;
    const auto of_that_name = std::lower_bound(
        observed.begin(), observed.end(), name,
        [](const userspace::ObservedFile& each, sim::Symbol wanted) { return each.name < wanted; });
    if (of_that_name != observed.end() && of_that_name->id == record.file)
      look.notes.set(record.token, name.index);
  }
}

void look_at_lost_contents(Look& look) {
  const auto token = look.notes.find(kRestored | look.record.task.index);
  if (!token || look.notes.find(*token) != look.record.object.index) return;
  look.say(fmt::format("{} came back under token {} with other contents than at the jump",
                       look.view.names.text(look.record.object), *token));
}

void note_tag(Look& look) {
  const sim::Record& record = look.record;
  if (record.values[0] != static_cast<std::uint64_t>(Note::page_checked)) return;
  if (record.values[1] == 0) look.notes.set(kTagMissed | record.task.index, 1);
}

void look_at_callback(Look& look) {
  const std::uint64_t key = kTagMissed | look.record.task.index;
  if (!look.notes.find(key)) return;
  look.notes.erase(key);
  const CallbackSeen seen = callback_of(look);
  look.say(fmt::format("the page at {:#x} that {} had preserved has lost its contents by {}",
                       seen.word_before, name_of(look.view, seen), luo::word_of(seen.callback)));
}

void look(Look& look) {
  if (note_outside_damage(look)) return;
  const sim::Record& record = look.record;
  if (record.kind == kernel::KernelRecord::kexec) return note_files(look);
  if (record.kind == file_restored)
    return look.notes.set(kRestored | record.task.index, record.values[0]);
  if (was_damaged_outside(look)) return;
  if (record.kind == userspace::UserRecord::contents_lost) return look_at_lost_contents(look);
  if (record.kind == callback) return look_at_callback(look);
  note_tag(look);
}

// Only in phase updated does anything come back, and it is compared before its call returns.
void forget(const Machine& machine, sim::Notes& notes) {
  notes.erase_range(machine.luo.phase == Phase::updated ? kRestored : 0, kPastTasks);
}

}  // namespace

const Guarantee kContentsSurvive{
    .id = "contents-survive",
    .promise = "What comes back holds what it held at the jump.",
    .rule =
        "A preserved page is neither given to somebody else nor overwritten (luo-v2-bugs.md, "
        "B03 and B04).",
    .family = "snapshots",
    .looks_after = kLooksAfter,
    .look = look,
    .note_keys = NoteKeys::by_token_named,
    .forget = forget};

}  // namespace luosim::guarantees
