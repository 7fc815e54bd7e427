// SPDX-License-Identifier: Apache-2.0
//
// From its preserve to its finish a device works on: no kernel resets it, no driver stops its
// controller, and it finds no reason to give up. What its own guest tells it, and what people do to
// it by hand, is theirs to do.
#include <fmt/format.h>

#include "model/device/record.hpp"
#include "model/driver/record.hpp"
#include "model/guarantees/all.hpp"
#include "model/guarantees/calls.hpp"
#include "model/guarantees/preserved_functions.hpp"
#include "model/kernel/record.hpp"
#include "model/userspace/record.hpp"

namespace luosim::guarantees {

namespace {

using device::nvme::ControllerState;
using device::pcie::ResetKind;
using userspace::Verb;
using namespace device::DeviceRecord;

constexpr sim::RecordKind kLooksAfter[] = {reset_begins,
                                           controller_state,
                                           presence_changed,
                                           driver::DriverRecord::pci_counted,
                                           driver::DriverRecord::pci_unclaimed,
                                           userspace::UserRecord::call_begins,
                                           kernel::KernelRecord::kexec,
                                           kernel::KernelRecord::boot_begins,
                                           kernel::KernelRecord::power_cycle};

bool is_asked_for(const Look& look, device::FunctionId function) {
  const auto call = call_of(look);
  if (!call) return false;
  if (call->verb == Verb::remove_device || call->verb == Verb::insert_device) return true;
  return call->verb == Verb::reset_device && call->operand == look.view.devices.pcie[function].name;
}

bool is_done_by_its_guest(const Look& look, device::FunctionId function) {
  const auto vm = vm_with(look.view, function);
  const auto& tasks = look.view.schedule.tasks();
  if (!vm || look.record.task.index >= tasks.size()) return false;
  const std::uint32_t guest =
      sim::kBackgroundGroup | userspace::process_of_vmm(look.view.cast, *vm);
  return look.view.schedule.task(look.record.task).group == guest;
}

std::string_view extent_of(std::uint64_t kind) {
  constexpr std::string_view kWords[] = {"by itself", "with all that is below a bridge",
                                         "as if its power had failed"};
  return kind < std::size(kWords) ? kWords[kind] : "";
}

void look_at_reset(Look& look) {
  const device::FunctionId function = function_of(look.record);
  if (!is_preserved(look.notes, function) || is_asked_for(look, function)) return;
  look.say(fmt::format("{} is preserved and is reset {}, during {}", name_of(look.view, function),
                       extent_of(look.record.values[1]), deed_of(look)));
}

// A reset ends in a state of its own, and has been seen.
void look_at_controller(Look& look) {
  const device::FunctionId function = function_of(look.record);
  const auto before = static_cast<ControllerState>(look.record.values[1]);
  const auto after = static_cast<ControllerState>(look.record.values[2]);
  if (before != ControllerState::ready || !is_preserved(look.notes, function) ||
      is_asked_for(look, function) || is_done_by_its_guest(look, function)) {
    return;
  }
  look.say(fmt::format("{} is preserved and its controller goes from {} to {}",
                       name_of(look.view, function), device::nvme::word_of(before),
                       device::nvme::word_of(after)));
}

// Virtual functions are part of the physical one, which is still there.
void look_at_presence(Look& look) {
  const device::FunctionId function = function_of(look.record);
  const device::pcie::Function& own = look.view.devices.pcie[function];
  const bool vanishes = look.record.values[1] == 0 && own.physical != device::kNoFunction &&
                        look.view.devices.pcie[own.physical].is_present != 0;
  if (!vanishes || !is_preserved(look.notes, function)) return;
  look.say(fmt::format("{} is preserved and vanishes with what {} has enabled",
                       name_of(look.view, function), name_of(look.view, own.physical)));
}

void look(Look& look) {
  if (!has_devices(look.view)) return;
  const sim::RecordKind kind = look.record.kind;
  if (kind == reset_begins) return look_at_reset(look);
  if (kind == controller_state) return look_at_controller(look);
  if (kind == presence_changed) look_at_presence(look);
  if (!note_call(look)) note_preserved(look);
}

}  // namespace

const Guarantee kAPreservedFunctionIsNotReset{
    .id = "a-preserved-function-is-not-reset",
    .promise = "No device is reset or stopped between its preserve and its finish.",
    .rule =
        "A device keeps its queues and what is under way over the jump (devices.md, 0.2, F.7 and "
        "G, rows 32, 37, 44 and 91).",
    .family = "lifetimes",
    .looks_after = kLooksAfter,
    .look = look};

}  // namespace luosim::guarantees
