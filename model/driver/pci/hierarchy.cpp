// SPDX-License-Identifier: Apache-2.0
#include "model/driver/pci/hierarchy.hpp"

#include <algorithm>

#include "model/device/pcie/fabric.hpp"

namespace luosim::driver::pci {

namespace {

struct Place {
  device::FunctionId above{};
  device::Bdf bdf{};
  device::FunctionId function{};
};

bool is_before(const Place& left, const Place& right) {
  return left.above != right.above ? left.above < right.above : left.bdf < right.bdf;
}

std::vector<Place> places_of(const Context& context) {
  std::vector<Place> places;
  for (const Device& device : context.drivers.pci.devices)
    places.push_back({device::pcie::bridge_above(context.devices.pcie, device.function), device.bdf,
                      device.function});
  std::sort(places.begin(), places.end(), is_before);
  return places;
}

void append_below(const std::vector<Place>& places, device::FunctionId bridge,
                  std::vector<device::FunctionId>& order) {
  const auto is_above = [](const Place& place, device::FunctionId value) {
    return place.above < value;
  };
  auto place = std::lower_bound(places.begin(), places.end(), bridge, is_above);
  for (; place != places.end() && place->above == bridge; ++place) order.push_back(place->function);
}

}  // namespace

std::vector<device::FunctionId> found_below(const Context& context, device::FunctionId bridge) {
  std::vector<device::FunctionId> found;
  for (const Device& device : context.drivers.pci.devices) {
    if (device::pcie::bridge_above(context.devices.pcie, device.function) == bridge)
      found.push_back(device.function);
  }
  return found;
}

std::vector<device::FunctionId> walk_down(const Context& context) {
  const std::vector<Place> places = places_of(context);
  std::vector<device::FunctionId> order;
  // The last of these is the next; so what is pushed is pushed backwards.
  std::vector<device::FunctionId> pending;
  const auto push_below = [&](device::FunctionId bridge) {
    std::vector<device::FunctionId> below;
    append_below(places, bridge, below);
    pending.insert(pending.end(), below.rbegin(), below.rend());
  };
  push_below(device::kNoFunction);
  while (!pending.empty()) {
    const device::FunctionId function = pending.back();
    pending.pop_back();
    order.push_back(function);
    push_below(function);
  }
  return order;
}

}  // namespace luosim::driver::pci
