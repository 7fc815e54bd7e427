// SPDX-License-Identifier: Apache-2.0
//
// Frames come from outside: their moments and contents, and that they do not care about the host.
#include <gtest/gtest.h>

#include "tests/unit/device/nic_world.hpp"

namespace luosim::device {
namespace {

using nic::DropReason;

TEST(NicTraffic, goes_on_over_a_reset_and_nothing_is_received_until_set_up_again) {
  NicWorld world;
  world.set_up();
  world.start();
  world.run_frames(1);
  world.reset();
  world.run_frames(3);
  EXPECT_EQ(world.nic_port().received, 1U);
  EXPECT_EQ(world.drops_because(DropReason::not_receiving), 2U);
  while (world.devices.pcie[world.device].is_in_reset != 0) world.step_once();
  const std::uint64_t frames = world.nic_port().frames;
  EXPECT_GT(frames, 100U);
  world.devices.pcie[world.device].command = pcie::kMemoryEnable | pcie::kBusMaster;
  world.run_frames(frames + 1);
  EXPECT_EQ(world.nic_port().received, 1U);
  EXPECT_EQ(world.read(nic::kRingBase), 0U);
  EXPECT_EQ(world.read(nic::kRingHead), 0U);
  world.set_up();
  world.run_frames(frames + 2);
  EXPECT_EQ(world.nic_port().received, 2U);
  EXPECT_EQ(world.contents_of(0), nic::contents_of_frame(world.device, frames + 1));
}

TEST(NicTraffic, drops_a_frame_on_its_way_when_the_port_is_reset) {
  NicWorld world;
  world.set_up();
  world.start();
  world.run_until_on_its_way();
  world.reset();
  world.run_frames(1);
  EXPECT_EQ(world.drops_because(DropReason::not_receiving), 1U);
  EXPECT_EQ(world.contents_of(0), memory::kZeroes);
}

TEST(NicTraffic, drops_a_frame_on_its_way_when_the_ring_is_another) {
  NicWorld world;
  world.set_up();
  world.start();
  world.run_until_on_its_way();
  world.write(nic::kRingBase, kRing.value + memory::kPageBytes);
  world.write(nic::kRingTail, kDescriptors - 1);
  world.run_frames(1);
  EXPECT_EQ(world.drops_because(DropReason::ring_changed), 1U);
  EXPECT_EQ(world.contents_of(0), memory::kZeroes);
  EXPECT_EQ(world.read(nic::kRingHead), 0U);
}

TEST(NicTraffic, outlives_the_kernel) {
  NicWorld world;
  world.set_up();
  world.start();
  world.run_frames(1);
  world.schedule.drop_all_without(sim::kBackgroundGroup | kHardwareBit);
  world.devices.processors.listens = 0;
  world.run_frames(2);
  EXPECT_EQ(world.nic_port().received, 2U);
  EXPECT_EQ(world.last(DeviceRecord::interrupt_raised).values[2],
            static_cast<std::uint64_t>(irq::InterruptFate::nobody_listens));
}

TEST(NicTraffic, ends_when_the_story_does) {
  NicWorld world;
  world.set_up();
  world.start();
  world.run_frames(2);
  EXPECT_EQ(world.nic_port().has_traffic, 1U);
  world.end_traffic();
  EXPECT_TRUE(world.schedule.is_idle());
  EXPECT_EQ(world.nic_port().has_traffic, 0U);
  EXPECT_LE(world.nic_port().frames, 3U);
}

TEST(NicTraffic, has_one_task_however_often_it_is_started) {
  NicWorld world;
  world.start();
  world.start();
  EXPECT_EQ(world.schedule.tasks().size(), 1U);
  world.schedule.drop_all();
  world.start();
  world.run_frames(2);
  EXPECT_EQ(world.nic_port().frames, 2U);
}

TEST(NicTraffic, does_not_begin_on_a_port_without_any) {
  NicWorld silent({0});
  silent.start();
  EXPECT_TRUE(silent.schedule.is_idle());
  EXPECT_EQ(silent.nic_port().has_traffic, 0U);
  NicWorld backwards({-5});
  backwards.start();
  EXPECT_TRUE(backwards.schedule.is_idle());
}

TEST(NicTraffic, is_in_the_background_of_its_function) {
  NicWorld world;
  world.start();
  ASSERT_EQ(world.schedule.tasks().size(), 1U);
  EXPECT_EQ(world.schedule.tasks()[0].group, group_of(world.device));
  EXPECT_TRUE(world.schedule.is_quiet());
}

TEST(NicTraffic, comes_at_moments_that_do_not_depend_on_what_the_port_does) {
  NicWorld receiving;
  NicWorld dropping;
  receiving.set_up();
  receiving.start();
  dropping.start();
  receiving.run_frames(3);
  dropping.run_frames(4);
  const auto on_its_way = receiving.timing.of(timing::Cost::nic_frame);
  const auto received = receiving.records(DeviceRecord::frame_received);
  const auto dropped = dropping.records(DeviceRecord::frame_dropped);
  ASSERT_EQ(received.size(), 3U);
  for (std::size_t frame = 0; frame < 3; ++frame)
    EXPECT_EQ(received[frame].time, dropped[frame].time + on_its_way) << frame;
}

TEST(NicTraffic, makes_time_pass_even_where_frames_cost_nothing) {
  NicWorld world({1});
  world.timing.set(timing::Cost::nic_frame, {0});
  world.set_up();
  world.start();
  world.run_frames(100);
  EXPECT_GE(world.schedule.now().ns, 99);
}

TEST(NicTraffic, that_is_faster_than_the_port_waits_in_front_of_it) {
  NicWorld world({1});
  world.set_up();
  world.start();
  world.run_frames(3);
  const std::int64_t on_its_way = world.timing.of(timing::Cost::nic_frame).ns;
  const auto received = world.records(DeviceRecord::frame_received);
  ASSERT_EQ(received.size(), 3U);
  EXPECT_GT((received[1].time - received[0].time).ns, on_its_way);
  EXPECT_GT((received[2].time - received[1].time).ns, on_its_way);
}

TEST(NicFrame, distances_spread_around_their_mean) {
  constexpr FunctionId kFunction{3};
  std::int64_t sum = 0;
  std::int64_t shortest = kEvery.ns;
  std::int64_t longest = 0;
  for (std::uint64_t frame = 0; frame < 10'000; ++frame) {
    const std::int64_t distance = nic::distance_of_frame(kFunction, frame, kEvery).ns;
    sum += distance;
    shortest = std::min(shortest, distance);
    longest = std::max(longest, distance);
  }
  EXPECT_NEAR(static_cast<double>(sum) / 10'000, static_cast<double>(kEvery.ns), 1'000);
  EXPECT_GE(shortest, kEvery.ns / 2);
  EXPECT_LT(shortest, kEvery.ns * 51 / 100);
  EXPECT_LE(longest, kEvery.ns * 3 / 2);
  EXPECT_GT(longest, kEvery.ns * 149 / 100);
}

TEST(NicFrame, distances_are_always_positive_and_finite) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  for (const std::int64_t mean :
       {-kMost, std::int64_t{0}, std::int64_t{1}, std::int64_t{2}, kMost}) {
    for (std::uint64_t frame = 0; frame < 100; ++frame)
      EXPECT_GT(nic::distance_of_frame({1}, frame, {mean}).ns, 0);
  }
}

TEST(NicFrame, has_contents_and_moments_that_never_change) {
  EXPECT_EQ(nic::distance_of_frame({1}, 0, kEvery).ns, 64'781);
  EXPECT_EQ(nic::distance_of_frame({2}, 7, kEvery).ns, 137'884);
  EXPECT_EQ(nic::contents_of_frame({1}, 0).version, 8'962'886'216'725'236'425U);
}

TEST(NicFrame, contents_differ_and_are_never_of_a_special_kind) {
  std::vector<std::uint64_t> versions;
  for (std::uint32_t function = 0; function < 10; ++function)
    for (std::uint64_t frame = 0; frame < 100; ++frame)
      versions.push_back(nic::contents_of_frame({function}, frame).version);
  std::sort(versions.begin(), versions.end());
  EXPECT_EQ(std::adjacent_find(versions.begin(), versions.end()), versions.end());
  EXPECT_GT(versions.front(), memory::kZeroes.version);
  EXPECT_LT(versions.back(), memory::kStoredBytes.version);
}

}  // namespace
}  // namespace luosim::device
