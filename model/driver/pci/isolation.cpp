// SPDX-License-Identifier: Apache-2.0
#include "model/driver/pci/isolation.hpp"

#include <algorithm>

#include "model/device/pcie/fabric.hpp"
#include "model/driver/pci/fault_sites.hpp"

namespace luosim::driver::pci {

namespace {

namespace pcie = device::pcie;
using device::FunctionId;

constexpr std::uint16_t kAcsPolicy =
    pcie::kAcsSourceValidation | pcie::kAcsRequestRedirect | pcie::kAcsUpstreamForwarding;

// The upstream port of a switch has one way only and decides nothing.
bool lets_requests_turn_round(const pcie::Function& port) {
  return pcie::is_bridge(port.kind) && port.kind != pcie::FunctionKind::switch_upstream &&
         (port.acs & pcie::kAcsRequestRedirect) == 0;
}

// Who stands for a function's group: the uppermost port on its way that lets requests turn round,
// else the function itself.
FunctionId group_leader(const Context& context, FunctionId function) {
  FunctionId leader = function;
  for (const FunctionId bridge : pcie::path_of(context.devices.pcie, function))
    if (lets_requests_turn_round(context.devices.pcie[bridge])) leader = bridge;
  return leader;
}

}  // namespace

void set_up_isolation(Context& context, const Device& bridge) {
  const std::string_view name = context.names.text(context.name_of(bridge.function));
  const bool adopts = bridge.was_preserved != 0;
  const auto own_acs = context.fault(kAcsSite, name);
  if (own_acs || !adopts) {
    const auto acs = static_cast<std::uint16_t>(own_acs.value_or(kAcsPolicy));
    pcie::write_acs(context, bridge.function, acs);
  }
  // Nothing below the upstream port of a switch has more than eight functions.
  if (context.devices.pcie[bridge.function].kind == pcie::FunctionKind::switch_upstream) return;
  const auto own_ari = context.fault(kAriSite, name);
  if (own_ari || !adopts)
    pcie::write_ari_forwarding(context, bridge.function, own_ari.value_or(1) != 0);
}

void form_groups(Context& context) {
  std::vector<FunctionId> leaders;  // by number of the group
  for (Device& device : context.drivers.pci.devices) {
    const FunctionId leader = group_leader(context, device.function);
    const auto known = std::find(leaders.begin(), leaders.end(), leader);
    device.group = static_cast<std::uint16_t>(known - leaders.begin());
    if (known == leaders.end()) leaders.push_back(leader);
  }
}

}  // namespace luosim::driver::pci
