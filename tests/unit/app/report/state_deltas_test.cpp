// SPDX-License-Identifier: Apache-2.0
//
// Whoever reads deltas gets the states back, whatever has changed in them.
#include "app/report/state_deltas.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace luosim::app {
namespace {

using Json = nlohmann::ordered_json;

void expect_back(const Json& before, const Json& after) {
  EXPECT_EQ(with_delta(before, delta_between(before, after)), after)
      << before << " -> " << after << ": " << delta_between(before, after);
}

TEST(StateDeltas, what_did_not_change_is_not_there) {
  const Json before = {{"phase", "normal"}, {"files", {{{"name", "f"}, {"token", 1}}}}};
  Json after = before;
  EXPECT_EQ(delta_between(before, after), Json::object());
  after["files"][0]["token"] = 2;
  EXPECT_EQ(delta_between(before, after).dump(), R"({"files":{"0":{"token":[2]}}})");
}

TEST(StateDeltas, elements_that_come_and_go_are_spliced) {
  const Json before = {{"map", {1, 2, 3, 4}}};
  const Json after = {{"map", {1, 9, 8, 4, 5}}};
  EXPECT_EQ(delta_between(before, {{"map", {1, 2, 4}}}).dump(), R"({"map":{"@":[2,1,[]]}})");
  expect_back(before, after);
  expect_back(after, before);
}

TEST(StateDeltas, members_that_go_and_values_of_another_kind) {
  expect_back({{"a", 1}, {"b", {{"c", 2}}}}, {{"b", {{"c", nullptr}, {"d", Json::array()}}}});
  expect_back({{"a", Json::array({1})}}, {{"a", "none"}});
  expect_back({{"a", "none"}}, {{"a", Json::object()}});
}

Json drawn(int depth) {
  const int kind = *rc::gen::inRange(0, depth == 0 ? 2 : 4);
  if (kind == 0) return *rc::gen::inRange(0, 3);
  if (kind == 1) return std::string(1, *rc::gen::inRange('a', 'd'));
  Json made = kind == 2 ? Json::array() : Json::object();
  const int members = *rc::gen::inRange(0, 4);
  for (int member = 0; member < members; ++member) {
    if (kind == 2) {
      made.push_back(drawn(depth - 1));
    } else {
      made[std::string(1, *rc::gen::inRange('a', 'd'))] = drawn(depth - 1);
    }
  }
  return made;
}

RC_GTEST_PROP(StateDeltas, any_state_comes_back, ()) {
  Json before = {{"state", drawn(3)}};
  Json after = {{"state", drawn(3)}};
  // The order of members is the one thing that a delta does not keep.
  const auto sorted = [](const Json& json) { return nlohmann::json::parse(json.dump()); };
  RC_ASSERT(sorted(with_delta(before, delta_between(before, after))) == sorted(after));
}

TEST(StateDeltas, a_reader_can_begin_at_a_key_frame) {
  StateDeltas deltas;
  for (std::uint64_t step = 0; step < 2 * StateDeltas::kLeastBetweenKeys; ++step) {
    const Json entry = deltas.add({{"time_ns", step}});
    EXPECT_EQ(entry.contains("key"), step % StateDeltas::kLeastBetweenKeys == 0);
  }
}

TEST(StateDeltas, a_large_state_is_not_repeated_while_little_changes) {
  StateDeltas deltas;
  Json state = {{"time_ns", 0}, {"guests", std::string(100'000, 'g')}};
  std::size_t bytes = 0;
  std::size_t keys = 0;
  for (std::uint64_t step = 0; step < 4'000; ++step) {
    state["time_ns"] = step;
    const Json entry = step % 2 == 0 ? deltas.add(state) : deltas.add_the_same();
    if (entry.contains("key")) ++keys;
    bytes += entry.dump().size();
  }
  EXPECT_EQ(keys, 1U);
  EXPECT_LT(bytes, 300'000U);
}

}  // namespace
}  // namespace luosim::app
