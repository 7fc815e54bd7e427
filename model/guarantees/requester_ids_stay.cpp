// SPDX-License-Identifier: Apache-2.0
//
// The number under which a device sends is what the IOMMU knows it by. It follows from the bus
// numbers in the bridges above, which a boot may write anew while requests are under way.
#include <fmt/format.h>

#include "model/guarantees/all.hpp"
#include "model/guarantees/devices.hpp"
#include "model/kernel/record.hpp"

namespace luosim::guarantees {

namespace {

constexpr sim::RecordKind kLooksAfter[] = {kernel::KernelRecord::kexec,
                                           kernel::KernelRecord::boot_done,
                                           kernel::KernelRecord::power_cycle};

// Notes: by function, its requester id at the jump, and how often it had been pulled out.
void note_jump(Look& look) {
  look.notes.clear();
  const device::pcie::Fabric& fabric = look.view.devices.pcie;
  for (const driver::pci::Device& device : look.view.drivers.pci.devices) {
    if (device.outgoing == 0 || is_bridge(look.view, device.function)) continue;
    const device::Bdf requester = device::pcie::requester_id(fabric, device.function);
    look.notes.set(device.function.index,
                   std::uint64_t{fabric[device.function].link_epoch} << 16 | requester.value);
  }
}

void look_at_function(Look& look, device::FunctionId function, std::uint64_t noted) {
  const Machine& machine = look.view;
  const device::pcie::Fabric& fabric = machine.devices.pcie;
  // One that somebody has pulled out sends nothing.
  if (fabric[function].is_present == 0 || fabric[function].link_epoch != noted >> 16) return;
  const device::Bdf before{static_cast<std::uint16_t>(noted)};
  const device::Bdf now = device::pcie::requester_id(fabric, function);
  const driver::pci::Device* found = driver::pci::find(machine.drivers.pci, function);
  if (now != before) {
    look.say(fmt::format("{} sends as {} now, and did as {} at the jump",
                         name_of(machine, function), text_of(now), text_of(before)));
  } else if (found != nullptr && found->bdf != before) {
    look.say(fmt::format("kernel {} knows {} as {}, but it sends as {}", machine.kernel.generation,
                         name_of(machine, function), text_of(found->bdf), text_of(before)));
  }
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

const Guarantee kRequesterIdsStay{
    .id = "requester-ids-stay",
    .promise =
        "A device that is handed over keeps its address, and the next kernel finds it there.",
    .rule =
        "With preserved devices all bridges keep their bus numbers and ARI (devices.md, C.5 and "
        "G.2, rows 28 and 31).",
    .family = "dma",
    .looks_after = kLooksAfter,
    .look = look};

}  // namespace luosim::guarantees
