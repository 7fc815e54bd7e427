// SPDX-License-Identifier: Apache-2.0
//
// PCIe functions with their registers and with what is behind them.
#include <string>
#include <vector>

#include "app/view/view_parts.hpp"
#include "model/device/pcie/fabric.hpp"

namespace luosim::app::view {

namespace {

using device::FunctionId;
using device::pcie::Function;

constexpr const char* kKinds[] = {"root port", "switch upstream port", "switch downstream port",
                                  "endpoint", "virtual function"};
constexpr const char* kWhileDisabled[] = {"drop", "latch"};

Json command_view(std::uint16_t command) {
  return {{"value", hex(command)},
          {"memory", (command & device::pcie::kMemoryEnable) != 0},
          {"bus_master", (command & device::pcie::kBusMaster) != 0},
          {"intx_disabled", (command & device::pcie::kIntxDisable) != 0}};
}

Json msix_view(const device::pcie::Fabric& fabric, const Function& function) {
  Json entries = Json::array();
  for (std::uint32_t vector = 0; vector < function.msix_entries; ++vector) {
    const std::size_t index = function.first_msix_entry + vector;
    const device::pcie::MsixEntry& entry = fabric.msix[index];
    entries.push_back({{"vector", vector},
                       {"address", hex(entry.address)},
                       {"data", hex(entry.data)},
                       {"masked", (entry.control & 1) != 0},
                       {"pending", fabric.pending[index] != 0}});
  }
  return {{"enabled", function.msix_enabled != 0},
          {"masked", function.msix_masked != 0},
          {"while_disabled", kWhileDisabled[static_cast<std::size_t>(function.while_disabled)]},
          {"entries", entries}};
}

Json bridge_view(const Function& bridge) {
  return {{"primary", bridge.primary},
          {"secondary", bridge.secondary},
          {"subordinate", bridge.subordinate},
          {"acs", hex(bridge.acs)},
          {"ari_forwarding", bridge.ari_forwarding != 0},
          {"window_base", hex(bridge.window_base)},
          {"window_limit", hex(bridge.window_limit)}};
}

Json virtual_view(const Function& function) {
  return {{"enabled", function.vf_count},
          {"total", function.vf_total},
          {"offset", function.vf_offset},
          {"stride", function.vf_stride}};
}

Json bars_view(const Function& function) {
  Json bars = Json::array();
  for (const std::uint64_t bar : function.bars) bars.push_back(hex(bar));
  return bars;
}

Json device_view(const Viewed& viewed, FunctionId id) {
  const device::State& devices = viewed.world.hardware.devices;
  const Function& function = devices.pcie[id];
  Json view = {
      {"name", text(viewed, function.name)},
      {"kind", kKinds[static_cast<std::size_t>(function.kind)]},
      {"bdf", word(ValueForm::bus_address, device::pcie::requester_id(devices.pcie, id).value)},
      {"behind", function_name(viewed, function.parent)},
      {"physical", function_name(viewed, function.physical)},
      {"identity", hex(function.identity)},
      {"serial", function.serial},
      {"devfn", function.devfn},
      {"present", function.is_present != 0},
      {"in_reset", function.is_in_reset != 0},
      {"power_state", function.power_state == 0 ? "D0" : "D3hot"},
      {"forgets_in_d3", function.forgets_in_d3 != 0},
      {"link_epoch", function.link_epoch},
      {"command", command_view(function.command)},
      {"transactions_pending", function.transactions_pending},
      {"ats", function.ats_enabled != 0},
      {"page_requests", function.page_requests_enabled != 0},
      {"bars", bars_view(function)},
      {"msix", msix_view(devices.pcie, function)}};
  if (device::pcie::is_bridge(function.kind)) view["bridge"] = bridge_view(function);
  if (function.vf_total != 0) view["virtual_functions"] = virtual_view(function);
  if (const auto* controller = device::controller_of(devices, id))
    view["nvme"] = nvme_view(*controller);
  if (const auto* port = device::port_of(devices, id)) view["port"] = port_view(*port);
  return view;
}

}  // namespace

Json devices_view(const Viewed& viewed) {
  const device::State& devices = viewed.world.hardware.devices;
  Json list = Json::array();
  for (std::uint32_t index = 0; index < devices.pcie.functions.size(); ++index)
    list.push_back(device_view(viewed, {index}));
  return {{"traffic_ends", devices.traffic_ends != 0}, {"functions", list}};
}

}  // namespace luosim::app::view
