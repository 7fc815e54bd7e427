// SPDX-License-Identifier: Apache-2.0
//
// A viewer does not complain, it draws nonsense: slices that overlap instead of nesting,
// asynchronous slices that never end, threads without a name. So the file is parsed again and these
// rules of the format are checked here.
#include "app/report/perfetto.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/unit/app/report/hand_made_records.hpp"
#include "tests/unit/app/report/perfetto_events.hpp"

namespace luosim::app {
namespace {

using namespace hand_made;
using namespace drawn;
using nlohmann::json;
using userspace::Verb;

void expect_proper_nesting(const std::vector<json>& events) {
  std::map<std::int64_t, std::vector<std::int64_t>> open_ends;
  for (const json& event : of_phase(events, "X")) {
    const std::int64_t begin = nanoseconds(event["ts"]);
    const std::int64_t end = begin + nanoseconds(event["dur"]);
    EXPECT_LE(begin, end);
    std::vector<std::int64_t>& open = open_ends[event["tid"]];
    while (!open.empty() && open.back() <= begin) open.pop_back();
    if (!open.empty()) {
      EXPECT_LE(end, open.back()) << event.dump();
    }
    open.push_back(end);
  }
}

void expect_every_asynchronous_slice_to_end(const std::vector<json>& events) {
  std::map<std::pair<std::string, std::string>, int> open;
  for (const json& event : events) {
    if (event["ph"] != "b" && event["ph"] != "e") continue;
    int& count = open[{event["id"], event["name"]}];
    count += event["ph"] == "b" ? 1 : -1;
    EXPECT_GE(count, 0) << event.dump();
  }
  for (const auto& [key, count] : open) EXPECT_EQ(count, 0) << key.second;
}

TEST(Perfetto, slices_nest_properly_and_every_begun_slice_ends) {
  const world::Blueprint blueprint = hand_made::blueprint();
  const std::vector<json> events = events_of(story(blueprint), blueprint);
  expect_proper_nesting(events);
  expect_every_asynchronous_slice_to_end(events);
  EXPECT_TRUE(of_phase(events, "B").empty());
  EXPECT_TRUE(of_phase(events, "E").empty());
}

TEST(Perfetto, every_prefix_of_a_story_is_a_sound_trace) {
  const world::Blueprint blueprint = hand_made::blueprint();
  const std::vector<sim::Record> whole = story(blueprint);
  for (std::size_t length = 0; length <= whole.size(); ++length) {
    const std::vector<json> events =
        events_of({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length)}, blueprint);
    expect_proper_nesting(events);
    expect_every_asynchronous_slice_to_end(events);
  }
}

TEST(Perfetto, records_in_any_order_give_a_sound_trace) {
  const world::Blueprint blueprint = hand_made::blueprint();
  std::vector<sim::Record> records = one_of_each(blueprint);
  for (std::size_t shift = 0; shift < records.size(); ++shift) {
    std::rotate(records.begin(), records.begin() + 7, records.end());
    std::int64_t time = 0;
    for (sim::Record& record : records) record.time.ns = time++ / 3;
    const std::vector<json> events = events_of(records, blueprint);
    expect_proper_nesting(events);
    expect_every_asynchronous_slice_to_end(events);
  }
}

TEST(Perfetto, calls_are_slices_with_their_operand_and_answer) {
  const world::Blueprint blueprint = hand_made::blueprint();
  const std::vector<json> slices = of_phase(events_of(story(blueprint), blueprint), "X");
  const json* call = named(slices, "ioctl LIVEUPDATE_IOCTL_FD_PRESERVE vm0.memory");
  ASSERT_NE(call, nullptr);
  EXPECT_EQ(nanoseconds((*call)["ts"]), 1'000);
  EXPECT_EQ(nanoseconds((*call)["dur"]), 999);
  EXPECT_EQ((*call)["args"]["result"], 0);
}

TEST(Perfetto, a_call_that_the_jump_interrupts_ends_there_and_says_so) {
  const world::Blueprint blueprint = hand_made::blueprint();
  const std::vector<json> slices = of_phase(events_of(story(blueprint), blueprint), "X");
  const json* reboot = named(slices, "reboot LINUX_REBOOT_CMD_KEXEC");
  ASSERT_NE(reboot, nullptr);
  EXPECT_EQ(nanoseconds((*reboot)["dur"]), 1'000'000);
  EXPECT_EQ((*reboot)["args"]["ended_by"], "kernel.kexec");
  const json* finish = named(slices, "ioctl LIVEUPDATE_IOCTL_EVENT_FINISH");
  ASSERT_NE(finish, nullptr);
  EXPECT_EQ((*finish)["args"]["ended_by"], "end of the trace");
}

TEST(Perfetto, a_blackout_lasts_over_the_jump) {
  const world::Blueprint blueprint = hand_made::blueprint();
  const std::vector<json> slices = of_phase(events_of(story(blueprint), blueprint), "X");
  const json* blackout = named(slices, "blackout");
  ASSERT_NE(blackout, nullptr);
  EXPECT_EQ(nanoseconds((*blackout)["dur"]), 518'096'750);
  const std::vector<json> instants = of_phase(events_of(story(blueprint), blueprint), "i");
  const json* intact = named(instants, "vm0.memory: contents intact");
  ASSERT_NE(intact, nullptr);
  EXPECT_EQ((*intact)["tid"], (*blackout)["tid"]);
}

TEST(Perfetto, phases_follow_each_other_in_their_kernel) {
  const world::Blueprint blueprint = hand_made::blueprint();
  std::vector<std::pair<std::string, std::int64_t>> begun;
  for (const json& event : of_phase(events_of(story(blueprint), blueprint), "b"))
    begun.emplace_back(event["name"], event["pid"]);
  const std::vector<std::pair<std::string, std::int64_t>> expected{
      {"normal", 1}, {"prepared", 1}, {"frozen", 1}, {"updated", 2}, {"normal", 2}};
  EXPECT_EQ(begun, expected);
}

TEST(Perfetto, processes_are_kernels_then_user_space_then_vms_with_numbered_names) {
  const world::Blueprint blueprint = hand_made::blueprint();
  const std::vector<json> events = events_of(story(blueprint), blueprint);
  std::vector<std::string> processes;
  std::set<std::int64_t> threads_with_a_name;
  for (const json& event : of_phase(events, "M")) {
    if (event["name"] == "process_name") processes.push_back(event["args"]["name"]);
    if (event["name"] == "thread_name") threads_with_a_name.insert(event["tid"].get<int>());
  }
  EXPECT_EQ(processes,
            (std::vector<std::string>{"1 kernel old", "2 kernel new", "3 user space", "4 VMs"}));
  for (const json& event : events) {
    if (event["ph"] != "M") {
      EXPECT_EQ(threads_with_a_name.count(event["tid"].get<int>()), 1U) << event.dump();
    }
  }
}

TEST(Perfetto, has_instants_for_faults_and_jumps_and_a_counter_of_preserved_pages) {
  const world::Blueprint blueprint = hand_made::blueprint();
  const std::vector<json> events = events_of(story(blueprint), blueprint);
  const json* fault = named(events, "luo.file.freeze:disk0 fires: -EIO");
  ASSERT_NE(fault, nullptr);
  EXPECT_EQ((*fault)["ph"], "i");
  const json* jump = named(events, "kexec_core: Starting new kernel new");
  ASSERT_NE(jump, nullptr);
  EXPECT_EQ((*jump)["s"], "g");
  const std::vector<json> counters = of_phase(events, "C");
  ASSERT_EQ(counters.size(), 2U);
  EXPECT_EQ(counters[0]["name"], "preserved pages");
  EXPECT_EQ(counters[0]["args"]["pages"], 4'194'560);
}

TEST(Perfetto, times_are_microseconds_with_three_decimals_and_rise) {
  const world::Blueprint blueprint = hand_made::blueprint();
  const std::string text = perfetto_trace(story(blueprint), blueprint, kHeader);
  EXPECT_NE(text.find("{\"ts\":2800000.001,"), std::string::npos);
  for (const std::string_view key : {"\"ts\":", "\"dur\":"}) {
    for (std::size_t at = text.find(key); at != std::string::npos; at = text.find(key, at)) {
      at += key.size();
      const std::string number = text.substr(at, text.find(',', at) - at);
      EXPECT_EQ(number.find_first_not_of("0123456789."), std::string::npos) << number;
      EXPECT_EQ(number.find('.'), number.size() - 4) << number;
    }
  }
  std::int64_t last = 0;
  for (const json& event : events_of(story(blueprint), blueprint)) {
    if (event["ph"] == "M") continue;
    EXPECT_GE(nanoseconds(event["ts"]), last);
    last = nanoseconds(event["ts"]);
  }
}

TEST(Perfetto, a_trace_without_records_is_still_a_trace) {
  const world::Blueprint blueprint = hand_made::blueprint();
  const json trace = json::parse(perfetto_trace({}, blueprint, kHeader));
  EXPECT_EQ(trace["displayTimeUnit"], "ns");
  EXPECT_EQ(trace["otherData"]["scenario"], "a.yaml");
  EXPECT_FALSE(trace["traceEvents"].empty());
}

}  // namespace
}  // namespace luosim::app
