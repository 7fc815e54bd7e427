// SPDX-License-Identifier: Apache-2.0
//
// What keeps a device from harm must not keep it from its work: for a device that is preserved, or
// whose guest runs, a refused request is a command that fails or a controller that gives up. One
// that was switched off by its own driver does not send, and is not refused anything.
#include <fmt/format.h>

#include "model/device/record.hpp"
#include "model/driver/record.hpp"
#include "model/guarantees/all.hpp"
#include "model/guarantees/preserved_functions.hpp"
#include "model/kernel/record.hpp"

namespace luosim::guarantees {

namespace {

using device::DmaResult;

constexpr sim::RecordKind kLooksAfter[] = {device::DeviceRecord::dma,
                                           device::DeviceRecord::translation_fault,
                                           driver::DriverRecord::pci_counted,
                                           driver::DriverRecord::pci_unclaimed,
                                           device::DeviceRecord::presence_changed,
                                           kernel::KernelRecord::kexec,
                                           kernel::KernelRecord::power_cycle};

bool has_running_guest(const Machine& machine, device::FunctionId function) {
  const auto vm = vm_with(machine, function);
  return vm && *vm < machine.user.vms.size() &&
         machine.user.vms[*vm].state == userspace::Vm::State::running;
}

std::string_view why(const Look& look, device::FunctionId function) {
  if (is_preserved(look.notes, function)) return "is preserved";
  return has_running_guest(look.view, function) ? "has a guest that runs" : "";
}

void look_at_fault(Look& look) {
  const device::FunctionId function = function_of(look.record);
  const std::string_view reason = why(look, function);
  if (reason.empty()) return;
  look.say(fmt::format(
      "the IOMMU refuses an access of {} to {:#x} as {} with reason {:#x}, and the device {}",
      name_of(look.view, function), look.record.values[3],
      text_of(device::Bdf{static_cast<std::uint16_t>(look.record.values[1])}),
      look.record.values[2], reason));
}

void look_at_access(Look& look) {
  const DmaResult result = result_of(look.record);
  if (result != DmaResult::unsupported_request && result != DmaResult::no_memory) return;
  const device::FunctionId function = function_of(look.record);
  const std::string_view reason = why(look, function);
  if (reason.empty()) return;
  const std::string_view what =
      result == DmaResult::no_memory ? "there is no memory" : "no bridge forwards it";
  look.say(fmt::format("a request of {} to {:#x} is lost, for {}, and the device {}",
                       name_of(look.view, function), look.record.values[1], what, reason));
}

void look(Look& look) {
  if (look.record.kind == device::DeviceRecord::dma) return look_at_access(look);
  if (look.record.kind == device::DeviceRecord::translation_fault) return look_at_fault(look);
  if (has_devices(look.view)) note_preserved(look);
}

}  // namespace

const Guarantee kAPreservedFunctionIsNotRefused{
    .id = "a-preserved-function-is-not-refused",
    .promise = "A device that is preserved, or whose guest runs, reaches memory.",
    .rule =
        "Translation of a preserved device is the same from preserve to hotswap, and so are its "
        "number and its way (devices.md, G, invariants XLATE and ROUTE).",
    .family = "dma",
    .looks_after = kLooksAfter,
    .look = look};

}  // namespace luosim::guarantees
