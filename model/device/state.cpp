// SPDX-License-Identifier: Apache-2.0
#include "model/device/state.hpp"

#include <algorithm>

namespace luosim::device {

namespace {

// The device of a function in a list sorted by function, or null.
template <class Devices>
auto device_of(Devices& devices, FunctionId function) -> decltype(devices.data()) {
  const auto place =
      std::lower_bound(devices.begin(), devices.end(), function,
                       [](const auto& device, FunctionId id) { return device.function < id; });
  return place != devices.end() && place->function == function ? &*place : nullptr;
}

}  // namespace

void State::add_to(sim::Hasher& hasher, sim::SimTime now) const {
  pcie.add_to(hasher);
  iommu.add_to(hasher);
  processors.add_to(hasher);
  hasher.add(std::uint64_t{controllers.size()});
  for (const nvme::Controller& controller : controllers) controller.add_to(hasher, now);
  hasher.add_sequence(ports);
  hasher.add(traffic_ends);
}

nvme::Controller* controller_of(State& state, FunctionId function) {
  return device_of(state.controllers, function);
}
const nvme::Controller* controller_of(const State& state, FunctionId function) {
  return device_of(state.controllers, function);
}
nic::Port* port_of(State& state, FunctionId function) {
  return device_of(state.ports, function);
}
const nic::Port* port_of(const State& state, FunctionId function) {
  return device_of(state.ports, function);
}

}  // namespace luosim::device
