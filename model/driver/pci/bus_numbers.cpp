// SPDX-License-Identifier: Apache-2.0
#include "model/driver/pci/bus_numbers.hpp"

#include <algorithm>

#include "model/device/pcie/fabric.hpp"
#include "model/driver/pci/hierarchy.hpp"
#include "model/driver/record.hpp"

namespace luosim::driver::pci {

namespace {

namespace pcie = device::pcie;
using device::FunctionId;
using device::kNoFunction;

constexpr std::uint8_t kLastBus = 0xFF;

FunctionId above(const Context& context, FunctionId function) {
  return pcie::bridge_above(context.devices.pcie, function);
}

std::uint8_t last_bus_below(const Context& context, FunctionId bridge) {
  return bridge == kNoFunction ? kLastBus : context.devices.pcie[bridge].subordinate;
}

bool has_fresh_numbers(const Context& context, FunctionId bridge) {
  const Device* device = bridge == kNoFunction ? nullptr : find(context.drivers.pci, bridge);
  return device != nullptr && device->numbers == BusNumbers::fresh;
}

bool overlaps_a_neighbour(const Context& context, const Device& bridge) {
  const pcie::Function& own = context.devices.pcie[bridge.function];
  const auto neighbours = found_below(context, above(context, bridge.function));
  return std::any_of(neighbours.begin(), neighbours.end(), [&](FunctionId neighbour) {
    const Device* other = find(context.drivers.pci, neighbour);
    if (other == &bridge || other->numbers != BusNumbers::kept) return false;
    const pcie::Function& registers = context.devices.pcie[neighbour];
    return own.secondary <= registers.subordinate && registers.secondary <= own.subordinate;
  });
}

bool are_numbers_sane(const Context& context, const Device& bridge) {
  const pcie::Function& own = context.devices.pcie[bridge.function];
  const FunctionId parent = above(context, bridge.function);
  const std::uint8_t bus = bridge.bdf.bus();
  const bool is_primary_right = own.primary == bus || own.primary == 0;
  return is_primary_right && own.secondary > bus && own.secondary <= own.subordinate &&
         own.subordinate <= last_bus_below(context, parent) &&
         !has_fresh_numbers(context, parent) && !overlaps_a_neighbour(context, bridge);
}

void record_skipped(Context& context, FunctionId bridge, const pcie::Function& found) {
  const std::uint64_t numbers = std::uint64_t{found.primary} | std::uint64_t{found.secondary} << 8 |
                                std::uint64_t{found.subordinate} << 16;
  context.record({.kind = DriverRecord::pci_bridge_skipped,
                  .subject = found.name,
                  .values = {bridge.index, numbers, 0, 0}});
}

// The highest bus number in use directly below a bridge, by bridges there and virtual functions.
std::uint8_t highest_bus_below(const Context& context, FunctionId bridge) {
  std::uint8_t highest = bus_below(context, bridge);
  for (const FunctionId function : found_below(context, bridge)) {
    highest = std::max(highest, find(context.drivers.pci, function)->bdf.bus());
    if (pcie::is_bridge(context.devices.pcie[function].kind))
      highest = std::max(highest, context.devices.pcie[function].subordinate);
  }
  return highest;
}

}  // namespace

std::uint8_t bus_below(const Context& context, FunctionId bridge) {
  return bridge == kNoFunction ? std::uint8_t{0} : context.devices.pcie[bridge].secondary;
}

void judge_bus_numbers(Context& context, Device& bridge, bool renumbers) {
  if (!renumbers && are_numbers_sane(context, bridge)) {
    bridge.numbers = BusNumbers::kept;
    return;
  }
  const bool any_incoming = !context.drivers.pci.handed_over.empty();
  if (any_incoming) record_skipped(context, bridge.function, context.devices.pcie[bridge.function]);
  bridge.numbers = any_incoming ? BusNumbers::none : BusNumbers::fresh;
  pcie::write_bus_numbers(context, bridge.function, 0, 0, 0);
}

std::optional<FunctionId> next_bridge(const Context& context, FunctionId bridge, FunctionId last) {
  const State& state = context.drivers.pci;
  const std::vector<FunctionId> below = found_below(context, bridge);
  bool is_behind_last = last == kNoFunction;
  for (const BusNumbers turn : {BusNumbers::kept, BusNumbers::fresh}) {
    for (const FunctionId function : below) {
      const bool has_turn = find(state, function)->numbers == turn;
      if (is_behind_last && has_turn) return function;
      if (function == last && (has_turn || turn == BusNumbers::fresh)) is_behind_last = true;
    }
  }
  return std::nullopt;
}

bool open_bus(Context& context, FunctionId bridge) {
  Device* device = find(context.drivers.pci, bridge);
  if (device->numbers == BusNumbers::kept) return true;
  const FunctionId parent = above(context, bridge);
  const std::uint8_t highest = highest_bus_below(context, parent);
  const std::uint8_t last = last_bus_below(context, parent);
  if (highest >= last) {
    record_skipped(context, bridge, context.devices.pcie[bridge]);
    device->numbers = BusNumbers::none;
    return false;
  }
  pcie::write_bus_numbers(context, bridge, device->bdf.bus(),
                          static_cast<std::uint8_t>(highest + 1), last);
  return true;
}

void close_bus(Context& context, FunctionId bridge) {
  const Device* device = find(context.drivers.pci, bridge);
  if (device->numbers != BusNumbers::fresh) return;
  pcie::write_bus_numbers(context, bridge, device->bdf.bus(), bus_below(context, bridge),
                          highest_bus_below(context, bridge));
}

}  // namespace luosim::driver::pci
