// SPDX-License-Identifier: Apache-2.0
//
// Hierarchies for tests of the PCI core.
#pragma once

#include <vector>

#include "tests/unit/device/driver_world.hpp"

namespace luosim::driver {

/// A root port with a switch of two ports below, and another root port. A test adds endpoints.
struct SwitchWorld : DriverWorld {
  using DriverWorld::DriverWorld;
  using Kind = device::pcie::FunctionKind;

  device::FunctionId first = add("first", Kind::root_port, device::kNoFunction, 0x08);
  device::FunctionId upstream = add("upstream", Kind::switch_upstream, first);
  device::FunctionId left = add("left", Kind::switch_downstream, upstream, 0x00);
  device::FunctionId right = add("right", Kind::switch_downstream, upstream, 0x08);
  device::FunctionId second = add("second", Kind::root_port, device::kNoFunction, 0x10);
};

/// Endpoints below all ports, and one on the root bus.
struct EndpointsWorld : SwitchWorld {
  using SwitchWorld::SwitchWorld;
  device::FunctionId disk = add("disk", Kind::endpoint, left, 0, 4);
  device::FunctionId twin = add("twin", Kind::endpoint, left, 1, 4);
  device::FunctionId nic = add("nic", Kind::endpoint, right, 0, 4);
  device::FunctionId other = add("other", Kind::endpoint, second, 0, 4);
  device::FunctionId lone = add("lone", Kind::endpoint, device::kNoFunction, 0x18);

  std::vector<device::FunctionId> all() {
    return {first, upstream, left, right, second, disk, twin, nic, other, lone};
  }
  std::vector<device::FunctionId> endpoints() { return {disk, twin, nic, other, lone}; }
  std::vector<device::FunctionId> bridges() { return {first, upstream, left, right, second}; }
  std::vector<int> numbers(device::FunctionId bridge) {
    return {registers(bridge).primary, registers(bridge).secondary, registers(bridge).subordinate};
  }
};

}  // namespace luosim::driver
