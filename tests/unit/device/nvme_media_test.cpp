// SPDX-License-Identifier: Apache-2.0
//
// The media: what is durable when, how long things take and how they saturate (devices.md, F.8),
// and as a property that a read returns the last write that was acknowledged.
#include <algorithm>
#include <map>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "model/device/nvme/lifecycle.hpp"
#include "tests/unit/device/nvme_world.hpp"

namespace luosim::device::nvme {
namespace {

void lose_power(NvmeWorld& world) {
  Context step = world.context();
  lose_state(step, world.disk, /*lost_power=*/true);
}

// Hazard 82.
TEST(NvmeCache, is_lost_with_the_power_although_the_write_was_acknowledged) {
  NvmeWorld world;
  world.start();
  world.fill(0, 5);
  EXPECT_EQ(NvmeWorld::status_of(world.execute(1, NvmeWorld::io(kWrite, 1, 0))), 0U);
  EXPECT_EQ(block_at(world.controller(), 1), (Block{1, 0, 5}));
  lose_power(world);
  EXPECT_EQ(block_at(world.controller(), 1), (Block{1, 0, 0}));
}

TEST(NvmeMedia, goes_with_its_card_and_stays_with_it) {
  for (const std::uint32_t another : {0U, 1U}) {
    NvmeWorld world;
    world.start();
    world.fill(0, 5);
    world.execute(1, NvmeWorld::io(kWrite, 1, 0));
    world.execute(1, NvmeWorld::flush());
    Context step = world.context();
    pcie::remove(step, world.disk);
    pcie::insert(step, world.disk, world.devices.pcie[world.disk].serial + another);
    EXPECT_EQ(block_at(world.controller(), 1).durable, another == 0 ? 5U : 0U);
  }
}

TEST(NvmeDoorbell, that_is_lost_is_made_good_by_the_next) {
  NvmeWorld world;
  world.start();
  world.faults.add(
      {.site = kDoorbellFault.id(), .instance = sim::name_hash("disk"), .times = 1, .value = 1});
  world.submit_and_ring(1, NvmeWorld::io(kRead, 0, 0));
  world.run();
  EXPECT_FALSE(world.consume(1));
  world.submit_and_ring(1, NvmeWorld::io(kRead, 1, 1));
  world.run();
  EXPECT_TRUE(world.consume(1));
  EXPECT_TRUE(world.consume(1));
}

TEST(NvmeCache, is_durable_after_a_flush) {
  NvmeWorld world;
  world.start();
  world.fill(0, 5);
  world.execute(1, NvmeWorld::io(kWrite, 1, 0));
  EXPECT_EQ(NvmeWorld::status_of(world.execute(1, NvmeWorld::flush())), 0U);
  EXPECT_TRUE(world.controller().cached.empty());
  lose_power(world);
  EXPECT_EQ(block_at(world.controller(), 1).current, 5U);
}

TEST(NvmeCache, flush_promises_nothing_of_what_comes_after_it_began) {
  NvmeWorld world;
  world.start();
  world.fill(0, 5);
  world.execute(1, NvmeWorld::io(kWrite, 1, 0));
  world.submit_and_ring(1, NvmeWorld::flush());
  world.run_for(sim::microseconds(5));
  world.submit_and_ring(1, NvmeWorld::io(kWrite, 2, 0));
  world.run();
  EXPECT_EQ(block_at(world.controller(), 1).durable, 5U);
  EXPECT_EQ(block_at(world.controller(), 2).durable, 0U);
}

TEST(NvmeCache, flushes_that_overlap_promise_each_its_own) {
  NvmeWorld world;
  world.start();
  world.fill(0, 5);
  world.execute(1, NvmeWorld::io(kWrite, 1, 0));
  for (const std::uint64_t block : {2, 3}) {
    world.submit_and_ring(1, NvmeWorld::flush());
    world.run_for(sim::microseconds(5));
    world.submit_and_ring(1, NvmeWorld::io(kWrite, block, 0));
    world.run_for(sim::microseconds(10));
  }
  world.run();
  EXPECT_EQ(world.consume_all(1).size(), 4U);
  EXPECT_EQ(block_at(world.controller(), 1).durable, 5U);
  EXPECT_EQ(block_at(world.controller(), 2).durable, 5U);
  EXPECT_EQ(block_at(world.controller(), 3).durable, 0U);
}

TEST(NvmeCache, flush_that_the_power_breaks_off_promises_nothing) {
  NvmeWorld world;
  world.start();
  world.fill(0, 5);
  world.execute(1, NvmeWorld::io(kWrite, 1, 0));
  world.submit_and_ring(1, NvmeWorld::flush());
  world.run_for(sim::microseconds(100));
  lose_power(world);
  EXPECT_EQ(block_at(world.controller(), 1).current, 0U);
}

TEST(NvmeCache, is_not_used_by_a_write_that_forces_unit_access_or_where_there_is_none) {
  for (const bool forces : {true, false}) {
    NvmeWorld world;
    world.controller().has_write_cache = forces ? 1 : 0;
    world.start();
    world.fill(0, 5);
    SubmissionEntry entry = NvmeWorld::io(kWrite, 1, 0);
    if (forces) entry.dw12 |= kForceUnitAccess;
    const sim::SimTime before = world.schedule.now();
    EXPECT_EQ(NvmeWorld::status_of(world.execute(1, entry)), 0U);
    EXPECT_GE(world.schedule.now() - before, world.timing.of(timing::Cost::nvme_flush));
    lose_power(world);
    EXPECT_EQ(block_at(world.controller(), 1).current, 5U);
  }
}

TEST(NvmeCache, holds_so_many_blocks_and_makes_the_oldest_durable_for_more) {
  NvmeWorld world;
  world.start(1024);
  world.fill(0, 5);
  for (std::uint64_t block = 0; block < 300; ++block)
    world.submit(1, NvmeWorld::io(kWrite, block, 0));
  world.ring(1);
  world.run();
  EXPECT_EQ(world.controller().cached.size(), 256U);
  EXPECT_EQ(block_at(world.controller(), 43).durable, 5U);
  EXPECT_EQ(block_at(world.controller(), 44).durable, 0U);
}

TEST(NvmeCache, does_not_grow_by_writing_the_same_block_in_turn_with_and_without_it) {
  NvmeWorld world;
  world.start();
  for (std::uint64_t turn = 1; turn < 2000; ++turn) {
    world.fill(0, turn);
    SubmissionEntry entry = NvmeWorld::io(kWrite, 1, 0);
    if (turn % 2 == 0) entry.dw12 |= kForceUnitAccess;
    world.execute(1, entry);
  }
  EXPECT_LE(world.controller().cached.size(), 256U);
  EXPECT_EQ(world.controller().media.size(), 1U);
}

TEST(NvmeMedia, stays_sorted_whatever_the_order_of_writes) {
  NvmeWorld world;
  world.start();
  for (const std::uint64_t block : {9, 3, 7, 3, 1, 8}) {
    world.fill(0, 100 + block);
    world.execute(1, NvmeWorld::io(kWrite, block, 0));
  }
  ASSERT_EQ(world.controller().media.size(), 5U);
  for (std::size_t index = 1; index < 5; ++index)
    EXPECT_LT(world.controller().media[index - 1].number, world.controller().media[index].number);
  for (const Block& block : world.controller().media) EXPECT_EQ(block.current, 100 + block.number);
}

sim::Duration latency(std::uint8_t opcode, std::uint32_t blocks = 1) {
  NvmeWorld world;
  world.start();
  const sim::SimTime before = world.schedule.now();
  world.submit_and_ring(1, NvmeWorld::io(opcode, 0, 0, blocks));
  world.run();
  return world.schedule.now() - before;
}

TEST(NvmeLatency, of_one_read_and_of_one_buffered_write_is_that_of_the_drive) {
  EXPECT_GE(latency(kRead), sim::nanoseconds(57'300));
  EXPECT_LE(latency(kRead), sim::nanoseconds(69'300));
  EXPECT_GE(latency(kWrite), sim::nanoseconds(5'500));
  EXPECT_LE(latency(kWrite), sim::nanoseconds(5'700));
}

TEST(NvmeLatency, of_two_blocks_is_that_of_one_and_a_transfer) {
  const timing::Durations timing;
  EXPECT_EQ(latency(kRead, 2), latency(kRead) + timing.of(timing::Cost::nvme_page));
}

TEST(NvmeLatency, of_a_flush_without_dirty_blocks_awaits_no_programming) {
  EXPECT_LT(latency(kFlush), sim::microseconds(10));
}

// Keeps `depth` commands in flight and counts the completions per second.
double operations_per_second(std::uint8_t opcode, std::uint32_t depth, std::uint32_t operations) {
  NvmeWorld world;
  world.trace.keep_steps(false);
  world.start(256);
  std::uint64_t block = 0;
  for (; block < depth; ++block) world.submit(1, NvmeWorld::io(opcode, block, 0));
  const sim::SimTime before = world.schedule.now();
  world.ring(1);
  std::uint32_t completed = 0;
  while (completed < operations && !world.schedule.is_idle()) {
    Context step = world.context(world.schedule.take_next());
    sim::Engine::run_step(step);
    bool some = false;
    while (world.consume(1)) {
      ++completed;
      some = true;
      // Scattered over the units, as random blocks are.
      world.submit(1, NvmeWorld::io(opcode, block++ * 0x9E37'79B1 % NvmeWorld::kBlocks, 0));
    }
    if (!some) continue;
    world.acknowledge(1);
    world.ring(1);
    world.trace.forget_records();
  }
  return completed * 1e9 / static_cast<double>((world.schedule.now() - before).ns);
}

// Little's law: operations per second are the depth by the latency, until the units are busy.
TEST(NvmeThroughput, of_reads_follows_littles_law_until_the_units_saturate) {
  const double one = operations_per_second(kRead, 1, 500);
  EXPECT_NEAR(one, 1e9 / static_cast<double>(latency(kRead).ns), one * 0.01);
  const double eight = operations_per_second(kRead, 8, 4000);
  EXPECT_GT(eight, one * 5);
  EXPECT_LE(eight, one * 8.01);
  const double many = operations_per_second(kRead, 32, 8000);
  EXPECT_GT(many, eight * 1.5);
  EXPECT_LE(many, 394'000 * 1.01);
  const double most = operations_per_second(kRead, 128, 20000);
  EXPECT_NEAR(most, 394'000, 394'000 * 0.05);
}

TEST(NvmeThroughput, of_writes_is_that_of_programming_once_the_buffer_is_full) {
  const double one = operations_per_second(kWrite, 1, 500);
  EXPECT_NEAR(one, 1e9 / static_cast<double>(latency(kWrite).ns), one * 0.01);
  // 16 units, 28 us each.
  EXPECT_NEAR(operations_per_second(kWrite, 128, 30000), 571'000, 571'000 * 0.05);
}

TEST(NvmeThroughput, of_large_reads_is_that_of_the_link) {
  NvmeWorld world;
  world.trace.keep_steps(false);
  world.start();
  SubmissionEntry entry = NvmeWorld::io(kRead, 0, 0, 128);
  entry.prp2 = NvmeWorld::data_at(1000);
  for (std::uint64_t page = 1; page < 128; ++page)
    world.memory.bytes().write_value<std::uint64_t>({entry.prp2 + 8 * (page - 1)},
                                                    NvmeWorld::data_at(page));
  for (int command = 0; command < 60; ++command) world.submit(1, entry);
  const sim::SimTime before = world.schedule.now();
  world.ring(1);
  world.run();
  const double bytes = 60.0 * 128 * 4096;
  EXPECT_NEAR(bytes / static_cast<double>((world.schedule.now() - before).ns), 3.5, 0.15);
}

sim::Digest128 digest_of(const Controller& controller, sim::SimTime now) {
  sim::Hasher hasher;
  controller.add_to(hasher, now);
  return hasher.finish();
}

TEST(NvmeDigest, depends_on_what_is_under_way) {
  NvmeWorld world;
  world.start();
  NvmeWorld other;
  other.start();
  const auto digest = [](NvmeWorld& of) { return digest_of(of.controller(), of.schedule.now()); };
  EXPECT_EQ(digest(world), digest(other));
  other.submit_and_ring(1, NvmeWorld::io(kRead, 0, 0));
  EXPECT_NE(digest(world), digest(other));
  other.run_for(sim::microseconds(3));
  const auto on_media = digest(other);
  other.run();
  EXPECT_NE(on_media, digest(other));
}

TEST(NvmeDigest, does_not_depend_on_when_it_is_taken) {
  NvmeWorld world;
  world.start();
  world.submit_and_ring(1, NvmeWorld::io(kRead, 0, 0));
  world.run_for(sim::microseconds(3));
  Controller shifted = world.controller();
  for (sim::SimTime& time : shifted.unit_free) time = time + sim::seconds(1);
  shifted.link_free = shifted.link_free + sim::seconds(1);
  for (Command& command : shifted.commands) command.ready = command.ready + sim::seconds(1);
  const sim::SimTime now = world.schedule.now();
  EXPECT_EQ(digest_of(world.controller(), now), digest_of(shifted, now + sim::seconds(1)));
  EXPECT_NE(digest_of(world.controller(), now), digest_of(shifted, now));
  // What is over is over.
  world.run();
  EXPECT_EQ(digest_of(world.controller(), world.schedule.now()),
            digest_of(world.controller(), world.schedule.now() + sim::seconds(1)));
}

TEST(NvmeWorldCopy, goes_on_the_same_from_the_middle_of_a_command) {
  NvmeWorld world;
  world.start();
  world.fill(0, 5);
  world.execute(1, NvmeWorld::io(kWrite, 1, 0));
  world.submit_and_ring(1, NvmeWorld::io(kRead, 1, 4, 2));
  world.run_for(sim::microseconds(63));
  const sim::Schedule schedule = world.schedule;
  const State devices = world.devices;
  const memory::PhysicalMemory memory = world.memory;
  world.run();
  const State end = world.devices;
  EXPECT_EQ(world.version(4), 5U);
  world.schedule = schedule;
  world.devices = devices;
  world.memory = memory;
  EXPECT_NE(world.devices, end);
  world.run();
  EXPECT_EQ(world.devices, end);
  EXPECT_EQ(world.version(4), 5U);
}

// One step of a random driver.
struct Action {
  std::uint8_t opcode = kRead;
  bool durable = false;
  std::uint64_t block = 0;
};

std::vector<Action> random_actions() {
  std::vector<Action> actions;
  for (const int seed : *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 240))) {
    Action action;
    action.opcode = seed % 10 == 0 ? kFlush : seed % 10 < 6 ? kWrite : kRead;
    action.durable = seed % 7 == 0;
    action.block = static_cast<std::uint64_t>(seed / 10);
    actions.push_back(action);
  }
  return actions;
}

TEST(NvmeProperty, a_read_returns_the_last_write_that_was_acknowledged) {
  const bool holds = rc::check([] {
    NvmeWorld world;
    world.start(16);
    std::map<std::uint64_t, std::uint64_t> current;
    std::map<std::uint64_t, std::uint64_t> durable;
    std::uint64_t version = 1;
    for (const Action& action : random_actions()) {
      SubmissionEntry entry = NvmeWorld::io(action.opcode, action.block, 0);
      if (action.opcode == kWrite) {
        world.fill(0, ++version);
        if (action.durable) entry.dw12 |= kForceUnitAccess;
        current[action.block] = version;
        if (action.durable) durable[action.block] = version;
      }
      RC_ASSERT(NvmeWorld::status_of(world.execute(1, entry)) == 0U);
      if (action.opcode == kRead) RC_ASSERT(world.version(0) == current[action.block]);
      if (action.opcode == kFlush) durable = current;
    }
    for (const auto& [block, last] : durable)
      RC_ASSERT(block_at(world.controller(), block).durable == last);
    lose_power(world);
    for (const auto& [block, last] : current)
      RC_ASSERT(block_at(world.controller(), block).current == durable[block]);
  });
  EXPECT_TRUE(holds);
}

// A reset at any moment leaves of each block what was there or what was being written.
TEST(NvmeProperty, a_reset_at_any_moment_tears_no_block_and_leaves_nothing_under_way) {
  const bool holds = rc::check([] {
    NvmeWorld world;
    world.start(64);
    const auto moment = *rc::gen::inRange(0, 400'000);
    const auto writes = *rc::gen::inRange(1, 40);
    for (int index = 0; index < writes; ++index) {
      const auto page = static_cast<std::uint64_t>(index);
      world.fill(page, 1000 + page);
      world.submit(1, NvmeWorld::io(kWrite, page % 10, page));
    }
    world.submit(1, NvmeWorld::flush());
    world.ring(1);
    world.run_for(sim::nanoseconds(moment));
    world.reset();
    RC_ASSERT(world.controller().commands.empty());
    world.run();
    RC_ASSERT(world.schedule.is_idle());
    for (const Block& block : world.controller().media) {
      const bool is_one_of_its_writes =
          block.current == 0 || (block.current - 1000) % 10 == block.number;
      RC_ASSERT(is_one_of_its_writes);
    }
    world.turn_on();
    world.clear_queues();
    world.start(64);
    RC_ASSERT(NvmeWorld::status_of(world.execute(1, NvmeWorld::io(kRead, 0, 0))) == 0U);
  });
  EXPECT_TRUE(holds);
}

}  // namespace
}  // namespace luosim::device::nvme
