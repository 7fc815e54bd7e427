// SPDX-License-Identifier: Apache-2.0
//
// The machine that the tests of the fabric share: two root ports, of which one has a switch below
// it with two cards, and the other a card with virtual functions.
#pragma once

#include "model/device/pcie/fabric.hpp"
#include "tests/unit/device/device_world.hpp"

namespace luosim::device::pcie {

struct Topology : DeviceWorld {
  static constexpr std::uint64_t kWindowBytes = 1ULL << 20;
  static constexpr std::uint64_t kLeftWindow = 0xC000'0000;
  static constexpr std::uint64_t kRightWindow = 0xC010'0000;
  static constexpr std::uint64_t kFarWindow = 0xC020'0000;

  // Bus numbers in comments: of what is below.
  FunctionId near_port = add("near_port", FunctionKind::root_port, kNoFunction, 0x08);    // 1
  FunctionId upstream = add("upstream", FunctionKind::switch_upstream, near_port);        // 2
  FunctionId left_port = add("left_port", FunctionKind::switch_downstream, upstream, 0);  // 3
  FunctionId left = add("left", FunctionKind::endpoint, left_port, 0, 4);
  FunctionId right_port = add("right_port", FunctionKind::switch_downstream, upstream, 8);  // 4
  FunctionId right = add("right", FunctionKind::endpoint, right_port, 0, 2);
  FunctionId far_port = add("far_port", FunctionKind::root_port, kNoFunction, 0x10);  // 5
  FunctionId physical = add("physical", FunctionKind::endpoint, far_port, 0, 2);
  FunctionId first_virtual = add_virtual("first_virtual");
  FunctionId second_virtual = add_virtual("second_virtual");

  explicit Topology(std::vector<const sim::Program*> more = {}) : DeviceWorld(std::move(more)) {
    for (std::uint32_t index = 0; index < fabric().functions.size(); ++index)
      fabric().functions[index].identity = 0x8086'0000 + index;
    fabric()[physical].vf_total = 2;
    fabric()[physical].vf_offset = 4;
    fabric()[physical].vf_stride = 2;
    give_window(left_port, left, kLeftWindow);
    give_window(right_port, right, kRightWindow);
    give_window(far_port, physical, kFarWindow);
    give_window(upstream, kNoFunction, kLeftWindow, 2 * kWindowBytes);
    give_window(near_port, kNoFunction, kLeftWindow, 2 * kWindowBytes);
  }

  Fabric& fabric() { return devices.pcie; }
  Function& at(FunctionId function) { return devices.pcie[function]; }

  void enable_two_virtual_functions() {
    Context now = context();
    enable_virtual_functions(now, physical, 2);
    for (const FunctionId each : {first_virtual, second_virtual}) at(each).command = kBusMaster;
  }

 private:
  FunctionId add_virtual(std::string_view name) {
    const FunctionId id = add(name, FunctionKind::virtual_function, far_port, 0, 1);
    at(id).physical = physical;
    at(id).is_present = 0;
    at(id).command = 0;
    return id;
  }
  void give_window(FunctionId bridge, FunctionId below, std::uint64_t base,
                   std::uint64_t bytes = kWindowBytes) {
    at(bridge).window_base = base;
    at(bridge).window_limit = base + bytes - 1;
    if (below != kNoFunction) at(below).bars[0] = base;
  }
};

}  // namespace luosim::device::pcie
