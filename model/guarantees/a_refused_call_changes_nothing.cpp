// SPDX-License-Identifier: Apache-2.0
//
// Measures the kernel when a call begins and when it has been refused. A call that got as far as a
// callback has done something that only its participants can take back, and is looked after by
// other guarantees; of two calls at the same time nobody can say which one changed what. What a
// call may change without doing anything is not measured: the next token, words of nobody, lists
// that are built when they are first needed.
#include <fmt/format.h>

#include "model/guarantees/all.hpp"
#include "model/guarantees/calls.hpp"
#include "model/guarantees/participants.hpp"
#include "model/guarantees/wording.hpp"
#include "model/kernel/record.hpp"
#include "model/kho/tracker.hpp"
#include "model/luo/v2/record.hpp"
#include "model/userspace/record.hpp"

namespace luosim::guarantees {

namespace {

using userspace::Verb;
using userspace::UserRecord::call_begins;
using userspace::UserRecord::call_returns;

constexpr sim::RecordKind kLooksAfter[] = {call_begins, call_returns, luo::v2::LuoRecord::callback,
                                           kernel::KernelRecord::boot_begins};

constexpr Verbs kRegistrations = verbs(Verb::register_subsystem, Verb::unregister_subsystem,
                                       Verb::register_handler, Verb::unregister_handler);
constexpr Verbs kJudged{kTransitions.bits | kFileCalls.bits | kRegistrations.bits};
// These leave the phase changed by design when they are refused: a reboot without an image stays
// frozen, and a freeze that fails falls back.
constexpr Verbs kMayChangeThePhase =
    verbs(Verb::freeze, Verb::reboot_kexec, Verb::reboot_without_image);

constexpr std::uint32_t kCalledBack = 1;  // a mark

template <class Part>
std::uint64_t hash_of(const std::vector<Part>& parts) {
  sim::Hasher hasher;
  hasher.add_sequence(parts);
  return hasher.finish().high;
}

std::uint64_t outgoing_records(const Machine& machine) {
  std::vector<std::uint64_t> parts;
  for (const luo::v2::FileRecord& record : machine.luo.outgoing)
    parts.insert(parts.end(), {record.token, record.handler, record.file.index});
  return hash_of(parts);
}

std::uint64_t restored_records(const Machine& machine) {
  std::vector<std::uint64_t> parts;
  for (const luo::v2::FileRecord& record : machine.luo.incoming) {
    if (record.reclaimed != 0) parts.insert(parts.end(), {record.token, record.file.index});
  }
  return hash_of(parts);
}

enum class Form : std::uint8_t { number, phase, hash };
// `whole` grows with the machine and is left to calls of which there are few.
enum class Effort : std::uint8_t { small, whole };

struct Quantity {
  std::string_view name;
  Form form;
  Effort effort;
  std::uint64_t (*measure)(const Machine& machine);
};

// clang-format off
constexpr Quantity kQuantities[] = {
    {"the phase", Form::phase, Effort::small,
     [](const Machine& machine) { return static_cast<std::uint64_t>(machine.luo.phase); }},
    {"KHO's finalized flag", Form::number, Effort::small,
     [](const Machine& machine) { return std::uint64_t{machine.kho.finalized}; }},
    {"the number of chunks of the serialized map", Form::number, Effort::small,
     [](const Machine& machine) { return std::uint64_t{machine.kho.chunks.size()}; }},
    {"the number of entries in debugfs", Form::number, Effort::small,
     [](const Machine& machine) { return std::uint64_t{machine.kho.blobs.size()}; }},
    {"the address of LUO's tree", Form::number, Effort::small,
     [](const Machine& machine) { return machine.luo.tree.value; }},
    {"the number of descriptors", Form::number, Effort::small,
     [](const Machine& machine) { return std::uint64_t{machine.kernel.files.descriptors().size()}; }},
    {"the number of preserved files", Form::number, Effort::small,
     [](const Machine& machine) { return std::uint64_t{machine.luo.outgoing.size()}; }},
    {"the number of preserved pages", Form::number, Effort::whole,
     [](const Machine& machine) {
       return kho::preserved_pages(machine.memory, machine.kho.tracker);
     }},
    {"the number of pages of the update", Form::number, Effort::whole, pages_of_the_update},
    {"the list of subsystems", Form::hash, Effort::whole,
     [](const Machine& machine) { return hash_of(machine.luo.subsystems); }},
    {"the list of handlers", Form::hash, Effort::whole,
     [](const Machine& machine) { return hash_of(machine.luo.handlers); }},
    {"the records of preserved files", Form::hash, Effort::whole, outgoing_records},
    {"what was restored", Form::hash, Effort::whole, restored_records},
};
// clang-format on

// The note of a quantity before a task's call.
std::uint64_t note_of(sim::TaskId task, std::size_t quantity) {
  return std::uint64_t{task.index} * std::size(kQuantities) + quantity;
}

bool is_measured(const Quantity& quantity, Verb verb) {
  return quantity.effort == Effort::small || !kFileCalls.contain(verb);
}

void measure(Look& look, Verb verb) {
  for (std::size_t index = 0; index < std::size(kQuantities); ++index) {
    if (is_measured(kQuantities[index], verb))
      look.notes.set(note_of(look.record.task, index), kQuantities[index].measure(look.view));
  }
}

std::string text_of_value(Form form, std::uint64_t value) {
  if (form == Form::phase) return std::string(luo::v2::word_of(static_cast<luo::v2::Phase>(value)));
  return std::to_string(value);
}

std::string changes(const Look& look, Verb verb) {
  std::vector<std::string> found;
  for (std::size_t index = 0; index < std::size(kQuantities); ++index) {
    const Quantity& quantity = kQuantities[index];
    if (!is_measured(quantity, verb)) continue;
    const std::uint64_t before = look.notes.value_of(note_of(look.record.task, index));
    const std::uint64_t now = quantity.measure(look.view);
    if (now == before) continue;
    found.push_back(quantity.form == Form::hash
                        ? fmt::format("{} changed", quantity.name)
                        : fmt::format("{} went from {} to {}", quantity.name,
                                      text_of_value(quantity.form, before),
                                      text_of_value(quantity.form, now)));
  }
  return listed(found);
}

bool has_changed_the_phase(const Look& look) {
  return look.notes.value_of(note_of(look.record.task, 0)) != kQuantities[0].measure(look.view);
}

void look_after_return(Look& look) {
  const auto call = take_call(look);
  if (!call || status_of(look.record) >= 0 || !kJudged.contain(call->verb)) return;
  if ((call->marks & kCalledBack) != 0 || (call->met.bits & kJudged.bits) != 0) return;
  if (kMayChangeThePhase.contain(call->verb) && has_changed_the_phase(look)) return;
  const std::string what = changes(look, call->verb);
  if (what.empty()) return;
  look.say(fmt::format("{} = {}, but {}", text_of(look.view, *call),
                       error_text(status_of(look.record)), what));
}

void look(Look& look) {
  if (note_call(look)) {
    const bool is_judged = look.record.kind == call_begins && kJudged.contain(verb_of(look.record));
    if (is_judged) measure(look, verb_of(look.record));
  } else if (look.record.kind == call_returns) {
    look_after_return(look);
    look.notes.erase_range(note_of(look.record.task, 0),
                           note_of(look.record.task, std::size(kQuantities)));
  } else if (callback_of(look).callback != luo::Callback::can_preserve) {
    mark_call(look, look.record.task, kCalledBack);
  }
}

// What was measured is read when the call returns, and one that rebooted the machine never does.
void forget(const Machine&, sim::Notes& notes) {
  notes.erase_range(0, kNotesOfCalls);
}

}  // namespace

const Guarantee kARefusedCallChangesNothing{
    .id = "a-refused-call-changes-nothing",
    .promise =
        "A call that answers with an error before anybody was called back leaves everything "
        "as it was.",
    .rule = "An error means that nothing happened (luo-v2-bugs.md, B06, B26 and B31).",
    .family = "abort-leaves-no-trace",
    .looks_after = kLooksAfter,
    .look = look,
    .forget = forget};

}  // namespace luosim::guarantees
