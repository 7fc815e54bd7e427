// SPDX-License-Identifier: Apache-2.0
//
// With translation left on for what is preserved, everything else has to be cut off before the
// jump: an entry that stays lets its device reach memory that was the old kernel's.
#include <fmt/format.h>

#include "model/device/iommu/unit.hpp"
#include "model/guarantees/all.hpp"
#include "model/guarantees/devices.hpp"
#include "model/kernel/record.hpp"

namespace luosim::guarantees {

namespace {

using device::iommu::FaultReason;

constexpr sim::RecordKind kLooksAfter[] = {kernel::KernelRecord::kexec};

bool has_context(const Machine& machine, device::FunctionId function) {
  const device::Bdf requester = device::pcie::requester_id(machine.devices.pcie, function);
  const FaultReason reason =
      device::iommu::walk(machine.devices.iommu, machine.memory, requester, {0}, false).reason;
  return reason != FaultReason::root_not_present && reason != FaultReason::context_not_present;
}

void look(Look& look) {
  const Machine& machine = look.view;
  if (machine.devices.iommu.translates == 0) return;
  for (const driver::pci::Device& device : machine.drivers.pci.devices) {
    if (device.outgoing != 0 || is_bridge(machine, device.function)) continue;
    if (machine.devices.pcie[device.function].is_present == 0) continue;
    if (!has_context(machine, device.function)) continue;
    look.say(fmt::format("{} is not preserved, and the IOMMU translates for it over the jump",
                         name_of(machine, device.function)));
  }
}

}  // namespace

const Guarantee kOnlyPreservedDevicesTranslate{
    .id = "only-preserved-devices-translate",
    .promise = "At the jump the IOMMU translates for preserved devices and for no other.",
    .rule =
        "Shutdown clears the context entries of devices that are not preserved (devices.md, D.5 "
        "and G.3, row 52).",
    .family = "dma",
    .looks_after = kLooksAfter,
    .look = look};

}  // namespace luosim::guarantees
