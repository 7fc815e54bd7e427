// SPDX-License-Identifier: Apache-2.0
//
// What guarantees are made of: calls as they follow them, how causes name things, runs of preserved
// blocks; and what every guarantee must say of itself.
#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "model/guarantees/calls.hpp"
#include "model/guarantees/wording.hpp"
#include "model/kho/bitmap.hpp"
#include "model/userspace/record.hpp"
#include "tests/unit/model/guarantee_world.hpp"

namespace luosim::guarantees {
namespace {

using userspace::Verb;
using world::machine_of;
using world::WatchedMachine;

using Runs = std::vector<std::pair<std::uint64_t, std::uint64_t>>;

Runs runs_of(const kho::BitmapWords& words) {
  Runs runs;
  kho::for_each_run(
      words, [&](std::uint64_t first, std::uint64_t count) { runs.emplace_back(first, count); });
  return runs;
}

kho::BitmapWords words_with(const Runs& runs) {
  kho::BitmapWords words{};
  for (const auto& [first, count] : runs) {
    for (std::uint64_t bit = first; bit < first + count; ++bit)
      words[bit / 64] |= 1ULL << (bit % 64);
  }
  return words;
}

TEST(BitmapRuns, are_found_within_words_and_across_them) {
  const Runs kCases[] = {
      {},
      {{0, 1}},
      {{63, 1}},
      {{63, 2}},
      {{64, 64}},
      {{4095, 1}},
      {{0, 4096}},
      {{1, 4094}},
      {{0, 64}, {65, 62}, {128, 1}},
      {{3, 2}, {6, 1}, {62, 70}, {200, 1}, {4000, 96}},
  };
  for (const Runs& runs : kCases) EXPECT_EQ(runs_of(words_with(runs)), runs);
}

TEST(BitmapRuns, are_the_bits_that_are_set_and_no_others) {
  // Every other bit, then every third: as many runs as there can be.
  for (const std::uint64_t step : {2U, 3U, 5U, 63U, 64U, 65U}) {
    Runs expected;
    for (std::uint64_t bit = 0; bit < kho::kBlocksPerBitmap; bit += step)
      expected.push_back({bit, 1});
    EXPECT_EQ(runs_of(words_with(expected)), expected) << step;
  }
}

TEST(Wording, names_errors_as_the_kernel_does) {
  EXPECT_EQ(error_text(-11), "-EAGAIN");
  EXPECT_EQ(error_text(-95), "-EOPNOTSUPP");
  EXPECT_EQ(error_text(-3), "-3") << "not a number that the model answers with";
}

TEST(Wording, counts_one_and_many) {
  EXPECT_EQ(count_text(0, "page"), "0 pages");
  EXPECT_EQ(count_text(1, "page"), "1 page");
  EXPECT_EQ(count_text(2, "preserved file"), "2 preserved files");
}

TEST(Wording, lists_a_few_names_and_counts_the_rest) {
  EXPECT_EQ(listed({}), "");
  EXPECT_EQ(listed({"a"}), "a");
  EXPECT_EQ(listed({"a", "b"}), "a and b");
  EXPECT_EQ(listed({"a", "b", "c"}), "a, b and c");
  EXPECT_EQ(listed({"a", "b", "c", "d", "e"}), "a, b, c and 2 more");
}

class FollowedCalls : public ::testing::Test {
 protected:
  FollowedCalls() : watched_(world::story({}, {"f", "g"})) { watched_.switch_on(); }

  Look look_at(const sim::Record& record) {
    record_ = record;
    return {view_, record_, notes_};
  }
  void begin(std::uint32_t task, Verb verb, std::string_view operand = {}) {
    Look look = look_at({.kind = userspace::UserRecord::call_begins,
                         .task = {task},
                         .object = watched_.name(operand),
                         .values = {static_cast<std::uint64_t>(verb), 0, 0, 0}});
    EXPECT_TRUE(note_call(look));
  }
  std::optional<Call> end(std::uint32_t task) {
    Look look = look_at({.kind = userspace::UserRecord::call_returns, .task = {task}});
    EXPECT_FALSE(note_call(look));
    return take_call(look);
  }
  std::string deed(std::uint32_t task) { return deed_of(look_at({.task = {task}})); }

  WatchedMachine watched_;
  Machine view_ = machine_of(watched_.world(), watched_.machine.blueprint);
  sim::Record record_;
  sim::Notes notes_;
};

TEST_F(FollowedCalls, belong_to_their_tasks) {
  begin(3, Verb::restore, "f");
  begin(70'000, Verb::finish);
  EXPECT_EQ(deed(3), "FD_RESTORE f");
  EXPECT_EQ(deed(70'000), "EVENT_FINISH");
  EXPECT_EQ(deed(4), "the boot");
  const auto call = end(3);
  ASSERT_TRUE(call);
  EXPECT_EQ(call->verb, Verb::restore);
  EXPECT_EQ(call->operand, watched_.name("f"));
  EXPECT_FALSE(end(3)) << "taken once";
  EXPECT_TRUE(end(70'000));
  EXPECT_TRUE(notes_.is_empty());
}

TEST_F(FollowedCalls, know_whom_they_met_also_who_has_returned_since) {
  begin(1, Verb::prepare);
  begin(2, Verb::get_state);
  EXPECT_TRUE(end(2)->met.contain(Verb::prepare));
  begin(3, Verb::cancel);
  const auto prepare = end(1);
  EXPECT_TRUE(prepare->met.contain(Verb::get_state));
  EXPECT_TRUE(prepare->met.contain(Verb::cancel));
  EXPECT_FALSE(prepare->met.contain(Verb::prepare));
  begin(1, Verb::preserve);
  EXPECT_TRUE(end(1)->met.contain(Verb::cancel));
  begin(4, Verb::preserve);
  const auto cancel = end(3);
  EXPECT_FALSE(cancel->met.contain(Verb::get_state));
  EXPECT_TRUE(cancel->met.contain(Verb::preserve));
}

TEST_F(FollowedCalls, keep_marks_and_leave_other_notes_alone) {
  notes_.set(5, 50);
  notes_.set(~0ULL, 1);
  begin(1, Verb::restore, "g");
  Look look = look_at({.task = {1}});
  mark_call(look, {1}, 1);
  mark_call(look, {1}, 4);
  mark_call(look, {9}, 4);
  EXPECT_TRUE(is_in_progress(look, kFileCalls));
  EXPECT_FALSE(is_in_progress(look, kTransitions));
  EXPECT_EQ(calls_in_progress(look).size(), 1U);
  EXPECT_EQ(end(1)->marks, 5U);
  EXPECT_EQ(notes_.value_of(5), 50U);
  EXPECT_EQ(notes_.value_of(~0ULL), 1U);
}

TEST_F(FollowedCalls, end_with_their_kernel) {
  notes_.set(5, 50);
  begin(1, Verb::prepare);
  begin(2, Verb::reboot_kexec);
  Look look = look_at({.kind = kernel::KernelRecord::boot_begins});
  EXPECT_TRUE(note_call(look));
  EXPECT_TRUE(calls_in_progress(look).empty());
  EXPECT_EQ(notes_.value_of(5), 50U);
}

bool is_stable_id(std::string_view id) {
  for (const char character : id)
    if (character != '-' && (character < 'a' || character > 'z')) return false;
  return !id.empty();
}

TEST(EveryGuarantee, has_a_stable_id_of_its_own_and_says_what_it_is_for) {
  const std::set<std::string_view> kFamilies = {
      "inverse",   "exactly-once", "acknowledged-is-retrievable",
      "scratch",   "lifetimes",    "abort-leaves-no-trace",
      "snapshots", "liveness",     "interface",
      "dma",       "no-lost-edge"};
  std::set<std::string_view> ids;
  for (const Guarantee* guarantee : all()) {
    EXPECT_TRUE(is_stable_id(guarantee->id)) << guarantee->id;
    EXPECT_TRUE(ids.insert(guarantee->id).second) << guarantee->id << " is there twice";
    EXPECT_TRUE(guarantee->promise.ends_with(".")) << guarantee->id;
    EXPECT_TRUE(guarantee->rule.ends_with(").")) << guarantee->id << " says where it comes from";
    EXPECT_TRUE(kFamilies.contains(guarantee->family)) << guarantee->id;
  }
}

TEST(EveryGuarantee, looks_at_records_that_it_asked_for) {
  for (const Guarantee* guarantee : all()) {
    // What is judged by the state alone, where a story ends or every order is tried.
    if (guarantee == &kNoLivelock || guarantee == &kEachCallReturns) continue;
    EXPECT_NE(guarantee->look, nullptr) << guarantee->id;
    EXPECT_FALSE(guarantee->looks_after.empty()) << guarantee->id;
  }
}

}  // namespace
}  // namespace luosim::guarantees
