// SPDX-License-Identifier: Apache-2.0
//
// A token is spent by the call that returns with its file. A file that was installed by a call
// which then failed is not counted: its process was never told of it.
#include <fmt/format.h>

#include "model/guarantees/all.hpp"
#include "model/guarantees/participants.hpp"
#include "model/kernel/record.hpp"
#include "model/luo/v2/programs.hpp"
#include "model/luo/v2/record.hpp"
#include "model/userspace/record.hpp"

namespace luosim::guarantees {

namespace {

using luo::v2::LuoRecord::callback;
using luo::v2::LuoRecord::file_restored;

constexpr sim::RecordKind kLooksAfter[] = {kernel::KernelRecord::boot_begins, file_restored,
                                           userspace::UserRecord::call_returns, callback};

// Notes: by token, how often it gave its file; by task, the token that its call restored.
constexpr std::uint64_t kRestored = 1ULL << 40;

void look_after_return(Look& look) {
  const std::uint64_t key = kRestored | look.record.task.index;
  const auto token = look.notes.find(key);
  if (!token) return;
  look.notes.erase(key);
  if (status_of(look.record) < 0) return;
  const std::uint64_t times = look.notes.value_of(*token) + 1;
  look.notes.set(*token, times);
  if (times > 1) look.say(fmt::format("token {} gave its file {} times", *token, times));
}

// The token that a retrieve is for stands in the call of the restore program that asks for it.
std::optional<std::uint64_t> token_of_retrieve(const Look& look) {
  const sim::Frame& frame = look.view.schedule.frame_of(look.record.task);
  if (frame.program != luo::v2::kRestoreFile) return std::nullopt;
  return frame.values[0];
}

void look_at_callback(Look& look) {
  const CallbackSeen seen = callback_of(look);
  if (seen.callback != luo::Callback::retrieve) return;
  const auto token = token_of_retrieve(look);
  if (token && look.notes.value_of(*token) > 0) {
    look.say(fmt::format("{} is asked to retrieve token {}, which has given its file already",
                         name_of(look.view, seen), *token));
  }
}

void look(Look& look) {
  const sim::Record& record = look.record;
  if (record.kind == kernel::KernelRecord::boot_begins) return look.notes.clear();
  if (record.kind == file_restored)
    return look.notes.set(kRestored | record.task.index, record.values[0]);
  if (record.kind == callback) return look_at_callback(look);
  look_after_return(look);
}

// Only in phase updated can anything be restored.
void forget(const Machine& machine, sim::Notes& notes) {
  if (machine.luo.phase != luo::v2::Phase::updated) notes.clear();
}

}  // namespace

const Guarantee kATokenGivesItsFileOnce{
    .id = "a-token-gives-its-file-once",
    .promise = "However many ask for a token at the same time, one of them gets the file.",
    .rule = "Preserved memory is restored at most once (luo-v2-bugs.md, I2).",
    .family = "exactly-once",
    .looks_after = kLooksAfter,
    .look = look,
    .note_keys = NoteKeys::by_token,
    .forget = forget};

}  // namespace luosim::guarantees
