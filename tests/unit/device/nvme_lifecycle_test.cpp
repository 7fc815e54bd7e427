// SPDX-License-Identifier: Apache-2.0
//
// The lifecycle of a controller, edge by edge, and the registers that drive it.
#include <gtest/gtest.h>

#include "tests/unit/device/nvme_world.hpp"

namespace luosim::device::nvme {
namespace {

using State = ControllerState;
using Event = ControllerEvent;
constexpr std::uint64_t kAllOnes = ~0ULL;

struct Edge {
  State from;
  Event event;
  State to;
};
// devices.md, F.5, and F.4 for the way out of fatal.
constexpr Edge kEdges[] = {
    {State::disabled, Event::enable, State::enabling},
    {State::disabled, Event::refuse, State::fatal},
    {State::disabled, Event::reset, State::in_reset},
    {State::enabling, Event::enabled, State::ready},
    {State::enabling, Event::disable, State::disabling},
    {State::enabling, Event::fail, State::fatal},
    {State::enabling, Event::reset, State::in_reset},
    {State::ready, Event::disable, State::disabling},
    {State::ready, Event::shut_down, State::shutting_down},
    {State::ready, Event::fail, State::fatal},
    {State::ready, Event::reset, State::in_reset},
    {State::shutting_down, Event::shutdown_complete, State::shut_down},
    {State::shutting_down, Event::disable, State::disabling},
    {State::shutting_down, Event::fail, State::fatal},
    {State::shutting_down, Event::reset, State::in_reset},
    {State::shut_down, Event::disable, State::disabling},
    {State::shut_down, Event::reset, State::in_reset},
    {State::disabling, Event::disabled, State::disabled},
    {State::disabling, Event::reset, State::in_reset},
    {State::fatal, Event::disable, State::disabling},
    {State::fatal, Event::reset, State::in_reset},
    {State::in_reset, Event::reset_complete, State::disabled},
};

TEST(NvmeLifecycle, has_these_edges_and_no_others) {
  std::size_t found = 0;
  for (std::size_t state = 0; state < kControllerStates; ++state) {
    for (std::size_t event = 0; event < kControllerEvents; ++event) {
      std::optional<State> expected;
      for (const Edge& edge : kEdges) {
        if (edge.from == static_cast<State>(state) && edge.event == static_cast<Event>(event))
          expected = edge.to;
      }
      const auto next = next_state(static_cast<State>(state), static_cast<Event>(event));
      EXPECT_EQ(next, expected) << word_of(static_cast<State>(state)) << ", "
                                << word_of(static_cast<Event>(event));
      if (next) ++found;
    }
  }
  EXPECT_EQ(found, std::size(kEdges));
  EXPECT_EQ(controller_edges().size(), std::size(kEdges));
  for (const ControllerEdge& edge : controller_edges())
    EXPECT_EQ(next_state(edge.from, edge.event), edge.to);
}

TEST(NvmeLifecycle, names_states_and_events) {
  EXPECT_EQ(word_of(State::disabled), "disabled");
  EXPECT_EQ(word_of(State::in_reset), "in reset");
  EXPECT_EQ(word_of(Event::enable), "enable");
  EXPECT_EQ(word_of(Event::reset_complete), "reset complete");
}

TEST(NvmeRegisters, tell_what_the_controller_can_do) {
  NvmeWorld world;
  const std::uint64_t cap = world.read(kCap);
  EXPECT_EQ(cap & 0xFFFF, 0x7FFU);    // MQES
  EXPECT_EQ(cap >> 16 & 1, 1U);       // CQR
  EXPECT_EQ(cap >> 24 & 0xFF, 0xFU);  // TO
  EXPECT_EQ(cap >> 32 & 0xF, 0U);     // DSTRD
  EXPECT_EQ(cap >> 37 & 1, 1U);       // NVM command set
  EXPECT_EQ(cap >> 48 & 0xFF, 0U);    // pages of 4 KiB only
  EXPECT_EQ(world.read(kVersion), 0x0001'0400U);
  EXPECT_EQ(world.read(0x3C), 0U);
}

TEST(NvmeRegisters, keep_what_is_written_to_them) {
  NvmeWorld world;
  world.write(kAdminQueueAttributes, 0x001F'001F);
  world.write(kAdminSubmissionBase, 0x1'2345'6000);
  world.write(kAdminCompletionBase, 0x2'0000'7000);
  world.write(0x3C, 5);
  EXPECT_EQ(world.read(kAdminQueueAttributes), 0x001F'001FU);
  EXPECT_EQ(world.read(kAdminSubmissionBase), 0x1'2345'6000U);
  EXPECT_EQ(world.read(kAdminCompletionBase), 0x2'0000'7000U);
  EXPECT_EQ(world.read(0x3C), 0U);
}

TEST(NvmeRegisters, read_all_ones_and_take_nothing_without_memory_decoding) {
  NvmeWorld world;
  world.command(false, true);
  EXPECT_EQ(world.read(kStatus), kAllOnes);
  world.write(kAdminSubmissionBase, 0x1000);
  world.command(true, true);
  EXPECT_EQ(world.read(kStatus), 0U);
  EXPECT_EQ(world.read(kAdminSubmissionBase), 0U);
}

TEST(NvmeRegisters, read_all_ones_where_no_function_answers) {
  NvmeWorld world;
  world.devices.pcie[world.disk].is_present = 0;
  EXPECT_EQ(world.read(kCap), kAllOnes);
  world.devices.pcie[world.disk].is_present = 1;
  world.devices.pcie[world.disk].power_state = 3;
  EXPECT_EQ(world.read(kCap), kAllOnes);
  world.devices.pcie[world.disk].power_state = 0;
  world.devices.pcie[world.disk].is_in_reset = 1;
  EXPECT_EQ(world.read(kCap), kAllOnes);
  Context step = world.context();
  EXPECT_EQ(read_register(step, world.port, kCap), kAllOnes);
}

TEST(NvmeEnable, is_ready_only_after_the_time_it_takes) {
  NvmeWorld world;
  world.write_admin_registers();
  world.write(kConfiguration, kEnableBit | kEntrySizes);
  EXPECT_EQ(world.controller().state, State::enabling);
  EXPECT_EQ(world.read(kStatus), 0U);
  world.run_for(world.timing.of(timing::Cost::nvme_enable) - sim::nanoseconds(1));
  EXPECT_EQ(world.read(kStatus), 0U);
  world.run();
  EXPECT_EQ(world.read(kStatus), kReadyBit);
  EXPECT_EQ(world.controller().state, State::ready);
}

TEST(NvmeEnable, takes_no_longer_than_the_capabilities_say) {
  const timing::Durations timing;
  EXPECT_LE(timing.of(timing::Cost::nvme_enable), sim::milliseconds(500) * kTimeoutHalfSeconds);
}

struct Refusal {
  const char* what;
  std::uint64_t offset;
  std::uint64_t value;
  std::uint32_t configuration;
};
constexpr Refusal kRefusals[] = {
    {"no submission queue", kAdminSubmissionBase, 0, 0},
    {"submission queue not at a page", kAdminSubmissionBase, 0x100'0800, 0},
    {"no completion queue", kAdminCompletionBase, 0, 0},
    {"completion queue not at a page", kAdminCompletionBase, 0x100'0010, 0},
    {"submission queue without entries", kAdminQueueAttributes, 31U << 16, 0},
    {"completion queue without entries", kAdminQueueAttributes, 31U, 0},
    {"command set", 0x3C, 0, 1U << 4},
    {"page size", 0x3C, 0, 1U << 7},
    {"arbitration", 0x3C, 0, 1U << 11},
};

TEST(NvmeEnable, is_fatal_with_a_configuration_that_it_does_not_accept) {
  for (const Refusal& refusal : kRefusals) {
    NvmeWorld world;
    world.write_admin_registers();
    world.write(refusal.offset, refusal.value);
    world.write(kConfiguration, kEnableBit | kEntrySizes | refusal.configuration);
    world.run();
    EXPECT_EQ(world.read(kStatus), kFatalBit) << refusal.what;
    // The way out: disable, and do it better.
    world.write(kConfiguration, 0);
    world.run();
    EXPECT_EQ(world.read(kStatus), 0U) << refusal.what;
    world.enable();
    EXPECT_EQ(world.read(kStatus), kReadyBit) << refusal.what;
  }
}

TEST(NvmeDisable, keeps_admin_registers_and_loses_queues) {
  NvmeWorld world;
  world.start();
  world.write(kConfiguration, kEntrySizes);
  EXPECT_EQ(world.read(kStatus), kReadyBit);  // until it is through
  EXPECT_TRUE(world.controller().submission_queues.empty());
  world.run();
  EXPECT_EQ(world.read(kStatus), 0U);
  EXPECT_EQ(world.read(kAdminSubmissionBase), NvmeWorld::submissions_at(0));
  EXPECT_NE(world.read(kAdminQueueAttributes), 0U);
}

TEST(NvmeDisable, drops_commands_that_never_complete_then) {
  NvmeWorld world;
  world.start();
  for (std::uint64_t block = 0; block < 5; ++block) world.submit(1, NvmeWorld::io(kRead, block, 0));
  world.ring(1);
  world.run_for(sim::microseconds(5));
  ASSERT_EQ(world.controller().submission_queues[1].outstanding, 5U);
  world.write(kConfiguration, kEntrySizes);
  const auto dropped = world.records(DeviceRecord::commands_dropped);
  ASSERT_EQ(dropped.size(), 1U);
  EXPECT_EQ(dropped[0].values[1], 5U);
  std::size_t tasks = 0;
  for (const sim::Task& task : world.schedule.tasks()) {
    if (task.state != sim::Task::State::unused) ++tasks;
  }
  EXPECT_EQ(tasks, 1U);  // the one that disables
  const std::size_t accesses = world.records(DeviceRecord::dma).size();
  world.run();
  EXPECT_EQ(world.records(DeviceRecord::dma).size(), accesses);
  EXPECT_FALSE(world.consume(1));
}

// Should a task survive a reset for whatever reason, it finds that it is of the past.
TEST(NvmeDisable, makes_tasks_of_before_harmless) {
  NvmeWorld world;
  world.start();
  world.submit_and_ring(1, NvmeWorld::io(kRead, 0, 0));
  world.run_for(sim::microseconds(3));
  ++world.controller().epoch;
  const std::size_t accesses = world.records(DeviceRecord::dma).size();
  world.run();
  EXPECT_EQ(world.records(DeviceRecord::dma).size(), accesses);
  const std::uint32_t epoch = world.controller().epoch;
  world.write(kConfiguration, 0);
  EXPECT_GT(world.controller().epoch, epoch);
}

TEST(NvmeDisable, while_it_enables_never_becomes_ready) {
  NvmeWorld world;
  world.write_admin_registers();
  world.write(kConfiguration, kEnableBit | kEntrySizes);
  world.run_for(sim::milliseconds(1));
  world.write(kConfiguration, 0);
  world.run();
  EXPECT_EQ(world.controller().state, State::disabled);
}

TEST(NvmeDisable, does_not_take_an_enable_before_it_is_through) {
  NvmeWorld world;
  world.start();
  world.write(kConfiguration, kEntrySizes);
  world.write(kConfiguration, kEnableBit | kEntrySizes);
  EXPECT_EQ(world.read(kConfiguration) & kEnableBit, 0U);
  world.run();
  EXPECT_EQ(world.read(kStatus), 0U);
}

TEST(NvmeShutdown, normal_makes_the_cache_durable_and_says_so) {
  NvmeWorld world;
  world.start();
  world.fill(0, 77);
  EXPECT_EQ(NvmeWorld::status_of(world.execute(1, NvmeWorld::io(kWrite, 9, 0))), 0U);
  EXPECT_EQ(block_at(world.controller(), 9), (Block{9, 0, 77}));
  world.write(kConfiguration, kEnableBit | kEntrySizes | 1U << kShutdownShift);
  EXPECT_EQ(world.read(kStatus), kReadyBit | 1U << kShutdownStatusShift);
  world.run();
  EXPECT_EQ(world.read(kStatus), kReadyBit | 2U << kShutdownStatusShift);
  EXPECT_EQ(block_at(world.controller(), 9), (Block{9, 77, 77}));
  EXPECT_EQ(world.records(DeviceRecord::cache_flushed).size(), 1U);
}

TEST(NvmeShutdown, abrupt_is_quicker_and_leaves_the_cache_volatile) {
  NvmeWorld world;
  world.start();
  world.fill(0, 77);
  world.execute(1, NvmeWorld::io(kWrite, 9, 0));
  world.write(kConfiguration, kEnableBit | kEntrySizes | 2U << kShutdownShift);
  world.run_for(sim::milliseconds(10));
  EXPECT_EQ(world.read(kStatus), kReadyBit | 2U << kShutdownStatusShift);
  EXPECT_EQ(block_at(world.controller(), 9), (Block{9, 0, 77}));
  Context step = world.context();
  lose_state(step, world.disk, /*lost_power=*/true);
  EXPECT_EQ(block_at(world.controller(), 9).current, 0U);
}

TEST(NvmeShutdown, takes_no_new_commands_and_needs_to_be_enabled_again) {
  NvmeWorld world;
  world.start();
  world.write(kConfiguration, kEnableBit | kEntrySizes | 1U << kShutdownShift);
  world.submit_and_ring(1, NvmeWorld::io(kRead, 0, 0));
  world.run();
  EXPECT_EQ(world.controller().commands_fetched, 2U);  // those that created the queues
  EXPECT_EQ(world.records(DeviceRecord::doorbell_ignored).size(), 1U);
  world.write(kConfiguration, kEntrySizes);
  world.run();
  world.clear_queues();
  world.start();
  EXPECT_EQ(NvmeWorld::status_of(world.execute(1, NvmeWorld::io(kRead, 0, 0))), 0U);
}

// Hazard 91: the host's driver bound to a function that a guest's queues are on.
TEST(NvmeShutdown, of_a_function_in_use_destroys_what_was_under_way) {
  NvmeWorld world;
  world.start(64, 4);
  for (std::uint64_t block = 0; block < 8; ++block) world.submit(1, NvmeWorld::io(kRead, block, 0));
  world.ring(1);
  world.run();  // three completions fit, five wait
  world.write(kConfiguration, kEnableBit | kEntrySizes | 1U << kShutdownShift);
  world.run();
  const auto dropped = world.records(DeviceRecord::commands_dropped);
  ASSERT_EQ(dropped.size(), 1U);
  EXPECT_EQ(dropped[0].values[1], 5U);
}

TEST(NvmeReset, loses_every_register_and_answers_again_disabled) {
  NvmeWorld world;
  world.start();
  world.reset();
  EXPECT_EQ(world.controller().state, State::in_reset);
  EXPECT_EQ(world.read(kStatus), kAllOnes);
  world.run();
  EXPECT_EQ(world.read(kStatus), kAllOnes);  // memory decoding is off
  world.turn_on();
  EXPECT_EQ(world.read(kStatus), 0U);
  EXPECT_EQ(world.controller().state, State::disabled);
  EXPECT_EQ(world.read(kAdminSubmissionBase), 0U);
  EXPECT_EQ(world.read(kAdminQueueAttributes), 0U);
  EXPECT_EQ(world.read(kConfiguration), 0U);
}

TEST(NvmeReset, of_the_function_keeps_the_cache_and_that_of_the_power_does_not) {
  for (const bool lost_power : {false, true}) {
    NvmeWorld world;
    world.start();
    world.fill(0, 5);
    world.execute(1, NvmeWorld::io(kWrite, 1, 0));
    Context step = world.context();
    lose_state(step, world.disk, lost_power);
    EXPECT_EQ(block_at(world.controller(), 1).current, lost_power ? 0U : 5U);
  }
}

// Hazard 95: a request that comes after the reset is said to be over.
TEST(NvmeReset, sends_nothing_after_it_began) {
  NvmeWorld world;
  world.start();
  for (std::uint64_t block = 0; block < 20; ++block)
    world.submit(1, NvmeWorld::io(kRead, block, block));
  world.ring(1);
  world.run_for(sim::microseconds(70));  // in the middle of them
  ASSERT_GT(world.controller().submission_queues[1].outstanding, 0U);
  world.reset();
  const std::size_t accesses = world.records(DeviceRecord::dma).size();
  world.run();
  world.turn_on();
  world.run();
  EXPECT_EQ(world.records(DeviceRecord::dma).size(), accesses);
}

TEST(NvmeReset, while_in_reset_changes_nothing_and_ends_with_the_last) {
  NvmeWorld world;
  world.start();
  world.reset();
  world.run_for(sim::milliseconds(10));
  world.reset();
  world.run();
  world.turn_on();
  EXPECT_EQ(world.read(kStatus), 0U);
  world.clear_queues();
  world.start();
  EXPECT_EQ(world.read(kStatus), kReadyBit);
}

TEST(NvmeFatal, is_what_the_firmware_does_when_a_fault_says_so) {
  NvmeWorld world;
  world.start();
  world.faults.add({.site = kFatalFault.id(), .instance = sim::name_hash("disk"), .value = 1});
  world.submit_and_ring(1, NvmeWorld::io(kRead, 0, 0));
  world.run();
  EXPECT_EQ(world.read(kStatus), kFatalBit);
  world.write(submission_doorbell(1), 3);
  world.run();
  EXPECT_EQ(world.read(kStatus), kFatalBit);
  EXPECT_FALSE(world.consume(1));
}

TEST(NvmeFatal, comes_in_the_middle_of_a_command_too) {
  NvmeWorld world;
  world.start();
  world.submit_and_ring(1, NvmeWorld::io(kRead, 0, 0));
  world.run_for(sim::microseconds(10));
  ASSERT_EQ(world.controller().commands_fetched, world.controller().commands_completed + 1);
  world.faults.add({.site = kFatalFault.id(), .instance = sim::name_hash("disk"), .value = 1});
  world.run();
  EXPECT_EQ(world.read(kStatus), kFatalBit);
  EXPECT_FALSE(world.consume(1)) << "what was fetched does not complete";
}

TEST(NvmeFatal, of_another_function_is_not_this_one_s) {
  NvmeWorld world;
  world.start();
  world.faults.add({.site = kFatalFault.id(), .instance = sim::name_hash("other"), .value = 1});
  EXPECT_EQ(NvmeWorld::status_of(world.execute(1, NvmeWorld::io(kRead, 0, 0))), 0U);
}

}  // namespace
}  // namespace luosim::device::nvme
