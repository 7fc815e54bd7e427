// SPDX-License-Identifier: Apache-2.0
//
// Submission and completion queues: order, wrap and phase, doorbells and their shadows, what waits
// where there is no room, and what becomes of requests that do not reach memory.
#include <algorithm>

#include <gtest/gtest.h>

#include "tests/unit/device/nvme_world.hpp"

namespace luosim::device::nvme {
namespace {

SubmissionEntry read_block(std::uint64_t block, std::uint64_t page = 0) {
  return NvmeWorld::io(kRead, block, page);
}

std::size_t accesses(const NvmeWorld& world, DmaPurpose purpose) {
  std::size_t count = 0;
  for (const sim::Record& record : world.records(DeviceRecord::dma)) {
    if ((record.values[0] >> 32 & 0xFF) == static_cast<std::uint64_t>(purpose)) ++count;
  }
  return count;
}

TEST(NvmeQueue, fetches_nothing_before_the_doorbell_is_rung) {
  NvmeWorld world;
  world.start();
  const std::uint64_t before = world.controller().commands_fetched;
  world.submit(1, read_block(0));
  world.run();
  EXPECT_EQ(world.controller().commands_fetched, before);
  world.ring(1);
  world.run();
  EXPECT_EQ(world.controller().commands_fetched, before + 1);
  EXPECT_TRUE(world.consume(1));
}

TEST(NvmeQueue, fetches_in_order_in_one_access_for_a_batch) {
  NvmeWorld world;
  world.start();
  const std::size_t before = accesses(world, DmaPurpose::command);
  for (std::uint64_t block = 0; block < 20; ++block) world.submit(1, read_block(block));
  world.ring(1);
  world.trace.forget_records();
  world.run();
  const auto fetched = world.records(DeviceRecord::command_fetched);
  ASSERT_EQ(fetched.size(), 20U);
  for (std::uint64_t block = 0; block < 20; ++block) EXPECT_EQ(fetched[block].values[2], block);
  EXPECT_GT(before, 0U);
  EXPECT_EQ(accesses(world, DmaPurpose::command), 1U);
}

TEST(NvmeQueue, wraps_and_turns_the_phase) {
  NvmeWorld world;
  world.start(8);
  for (std::uint64_t turn = 0; turn < 5; ++turn) {
    for (std::uint64_t block = 0; block < 7; ++block) world.submit(1, read_block(block));
    world.ring(1);
    world.run();
    EXPECT_EQ(world.consume_all(1).size(), 7U) << turn;
  }
  EXPECT_EQ(world.controller().completion_queues[1].tail, 35 % 8);
  EXPECT_EQ(world.controller().completion_queues[1].phase, 1U);  // turned four times
}

TEST(NvmeQueue, completion_says_which_command_and_how_far_the_queue_was_taken) {
  NvmeWorld world;
  world.start(8);
  const std::uint16_t first = world.submit(1, read_block(0));
  world.submit(1, read_block(1));
  world.ring(1);
  world.run();
  const auto completion = world.consume(1);
  ASSERT_TRUE(completion);
  EXPECT_EQ(completion->command_id, first);
  EXPECT_EQ(completion->submission_queue, 1U);
  EXPECT_EQ(completion->submission_head, 2U);
  EXPECT_EQ(completion->status_and_phase, 1U);
}

// Hazard 85.
TEST(NvmeQueue, posts_no_completion_into_a_full_queue) {
  NvmeWorld world;
  world.start(64, 4);
  for (std::uint64_t block = 0; block < 10; ++block) world.submit(1, read_block(block));
  world.ring(1);
  world.run();
  EXPECT_EQ(world.controller().waiting.size(), 7U);
  EXPECT_EQ(world.controller().completion_queues[1].tail, 3U);
  std::size_t seen = 0;
  for (int turn = 0; turn < 4; ++turn) {
    seen += world.consume_all(1).size();
    world.run();
  }
  EXPECT_EQ(seen, 10U);
  EXPECT_TRUE(world.controller().waiting.empty());
}

TEST(NvmeQueue, posts_what_waited_in_order_with_one_interrupt) {
  NvmeWorld world;
  world.start(64, 4);
  std::vector<std::uint16_t> ids;
  for (std::uint64_t block = 0; block < 6; ++block)
    ids.push_back(world.submit(1, read_block(block)));
  world.ring(1);
  world.run();
  for (std::size_t index = 0; index < 3; ++index)
    EXPECT_EQ(world.consume(1)->command_id, ids[index]);
  EXPECT_FALSE(world.consume(1));
  const std::size_t before = world.records(DeviceRecord::interrupt_raised).size();
  world.acknowledge(1);
  world.run();
  EXPECT_EQ(world.records(DeviceRecord::interrupt_raised).size(), before + 1);
  for (std::size_t index = 3; index < 6; ++index)
    EXPECT_EQ(world.consume(1)->command_id, ids[index]);
}

TEST(NvmeQueue, head_doorbell_of_a_queue_with_room_interrupts_nobody) {
  NvmeWorld world;
  world.start();
  world.submit_and_ring(1, read_block(0));
  world.run();
  const std::size_t before = world.records(DeviceRecord::interrupt_raised).size();
  world.write(completion_doorbell(1), 0);
  world.run();
  EXPECT_EQ(world.records(DeviceRecord::interrupt_raised).size(), before);
}

TEST(NvmeQueue, raises_the_vector_of_its_completion_queue_or_none) {
  NvmeWorld world;
  world.enable();
  world.create_queues(1, 8, 8, 7);
  world.trace.forget_records();
  world.submit_and_ring(1, read_block(0));
  world.run();
  const auto raised = world.records(DeviceRecord::interrupt_raised);
  ASSERT_EQ(raised.size(), 1U);
  EXPECT_EQ(raised[0].values[1], 7U);
  world.controller().completion_queues[1].interrupts = 0;
  world.submit_and_ring(1, read_block(0));
  world.run();
  EXPECT_EQ(world.records(DeviceRecord::interrupt_raised).size(), 1U);
}

TEST(NvmeQueue, keeps_no_more_commands_in_flight_than_it_has_slots) {
  NvmeWorld world;
  world.controller().max_commands = 5;
  world.start(64);
  world.create_queues(2, 64);
  for (std::uint64_t block = 0; block < 30; ++block) {
    world.submit(1, read_block(block));
    world.submit(2, read_block(block));
  }
  world.ring(1);
  world.ring(2);
  std::uint32_t most = 0;
  while (!world.schedule.is_idle()) {
    Context step = world.context(world.schedule.take_next());
    sim::Engine::run_step(step);
    most = std::max(most, world.controller().submission_queues[1].outstanding +
                              world.controller().submission_queues[2].outstanding);
  }
  EXPECT_EQ(most, 5U);
  EXPECT_EQ(world.consume_all(1).size(), 30U);
  EXPECT_EQ(world.consume_all(2).size(), 30U);
  EXPECT_LE(world.controller().commands.size(), 5U);
}

TEST(NvmeQueue, completions_that_wait_for_room_keep_their_slots) {
  NvmeWorld world;
  world.controller().max_commands = 5;
  world.start(64, 3);
  for (std::uint64_t block = 0; block < 30; ++block) world.submit(1, read_block(block));
  world.ring(1);
  world.run();
  EXPECT_EQ(world.controller().waiting.size(), 5U);
  EXPECT_EQ(world.controller().submission_queues[1].head, 7U);  // two posted, five wait
  const auto first =
      world.memory.bytes().read_value<CompletionEntry>({NvmeWorld::completions_at(1)});
  EXPECT_EQ(first.submission_head, 5U);  // not the tail
  std::size_t seen = 0;
  for (int turn = 0; turn < 20; ++turn) {
    seen += world.consume_all(1).size();
    world.run();
  }
  EXPECT_EQ(seen, 30U);
}

TEST(NvmeDoorbell, of_no_queue_or_out_of_range_is_ignored_with_a_record) {
  NvmeWorld world;
  world.start(8);
  const std::array<std::pair<std::uint64_t, std::uint64_t>, 7> bad = {{
      {submission_doorbell(1), 8},
      {completion_doorbell(1), 8},
      {submission_doorbell(2), 1},
      {completion_doorbell(2), 1},
      {submission_doorbell(65), 1},
      {submission_doorbell(1) + 2, 1},
      {~0ULL - 7, 1},
  }};
  const Controller before = world.controller();
  for (const auto& [offset, value] : bad) world.write(offset, value);
  EXPECT_EQ(world.records(DeviceRecord::doorbell_ignored).size(), bad.size());
  EXPECT_EQ(world.controller(), before);
  EXPECT_TRUE(world.schedule.is_idle());
}

// Hazard 87.
TEST(NvmeDoorbell, rung_while_memory_decoding_is_off_is_lost_and_the_next_one_makes_up_for_it) {
  NvmeWorld world;
  world.start();
  world.command(false, true);
  world.submit_and_ring(1, read_block(0));
  world.run();
  world.command(true, true);
  world.run();
  EXPECT_EQ(world.controller().submission_queues[1].tail, 0U);
  EXPECT_FALSE(world.consume(1));
  world.submit_and_ring(1, read_block(1));
  world.run();
  EXPECT_EQ(world.consume_all(1).size(), 2U);
}

class ShadowDoorbells : public ::testing::Test {
 protected:
  static constexpr std::uint64_t kShadow = 100;  // data pages
  static constexpr std::uint64_t kEvents = 101;

  void SetUp() override {
    world.start(16, 4);
    SubmissionEntry entry = NvmeWorld::admin(kDoorbellBufferConfig);
    entry.prp1 = NvmeWorld::data_at(kShadow);
    entry.prp2 = NvmeWorld::data_at(kEvents);
    ASSERT_EQ(NvmeWorld::status_of(world.execute(0, entry)), 0U);
    world.trace.forget_records();
  }
  void set_shadow(std::uint64_t doorbell, std::uint32_t value) {
    world.memory.bytes().write_value({NvmeWorld::data_at(kShadow) + doorbell - kDoorbells}, value);
  }
  std::uint32_t event_index(std::uint64_t doorbell) {
    return world.memory.bytes().read_value<std::uint32_t>(
        {NvmeWorld::data_at(kEvents) + doorbell - kDoorbells});
  }
  NvmeWorld world;
};

TEST_F(ShadowDoorbells, tell_the_tail_and_are_asked_to_ring_for_the_next) {
  for (std::uint64_t block = 0; block < 3; ++block) world.submit(1, read_block(block));
  set_shadow(submission_doorbell(1), 3);
  world.write(submission_doorbell(1), 1);  // rung for the first, the others came meanwhile
  world.run();
  EXPECT_EQ(world.consume_all(1).size(), 3U);
  EXPECT_EQ(event_index(submission_doorbell(1)), 3U);
  EXPECT_EQ(accesses(world, DmaPurpose::descriptor), 2U);
}

TEST_F(ShadowDoorbells, tell_the_head_of_a_full_completion_queue) {
  for (std::uint64_t block = 0; block < 6; ++block) world.submit(1, read_block(block));
  set_shadow(submission_doorbell(1), 6);
  world.ring(1);
  world.run_for(sim::microseconds(70));
  world.run();
  EXPECT_EQ(world.controller().waiting.size(), 3U);
  EXPECT_EQ(event_index(completion_doorbell(1)), 0U);
  set_shadow(completion_doorbell(1), 3);
  world.submit(1, read_block(7));
  set_shadow(submission_doorbell(1), 7);
  world.ring(1);
  world.run();
  EXPECT_EQ(world.controller().completion_queues[1].head, 3U);
  EXPECT_EQ(event_index(completion_doorbell(1)), 3U);
}

TEST_F(ShadowDoorbells, out_of_range_are_ignored_with_a_record) {
  set_shadow(submission_doorbell(1), 0xDEAD'BEEF);
  world.submit_and_ring(1, read_block(0));
  world.run();
  EXPECT_EQ(world.records(DeviceRecord::doorbell_ignored).size(), 1U);
  EXPECT_EQ(world.consume_all(1).size(), 1U);
}

// Hazard 88: the pages are known to the controller alone.
TEST_F(ShadowDoorbells, that_cannot_be_reached_are_fatal) {
  world.controller().shadow_doorbells = NvmeWorld::kPages * memory::kPageBytes;
  world.submit_and_ring(1, read_block(0));
  world.run();
  EXPECT_EQ(world.read(kStatus), kFatalBit);
}

// Hazard 86.
TEST(NvmeLostRequest, of_a_fetch_is_fatal) {
  NvmeWorld world;
  world.start();
  world.command(true, false);
  world.submit_and_ring(1, read_block(0));
  world.run();
  EXPECT_EQ(world.read(kStatus), kFatalBit);
  EXPECT_EQ(world.controller().commands_fetched, 2U);
}

TEST(NvmeLostRequest, of_a_completion_is_fatal) {
  NvmeWorld world;
  world.start();
  world.submit_and_ring(1, NvmeWorld::flush());
  world.submit_and_ring(1, read_block(0));
  world.run_for(sim::microseconds(3));
  world.command(true, false);
  world.run();
  EXPECT_EQ(world.read(kStatus), kFatalBit);
  const auto dropped = world.records(DeviceRecord::commands_dropped);
  ASSERT_EQ(dropped.size(), 1U);
  EXPECT_EQ(dropped[0].values[1], 2U);
  EXPECT_TRUE(world.schedule.is_idle());
}

TEST(NvmeLostRequest, stalls_until_the_function_may_send_again) {
  NvmeWorld world;
  world.controller().on_lost_request = OnLostRequest::stall;
  world.start();
  for (std::uint64_t block = 0; block < 4; ++block) world.submit(1, read_block(block));
  world.ring(1);
  world.run_for(sim::microseconds(3));  // fetched, and on the media
  world.command(true, false);
  world.submit_and_ring(1, read_block(4));
  world.run_for(sim::seconds(1));
  EXPECT_EQ(world.read(kStatus), kReadyBit);
  EXPECT_FALSE(world.consume(1));
  world.command(true, true);
  world.run_for(sim::milliseconds(2));
  EXPECT_EQ(world.consume_all(1).size(), 5U);
  world.run();
}

TEST(NvmeLostRequest, that_waits_to_be_sent_again_leaves_no_records_meanwhile) {
  NvmeWorld world;
  world.controller().on_lost_request = OnLostRequest::stall;
  world.start();
  world.command(true, false);
  world.submit_and_ring(1, read_block(4));
  world.trace.forget_records();
  world.run_for(sim::seconds(1));
  EXPECT_EQ(accesses(world, DmaPurpose::command), 1U);
}

TEST(NvmeLostRequest, of_a_completion_that_stalls_is_posted_later_in_order) {
  NvmeWorld world;
  world.controller().on_lost_request = OnLostRequest::stall;
  world.start();
  const std::uint16_t first = world.submit_and_ring(1, NvmeWorld::flush());
  world.run_for(sim::nanoseconds(1500));
  const std::uint16_t second = world.submit_and_ring(1, NvmeWorld::flush());
  world.run_for(sim::nanoseconds(2000));
  world.command(true, false);
  world.run_for(sim::milliseconds(10));
  EXPECT_EQ(world.controller().waiting.size(), 2U);
  world.command(true, true);
  const std::uint16_t third = world.submit_and_ring(1, NvmeWorld::flush());
  world.run();
  EXPECT_EQ(world.consume(1)->command_id, first);
  EXPECT_EQ(world.consume(1)->command_id, second);
  EXPECT_EQ(world.consume(1)->command_id, third);
}

// Hazard 83: entries of before the reset look valid to a driver that did not zero the queue.
TEST(NvmePhase, of_entries_from_before_a_reset_looks_right_in_memory_that_was_not_zeroed) {
  for (const bool zeroes : {false, true}) {
    NvmeWorld world;
    world.start();
    world.execute(1, read_block(0));
    world.reset();
    world.run();
    world.turn_on();
    world.memory.fill({{0x100}, zeroes ? 0x100U : 0x80U}, memory::kZeroes);
    world.start();
    // Nothing was submitted: what is found then is a phantom.
    EXPECT_EQ(world.consume(1).has_value(), !zeroes);
  }
}

// devices.md, F.6: with nobody at the CPU, what was submitted is carried out and then it is quiet.
TEST(NvmeWithoutSoftware, goes_on_until_all_that_was_submitted_is_done) {
  NvmeWorld world;
  world.start(64);
  for (std::uint64_t block = 0; block < 40; ++block) world.submit(1, read_block(block, block));
  world.ring(1);
  world.submit(1, read_block(50));  // not rung: stays where it is
  world.schedule.drop_all_without(kHardwareBit);
  world.run();
  EXPECT_TRUE(world.schedule.is_idle());
  EXPECT_LT(world.schedule.now(), sim::SimTime{} + sim::milliseconds(60));
  EXPECT_EQ(world.consume_all(1).size(), 40U);
  EXPECT_EQ(world.controller().submission_queues[1].head, 40U);
}

// Hazard 90: the completion is there, however late the guest looks.
TEST(NvmeWithoutSoftware, completions_wait_for_a_guest_that_comes_back_late) {
  NvmeWorld world;
  world.start();
  world.submit_and_ring(1, read_block(0));
  world.run_for(sim::seconds(60));
  EXPECT_TRUE(world.consume(1));
}

}  // namespace
}  // namespace luosim::device::nvme
