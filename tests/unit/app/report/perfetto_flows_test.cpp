// SPDX-License-Identifier: Apache-2.0
//
// Arrows and counters of a trace, parsed back: an arrow with one end is drawn by no viewer, and a
// counter that goes below zero is a lie.
#include "app/report/perfetto_flows.hpp"

#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "model/device/record.hpp"
#include "tests/unit/app/report/hand_made_records.hpp"
#include "tests/unit/app/report/perfetto_events.hpp"

namespace luosim::app {
namespace {

using namespace hand_made;
using namespace drawn;
namespace DeviceRecord = device::DeviceRecord;

world::Blueprint with_a_disk() {
  world::Blueprint made = blueprint();
  device::pcie::Function function;
  function.name = made.names.find("disk0");
  made.devices.pcie.functions.push_back(function);
  return made;
}

constexpr std::uint64_t command(std::uint64_t queue, std::uint64_t number) {
  return queue | number << 16;
}
constexpr std::uint64_t kWriteOpcode = 1ULL << 32;

/// Command 7 completes, its number is used again, command 8 is lost in a reset.
std::vector<sim::Record> commands(const world::Blueprint& blueprint) {
  const Maker make(blueprint);
  return {
      make(10, DeviceRecord::command_fetched, "disk0", "", {0, command(1, 7) | kWriteOpcode, 0, 1}),
      make(20, DeviceRecord::command_fetched, "disk0", "", {0, command(1, 8), 0, 1}),
      make(30, DeviceRecord::completion_posted, "disk0", "", {0, command(1, 7)}),
      make(40, DeviceRecord::command_fetched, "disk0", "", {0, command(1, 7), 0, 1}),
      make(50, DeviceRecord::commands_dropped, "disk0", "", {0, 2}),
      make(60, DeviceRecord::command_fetched, "disk0", "", {0, command(1, 7), 0, 1}),
      make(70, DeviceRecord::completion_posted, "disk0", "", {0, command(1, 7)}),
      make(80, DeviceRecord::completion_posted, "disk0", "", {0, command(1, 9)}),
  };
}

void expect_arrows_with_two_ends(const std::vector<json>& events, std::size_t arrows) {
  std::map<std::string, std::vector<json>> ends;
  for (const json& event : events)
    if (event.contains("bind_id")) ends[event["bind_id"]].push_back(event);
  EXPECT_EQ(ends.size(), arrows);
  for (const auto& [id, pair] : ends) {
    ASSERT_EQ(pair.size(), 2U) << id;
    EXPECT_TRUE(pair[0].contains("flow_out") && pair[1].contains("flow_in")) << pair[0].dump();
    EXPECT_LE(nanoseconds(pair[0]["ts"]), nanoseconds(pair[1]["ts"]));
    EXPECT_EQ(pair[0]["ph"], "X");
    EXPECT_EQ(pair[1]["ph"], "X");
  }
}

TEST(PerfettoFlows, lead_from_a_command_to_its_completion) {
  const world::Blueprint blueprint = with_a_disk();
  expect_arrows_with_two_ends(events_of(commands(blueprint), blueprint), 2);
  const std::vector<FlowEnd> ends = flows_of(commands(blueprint));
  ASSERT_EQ(ends.size(), 4U);
  EXPECT_EQ(ends[0].record, 0U);
  EXPECT_EQ(ends[1].record, 2U);
  EXPECT_EQ(ends[2].record, 5U);
  EXPECT_EQ(ends[3].record, 6U);
}

TEST(PerfettoFlows, lead_from_the_preservation_of_a_file_over_the_jump_to_its_restoration) {
  const world::Blueprint blueprint = hand_made::blueprint();
  const Maker make(blueprint);
  const std::vector<sim::Record> records = {
      make(0, KernelRecord::boot_begins, "old", "", {1, 0}),
      make(1, LuoRecord::file_preserved, "", "vm0.memory", {3}),
      make(2, LuoRecord::file_preserved, "", "vm0.memory", {4}),
      make(3, LuoRecord::file_unpreserved, "", "vm0.memory", {4}),
      make(4, KernelRecord::kexec, "new"),
      make(4, KernelRecord::boot_begins, "new", "", {2, 1}),
      make(5, LuoRecord::file_restored, "", "vm0.memory", {3, 5, 0}),
      make(6, LuoRecord::file_restored, "", "vm0.memory", {4, 6, 0}),
      make(7, LuoRecord::file_restored, "", "vm0.memory", {3, 7, 0}),
  };
  const std::vector<json> events = events_of(records, blueprint);
  expect_arrows_with_two_ends(events, 1);
  std::vector<std::int64_t> processes;
  for (const json& event : events)
    if (event.contains("bind_id")) processes.push_back(event["pid"]);
  EXPECT_EQ(processes, (std::vector<std::int64_t>{1, 2}));
}

TEST(PerfettoFlows, in_any_order_of_records_have_two_ends) {
  const world::Blueprint blueprint = with_a_disk();
  std::vector<sim::Record> records = commands(blueprint);
  for (std::size_t shift = 0; shift < records.size(); ++shift) {
    std::rotate(records.begin(), records.begin() + 3, records.end());
    std::int64_t time = 0;
    for (sim::Record& record : records) record.time.ns = time++;
    const std::size_t arrows = flows_of(records).size() / 2;
    expect_arrows_with_two_ends(events_of(records, blueprint), arrows);
  }
}

TEST(PerfettoFlows, commands_in_flight_are_counted_for_each_function) {
  const world::Blueprint blueprint = with_a_disk();
  std::vector<std::int64_t> counts;
  for (const json& event : of_phase(events_of(commands(blueprint), blueprint), "C")) {
    EXPECT_EQ(event["name"], "disk0 commands in flight");
    counts.push_back(event["args"]["commands"]);
  }
  EXPECT_EQ(counts, (std::vector<std::int64_t>{1, 2, 1, 2, 0, 1, 0, 0}));
}

TEST(PerfettoFlows, every_lane_and_process_has_a_name_and_a_place_in_the_order) {
  const world::Blueprint blueprint = with_a_disk();
  std::map<std::int64_t, std::string> names;
  std::map<std::int64_t, std::int64_t> places;
  std::map<std::int64_t, std::int64_t> processes;
  for (const json& event : events_of(story(blueprint), blueprint)) {
    if (event["name"] == "thread_name") names[event["tid"]] = event["args"]["name"];
    if (event["name"] == "thread_sort_index") places[event["tid"]] = event["args"]["sort_index"];
    if (event["name"] == "process_sort_index")
      processes[event["pid"]] = event["args"]["sort_index"];
  }
  ASSERT_EQ(names.size(), places.size());
  for (const auto& [thread, place] : places) EXPECT_EQ(thread, place) << names[thread];
  for (const auto& [process, place] : processes) EXPECT_EQ(process, place);
}

}  // namespace
}  // namespace luosim::app
