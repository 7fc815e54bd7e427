// SPDX-License-Identifier: Apache-2.0
//
// All devices of the machine as one value. It is hardware: a kexec changes nothing in it, and what
// it was doing it goes on doing. Tasks of devices belong to the group kDeviceGroup and outlive
// kernels.
#pragma once

#include <vector>

#include "model/device/iommu/unit.hpp"
#include "model/device/irq/message.hpp"
#include "model/device/nic/port.hpp"
#include "model/device/nvme/controller.hpp"
#include "model/device/pcie/function.hpp"
#include "sim/core/schedule.hpp"

namespace luosim::device {

/// Bit of the groups of tasks that are hardware; the low bits are the function's index.
inline constexpr std::uint32_t kHardwareBit = 1U << 30;
constexpr std::uint32_t group_of(FunctionId function) {
  return sim::kBackgroundGroup | kHardwareBit | function.index;
}

struct State {
  pcie::Fabric pcie;
  iommu::Unit iommu;
  irq::Processors processors;
  std::vector<nvme::Controller> controllers;  ///< sorted by function
  std::vector<nic::Port> ports;               ///< sorted by function
  std::uint32_t traffic_ends = 0;  ///< 1: the story is over, nobody sends frames any more

  /// Adds what decides the future, times relative to `now`.
  void add_to(sim::Hasher& hasher, sim::SimTime now) const;
  /// The same with absolute times.
  void add_to(sim::Hasher& hasher) const { add_to(hasher, {}); }
  friend bool operator==(const State&, const State&) = default;
};

/// The controller or port of a function, or null. O(log n).
nvme::Controller* controller_of(State& state, FunctionId function);
const nvme::Controller* controller_of(const State& state, FunctionId function);
nic::Port* port_of(State& state, FunctionId function);
const nic::Port* port_of(const State& state, FunctionId function);

}  // namespace luosim::device
