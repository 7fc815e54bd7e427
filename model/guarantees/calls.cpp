// SPDX-License-Identifier: Apache-2.0
#include "model/guarantees/calls.hpp"

#include <fmt/format.h>

#include "model/kernel/record.hpp"
#include "model/userspace/footprint.hpp"
#include "model/userspace/programs.hpp"
#include "model/userspace/record.hpp"

namespace luosim::guarantees {

namespace {

using userspace::Verb;

static_assert(static_cast<unsigned>(Verb::sleep) < 64, "a set of verbs is 64 bits");

// A call has a block of notes: {verb, operand}, the verbs that it met, and marks.
constexpr std::uint64_t kNotesOfACall = 4;
constexpr std::uint64_t kPastCalls = kNotesOfCalls << 1;

std::uint64_t first_note(sim::TaskId task) {
  return kNotesOfCalls | task.index * kNotesOfACall;
}

void store(sim::Notes& notes, const Call& call) {
  notes.set(first_note(call.task),
            std::uint64_t{call.operand.index} << 32 | static_cast<std::uint64_t>(call.verb));
  notes.set(first_note(call.task) + 1, call.met.bits);
  notes.set(first_note(call.task) + 2, call.marks);
}

std::optional<Call> load(const sim::Notes& notes, sim::TaskId task) {
  const auto what = notes.find(first_note(task));
  if (!what) return std::nullopt;
  return Call{.task = task,
              .verb = static_cast<Verb>(*what & 0xFFFF'FFFF),
              .operand = {static_cast<std::uint32_t>(*what >> 32)},
              .met = {notes.value_of(first_note(task) + 1)},
              .marks = static_cast<std::uint32_t>(notes.value_of(first_note(task) + 2))};
}

void forget(sim::Notes& notes, sim::TaskId task) {
  notes.erase_range(first_note(task), first_note(task) + kNotesOfACall);
}

}  // namespace

bool note_call(Look& look) {
  if (look.record.kind == kernel::KernelRecord::boot_begins) {
    look.notes.erase_range(kNotesOfCalls, kPastCalls);
    return true;
  }
  if (look.record.kind != userspace::UserRecord::call_begins) return false;
  if (footprint_of(verb_of(look.record)) == userspace::Footprint::nothing) return true;
  Call made{.task = look.record.task, .verb = verb_of(look.record), .operand = look.record.object};
  forget(look.notes, made.task);
  for (Call& other : calls_in_progress(look)) {
    made.met.bits |= verbs(other.verb).bits;
    other.met.bits |= verbs(made.verb).bits;
    store(look.notes, other);
  }
  store(look.notes, made);
  return true;
}

std::optional<Call> call_of(const Look& look) {
  return load(look.notes, look.record.task);
}

std::optional<Call> take_call(Look& look) {
  const auto call = call_of(look);
  forget(look.notes, look.record.task);
  return call;
}

std::vector<Call> calls_in_progress(const Look& look) {
  std::vector<Call> calls;
  const std::vector<sim::Notes::Note>& notes = look.notes.in_order();
  // They have the highest keys but for those beyond.
  for (std::size_t index = notes.size(); index-- > 0 && notes[index].key >= kNotesOfCalls;) {
    const bool is_first = notes[index].key < kPastCalls && notes[index].key % kNotesOfACall == 0;
    if (!is_first) continue;
    const sim::TaskId task{
        static_cast<std::uint32_t>((notes[index].key & ~kNotesOfCalls) / kNotesOfACall)};
    calls.push_back(*load(look.notes, task));
  }
  return calls;
}

bool is_in_progress(const Look& look, Verbs verbs) {
  for (const Call& call : calls_in_progress(look))
    if (verbs.contain(call.verb)) return true;
  return false;
}

void mark_call(Look& look, sim::TaskId task, std::uint32_t marks) {
  auto call = load(look.notes, task);
  if (!call) return;
  call->marks |= marks;
  store(look.notes, *call);
}

std::string text_of(const Machine& machine, const Call& call) {
  const std::string& operand = machine.names.text(call.operand);
  const std::string_view verb = userspace::word_of(call.verb);
  return operand.empty() ? std::string(verb) : fmt::format("{} {}", verb, operand);
}

std::string deed_of(const Look& look) {
  const auto call = call_of(look);
  return call ? text_of(look.view, *call) : "the boot";
}

}  // namespace luosim::guarantees
