// SPDX-License-Identifier: Apache-2.0
#include "model/guarantees/devices.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "model/driver/pci/subsystem.hpp"
#include "model/fd/guest_memfd.hpp"
#include "model/fd/hugetlb.hpp"
#include "model/fd/iommufd.hpp"
#include "model/fd/memfd.hpp"

namespace luosim::guarantees {

namespace {

struct OwnerWord {
  memory::OwnerName owner;
  std::string_view word;
  bool is_numbered = false;
};

constexpr OwnerWord kOwnerWords[] = {
    {kernel::kKernelOwner, "the kernel"},
    {kernel::kScratchOwner, "KHO's scratch"},
    {kho::kFirmwareOwner, "firmware"},
    {kho::kIncomingOwner, "what the kernel before handed over"},
    {luo::v2::kTreeOwner, "LUO's tree"},
    {fd::kMemfdOwner, "memfd", true},
    {fd::kHugetlbOwner, "hugetlb file", true},
    {fd::kGuestMemfdOwner, "guest_memfd", true},
    {fd::kAnonymousOwner, "the anonymous memory of iommufd", true},
    {driver::nvme::kQueueOwner, "the host's nvme queue of function", true},
    {driver::iommu::kRootOwner, "the IOMMU's root table"},
    {driver::iommu::kContextOwner, "the IOMMU's context table of bus", true},
    {driver::iommu::kTableOwner, "the page tables of domain", true},
    {driver::irq::kTableOwner, "the interrupt remapping table"},
    {driver::irq::kDescriptorOwner, "the posted-interrupt descriptor of VM", true},
};

}  // namespace

std::optional<std::uint32_t> vm_with(const Machine& machine, device::FunctionId function) {
  for (std::uint32_t vm = 0; vm < machine.cast.vms.size(); ++vm)
    for (const userspace::VmDevice& device : machine.cast.vms[vm].devices)
      if (device.function == function) return vm;
  return std::nullopt;
}

std::optional<std::uint32_t> vm_of(const Machine& machine, const sim::Record& record) {
  for (std::uint32_t vm = 0; vm < machine.cast.vms.size(); ++vm)
    if (machine.cast.vms[vm].name == record.subject) return vm;
  return std::nullopt;
}

std::optional<device::FunctionId> function_called(const Machine& machine, sim::Symbol name) {
  const auto& functions = machine.devices.pcie.functions;
  const auto found =
      std::find_if(functions.begin(), functions.end(),
                   [&](const device::pcie::Function& function) { return function.name == name; });
  if (name == sim::Symbol{} || found == functions.end()) return std::nullopt;
  return device::FunctionId{static_cast<std::uint32_t>(found - functions.begin())};
}

std::optional<device::FunctionId> function_with(const Machine& machine, device::Bdf requester) {
  const device::pcie::Fabric& fabric = machine.devices.pcie;
  for (std::uint32_t index = 0; index < fabric.functions.size(); ++index) {
    const device::FunctionId function{index};
    if (fabric[function].is_present == 0 || is_bridge(machine, function)) continue;
    if (device::pcie::requester_id(fabric, function) == requester) return function;
  }
  return std::nullopt;
}

std::string name_of(const Machine& machine, device::FunctionId function) {
  const std::string& name = machine.names.text(machine.devices.pcie[function].name);
  const auto vm = vm_with(machine, function);
  if (!vm) return name;
  return fmt::format("{} of {}", name, machine.names.text(machine.cast.vms[*vm].name));
}

std::string text_of(device::Bdf bdf) {
  return fmt::format("{:02x}:{:02x}.{}", bdf.bus(), bdf.devfn() >> 3, bdf.devfn() & 7);
}

std::string owner_text(memory::OwnerTag owner, std::uint32_t number) {
  if (owner == memory::kFree) return "nobody";
  if (owner == fd::kHugetlbOwner.tag() && number == fd::kInPool) return "the pool of huge pages";
  for (const OwnerWord& row : kOwnerWords) {
    if (row.owner.tag() != owner) continue;
    return row.is_numbered ? fmt::format("{} {}", row.word, number) : std::string(row.word);
  }
  return "somebody else";
}

}  // namespace luosim::guarantees
