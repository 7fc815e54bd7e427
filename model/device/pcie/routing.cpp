// SPDX-License-Identifier: Apache-2.0
//
// Who is where and what gets through, read from the registers of the bridges as they are now.
// Nothing is remembered: numbers that a kernel has changed count from the next request on.
#include "model/device/pcie/fabric.hpp"
#include "sim/core/assert.hpp"

namespace luosim::device::pcie {

namespace {

FunctionId id_of(std::size_t index) {
  return {static_cast<std::uint32_t>(index)};
}

// Bus 0 is the root bus: a bridge whose secondary number is 0 has not been told any.
bool forwards(const Function& bridge, std::uint8_t bus) {
  return bridge.secondary != 0 && bridge.secondary <= bus && bus <= bridge.subordinate;
}

bool has_window_at(const Function& bridge, std::uint64_t address) {
  return bridge.window_limit != 0 && bridge.window_base <= address &&
         address <= bridge.window_limit;
}

bool has_bar_at(const Function& function, std::uint64_t address) {
  for (const std::uint64_t bar : function.bars) {
    if (bar != 0 && bar <= address && address - bar < kBarBytes) return true;
  }
  return false;
}

// A link leads to one device: without ARI, addresses above its function 7 are of devices that
// cannot be there, and the port answers for them itself.
bool hides(const Fabric& fabric, FunctionId bridge, Bdf address) {
  if (bridge == kNoFunction) return false;
  const Function& port = fabric[bridge];
  return port.kind != FunctionKind::switch_upstream && address.bus() == port.secondary &&
         address.devfn() > 7 && port.ari_forwarding == 0;
}

// The last bridge on the way to a bus, kNoFunction for the root bus. Bridges stand before what is
// below them, so one pass finds the way.
std::optional<FunctionId> way_to(const Fabric& fabric, std::uint8_t bus) {
  if (bus == 0) return kNoFunction;
  FunctionId at = kNoFunction;
  for (std::size_t index = 0; index < fabric.functions.size(); ++index) {
    const Function& function = fabric.functions[index];
    if (!is_bridge(function.kind) || function.parent != at) continue;
    if (!is_up(function) || !forwards(function, bus)) continue;
    at = id_of(index);
    if (function.secondary == bus) break;
  }
  if (at == kNoFunction) return std::nullopt;
  return at;
}

// Which of the virtual functions of `physical` has the number `address`.
std::optional<FunctionId> virtual_function_at(const Fabric& fabric, FunctionId physical,
                                              Bdf address) {
  const Function& own = fabric[physical];
  if (own.vf_count == 0) return std::nullopt;
  const auto distance = static_cast<std::uint16_t>(
      address.value - requester_id(fabric, physical).value - own.vf_offset);
  if (own.vf_stride == 0 ? distance != 0 : distance % own.vf_stride != 0) return std::nullopt;
  std::uint32_t to_pass = own.vf_stride == 0 ? 0U : distance / own.vf_stride;
  for (std::size_t index = 0; index < fabric.functions.size(); ++index) {
    if (fabric.functions[index].physical != physical) continue;
    if (to_pass-- > 0) continue;
    if (fabric.functions[index].is_present == 0) return std::nullopt;
    return id_of(index);
  }
  return std::nullopt;
}

// The function below a port whose BAR an address hits, whether or not it answers.
std::optional<FunctionId> target_below(const Fabric& fabric, FunctionId port,
                                       std::uint64_t address) {
  FunctionId at = port;
  for (std::size_t index = port.index + 1; index < fabric.functions.size(); ++index) {
    const Function& function = fabric.functions[index];
    if (bridge_above(fabric, id_of(index)) != at) continue;
    if (is_bridge(function.kind)) {
      if (decodes_memory(function) && has_window_at(function, address)) at = id_of(index);
    } else if (has_bar_at(function, address)) {
      return id_of(index);
    }
  }
  return std::nullopt;
}

}  // namespace

bool is_up(const Function& function) {
  return function.is_present != 0 && function.is_in_reset == 0 && function.power_state == 0;
}

bool decodes_memory(const Function& function) {
  const bool has_no_bit = function.kind == FunctionKind::virtual_function;
  return is_up(function) && (has_no_bit || (function.command & kMemoryEnable) != 0);
}

FunctionId bridge_above(const Fabric& fabric, FunctionId function) {
  const FunctionId physical = fabric[function].physical;
  const FunctionId place = physical == kNoFunction ? function : physical;
  const FunctionId above = fabric[place].parent;
  sim::require(above == kNoFunction || above < place, "a bridge stands before what is below it");
  return above;
}

Bdf requester_id(const Fabric& fabric, FunctionId function) {
  const Function& own = fabric[function];
  if (own.physical == kNoFunction) {
    const FunctionId above = bridge_above(fabric, function);
    return bdf_of(above == kNoFunction ? std::uint8_t{0} : fabric[above].secondary, own.devfn);
  }
  const Function& physical = fabric[own.physical];
  sim::require(physical.physical == kNoFunction, "a physical function is not a virtual one");
  std::uint32_t number = 0;
  for (std::uint32_t index = 0; index < function.index; ++index) {
    if (fabric.functions[index].physical == own.physical) ++number;
  }
  const std::uint32_t first = requester_id(fabric, own.physical).value + physical.vf_offset;
  return {static_cast<std::uint16_t>(first + number * physical.vf_stride)};
}

std::optional<FunctionId> find(const Fabric& fabric, Bdf address) {
  const std::optional<FunctionId> bridge = way_to(fabric, address.bus());
  if (!bridge || hides(fabric, *bridge, address)) return std::nullopt;
  for (std::size_t index = 0; index < fabric.functions.size(); ++index) {
    const Function& function = fabric.functions[index];
    if (function.physical != kNoFunction || function.parent != *bridge || function.is_present == 0)
      continue;
    if (requester_id(fabric, id_of(index)) == address) return id_of(index);
    const std::optional<FunctionId> virtual_one =
        virtual_function_at(fabric, id_of(index), address);
    if (virtual_one) return virtual_one;
  }
  return std::nullopt;
}

std::uint32_t read_identity(const Fabric& fabric, Bdf address) {
  const std::optional<FunctionId> function = find(fabric, address);
  if (!function || fabric[*function].is_in_reset != 0) return kNobodyAnswers;
  return fabric[*function].identity;
}

std::vector<FunctionId> path_of(const Fabric& fabric, FunctionId function) {
  std::vector<FunctionId> path;
  for (FunctionId at = bridge_above(fabric, function); at != kNoFunction;
       at = bridge_above(fabric, at))
    path.push_back(at);
  return path;
}

DmaResult admit(const Fabric& fabric, FunctionId function) {
  const Function& own = fabric[function];
  if (!is_up(own)) return DmaResult::function_off;
  if ((own.command & kBusMaster) == 0) return DmaResult::bus_master_off;
  const std::uint8_t bus = requester_id(fabric, function).bus();
  for (FunctionId at = bridge_above(fabric, function); at != kNoFunction;
       at = bridge_above(fabric, at)) {
    const Function& bridge = fabric[at];
    if (!is_up(bridge) || (bridge.command & kBusMaster) == 0 || !forwards(bridge, bus))
      return DmaResult::unsupported_request;
  }
  return DmaResult::landed;
}

std::optional<FunctionId> peer_port(const Fabric& fabric, FunctionId function,
                                    std::uint64_t address) {
  for (FunctionId at = bridge_above(fabric, function); at != kNoFunction;
       at = bridge_above(fabric, at)) {
    const Function& port = fabric[at];
    if ((port.acs & kAcsRequestRedirect) != 0) continue;
    for (std::size_t index = 0; index < fabric.functions.size(); ++index) {
      const Function& sibling = fabric.functions[index];
      if (!is_bridge(sibling.kind) || sibling.parent != port.parent || id_of(index) == at) continue;
      if (decodes_memory(sibling) && has_window_at(sibling, address)) return id_of(index);
    }
  }
  return std::nullopt;
}

std::optional<FunctionId> peer_at(const Fabric& fabric, FunctionId function,
                                  std::uint64_t address) {
  const std::optional<FunctionId> port = peer_port(fabric, function, address);
  return port ? target_below(fabric, *port, address) : std::nullopt;
}

}  // namespace luosim::device::pcie
