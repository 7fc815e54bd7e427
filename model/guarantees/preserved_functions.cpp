// SPDX-License-Identifier: Apache-2.0
#include "model/guarantees/preserved_functions.hpp"

#include "model/device/record.hpp"
#include "model/driver/record.hpp"
#include "model/kernel/record.hpp"

namespace luosim::guarantees {

namespace {

// Bits of a note.
constexpr std::uint64_t kOutgoing = 1;
constexpr std::uint64_t kHandedOver = 1U << 1;

std::uint64_t note_of(device::FunctionId function) {
  return kNotesOfPreserved | function.index;
}

void set_bits(sim::Notes& notes, device::FunctionId function, std::uint64_t bits) {
  if (bits != 0) {
    notes.set(note_of(function), bits);
  } else {
    notes.erase(note_of(function));
  }
}

void note_counts(Look& look) {
  const device::FunctionId function = function_of(look.record);
  set_bits(look.notes, function,
           (look.record.values[1] != 0 ? kOutgoing : 0) |
               (look.record.values[2] != 0 ? kHandedOver : 0));
}

// What was handed over to this kernel and is not preserved anew is of no interest to the next one.
void note_jump(Look& look) {
  for (const device::FunctionId function : preserved_functions(look.notes)) {
    const bool goes_on = (look.notes.value_of(note_of(function)) & kOutgoing) != 0;
    set_bits(look.notes, function, goes_on ? kHandedOver : 0);
  }
}

void end_hand_over(Look& look) {
  const device::FunctionId function = function_of(look.record);
  set_bits(look.notes, function, look.notes.value_of(note_of(function)) & kOutgoing);
}

}  // namespace

void note_preserved(Look& look) {
  const sim::RecordKind kind = look.record.kind;
  if (kind == driver::DriverRecord::pci_counted) return note_counts(look);
  if (kind == kernel::KernelRecord::kexec) return note_jump(look);
  if (kind == kernel::KernelRecord::power_cycle)
    return look.notes.erase_range(kNotesOfPreserved, kNotesOfPreserved << 1);
  // The kernel gives it up: what it does with it now is its business.
  const bool is_quiesced = look.record.values[2] != 0;
  if (kind == driver::DriverRecord::pci_unclaimed && is_quiesced) return end_hand_over(look);
  if (kind == device::DeviceRecord::presence_changed && look.record.values[1] == 0)
    look.notes.erase(note_of(function_of(look.record)));
}

bool is_preserved(const sim::Notes& notes, device::FunctionId function) {
  return notes.find(note_of(function)).has_value();
}

std::vector<device::FunctionId> preserved_functions(const sim::Notes& notes) {
  std::vector<device::FunctionId> functions;
  for (const sim::Notes::Note& note : notes.in_order()) {
    if (note.key >= kNotesOfPreserved && note.key < kNotesOfPreserved << 1)
      functions.push_back({static_cast<std::uint32_t>(note.key)});
  }
  return functions;
}

}  // namespace luosim::guarantees
