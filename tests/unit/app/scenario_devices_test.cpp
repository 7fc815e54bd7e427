// SPDX-License-Identifier: Apache-2.0
//
// Devices in a scenario: what the keys set, what names they bring, who gets which, and in which
// order they come. What is refused, with its messages, is in scenarios/negative.
#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "app/scenario/bus_address.hpp"
#include "app/scenario/loader.hpp"

namespace luosim::app {
namespace {

using world::DeviceSpec;
using world::Scenario;
using world::WorkloadSpec;
using Names = std::vector<std::string>;

constexpr std::string_view kHeader = "luosim: 1\ntitle: t\n";

Scenario load(const std::string& rest) {
  const std::string text = std::string(kHeader) + rest;
  LoadResult result = load_scenario(text, "a.yaml");
  EXPECT_EQ(render(result.diagnostics, text), "");
  return result.scenario.value_or(Scenario{});
}

/// Messages of a file that goes on with `rest` in line 3.
std::string messages_of(const std::string& rest) {
  std::string text;
  for (const Diagnostic& each : load_scenario(std::string(kHeader) + rest, "a.yaml").diagnostics)
    text += std::to_string(each.line) + ": " + each.message + "\n";
  return text;
}

template <class Spec>
Names names_of(const std::vector<Spec>& specs) {
  Names names;
  for (const Spec& spec : specs) names.push_back(spec.name);
  return names;
}

Names handlers_of(const Scenario& scenario) {
  Names names;
  for (const auto& handler : scenario.handlers)
    names.push_back(handler.compatible + "=" + handler.accepts);
  return names;
}

TEST(BusAddress, is_read_with_and_without_its_domain) {
  EXPECT_EQ(parse_bus_address("0000:41:00.0"), 0x4100);
  EXPECT_EQ(parse_bus_address("41:00.0"), 0x4100);
  EXPECT_EQ(parse_bus_address("ff:1f.7"), 0xFFFF);
  EXPECT_EQ(parse_bus_address("0A:02.3"), 0x0A13);
  EXPECT_EQ(format_bus_address(0x0A13), "0a:02.3");
}

TEST(BusAddress, is_refused_if_a_digit_is_missing_or_too_many) {
  for (const char* text : {"", "41", "41:00", "41:00.", "41:00.8", "41:20.0", "1:00.0", "41:0.0",
                           "0001:41:00.0", "00:41:00.0", "0000:41:00.0 ", "41:00.00", "4g:00.0",
                           "+1:00.0", "-1:00.0", "0000:", ":::."}) {
    EXPECT_EQ(parse_bus_address(text), std::nullopt) << text;
  }
}

TEST(ScenarioDevices, keys_of_a_device_set_what_they_say) {
  const Scenario scenario = load(
      "devices:\n"
      "  p: { type: root-port, bdf: \"00:03.1\" }\n"
      "  d: { type: nvme, behind: p, bdf: \"0000:41:02.3\", driver: none, size: 2MiB,\n"
      "       write_cache: false, stalls: true, remembers_interrupts: true, virtual_functions: 3 "
      "}\n"
      "  n: { type: nic, behind: p, frame_every: 5us }\n");
  ASSERT_EQ(names_of(scenario.devices), (Names{"p", "d", "n"}));
  const DeviceSpec& disk = scenario.devices[1];
  EXPECT_EQ(scenario.devices[0].type, DeviceSpec::Type::root_port);
  EXPECT_EQ(scenario.devices[0].bdf, 0x0019);
  EXPECT_EQ(disk.type, DeviceSpec::Type::nvme);
  EXPECT_EQ(disk.behind, "p");
  EXPECT_EQ(disk.bdf, 0x4113);
  EXPECT_EQ(disk.driver, "none");
  EXPECT_EQ(disk.size_bytes, 2ULL << 20);
  EXPECT_FALSE(disk.write_cache);
  EXPECT_TRUE(disk.stalls);
  EXPECT_TRUE(disk.remembers_interrupts);
  EXPECT_EQ(disk.virtual_functions, 3);
  EXPECT_EQ(scenario.devices[2].type, DeviceSpec::Type::nic);
  EXPECT_EQ(scenario.devices[2].frame_every.ns, 5'000);
}

TEST(ScenarioDevices, keys_of_a_vm_set_what_they_say) {
  const Scenario scenario = load(
      "host: { hugepages: 600 }\n"
      "devices: { d: { type: nvme }, e: { type: nic } }\n"
      "vms:\n"
      "  a: { devices: [e, d], backing: hugetlb, injects_interrupts: false, seals: false,\n"
      "       workload: { kind: database, queue_depth: 7, block: 8KiB, blocks: 9,\n"
      "                   read_percent: 10, interrupts: false, timeout: 4s } }\n"
      "  b: { backing: guest_memfd, workload: idle }\n");
  EXPECT_EQ(scenario.host.hugepages, 600U);
  const world::VmSpec& vm = scenario.vms.at(0);
  EXPECT_EQ(vm.devices, (Names{"e", "d"}));
  EXPECT_EQ(vm.backing, "hugetlb");
  EXPECT_FALSE(vm.injects_interrupts);
  EXPECT_FALSE(vm.seals);
  EXPECT_EQ(vm.workload.kind, WorkloadSpec::Kind::database);
  EXPECT_EQ(vm.workload.queue_depth, 7U);
  EXPECT_EQ(vm.workload.block_bytes, 8192U);
  EXPECT_EQ(vm.workload.blocks, 9U);
  EXPECT_EQ(vm.workload.read_percent, 10U);
  EXPECT_FALSE(vm.workload.waits_for_interrupts);
  EXPECT_EQ(vm.workload.timeout, sim::seconds(4));
  EXPECT_EQ(scenario.vms.at(1).workload.kind, WorkloadSpec::Kind::idle);
  EXPECT_EQ(scenario.vms.at(1).folio_bytes, 4096U) << "guest_memfd has pages only";
}

TEST(ScenarioDevices, ports_come_before_what_is_behind_them) {
  const Scenario scenario = load(
      "devices:\n"
      "  d: { type: nvme, behind: down }\n"
      "  down: { type: switch-downstream, behind: up }\n"
      "  other: { type: root-port }\n"
      "  up: { type: switch-upstream, behind: root }\n"
      "  root: { type: root-port }\n");
  EXPECT_EQ(names_of(scenario.devices), (Names{"root", "up", "down", "d", "other"}));
}

TEST(ScenarioDevices, a_vm_with_devices_has_their_files_and_two_more) {
  const Scenario scenario = load(
      "devices: { d: { type: nvme, virtual_functions: 2 } }\n"
      "vms: { vm: { devices: [d.vf1] }, plain: {} }\n"
      "agent: [ { preserve: [vm.memory, vm.iommu, vm.kvm, d.vf1, plain.memory] } ]\n");
  EXPECT_EQ(scenario.actors.at(0).script.at(0).arguments.size(), 5U);
  EXPECT_EQ(messages_of("devices: { d: { type: nvme } }\n"
                        "vms: { vm: {} }\n"
                        "agent: [ { preserve: [vm.iommu, vm.kvm, d] } ]\n"),
            "5: unknown file 'vm.iommu'\n5: unknown file 'vm.kvm'\n5: unknown file 'd'\n");
}

TEST(ScenarioDevices, a_guest_memfd_needs_its_virtual_machine) {
  EXPECT_EQ(messages_of("vms: { vm: { backing: guest_memfd } }\n"
                        "agent: [ { preserve: [vm.kvm, vm.iommu] } ]\n"),
            "4: unknown file 'vm.iommu'\n");
}

TEST(ScenarioDevices, copies_of_a_vm_share_a_group) {
  const Scenario scenario = load(
      "devices: { d: { type: nvme, copies: 4, virtual_functions: 1 }, one: { type: nvme } }\n"
      "vms: { vm: { copies: 2, devices: [d, d.vf0] }, w: { devices: [one] } }\n"
      "agent: [ { preserve: [d, vm.kvm] }, { reset-device: d.vf0 }, { remove-device: d.port } ]\n");
  EXPECT_EQ(names_of(scenario.devices), (Names{"d-0", "d-1", "d-2", "d-3", "one"}));
  EXPECT_EQ(scenario.vms.at(0).devices, (Names{"d-0", "d-1", "d-0.vf0", "d-1.vf0"}));
  EXPECT_EQ(scenario.vms.at(1).devices, (Names{"d-2", "d-3", "d-2.vf0", "d-3.vf0"}));
  EXPECT_EQ(scenario.vms.at(2).devices, (Names{"one"}));
  const auto& script = scenario.actors.at(0).script;
  EXPECT_EQ(script.at(0).arguments, (Names{"d-0", "d-1", "d-2", "d-3", "vm-0.kvm", "vm-1.kvm"}));
  EXPECT_EQ(script.at(1).arguments, (Names{"d-0.vf0", "d-1.vf0", "d-2.vf0", "d-3.vf0"}));
  EXPECT_EQ(script.at(2).arguments, (Names{"d-0.port", "d-1.port", "d-2.port", "d-3.port"}));
}

TEST(ScenarioDevices, one_vm_may_have_a_whole_group_or_a_single_copy) {
  const Scenario scenario = load(
      "devices: { d: { type: nvme, copies: 2 }, e: { type: nvme, copies: 2 } }\n"
      "vms: { v: { devices: [d, e-1] } }\n"
      "agent: [ { preserve: [d-1, e-1] } ]\n");
  EXPECT_EQ(scenario.vms.at(0).devices, (Names{"d-0", "d-1", "e-1"}));
}

TEST(ScenarioDevices, verbs_take_what_they_are_about) {
  const Scenario scenario = load(
      "devices: { p: { type: root-port }, d: { type: nvme, behind: p } }\n"
      "vms: { vm: { devices: [d] } }\n"
      "agent:\n"
      "  - bind: d vfio-pci\n"
      "  - do: unbind d\n"
      "  - map: vm\n"
      "  - unmap: vm\n"
      "  - resize: vm.memory\n"
      "  - interrupts-off: vm\n"
      "  - reset-device: d\n"
      "  - suspend-device: d\n"
      "  - remove-device: [p, d]\n"
      "  - insert-device: p\n");
  using world::Verb;
  const auto& script = scenario.actors.at(0).script;
  const std::vector<Verb> verbs{Verb::bind,         Verb::unbind,         Verb::map,
                                Verb::unmap,        Verb::resize,         Verb::interrupts_off,
                                Verb::reset_device, Verb::suspend_device, Verb::remove_device,
                                Verb::insert_device};
  ASSERT_EQ(script.size(), verbs.size());
  for (std::size_t i = 0; i < verbs.size(); ++i) EXPECT_EQ(script[i].verb, verbs[i]) << i;
  EXPECT_EQ(script[0].arguments, (Names{"d", "vfio-pci"}));
  EXPECT_EQ(script[8].arguments, (Names{"p", "d"}));
}

TEST(ScenarioDevices, bring_the_participants_that_they_need) {
  const Names only_memfd{"memfd-v1=memfd"};
  EXPECT_EQ(handlers_of(load("vms: { vm: {} }\n")), only_memfd);
  EXPECT_EQ(names_of(load("vms: { vm: {} }\n").subsystems), Names{});
  const Scenario devices = load("devices: { d: { type: nvme } }\n");
  EXPECT_EQ(handlers_of(devices), (Names{"memfd-v1=memfd", "iommufd-v1=iommufd", "vfio-pci-v1=vfio",
                                         "kvm_vm_luo_v1=kvm"}));
  EXPECT_EQ(names_of(devices.subsystems), (Names{"pci", "iommu"}));
  EXPECT_EQ(devices.subsystems.at(0).type, "pci");
  EXPECT_EQ(devices.subsystems.at(1).type, "iommu");
  const Scenario pages = load("host: { hugepages: 1 }\n");
  EXPECT_EQ(handlers_of(pages), (Names{"memfd-v1=memfd", "huge-memfd-v1=hugetlb"}));
  EXPECT_EQ(names_of(pages.subsystems), (Names{"hugetlb-v1"}));
  EXPECT_EQ(pages.subsystems.at(0).type, "hugetlb");
  EXPECT_EQ(handlers_of(load("vms: { vm: { backing: guest_memfd } }\n")),
            (Names{"memfd-v1=memfd", "kvm_vm_luo_v1=kvm", "guest-memfd-v1=guest_memfd"}));
}

TEST(ScenarioDevices, participants_that_are_named_are_all_there_are) {
  const Scenario scenario = load(
      "devices: { d: { type: nvme } }\n"
      "handlers: [ { compatible: vfio-pci-v2, accepts: vfio, without: [cancel] } ]\n"
      "subsystems: [ { name: pci, type: pci }, a ]\n");
  EXPECT_EQ(handlers_of(scenario), (Names{"vfio-pci-v2=vfio"}));
  EXPECT_EQ(names_of(scenario.subsystems), (Names{"pci", "a"}));
  EXPECT_EQ(scenario.subsystems.at(1).type, "test");
}

TEST(ScenarioDevices, huge_pages_are_not_counted_twice) {
  EXPECT_EQ(messages_of("host: { memory: 4GiB, hugepages: 1024 }\n"
                        "vms: { vm: { backing: hugetlb, memory: 2GiB }, w: { memory: 1GiB } }\n"),
            "");
  EXPECT_EQ(messages_of("host: { memory: 4GiB, hugepages: 1024 }\n"
                        "vms: { vm: { backing: hugetlb, memory: 2GiB }, w: { memory: 2GiB } }\n"),
            "3: VMs, files and huge pages (4GiB) and scratch (512MiB) do not fit in the memory of "
            "the host (4GiB)\n");
}

TEST(ScenarioDevices, a_mistake_in_a_device_does_not_make_its_users_wrong) {
  EXPECT_EQ(messages_of("devices: { d: { type: nvm, virtual_functions: 1 } }\n"
                        "vms: { vm: { devices: [d] } }\n"
                        "agent: [ { preserve: [d, vm.iommu] }, { reset-device: d } ]\n"),
            "3: 'type' cannot be 'nvm'\n");
  EXPECT_EQ(messages_of("devices: { d: { type: nvme } }\n"
                        "vms: { vm: { device: [d] } }\n"
                        "agent: [ { preserve: [d, vm.iommu] }, { reset-device: d } ]\n"),
            "4: unknown key 'device' in a VM\n");
}

TEST(ScenarioDevices, addresses_may_be_mixed_with_those_that_nobody_asks_for) {
  EXPECT_EQ(messages_of("devices:\n"
                        "  p: { type: root-port }\n"
                        "  a: { type: nvme, behind: p, virtual_functions: 9 }\n"
                        "  b: { type: nvme, behind: p }\n"
                        "  c: { type: nvme, behind: p, bdf: \"41:03.0\" }\n"
                        "  d: { type: nvme, bdf: \"42:00.0\" }\n"),
            "");
  EXPECT_EQ(messages_of("devices:\n"
                        "  p: { type: root-port }\n"
                        "  a: { type: nvme, behind: p, virtual_functions: 9 }\n"
                        "  b: { type: nvme, behind: p, bdf: \"41:01.0\" }\n"),
            "6: 'a' is there already\n");
}

}  // namespace
}  // namespace luosim::app
