// SPDX-License-Identifier: Apache-2.0
//
// A port that receives: its registers, its ring, and what it does when memory does not answer.
#include <gtest/gtest.h>

#include "tests/unit/device/nic_world.hpp"

namespace luosim::device {
namespace {

using nic::DropReason;

TEST(NicReceive, writes_a_frame_gives_the_descriptor_back_and_interrupts) {
  NicWorld world;
  world.set_up();
  world.start();
  world.run_frames(1);
  EXPECT_EQ(world.contents_of(0), nic::contents_of_frame(world.device, 0));
  EXPECT_EQ(world.contents_of(1), memory::kZeroes);
  const nic::Descriptor done = world.get(0);
  EXPECT_EQ(done.buffer, world.buffer_of(0).value);
  EXPECT_EQ(done.bytes, nic::kFrameBytes);
  EXPECT_EQ(done.is_done, 1U);
  EXPECT_EQ(world.get(1).is_done, 0U);
  EXPECT_EQ(world.read(nic::kRingHead), 1U);
  const sim::Record received = world.last(DeviceRecord::frame_received);
  EXPECT_EQ(received.values,
            (std::array<std::uint64_t, 4>{world.device.index, 0, nic::kFrameBytes, 0}));
  world.end_traffic();
  EXPECT_EQ(world.calls(), Vectors{0x30});
}

TEST(NicReceive, takes_the_time_that_a_frame_needs_on_its_way) {
  NicWorld world;
  world.set_up();
  world.start();
  world.run_frames(1);
  const sim::Duration first = nic::distance_of_frame(world.device, 0, kEvery);
  EXPECT_EQ(world.last(DeviceRecord::frame_received).time.ns,
            first.ns + world.timing.of(timing::Cost::nic_frame).ns);
}

TEST(NicReceive, goes_round_its_ring) {
  NicWorld world;
  world.set_up();
  world.start();
  for (std::uint32_t frame = 0; frame < 11; ++frame) {
    world.run_frames(frame + 1);
    const std::uint32_t used = frame % kDescriptors;
    EXPECT_EQ(world.contents_of(used), nic::contents_of_frame(world.device, frame));
    // The driver takes the frame and gives the buffer back, behind the others.
    world.put(used, {.buffer = world.buffer_of(used).value});
    world.write(nic::kRingTail, used);
  }
  EXPECT_EQ(world.nic_port().received, 11U);
  EXPECT_EQ(world.nic_port().dropped, 0U);
  EXPECT_EQ(world.read(nic::kRingHead), 11U % kDescriptors);
}

TEST(NicReceive, drops_what_it_has_no_descriptor_for_and_goes_on) {
  NicWorld world;
  world.set_up();
  world.start();
  world.run_frames(kDescriptors + 2);
  EXPECT_EQ(world.nic_port().received, kDescriptors - 1);
  EXPECT_EQ(world.nic_port().dropped, 3U);
  EXPECT_EQ(world.drops_because(DropReason::no_descriptor), 3U);
  EXPECT_EQ(world.get(kDescriptors - 1).is_done, 0U);
  EXPECT_EQ(world.contents_of(kDescriptors - 1), memory::kZeroes);
  world.put(0, {.buffer = world.buffer_of(0).value});
  world.write(nic::kRingTail, 0);
  world.run_frames(kDescriptors + 3);
  EXPECT_EQ(world.nic_port().received, kDescriptors);
  EXPECT_EQ(world.contents_of(kDescriptors - 1),
            nic::contents_of_frame(world.device, kDescriptors + 2));
}

TEST(NicReceive, does_not_take_a_descriptor_that_has_a_frame) {
  NicWorld world;
  world.set_up();
  world.put(0, {.buffer = world.buffer_of(0).value, .bytes = 1, .is_done = 1});
  world.start();
  world.run_frames(2);
  EXPECT_EQ(world.drops_because(DropReason::no_descriptor), 2U);
  EXPECT_EQ(world.read(nic::kRingHead), 0U);
}

TEST(NicReceive, ignores_the_low_bits_of_a_buffers_address) {
  NicWorld world;
  world.set_up();
  world.put(0, {.buffer = world.buffer_of(0).value | 0xFFF});
  world.start();
  world.run_frames(1);
  EXPECT_EQ(world.contents_of(0), nic::contents_of_frame(world.device, 0));
}

TEST(NicReceive, drops_without_bus_master_and_goes_on_where_it_was) {
  NicWorld world;
  world.set_up();
  world.start();
  world.run_frames(1);
  world.devices.pcie[world.device].command = pcie::kMemoryEnable;
  world.run_frames(4);
  EXPECT_EQ(world.drops_because(DropReason::lost_request), 3U);
  EXPECT_EQ(world.read(nic::kRingHead), 1U);
  world.devices.pcie[world.device].command |= pcie::kBusMaster;
  world.run_frames(5);
  EXPECT_EQ(world.nic_port().received, 2U);
  EXPECT_EQ(world.contents_of(1), nic::contents_of_frame(world.device, 4));
}

TEST(NicReceive, drops_a_frame_whose_buffer_is_refused_and_tries_the_descriptor_again) {
  NicWorld world;
  world.set_up();
  world.put(0, {.buffer = DeviceWorld::kPages * memory::kPageBytes});
  world.start();
  world.run_frames(2);
  EXPECT_EQ(world.drops_because(DropReason::lost_request), 2U);
  EXPECT_EQ(world.get(0).is_done, 0U);
  world.put(0, {.buffer = world.buffer_of(0).value});
  world.run_frames(3);
  EXPECT_EQ(world.contents_of(0), nic::contents_of_frame(world.device, 2));
}

TEST(NicReceive, drops_by_a_translation_fault) {
  NicWorld world;
  world.set_up();
  world.devices.iommu.translates = 1;  // with a root table that says nothing
  world.start();
  world.run_frames(2);
  EXPECT_EQ(world.nic_port().dropped, 2U);
  EXPECT_GE(world.records(DeviceRecord::translation_fault).size(), 2U);
  EXPECT_EQ(world.contents_of(0), memory::kZeroes);
}

TEST(NicReceive, does_not_see_that_a_buffer_belongs_to_somebody_else_by_now) {
  NicWorld world;
  const memory::PageRange page{page_of(world.buffer_of(0)), 1};
  world.memory.give(page, InterruptWorld::kKernel.tag());
  world.set_up();
  world.memory.release(page);
  world.memory.give(page, InterruptWorld::kSomebody.tag(), 5);
  world.memory.fill(page, {1234});
  world.start();
  world.run_frames(1);
  EXPECT_EQ(world.contents_of(0), nic::contents_of_frame(world.device, 0));
  bool is_recorded = false;
  for (const sim::Record& dma : world.records(DeviceRecord::dma)) {
    is_recorded =
        is_recorded ||
        (dma.values[2] == world.buffer_of(0).value &&
         dma.values[3] == (std::uint64_t{InterruptWorld::kSomebody.tag().hash} << 32 | 5));
  }
  EXPECT_TRUE(is_recorded);
}

TEST(NicReceive, writes_a_buffer_that_changed_hands_while_the_frame_was_on_its_way) {
  NicWorld world;
  world.set_up();
  world.start();
  world.run_until_on_its_way();
  const memory::PageRange page{page_of(world.buffer_of(0)), 1};
  world.memory.give(page, InterruptWorld::kSomebody.tag(), 5);
  world.put(0, {.buffer = world.buffer_of(2).value});  // too late: it has been read
  world.run_frames(1);
  EXPECT_EQ(world.contents_of(0), nic::contents_of_frame(world.device, 0));
  EXPECT_EQ(world.contents_of(2), memory::kZeroes);
}

TEST(NicReceive, survives_a_ring_of_garbage) {
  for (std::uint64_t version = 1; version <= 30; ++version) {
    NicWorld world;
    world.set_up();
    world.memory.fill({page_of(kRing), 1}, {version});
    world.write(nic::kRingSize, 256);
    world.write(nic::kRingTail, 255);
    world.start();
    world.run_frames(20);
    EXPECT_EQ(world.nic_port().received + world.nic_port().dropped, 20U);
  }
}

TEST(NicReceive, survives_a_ring_that_wraps_around_all_addresses) {
  NicWorld world;
  world.set_up();
  world.write(nic::kRingBase, ~0ULL - 7);
  world.write(nic::kRingTail, 3);
  world.start();
  world.run_frames(3);
  EXPECT_EQ(world.drops_because(DropReason::lost_request), 3U);
}

// The values themselves: they must be the same on every compiler and in every version.

TEST(NicRegisters, give_back_what_was_written) {
  NicWorld world;
  world.set_up();
  EXPECT_EQ(world.read(nic::kControl), nic::kReceiveBit);
  EXPECT_EQ(world.read(nic::kRingBase), kRing.value);
  EXPECT_EQ(world.read(nic::kRingSize), kDescriptors);
  EXPECT_EQ(world.read(nic::kRingTail), kDescriptors - 1);
  EXPECT_EQ(world.read(nic::kRingHead), 0U);
  world.write(nic::kRingHead, 2);
  EXPECT_EQ(world.read(nic::kRingHead), 0U);
  EXPECT_EQ(world.read(0x1000), 0U);
  world.write(nic::kControl, ~nic::kReceiveBit);
  EXPECT_EQ(world.read(nic::kControl), 0U);
}

TEST(NicRegisters, do_not_accept_a_tail_beyond_the_ring) {
  NicWorld world;
  world.set_up();
  world.write(nic::kRingTail, kDescriptors);
  EXPECT_EQ(world.read(nic::kRingTail), kDescriptors - 1);
  world.write(nic::kRingTail, 1ULL << 32);
  EXPECT_EQ(world.read(nic::kRingTail), kDescriptors - 1);
}

TEST(NicRegisters, start_the_ring_anew_with_its_base_or_size) {
  for (const std::uint64_t offset : {nic::kRingBase, nic::kRingSize}) {
    NicWorld world;
    world.set_up();
    world.start();
    world.run_frames(2);
    EXPECT_EQ(world.read(nic::kRingHead), 2U);
    world.write(offset, 16);
    EXPECT_EQ(world.read(nic::kRingHead), 0U);
    EXPECT_EQ(world.read(nic::kRingTail), 0U);
  }
}

TEST(NicRegisters, are_all_ones_and_cannot_be_written_without_memory_decoding) {
  NicWorld world;
  world.set_up();
  world.devices.pcie[world.device].command = pcie::kBusMaster;
  EXPECT_EQ(world.read(nic::kRingBase), ~0ULL);
  world.write(nic::kControl, 0);
  world.devices.pcie[world.device].command |= pcie::kMemoryEnable;
  EXPECT_EQ(world.read(nic::kControl), nic::kReceiveBit);
  world.devices.pcie[world.device].is_in_reset = 1;
  EXPECT_EQ(world.read(nic::kControl), ~0ULL);
}

TEST(NicRegisters, of_a_function_without_a_port_are_all_ones) {
  NicWorld world;
  Context step = world.context();
  EXPECT_EQ(nic::read_register(step, world.port, nic::kControl), ~0ULL);
  nic::write_register(step, world.port, nic::kControl, 1);
  nic::lose_state(step, world.port);
  EXPECT_EQ(world.nic_port().receives, 0U);
}

}  // namespace
}  // namespace luosim::device
