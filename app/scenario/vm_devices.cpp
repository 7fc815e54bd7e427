// SPDX-License-Identifier: Apache-2.0
#include "app/scenario/vm_devices.hpp"

#include <map>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "app/scenario/device_types.hpp"
#include "app/scenario/diagnostic.hpp"
#include "app/scenario/folios.hpp"
#include "app/scenario/units.hpp"
#include "model/userspace/guest_memory.hpp"

namespace luosim::app {
namespace {

using world::DeviceSpec;
using world::VmSpec;

constexpr std::string_view kHugetlb = "hugetlb";

class VmCheck {
 public:
  VmCheck(LoadContext& context, const Node& node, const world::Scenario& scenario)
      : context_(context), node_(node), vms_(scenario.vms) {
    for (const DeviceSpec& device : scenario.devices) {
      devices_.emplace(device.name, &device);
      for (std::uint16_t number = 0; number < device.virtual_functions; ++number) {
        devices_.emplace(fmt::format("{}{}{}", device.name, kVirtualFunctionSuffix, number),
                         &device);
      }
    }
  }

  void check() {
    for (std::size_t index = 0; index < vms_.size(); ++index) check_vm(index);
  }

  /// Huge pages that VMs are made of, with all copies.
  std::uint64_t huge_pages() const {
    std::uint64_t pages = 0;
    for (const VmSpec& vm : vms_)
      if (vm.backing == kHugetlb) pages += vm.memory_bytes / kHugePage * copies_of_vm(vm);
    return pages;
  }
  Place first_of_huge_pages() const {
    for (std::size_t index = 0; index < vms_.size(); ++index)
      if (vms_[index].backing == kHugetlb) return place_under(node_of(index), "backing");
    return node_.place;
  }

 private:
  const Node& node_of(std::size_t index) const { return node_.entries[index].value; }
  std::uint64_t copies_of_vm(const VmSpec& vm) const {
    const Group* group = context_.groups().find(NameTable::vms, vm.name);
    return group == nullptr ? 1 : group->copies;
  }
  const Group* group_of_device(std::string_view name) const {
    return context_.groups().find(NameTable::endpoints, name);
  }

  /// What a name in the file means; a copy is as its group. Null if it means nothing.
  const DeviceSpec* device_of(const std::string& name) const {
    const Group* group = context_.groups().group_of(NameTable::endpoints, name);
    const auto found = devices_.find(group == nullptr ? name : std::string(group->stem));
    return found == devices_.end() ? nullptr : found->second;
  }

  void check_vm(std::size_t index) {
    const VmSpec& vm = vms_[index];
    const std::size_t before = context_.reported();
    const std::uint64_t devices = count_devices(index);
    if (devices > kMostDevicesOfVm) {
      context_.report(place_under(node_of(index), "devices"),
                      fmt::format("{} has {} devices; at most {} are allowed", quoted(vm.name),
                                  devices, kMostDevicesOfVm));
    }
    if (context_.reported() != before) return context_.note_failure("vms");
    check_blocks(index);
    check_drivers(index);
  }

  /// How many one copy of the VM has.
  std::uint64_t count_devices(std::size_t index) {
    const VmSpec& vm = vms_[index];
    const std::uint64_t copies = copies_of_vm(vm);
    std::uint64_t count = 0;
    for (std::size_t item = 0; item < vm.devices.size(); ++item) {
      const Group* group = group_of_device(vm.devices[item]);
      const std::uint64_t devices = group == nullptr ? 1 : group->copies;
      count += devices / copies;
      if (devices % copies == 0) continue;
      const Node& list = find_entry(node_of(index), "devices")->value;
      context_.report(list.items[item].place,
                      fmt::format("{} cannot be given to {} copies of {} in equal parts: it is {}",
                                  quoted(vm.devices[item]), copies, quoted(vm.name), devices));
    }
    return count;
  }

  void check_blocks(std::size_t index) {
    const VmSpec& vm = vms_[index];
    const std::uint64_t bytes = vm.workload.blocks * vm.workload.block_bytes;
    for (const std::string& name : vm.devices) {
      const DeviceSpec* device = device_of(name);
      if (device == nullptr || device->type != DeviceSpec::Type::nvme) continue;
      if (bytes <= device->size_bytes) continue;
      context_.report(place_in_workload(index, "blocks"),
                      fmt::format("{} blocks of {} do not fit on {} ({})", vm.workload.blocks,
                                  format_size(vm.workload.block_bytes), quoted(name),
                                  format_size(device->size_bytes)));
    }
  }

  Place place_in_workload(std::size_t index, std::string_view key) const {
    const Node& vm = node_of(index);
    const Entry* workload = find_entry(vm, "workload");
    return workload == nullptr ? place_under(vm, "devices") : place_under(workload->value, key);
  }

  void check_drivers(std::size_t index) {
    const VmSpec& vm = vms_[index];
    const std::uint64_t bytes = driver_pages(vm) * kPage;
    if (bytes <= vm.memory_bytes / 2) return;
    context_.report(place_under(node_of(index), "memory"),
                    fmt::format("the drivers of {} need {}, more than half of its memory ({})",
                                quoted(vm.name), format_size(bytes), format_size(vm.memory_bytes)),
                    "a smaller queue_depth or block helps");
  }

  std::uint64_t driver_pages(const VmSpec& vm) const {
    using Kind = userspace::VmDevice::Kind;
    userspace::VmPlan plan;
    plan.workload.queue_depth = vm.workload.queue_depth;
    plan.workload.pages = static_cast<std::uint32_t>(vm.workload.block_bytes / kPage);
    plan.workload.blocks = vm.workload.blocks;
    for (const std::string& name : vm.devices) {
      const DeviceSpec* device = device_of(name);
      const Group* group = group_of_device(name);
      const std::uint64_t each = group == nullptr ? 1 : group->copies / copies_of_vm(vm);
      const bool is_card = device != nullptr && device->type == DeviceSpec::Type::nic;
      plan.devices.insert(plan.devices.end(), each, {.kind = is_card ? Kind::port : Kind::disk});
    }
    return userspace::driver_pages(plan);
  }

  LoadContext& context_;
  const Node& node_;
  const std::vector<VmSpec>& vms_;
  std::map<std::string, const DeviceSpec*> devices_;  // by name, also of virtual functions
};

}  // namespace

void check_vm_devices(LoadContext& context, const Node& root, const Node& vms,
                      const world::Scenario& scenario) {
  VmCheck check(context, vms, scenario);
  check.check();
  const std::uint64_t wanted = check.huge_pages();
  if (context.failed("host") || wanted <= scenario.host.hugepages) return;
  const Entry* host = find_entry(root, "host");
  const bool is_said = host != nullptr && find_entry(host->value, "hugepages") != nullptr;
  context.report(
      is_said ? place_under(host->value, "hugepages") : check.first_of_huge_pages(),
      fmt::format("VMs need {} huge pages, and the host has {}", wanted, scenario.host.hugepages),
      is_said ? "" : "as in 'host: { hugepages: 8192 }'");
}

}  // namespace luosim::app
