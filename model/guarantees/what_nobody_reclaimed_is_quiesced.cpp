// SPDX-License-Identifier: Apache-2.0
//
// When an update is finished, its devices are either somebody's or harmless. One that was handed
// over and that no process took back works on for nobody, in memory that finish has given away.
#include <fmt/format.h>

#include "model/device/iommu/unit.hpp"
#include "model/guarantees/all.hpp"
#include "model/guarantees/devices.hpp"
#include "model/guarantees/wording.hpp"
#include "model/kernel/record.hpp"
#include "model/userspace/record.hpp"

namespace luosim::guarantees {

namespace {

using device::iommu::FaultReason;

constexpr sim::RecordKind kLooksAfter[] = {kernel::KernelRecord::kexec,
                                           kernel::KernelRecord::power_cycle,
                                           userspace::UserRecord::call_returns};

// Notes: by function, that it was handed over.
void note_jump(Look& look) {
  look.notes.clear();
  for (const driver::pci::Device& device : look.view.drivers.pci.devices) {
    if (device.outgoing != 0 && !is_bridge(look.view, device.function))
      look.notes.set(device.function.index, 1);
  }
}

bool is_somebodys(const Machine& machine, device::FunctionId function) {
  for (const fd::VfioDevice& device : machine.fd.vfio_devices)
    if (device.is_live != 0 && device.function == function) return true;
  return false;
}

bool reaches_memory(const Machine& machine, device::FunctionId function) {
  const device::pcie::Function& own = machine.devices.pcie[function];
  if (!device::pcie::is_up(own) || (own.command & device::pcie::kBusMaster) == 0) return false;
  const device::Bdf requester = device::pcie::requester_id(machine.devices.pcie, function);
  const FaultReason reason =
      device::iommu::walk(machine.devices.iommu, machine.memory, requester, {0}, false).reason;
  return reason != FaultReason::root_not_present && reason != FaultReason::context_not_present;
}

void look(Look& look) {
  const sim::Record& record = look.record;
  if (!has_devices(look.view)) return;
  if (record.kind == kernel::KernelRecord::kexec) return note_jump(look);
  if (record.kind == kernel::KernelRecord::power_cycle) return look.notes.clear();
  const bool is_finished = verb_of(record) == userspace::Verb::finish && status_of(record) >= 0 &&
                           look.view.luo.phase == luo::v2::Phase::normal;
  if (!is_finished) return;
  std::vector<std::string> left;
  for (const sim::Notes::Note& note : look.notes.in_order()) {
    const device::FunctionId function{static_cast<std::uint32_t>(note.key)};
    if (!is_somebodys(look.view, function) && reaches_memory(look.view, function))
      left.push_back(name_of(look.view, function));
  }
  look.notes.clear();
  if (left.empty()) return;
  look.say(fmt::format(
      "the update is finished, and nobody took back {}, which may still send and reach memory",
      listed(left)));
}

}  // namespace

const Guarantee kWhatNobodyReclaimedIsQuiesced{
    .id = "what-nobody-reclaimed-is-quiesced",
    .promise = "When an update is finished, a device that nobody took back reaches no memory.",
    .rule =
        "Finish resets devices that are not reclaimed, as the first series meant it to "
        "(devices.md, C.8, D.8 and G, row 106).",
    .family = "lifetimes",
    .looks_after = kLooksAfter,
    .look = look};

}  // namespace luosim::guarantees
