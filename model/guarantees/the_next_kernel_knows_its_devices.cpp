// SPDX-License-Identifier: Apache-2.0
//
// A device that was handed over and boots as an ordinary one is the worst case of all: it works on
// in memory of a guest that is to come back, and nothing keeps a driver, a new bus number or the
// allocator from it.
#include <fmt/format.h>

#include "model/guarantees/all.hpp"
#include "model/guarantees/devices.hpp"
#include "model/kernel/record.hpp"

namespace luosim::guarantees {

namespace {

constexpr sim::RecordKind kLooksAfter[] = {kernel::KernelRecord::kexec,
                                           kernel::KernelRecord::boot_done,
                                           kernel::KernelRecord::power_cycle};

// Notes: by function that is handed over, how often it had been pulled out.
void note_jump(Look& look) {
  look.notes.clear();
  for (const driver::pci::Device& device : look.view.drivers.pci.devices) {
    if (device.outgoing != 0 && !is_bridge(look.view, device.function))
      look.notes.set(device.function.index, look.view.devices.pcie[device.function].link_epoch);
  }
}

void look_at_function(Look& look, device::FunctionId function, std::uint64_t epoch) {
  const Machine& machine = look.view;
  const device::pcie::Function& own = machine.devices.pcie[function];
  // One that somebody has pulled out is nobody's.
  if (own.is_present == 0 || own.link_epoch != epoch) return;
  const driver::pci::Device* found = driver::pci::find(machine.drivers.pci, function);
  if (found != nullptr && found->incoming != 0) return;
  look.say(fmt::format("{} was handed over to kernel {}, which {}", name_of(machine, function),
                       machine.kernel.generation,
                       found == nullptr ? "has not found it" : "takes it for an ordinary device"));
}

void look(Look& look) {
  if (!has_devices(look.view)) return;
  if (look.record.kind == kernel::KernelRecord::kexec) return note_jump(look);
  if (look.record.kind == kernel::KernelRecord::boot_done) {
    for (const sim::Notes::Note& note : look.notes.in_order())
      look_at_function(look, {static_cast<std::uint32_t>(note.key)}, note.value);
  }
  look.notes.clear();
}

}  // namespace

const Guarantee kTheNextKernelKnowsItsDevices{
    .id = "the-next-kernel-knows-its-devices",
    .promise = "A device that is handed over is found by the next kernel, as one that was.",
    .rule =
        "An incoming kernel that cannot read the record boots the device as an ordinary one, while "
        "it works on (devices.md, C.4 and G.2, rows 24 and 31).",
    .family = "acknowledged-is-retrievable",
    .looks_after = kLooksAfter,
    .look = look};

}  // namespace luosim::guarantees
