// SPDX-License-Identifier: Apache-2.0
//
// What a state of an exploration still says of a guest that works, once its past is taken away.
#include "model/world/device_history.hpp"

#include <deque>
#include <set>

#include <gtest/gtest.h>

#include "model/device/nvme/lifecycle.hpp"
#include "tests/unit/model/explored_guest.hpp"

namespace luosim::world {
namespace {

namespace nvme = device::nvme;

constexpr std::uint32_t kDepth = 2;
constexpr std::uint32_t kFirstNameless = 16;

// Calls `look` with a few hundred states of a guest alone with its disk.
template <class Look>
void for_each_state(Look look) {
  const WorldModel model = model_of({.queue_depth = kDepth});
  WorldWalker walker = model.walker();
  sim::explore::Workbench<WorldWalker> bench;
  std::deque<ExploredState> waiting = {model.initial()};
  for (int met = 0; met < 300 && !waiting.empty(); ++met) {
    const ExploredState state = waiting.front();
    waiting.pop_front();
    look(state.world);
    sim::explore::expand(walker, state, walker.choice(), bench, [&](const auto& successor) {
      waiting.push_back(successor.state);
      return true;
    });
  }
}

TEST(DeviceHistory, leaves_the_submission_queue_at_its_first_place) {
  std::set<std::uint32_t> waiting;
  for_each_state([&](const World& world) {
    const nvme::SubmissionQueue& queue =
        world.hardware.devices.controllers.front().submission_queues[1];
    EXPECT_EQ(queue.head, 0U);
    EXPECT_EQ(queue.tail, world.user.disks.front().registers.tail);
    waiting.insert(queue.tail);
  });
  EXPECT_EQ(waiting, (std::set<std::uint32_t>{0, 1, 2}));
}

TEST(DeviceHistory, leaves_no_block_that_was_never_written) {
  for_each_state([](const World& world) {
    for (const std::uint64_t sequence : world.user.disks.front().expected) EXPECT_NE(sequence, 0U);
  });
}

TEST(DeviceHistory, has_the_iommu_remember_what_the_disk_works_on) {
  for_each_state([](const World& world) {
    const auto& cache = world.hardware.devices.iommu.cache;
    const auto remembered = std::count_if(cache.begin(), cache.end(),
                                          [](const auto& each) { return each.is_valid != 0; });
    EXPECT_GE(remembered, 2 + kDepth);
  });
}

TEST(DeviceHistory, keeps_low_numbers_free_of_the_tasks_of_devices) {
  bool is_any_at_work = false;
  for_each_state([&](const World& world) {
    const auto& tasks = world.schedule.tasks();
    const auto& commands = world.hardware.devices.controllers.front().commands;
    for (std::uint32_t index = 0; index < tasks.size(); ++index) {
      if (tasks[index].state == sim::Task::State::unused) continue;
      const sim::Frame& frame = world.schedule.frame_of({index});
      if (frame.program != nvme::kCommandProgram.id()) continue;
      is_any_at_work = true;
      EXPECT_GE(index, kFirstNameless);
      EXPECT_EQ(commands[frame.values[1]].task.index, index);
    }
  });
  EXPECT_TRUE(is_any_at_work);
}

}  // namespace
}  // namespace luosim::world
