// SPDX-License-Identifier: Apache-2.0
//
// Devices are a value: equal ones have equal digests, and whatever decides the future is in it.
#include "model/device/state.hpp"

#include <gtest/gtest.h>

#include "tests/unit/device/pcie_topology.hpp"

namespace luosim::device {
namespace {

sim::Digest128 digest_of(const State& state) {
  sim::Hasher hasher;
  state.add_to(hasher);
  return hasher.finish();
}

// A digest for each change of the state, and that of the state as it is.
template <class... Changes>
void expect_each_to_matter(const State& state, Changes... changes) {
  std::vector<sim::Digest128> seen{digest_of(state)};
  int number = 0;
  const auto check = [&](auto change) {
    State changed = state;
    change(changed);
    const sim::Digest128 digest = digest_of(changed);
    for (const sim::Digest128& other : seen) EXPECT_NE(digest, other) << "change " << number;
    seen.push_back(digest);
    ++number;
  };
  (check(changes), ...);
}

State some_state() {
  pcie::Topology world;
  world.devices.controllers.emplace_back().function = world.left;
  world.devices.ports.push_back({.function = world.right});
  return world.devices;
}

TEST(DeviceState, equal_states_have_equal_digests) {
  EXPECT_EQ(some_state(), some_state());
  EXPECT_EQ(digest_of(some_state()), digest_of(some_state()));
}

TEST(DeviceState, every_part_decides_the_digest) {
  expect_each_to_matter(
      some_state(), [](State& state) { state.pcie.functions[0].command ^= 1; },
      [](State& state) { state.pcie.functions.back().forgets_in_d3 = 1; },
      [](State& state) { state.pcie.functions.back().window_limit = 1; },
      [](State& state) { state.pcie.functions.pop_back(); },
      [](State& state) { state.pcie.msix[0].data = 1; },
      [](State& state) { state.pcie.pending[0] = 1; },
      [](State& state) { state.iommu.root_table.value = 0x1000; },
      [](State& state) { state.processors.listens = 1; },
      [](State& state) { state.controllers.clear(); },
      [](State& state) { state.controllers[0].epoch = 1; },
      [](State& state) { state.ports.clear(); }, [](State& state) { state.ports[0].head = 1; },
      [](State& state) { state.traffic_ends = 1; });
}

TEST(DeviceState, finds_the_device_of_a_function_and_no_other) {
  State state;
  for (const std::uint32_t index : {2U, 5U, 9U}) {
    state.controllers.emplace_back().function = {index};
    state.ports.push_back({.function = {index + 1}});
  }
  const State& constant = state;
  for (std::uint32_t index = 0; index < 12; ++index) {
    const bool has_controller = index == 2 || index == 5 || index == 9;
    const bool has_port = index == 3 || index == 6 || index == 10;
    ASSERT_EQ(controller_of(state, {index}) != nullptr, has_controller) << index;
    ASSERT_EQ(port_of(state, {index}) != nullptr, has_port) << index;
    if (has_controller) {
      EXPECT_EQ(controller_of(state, {index})->function.index, index);
      EXPECT_EQ(controller_of(constant, {index}), controller_of(state, {index}));
    }
    if (has_port) {
      EXPECT_EQ(port_of(state, {index})->function.index, index);
      EXPECT_EQ(port_of(constant, {index}), port_of(state, {index}));
    }
  }
  EXPECT_EQ(controller_of(state, kNoFunction), nullptr);
  State empty;
  EXPECT_EQ(controller_of(empty, {0}), nullptr);
}

}  // namespace
}  // namespace luosim::device
