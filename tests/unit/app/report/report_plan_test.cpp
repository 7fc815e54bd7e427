// SPDX-License-Identifier: Apache-2.0
//
// A report of a long run leaves out what tells least, never what tells the story, and never half of
// a command.
#include "app/report/report_plan.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "model/device/record.hpp"
#include "model/world/world.hpp"
#include "tests/unit/app/report/hand_made_records.hpp"

namespace luosim::app {
namespace {

using namespace hand_made;
namespace DeviceRecord = device::DeviceRecord;

constexpr std::uint64_t kMost = 500;

/// An update in the middle of a hundred thousand commands of a disk.
std::vector<sim::Record> busy_story(const world::Blueprint& blueprint) {
  const Maker make(blueprint);
  std::vector<sim::Record> records;
  const std::vector<sim::Record> update = story(blueprint);
  std::size_t next = 0;
  for (std::uint64_t command = 0; command < 100'000; ++command) {
    const std::uint64_t key = 1 | (command % 32) << 16;
    records.push_back(make(0, EngineRecord::step, "", "", {1, command % 3}));
    records.push_back(make(0, DeviceRecord::command_fetched, "disk0", "", {1, key}));
    records.push_back(make(0, DeviceRecord::dma, "disk0", "", {1}));
    records.push_back(make(0, DeviceRecord::completion_posted, "disk0", "", {1, key}));
    if (command % 1'000 == 999 && next < update.size()) records.push_back(update[next++]);
  }
  return records;
}

std::vector<sim::Record> steps_of(const std::vector<sim::Record>& records,
                                  const world::Blueprint& blueprint,
                                  std::vector<std::uint64_t> pinned = {}) {
  const world::World nowhere = world::make_world(blueprint);
  ReportTally tally;
  for (const sim::Record& record : records) tally.look(record, nowhere);
  const ReportPlan plan = tally.plan(std::move(pinned), kMost);
  StepChoice choice(plan);
  std::vector<sim::Record> kept;
  std::copy_if(records.begin(), records.end(), std::back_inserter(kept),
               [&](const sim::Record& record) { return choice.keeps(record); });
  return kept;
}

std::size_t count(const std::vector<sim::Record>& records, sim::RecordKind kind) {
  return static_cast<std::size_t>(
      std::count_if(records.begin(), records.end(),
                    [&](const sim::Record& record) { return record.kind == kind; }));
}

TEST(ReportPlan, a_short_story_is_shown_as_a_whole) {
  const world::Blueprint blueprint = hand_made::blueprint();
  EXPECT_EQ(steps_of(story(blueprint), blueprint), story(blueprint));
}

TEST(ReportPlan, what_carries_the_story_is_always_kept) {
  const world::Blueprint blueprint = hand_made::blueprint();
  const std::vector<sim::Record> kept = steps_of(busy_story(blueprint), blueprint);
  for (const sim::Record& record : story(blueprint))
    EXPECT_NE(std::find(kept.begin(), kept.end(), record), kept.end()) << record.kind.number;
}

TEST(ReportPlan, of_many_guests_one_of_so_many_is_told_and_what_is_pinned_of_the_others) {
  world::Blueprint blueprint = hand_made::blueprint();
  for (std::size_t vm = 1; vm < 4 * GuestsTold::kMost; ++vm) {
    userspace::VmPlan plan;
    plan.name = blueprint.names.intern("guest-" + std::to_string(vm));
    plan.memory_file = blueprint.names.intern("guest-" + std::to_string(vm) + ".memory");
    blueprint.cast.vms.push_back(plan);
  }
  const GuestsTold guests(blueprint.cast.vms);
  EXPECT_EQ(guests.told(), GuestsTold::kMost);
  const world::World nowhere = world::make_world(blueprint);
  ReportTally tally(guests);
  std::vector<sim::Record> records;
  for (const userspace::VmPlan& vm : blueprint.cast.vms) {
    records.push_back({.kind = UserRecord::vm_paused, .subject = vm.name});
    records.push_back({.kind = UserRecord::call_begins, .object = vm.memory_file});
  }
  records.push_back({.kind = LuoRecord::phase_stored});
  for (const sim::Record& record : records) tally.look(record, nowhere);
  constexpr std::uint64_t kCallAboutGuestOne = 4;
  const ReportPlan plan = tally.plan({kCallAboutGuestOne}, kMost);
  StepChoice choice(plan);
  std::vector<std::uint64_t> kept;
  for (std::uint64_t number = 1; number <= records.size(); ++number)
    if (choice.keeps(records[number - 1])) kept.push_back(number);
  std::vector<std::uint64_t> expected{1, 2, kCallAboutGuestOne};
  for (std::uint64_t vm = 4; vm < 4 * GuestsTold::kMost; vm += 4)
    expected.insert(expected.end(), {2 * vm + 1, 2 * vm + 2});
  expected.push_back(records.size());
  EXPECT_EQ(kept, expected);
}

TEST(ReportPlan, a_guest_that_stops_or_goes_is_part_of_the_story) {
  for (const sim::RecordKind kind :
       {UserRecord::vm_started, UserRecord::vm_paused, UserRecord::vm_resumed, UserRecord::vm_boots,
        UserRecord::vm_stopped_hard, UserRecord::vmm_died})
    EXPECT_EQ(weight_of({.kind = kind}), StepWeight::pinned) << kind.number;
}

TEST(ReportPlan, a_long_story_becomes_as_short_as_asked) {
  const world::Blueprint blueprint = hand_made::blueprint();
  const std::vector<sim::Record> kept = steps_of(busy_story(blueprint), blueprint);
  EXPECT_LE(kept.size(), kMost + story(blueprint).size());
  EXPECT_GE(kept.size(), kMost / 2);
  // A row of a program tells less than a command.
  EXPECT_LT(count(kept, EngineRecord::step), count(kept, DeviceRecord::command_fetched));
}

TEST(ReportPlan, a_command_is_told_from_submission_to_completion_or_not_at_all) {
  const world::Blueprint blueprint = hand_made::blueprint();
  const std::vector<sim::Record> kept = steps_of(busy_story(blueprint), blueprint);
  EXPECT_GT(count(kept, DeviceRecord::command_fetched), 10U);
  std::map<std::uint64_t, bool> in_flight;
  for (const sim::Record& record : kept) {
    bool& flies = in_flight[record.values[1]];
    if (record.kind == DeviceRecord::command_fetched) flies = true;
    if (record.kind != DeviceRecord::completion_posted) continue;
    EXPECT_TRUE(flies);
    flies = false;
  }
  for (const auto& [command, flies] : in_flight) EXPECT_FALSE(flies) << command;
}

TEST(ReportPlan, records_that_break_a_guarantee_are_kept_by_their_number) {
  const world::Blueprint blueprint = hand_made::blueprint();
  const std::vector<sim::Record> records = busy_story(blueprint);
  const std::size_t without = steps_of(records, blueprint).size();
  EXPECT_EQ(steps_of(records, blueprint, {200'003}).size(), without + 1);
}

}  // namespace
}  // namespace luosim::app
