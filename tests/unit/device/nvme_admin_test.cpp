// SPDX-License-Identifier: Apache-2.0
//
// Commands of the admin queue, each with what it must refuse.
#include <gtest/gtest.h>

#include "tests/unit/device/nvme_world.hpp"

namespace luosim::device::nvme {
namespace {

SubmissionEntry create_completions(std::uint32_t number, std::uint32_t size,
                                   std::uint32_t vector = 0) {
  SubmissionEntry entry = NvmeWorld::admin(kCreateCompletionQueue);
  entry.prp1 = NvmeWorld::completions_at(static_cast<std::uint16_t>(number & 3));
  entry.dw10 = number | (size - 1) << 16;
  entry.dw11 = 3 | vector << 16;
  return entry;
}
SubmissionEntry create_submissions(std::uint32_t number, std::uint32_t size,
                                   std::uint32_t completions) {
  SubmissionEntry entry = NvmeWorld::admin(kCreateSubmissionQueue);
  entry.prp1 = NvmeWorld::submissions_at(static_cast<std::uint16_t>(number & 3));
  entry.dw10 = number | (size - 1) << 16;
  entry.dw11 = 1 | completions << 16;
  return entry;
}
SubmissionEntry with_queue(std::uint8_t opcode, std::uint32_t number) {
  SubmissionEntry entry = NvmeWorld::admin(opcode);
  entry.dw10 = number;
  return entry;
}
SubmissionEntry abort_of(std::uint32_t queue, std::uint32_t command_id) {
  return with_queue(kAbort, queue | command_id << 16);
}

TEST(NvmeAdmin, creates_queues_that_work) {
  NvmeWorld world;
  world.start();
  EXPECT_EQ(world.create_completions_status(), 0U);
  EXPECT_EQ(world.create_submissions_status(), 0U);
  EXPECT_TRUE(world.execute(1, NvmeWorld::io(kRead, 0, 0)));
}

TEST(NvmeAdmin, refuses_completion_queues_that_make_no_sense) {
  NvmeWorld world;
  world.start();
  const auto code = [&](const SubmissionEntry& entry) {
    return NvmeWorld::code_of(world.execute(0, entry));
  };
  EXPECT_EQ(code(create_completions(0, 8)), status_code::kInvalidQueueId);
  EXPECT_EQ(code(create_completions(65, 8)), status_code::kInvalidQueueId);
  EXPECT_EQ(code(create_completions(1, 8)), status_code::kInvalidQueueId);  // exists
  EXPECT_EQ(code(create_completions(2, 1)), status_code::kInvalidQueueSize);
  EXPECT_EQ(code(create_completions(2, 0x801)), status_code::kInvalidQueueSize);
  EXPECT_EQ(code(create_completions(2, 8, 65)), status_code::kInvalidVector);
  SubmissionEntry entry = create_completions(2, 8);
  entry.prp1 += 16;
  EXPECT_EQ(code(entry), status_code::kInvalidPrpOffset);
  entry = create_completions(2, 8);
  entry.dw11 = 2;
  EXPECT_EQ(code(entry), status_code::kInvalidField);
  EXPECT_EQ(code(create_completions(2, 0x800, 64)), status_code::kSuccess);
}

TEST(NvmeAdmin, refuses_submission_queues_that_make_no_sense) {
  NvmeWorld world;
  world.start();
  const auto code = [&](const SubmissionEntry& entry) {
    return NvmeWorld::code_of(world.execute(0, entry));
  };
  EXPECT_EQ(code(create_submissions(1, 8, 1)), status_code::kInvalidQueueId);
  EXPECT_EQ(code(create_submissions(2, 1, 1)), status_code::kInvalidQueueSize);
  EXPECT_EQ(code(create_submissions(2, 8, 3)), status_code::kInvalidCompletionQueue);
  EXPECT_EQ(code(create_submissions(2, 8, 0)), status_code::kInvalidCompletionQueue);
  EXPECT_EQ(code(create_submissions(2, 8, 1)), status_code::kSuccess);
}

TEST(NvmeAdmin, refuses_queues_without_the_sizes_of_their_entries) {
  NvmeWorld world;
  world.write_admin_registers();
  world.write(kConfiguration, kEnableBit);
  world.run();
  world.expect_admin_queue();
  EXPECT_EQ(NvmeWorld::code_of(world.execute(0, create_completions(1, 8))),
            status_code::kInvalidField);
}

TEST(NvmeAdmin, deletes_a_completion_queue_only_when_nobody_uses_it) {
  NvmeWorld world;
  world.start();
  const auto code = [&](std::uint8_t opcode, std::uint32_t number) {
    return NvmeWorld::code_of(world.execute(0, with_queue(opcode, number)));
  };
  EXPECT_EQ(code(kDeleteCompletionQueue, 1), status_code::kInvalidQueueDeletion);
  EXPECT_EQ(code(kDeleteCompletionQueue, 0), status_code::kInvalidQueueId);
  EXPECT_EQ(code(kDeleteCompletionQueue, 2), status_code::kInvalidQueueId);
  EXPECT_EQ(code(kDeleteSubmissionQueue, 2), status_code::kInvalidQueueId);
  EXPECT_EQ(code(kDeleteSubmissionQueue, 0), status_code::kInvalidQueueId);
  EXPECT_EQ(code(kDeleteSubmissionQueue, 1), status_code::kSuccess);
  EXPECT_EQ(code(kDeleteCompletionQueue, 1), status_code::kSuccess);
  EXPECT_EQ(code(kDeleteCompletionQueue, 1), status_code::kInvalidQueueId);
}

TEST(NvmeAdmin, deleting_a_submission_queue_completes_what_is_under_way) {
  NvmeWorld world;
  world.start();
  for (std::uint64_t block = 0; block < 3; ++block)
    world.submit(1, NvmeWorld::io(kRead, block, block));
  world.submit_and_ring(0, with_queue(kDeleteSubmissionQueue, 1));
  world.run_for(sim::microseconds(8));
  world.ring(1);
  world.run();
  const auto completions = world.consume_all(1);
  ASSERT_EQ(completions.size(), 3U);
  for (const CompletionEntry& entry : completions)
    EXPECT_EQ(NvmeWorld::code_of(entry), status_code::kQueueDeleted);
  EXPECT_EQ(NvmeWorld::status_of(world.consume(0)), 0U);
  EXPECT_TRUE(world.schedule.is_idle());
  EXPECT_EQ(world.controller().free_commands.size(), world.controller().commands.size());
}

TEST(NvmeAdmin, a_queue_that_was_deleted_can_be_made_again) {
  NvmeWorld world;
  world.start(8);
  world.execute(1, NvmeWorld::io(kRead, 0, 0));
  world.execute(0, with_queue(kDeleteSubmissionQueue, 1));
  world.execute(0, with_queue(kDeleteCompletionQueue, 1));
  world.memory.fill({{NvmeWorld::completions_at(1) / memory::kPageBytes}, 1}, memory::kZeroes);
  world.create_queues(1, 8);
  EXPECT_EQ(world.create_submissions_status(), 0U);
  EXPECT_EQ(NvmeWorld::status_of(world.execute(1, NvmeWorld::io(kRead, 0, 0))), 0U);
}

TEST(NvmeAdmin, identify_describes_namespace_and_controller) {
  NvmeWorld world;
  world.start();
  SubmissionEntry entry = NvmeWorld::admin(kIdentify);
  entry.prp1 = NvmeWorld::data_at(0);
  EXPECT_EQ(NvmeWorld::status_of(world.execute(0, entry)), 0U);
  EXPECT_EQ(world.memory.bytes().read_value<std::uint64_t>({NvmeWorld::data_at(0)}),
            NvmeWorld::kBlocks);
  EXPECT_EQ(world.memory.bytes().read_value<std::uint8_t>({NvmeWorld::data_at(0) + 130}), 12U);
  entry.dw10 = 1;
  EXPECT_EQ(NvmeWorld::status_of(world.execute(0, entry)), 0U);
  EXPECT_EQ(world.memory.bytes().read_value<std::uint8_t>({NvmeWorld::data_at(0) + 525}), 1U);
  EXPECT_EQ(world.memory.bytes().read_value<std::uint8_t>({NvmeWorld::data_at(0) + 4}), '1');
  entry.dw10 = 2;
  EXPECT_EQ(NvmeWorld::status_of(world.execute(0, entry)), 0U);
  EXPECT_EQ(world.memory.bytes().read_value<std::uint32_t>({NvmeWorld::data_at(0)}), 1U);
  entry.dw10 = 3;
  EXPECT_EQ(NvmeWorld::code_of(world.execute(0, entry)), status_code::kInvalidField);
  entry.dw10 = 0;
  entry.namespace_id = 2;
  EXPECT_EQ(NvmeWorld::code_of(world.execute(0, entry)), status_code::kInvalidNamespace);
}

TEST(NvmeAdmin, identify_crosses_to_the_second_pointer) {
  NvmeWorld world;
  world.start();
  SubmissionEntry entry = NvmeWorld::admin(kIdentify);
  entry.prp1 = NvmeWorld::data_at(0) + 4096 - 8;
  entry.prp2 = NvmeWorld::data_at(5);
  EXPECT_EQ(NvmeWorld::status_of(world.execute(0, entry)), 0U);
  EXPECT_EQ(world.memory.bytes().read_value<std::uint64_t>({NvmeWorld::data_at(1) - 8}),
            NvmeWorld::kBlocks);
  EXPECT_EQ(world.memory.bytes().read_value<std::uint64_t>({NvmeWorld::data_at(5)}),
            NvmeWorld::kBlocks);
  entry.prp2 = NvmeWorld::kPages * memory::kPageBytes;
  EXPECT_EQ(NvmeWorld::status_of(world.execute(0, entry)), status_code::kDataTransferError);
}

TEST(NvmeAdmin, set_features_grants_all_queues_and_knows_nothing_else) {
  NvmeWorld world;
  world.start();
  const auto granted = world.execute(0, with_queue(kSetFeatures, kNumberOfQueues));
  ASSERT_TRUE(granted);
  EXPECT_EQ(granted->result, 63U << 16 | 63U);
  EXPECT_EQ(NvmeWorld::code_of(world.execute(0, with_queue(kSetFeatures, 0x42))),
            status_code::kInvalidField);
}

TEST(NvmeAdmin, refuses_what_it_does_not_know) {
  NvmeWorld world;
  world.start();
  const auto completion = world.execute(0, NvmeWorld::admin(0x7F));
  EXPECT_EQ(NvmeWorld::status_of(completion),
            status_code::kInvalidOpcode | status_code::kDoNotRetry);
  EXPECT_EQ(NvmeWorld::code_of(world.execute(1, NvmeWorld::admin(0x7F))),
            status_code::kInvalidOpcode);
}

TEST(NvmeAdmin, doorbell_buffers_must_be_pages) {
  NvmeWorld world;
  world.start();
  SubmissionEntry entry = NvmeWorld::admin(kDoorbellBufferConfig);
  entry.prp1 = NvmeWorld::data_at(0);
  EXPECT_EQ(NvmeWorld::code_of(world.execute(0, entry)), status_code::kInvalidField);
  entry.prp2 = NvmeWorld::data_at(1) + 8;
  EXPECT_EQ(NvmeWorld::code_of(world.execute(0, entry)), status_code::kInvalidField);
  EXPECT_EQ(world.controller().shadow_doorbells, 0U);
}

TEST(NvmeAdmin, event_requests_stay_until_aborted_and_are_few) {
  NvmeWorld world;
  world.start();
  const std::uint16_t first = world.submit(0, NvmeWorld::admin(kAsyncEventRequest));
  for (int more = 0; more < 4; ++more) world.submit(0, NvmeWorld::admin(kAsyncEventRequest));
  world.ring(0);
  world.run();
  EXPECT_EQ(NvmeWorld::code_of(world.consume(0)), status_code::kTooManyEventRequests);
  EXPECT_FALSE(world.consume(0));
  world.submit_and_ring(0, abort_of(0, first));
  world.run();
  const auto aborted = world.consume(0);
  ASSERT_TRUE(aborted);
  EXPECT_EQ(aborted->command_id, first);
  EXPECT_EQ(NvmeWorld::code_of(aborted), status_code::kAbortRequested);
  EXPECT_EQ(world.consume(0)->result, 0U);
}

// Both completions appear, and the aborted command touches memory no more.
TEST(NvmeAbort, ends_a_command_that_is_under_way) {
  NvmeWorld world;
  world.start();
  world.fill(0, 1);
  const std::uint16_t id = world.submit_and_ring(1, NvmeWorld::io(kRead, 0, 0));
  world.submit_and_ring(0, abort_of(1, id));
  world.run();
  const auto aborted = world.consume(1);
  ASSERT_TRUE(aborted);
  EXPECT_EQ(aborted->command_id, id);
  EXPECT_EQ(NvmeWorld::code_of(aborted), status_code::kAbortRequested);
  EXPECT_EQ(world.consume(0)->result, 0U);
  EXPECT_EQ(world.version(0), 1U);
  EXPECT_FALSE(world.consume(1));
}

TEST(NvmeAbort, of_a_command_that_is_gone_or_done_says_so) {
  NvmeWorld world;
  world.start();
  EXPECT_EQ(world.execute(0, abort_of(1, 999))->result, 1U);
  const std::uint16_t id = world.submit_and_ring(1, NvmeWorld::io(kRead, 0, 0));
  world.run();
  EXPECT_EQ(world.execute(0, abort_of(1, id))->result, 1U);
  EXPECT_EQ(world.consume_all(1).size(), 1U);
}

TEST(NvmeAbort, comes_too_late_for_a_command_whose_data_are_moved) {
  NvmeWorld world;
  world.start();
  // It is carried out 62.4 us from now; the page moves after 61.8 us, the completion after 63.3 us.
  world.timing.set(timing::Cost::nvme_admin, sim::microseconds(61));
  const std::uint16_t id = world.submit_and_ring(1, NvmeWorld::io(kRead, 0, 0));
  world.submit_and_ring(0, abort_of(1, id));
  world.run();
  EXPECT_EQ(world.consume(0)->result, 1U);
  EXPECT_EQ(NvmeWorld::status_of(world.consume(1)), 0U);
}

TEST(NvmeAbort, leaves_nothing_behind_that_could_touch_the_next_command) {
  NvmeWorld world;
  world.start();
  const std::uint16_t id = world.submit_and_ring(1, NvmeWorld::io(kRead, 0, 0));
  world.submit_and_ring(0, abort_of(1, id));
  world.run_for(sim::microseconds(15));
  ASSERT_TRUE(world.consume(1));
  const sim::SimTime before = world.schedule.now();
  world.trace.forget_records();
  for (std::uint64_t block = 1; block < 4; ++block) world.submit(1, NvmeWorld::io(kRead, block, 1));
  world.ring(1);
  world.run();
  const auto posted = world.records(DeviceRecord::completion_posted);
  ASSERT_EQ(posted.size(), 3U);
  // Not when the aborted one, whose slot one of them has, would have been done.
  for (const sim::Record& record : posted) EXPECT_GE(record.time - before, sim::microseconds(57));
}

TEST(NvmeAbort, does_not_end_itself) {
  NvmeWorld world;
  world.start();
  const std::uint16_t probe = world.submit_and_ring(0, abort_of(0, 0));
  world.run();
  world.consume(0);
  const auto completion = world.execute(0, abort_of(0, probe + 1U));
  ASSERT_TRUE(completion);
  EXPECT_EQ(completion->result, 1U);
}

TEST(NvmeFault, gives_a_command_the_status_that_the_rule_says) {
  NvmeWorld world;
  world.start();
  world.faults.add({.site = kCommandFault.id(), .skip = 1, .value = 0x281});
  world.faults.add({.site = kCommandFault.id(), .skip = 2, .value = -5});
  EXPECT_EQ(NvmeWorld::status_of(world.execute(1, NvmeWorld::io(kRead, 0, 0))), 0U);
  EXPECT_EQ(NvmeWorld::status_of(world.execute(1, NvmeWorld::io(kRead, 0, 0))), 0x281U);
  EXPECT_EQ(NvmeWorld::status_of(world.execute(1, NvmeWorld::io(kRead, 0, 0))), 0U);
  EXPECT_EQ(NvmeWorld::status_of(world.execute(1, NvmeWorld::io(kRead, 0, 0))),
            status_code::kInternalError);
  EXPECT_EQ(NvmeWorld::status_of(world.execute(1, NvmeWorld::io(kRead, 0, 0))), 0U);
}

}  // namespace
}  // namespace luosim::device::nvme
