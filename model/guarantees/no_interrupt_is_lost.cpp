// SPDX-License-Identifier: Apache-2.0
//
// An interrupt is an edge: one that nobody took is not repeated. It need not be delivered, for a
// VMM may make it good by one of its own; but when a guest finds completions only because a timeout
// made it look, then nobody did (devices.md, E.5 and E.6).
#include <algorithm>

#include <fmt/format.h>

#include "model/device/irq/message.hpp"
#include "model/device/record.hpp"
#include "model/fd/record.hpp"
#include "model/guarantees/all.hpp"
#include "model/guarantees/calls.hpp"
#include "model/guarantees/deeds_of_people.hpp"
#include "model/guarantees/wording.hpp"
#include "model/kernel/record.hpp"
#include "model/userspace/record.hpp"

namespace luosim::guarantees {

namespace {

using device::irq::InterruptFate;
using userspace::Verb;
using userspace::UserRecord::call_begins;
using userspace::UserRecord::io_late;

constexpr sim::RecordKind kLooksAfter[] = {device::DeviceRecord::interrupt_raised, io_late,
                                           call_begins, device::DeviceRecord::presence_changed,
                                           kernel::KernelRecord::kexec};

// Notes: by function, what became of the last interrupt that nobody was told of; by VM, that a
// script had its interrupts turned off.
constexpr std::uint64_t kLost = 1ULL << 40;
constexpr std::uint64_t kTurnedOff = 1ULL << 41;

bool is_gone(InterruptFate fate) {
  constexpr InterruptFate kGone[] = {InterruptFate::dropped, InterruptFate::blocked,
                                     InterruptFate::refused, InterruptFate::nobody_listens,
                                     InterruptFate::pin,     InterruptFate::astray};
  return std::find(std::begin(kGone), std::end(kGone), fate) != std::end(kGone);
}

void note_fate(Look& look) {
  const auto fate = static_cast<InterruptFate>(look.record.values[2]);
  if (!is_gone(fate)) return;
  look.notes.set(kLost | function_of(look.record).index,
                 look.record.values[2] << 32 | look.record.values[1]);
}

std::string reason_of(const Look& look) {
  const auto function = function_called(look.view, look.record.object);
  const auto lost = function ? look.notes.find(kLost | function->index) : std::nullopt;
  if (!lost) return "its interrupts came, and nobody told the guest";
  return fmt::format("of vector {} the last interrupt to be lost was {}", *lost & 0xFFFF'FFFF,
                     device::irq::word_of(static_cast<InterruptFate>(*lost >> 32)));
}

void look_at_timeout(Look& look) {
  const auto vm = vm_of(look.view, look.record);
  const bool is_excused = was_meddled_with(look) || !vm ||
                          !look.view.cast.vms[*vm].workload.waits_for_interrupts ||
                          look.notes.find(kTurnedOff | look.record.subject.index).has_value();
  if (is_excused) return;
  look.say(fmt::format("only a timeout tells {} of {} of {}; {}",
                       look.view.names.text(look.record.subject),
                       count_text(look.record.values[0], "completion"),
                       look.view.names.text(look.record.object), reason_of(look)));
}

void look(Look& look) {
  const sim::Record& record = look.record;
  if (record.kind == device::DeviceRecord::interrupt_raised) return note_fate(look);
  if (!has_devices(look.view)) return;
  // The VMM of the next kernel sets them up anew.
  if (record.kind == kernel::KernelRecord::kexec)
    return look.notes.erase_range(kTurnedOff, kTurnedOff << 1);
  if (record.kind == call_begins && verb_of(record) == Verb::interrupts_off)
    look.notes.set(kTurnedOff | record.object.index, 1);
  if (record.kind == io_late) return look_at_timeout(look);
  note_deed(look);
}

}  // namespace

const Guarantee kNoInterruptIsLost{
    .id = "no-interrupt-is-lost",
    .promise = "A guest learns of each completion before it has to look for it.",
    .rule =
        "No completion is left unconsumed without a wake-up that is pending (devices.md, E.6 and "
        "G, invariant IRQ-LIVE).",
    .family = "no-lost-edge",
    .looks_after = kLooksAfter,
    .look = look,
    .only_words = {kLost, kTurnedOff}};

}  // namespace luosim::guarantees
