// SPDX-License-Identifier: Apache-2.0
//
// A kernel that jumps while it is frozen has acknowledged every preserved file: their tokens are
// due. A due token is looked after until its file is back, or a finish says that it is not wanted.
// An error that came out of the handler, or of something else that failed in the call itself,
// leaves the token due: the next one must not.
#include <fmt/format.h>

#include "model/guarantees/all.hpp"
#include "model/guarantees/calls.hpp"
#include "model/guarantees/outside_damage.hpp"
#include "model/guarantees/participants.hpp"
#include "model/guarantees/wording.hpp"
#include "model/kernel/record.hpp"
#include "model/luo/v2/record.hpp"
#include "model/userspace/record.hpp"

namespace luosim::guarantees {

namespace {

using luo::v2::Phase;
using luo::v2::LuoRecord::callback;
using luo::v2::LuoRecord::file_restored;
using luo::v2::LuoRecord::phase_stored;
using userspace::Verb;
using userspace::UserRecord::call_begins;
using userspace::UserRecord::call_returns;
namespace KernelRecord = kernel::KernelRecord;

constexpr sim::RecordKind kLooksAfter[] = {call_begins,
                                           call_returns,
                                           callback,
                                           file_restored,
                                           phase_stored,
                                           KernelRecord::kexec,
                                           KernelRecord::boot_begins,
                                           KernelRecord::boot_done,
                                           KernelRecord::power_cycle,
                                           sim::EngineRecord::fault_fired};

// Notes: by token, one that is due, and whether its file is back; by task, the token that its call
// restored.
constexpr std::uint64_t kIsDue = 1;
constexpr std::uint64_t kIsBack = 2;
constexpr std::uint64_t kRestored = 1ULL << 40;
constexpr std::uint64_t kPastRestored = 1ULL << 41;

// Marks of a call.
constexpr std::uint32_t kSomethingFailed = 1;  // its handler, or a fault of its own
constexpr std::uint32_t kContended = 2;        // another call asked for the same token

// Of those that the kernel before this one gave.
std::optional<std::uint64_t> token_of(const Machine& machine, sim::Symbol file) {
  for (const userspace::Disk::Token& note : machine.disk.tokens)
    if (note.file == file && note.generation + 1 == machine.kernel.generation) return note.token;
  return std::nullopt;
}

std::uint64_t tokens_due(const Look& look) {
  std::uint64_t due = 0;
  for (const sim::Notes::Note& note : look.notes.in_order())
    if (note.key < kPastTokens && note.value == kIsDue) ++due;
  return due;
}

void forget_tokens(Look& look) {
  look.notes.erase_range(0, kPastTokens);
}

// Of two calls for one token, one may be refused.
void find_contention(Look& look) {
  const auto made = call_of(look);
  if (made->verb != Verb::restore) return;
  for (const Call& other : calls_in_progress(look)) {
    if (other.task == made->task || other.verb != Verb::restore) continue;
    if (token_of(look.view, other.operand) != token_of(look.view, made->operand)) continue;
    mark_call(look, other.task, kContended);
    mark_call(look, made->task, kContended);
  }
}

void look_at_jump(Look& look) {
  const Machine& machine = look.view;
  const bool at_rest = is_at_rest(machine);
  const std::uint64_t due = tokens_due(look);
  if (machine.luo.phase == Phase::updated && at_rest && due > 0 && !was_damaged_outside(look)) {
    look.say(fmt::format("kernel {} jumps before {} that it took over had come back",
                         machine.kernel.generation, count_text(due, "file")));
  }
  forget_tokens(look);
  if (machine.luo.phase != Phase::frozen || !at_rest) return;
  for (const luo::v2::FileRecord& record : machine.luo.outgoing)
    look.notes.set(record.token, kIsDue);
}

void look_at_boot(Look& look) {
  const Machine& machine = look.view;
  const std::uint64_t due = tokens_due(look);
  if (due == 0 || machine.luo.phase == Phase::updated) return;
  forget_tokens(look);
  if (was_damaged_outside(look)) return;
  look.say(fmt::format(
      "kernel {} comes up in phase {} and has none of the {} that the kernel before "
      "it had acknowledged",
      machine.kernel.generation, luo::v2::word_of(machine.luo.phase), count_text(due, "file")));
}

void look_at_refusal(Look& look, const Call& call) {
  const bool is_killed = look.view.schedule.task(look.record.task).killed;
  const bool is_excused = (call.marks & (kSomethingFailed | kContended)) != 0 || is_killed ||
                          call.met.contain(Verb::preserve) || was_damaged_outside(look);
  if (is_excused) return;
  const auto token = token_of(look.view, call.operand);
  if (!token || look.notes.value_of(*token) != kIsDue) return;
  look.say(fmt::format("{}, token {}, was acknowledged and has not come back, but {} = {}",
                       look.view.names.text(call.operand), *token, text_of(look.view, call),
                       error_text(status_of(look.record))));
}

void look_after_return(Look& look) {
  const auto call = take_call(look);
  const std::uint64_t key = kRestored | look.record.task.index;
  const auto restored = look.notes.find(key);
  look.notes.erase(key);
  if (!call || call->verb != Verb::restore) return;
  if (status_of(look.record) < 0) return look_at_refusal(look, *call);
  if (restored && look.notes.find(*restored)) look.notes.set(*restored, kIsBack);
}

void look_at_callback(Look& look) {
  const CallbackSeen seen = callback_of(look);
  if (seen.callback == luo::Callback::retrieve && seen.result != 0)
    mark_call(look, look.record.task, kSomethingFailed);
}

void look(Look& look) {
  const sim::Record& record = look.record;
  if (record.kind == sim::EngineRecord::fault_fired) mark_call(look, record.task, kSomethingFailed);
  if (note_outside_damage(look)) return;
  if (note_call(look)) {
    if (record.kind == call_begins) return find_contention(look);
    look.notes.erase_range(kRestored, kPastRestored);
  } else if (record.kind == call_returns) {
    look_after_return(look);
  } else if (record.kind == callback) {
    look_at_callback(look);
  } else if (record.kind == file_restored) {
    look.notes.set(kRestored | record.task.index, record.values[0]);
  } else if (record.kind == KernelRecord::kexec) {
    look_at_jump(look);
  } else if (record.kind == KernelRecord::boot_done) {
    look_at_boot(look);
  } else {
    // A finish, whoever asked for it, or the power is gone.
    const bool leaves_updated = record.values[0] == static_cast<std::uint64_t>(Phase::updated);
    if (record.kind != phase_stored || leaves_updated) forget_tokens(look);
  }
}

// What is due can be had in phase updated only, and each jump notes anew what is.
void forget(const Machine& machine, sim::Notes& notes) {
  if (machine.luo.phase != Phase::updated) notes.erase_range(0, kPastRestored);
}

}  // namespace

const Guarantee kAcknowledgedIsRetrievable{
    .id = "acknowledged-is-retrievable",
    .promise = "What a frozen kernel handed over can be had in the next one, until it is finished.",
    .rule =
        "What was acknowledged is retrievable, or the reboot failed and nothing changed "
        "(luo-v2-bugs.md, B14, B18 and B25).",
    .family = "acknowledged-is-retrievable",
    .looks_after = kLooksAfter,
    .look = look,
    .note_keys = NoteKeys::by_token,
    .forget = forget};

}  // namespace luosim::guarantees
