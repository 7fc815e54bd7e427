// SPDX-License-Identifier: Apache-2.0
//
// Which calls of a fault site fail: each test adds rules, makes calls and compares the answers. A
// call that does not fail answers 0 here. Chance comes from a recording, so that a test says itself
// what happens.
#include "sim/fault/fault.hpp"

#include <functional>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/sim/scripted_machine.hpp"

namespace luosim::sim {
namespace {

constexpr FaultSite kSite{"disk.write", "A write fails.", -5};
constexpr FaultSite kOtherSite{"disk.read", "A read fails.", -6};
constexpr std::uint32_t kForever = FaultRule::kForever;
constexpr std::uint32_t kAnna = name_hash("anna");
constexpr std::uint32_t kBert = name_hash("bert");

using Answers = std::vector<std::int32_t>;

FaultRule rule_of(std::int32_t value) {
  return {.site = kSite.id(), .value = value};
}

std::int32_t consult(Faults& faults, SimTime now = {}, std::uint32_t instance = 0,
                     std::uint32_t other_instance = 0) {
  ScriptedChoice choice;
  return faults.consult(kSite.id(), instance, other_instance, now, choice).value_or(0);
}

Answers consult_often(Faults& faults, int calls) {
  Answers answers;
  for (int i = 0; i < calls; ++i) answers.push_back(consult(faults));
  return answers;
}

TEST(Faults, let_every_call_succeed_if_there_are_no_rules) {
  Faults faults;
  EXPECT_TRUE(faults.is_empty());
  EXPECT_EQ(consult_often(faults, 3), (Answers{0, 0, 0}));
}

TEST(Faults, make_the_first_call_fail_once_by_default) {
  Faults faults;
  faults.add(rule_of(-5));
  EXPECT_FALSE(faults.is_empty());
  EXPECT_EQ(consult_often(faults, 3), (Answers{-5, 0, 0}));
  EXPECT_TRUE(faults.is_empty());
}

TEST(Faults, make_the_nth_call_fail) {
  Faults faults;
  FaultRule rule = rule_of(-5);
  rule.skip = 2;
  faults.add(rule);
  EXPECT_EQ(consult_often(faults, 5), (Answers{0, 0, -5, 0, 0}));
}

TEST(Faults, make_as_many_calls_fail_as_said) {
  Faults faults;
  FaultRule rule = rule_of(-5);
  rule.skip = 1;
  rule.times = 3;
  faults.add(rule);
  EXPECT_EQ(consult_often(faults, 6), (Answers{0, -5, -5, -5, 0, 0}));
}

TEST(Faults, make_all_calls_fail_forever) {
  Faults faults;
  FaultRule rule = rule_of(-5);
  rule.times = kForever;
  faults.add(rule);
  const Faults before = faults;
  EXPECT_EQ(consult_often(faults, 100), Answers(100, -5));
  EXPECT_EQ(faults, before);
}

TEST(Faults, do_not_count_calls_of_other_sites) {
  Faults faults;
  FaultRule rule = rule_of(-5);
  rule.skip = 1;
  faults.add(rule);
  ScriptedChoice choice;
  EXPECT_FALSE(faults.consult(kOtherSite.id(), 0, 0, {}, choice));
  EXPECT_EQ(consult_often(faults, 2), (Answers{0, -5}));
}

TEST(Faults, count_calls_only_inside_of_the_window) {
  Faults faults;
  FaultRule rule = rule_of(-5);
  rule.skip = 1;
  rule.times = kForever;
  rule.from = {10};
  rule.until = {20};
  faults.add(rule);
  EXPECT_EQ(consult(faults, {9}), 0);
  EXPECT_EQ(consult(faults, {10}), 0);
  EXPECT_EQ(consult(faults, {10}), -5);
  EXPECT_EQ(consult(faults, {19}), -5);
  EXPECT_EQ(consult(faults, {20}), 0);
}

TEST(Faults, of_one_instance_spare_the_others) {
  Faults faults;
  FaultRule rule = rule_of(-5);
  rule.instance = kAnna;
  rule.skip = 1;
  faults.add(rule);
  EXPECT_EQ(consult(faults, {}, kBert), 0);
  EXPECT_EQ(consult(faults, {}, 0), 0);
  EXPECT_EQ(consult(faults, {}, kAnna), 0);
  EXPECT_EQ(consult(faults, {}, kBert), 0);
  EXPECT_EQ(consult(faults, {}, kAnna), -5);
}

TEST(Faults, know_a_call_by_either_of_its_two_instances) {
  Faults faults;
  FaultRule rule = rule_of(-5);
  rule.instance = kAnna;
  rule.times = 2;
  faults.add(rule);
  EXPECT_EQ(consult(faults, {}, kBert, kAnna), -5);
  EXPECT_EQ(consult(faults, {}, kAnna, kBert), -5);
  EXPECT_EQ(consult(faults, {}, kAnna, kBert), 0);
}

TEST(Faults, without_an_instance_concern_all_instances) {
  Faults faults;
  FaultRule rule = rule_of(-5);
  rule.times = 3;
  faults.add(rule);
  EXPECT_EQ(consult(faults, {}, kAnna), -5);
  EXPECT_EQ(consult(faults, {}, kBert), -5);
  EXPECT_EQ(consult(faults, {}, kAnna, kBert), -5);
}

TEST(Faults, are_decided_by_the_first_rule_that_fires_and_the_next_one_does_not_count_that_call) {
  Faults faults;
  faults.add(rule_of(-1));
  FaultRule second = rule_of(-2);
  second.skip = 1;
  faults.add(second);
  EXPECT_EQ(consult_often(faults, 4), (Answers{-1, 0, -2, 0}));
}

TEST(Faults, let_a_later_rule_fire_while_an_earlier_one_still_waits) {
  Faults faults;
  FaultRule first = rule_of(-1);
  first.skip = 2;
  faults.add(first);
  faults.add(rule_of(-2));
  EXPECT_EQ(consult_often(faults, 4), (Answers{-2, 0, -1, 0}));
}

TEST(Faults, replace_only_rules_of_the_same_site_and_instance) {
  const auto make = [](FaultSiteId site, std::uint32_t instance, std::int32_t value) {
    return FaultRule{.site = site, .instance = instance, .value = value};
  };
  Faults faults;
  faults.add(make(kSite.id(), kAnna, -1));
  faults.add(make(kSite.id(), kAnna, -2));
  faults.add(make(kSite.id(), kBert, -3));
  faults.add(make(kSite.id(), 0, -4));
  faults.add(make(kOtherSite.id(), kAnna, -5));
  faults.replace(make(kSite.id(), kAnna, -6));
  Answers values;
  for (const FaultRule& rule : faults.rules()) values.push_back(rule.value);
  EXPECT_EQ(values, (Answers{-3, -4, -5, -6}));
}

TEST(Faults, keep_a_rule_that_is_spent_in_its_place_and_count_what_each_made_fail) {
  Faults faults;
  faults.add(rule_of(-1));
  FaultRule never = rule_of(-2);
  never.skip = 99;
  faults.add(never);
  FaultRule always = rule_of(-3);
  always.times = kForever;
  faults.add(always);
  EXPECT_EQ(consult_often(faults, 3), (Answers{-1, -3, -3}));
  ASSERT_EQ(faults.rules().size(), 3U);
  EXPECT_TRUE(faults.rules()[0].is_spent());
  EXPECT_EQ(faults.rules()[0].fired, 1U);
  EXPECT_EQ(faults.rules()[1].fired, 0U);
  EXPECT_EQ(faults.rules()[2].fired, 2U);
}

// --- Chance --------------------------------------------------------------------------------------

Answers consult_by_chance(Faults& faults, const std::vector<std::uint32_t>& outcomes) {
  std::vector<MadeChoice> recorded;
  for (const std::uint32_t outcome : outcomes) {
    recorded.push_back({{kSite.id().hash, kAnna}, 2, outcome});
  }
  RecordedChoice choice(recorded);
  Answers answers;
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    answers.push_back(faults.consult(kSite.id(), kAnna, 0, {}, choice).value_or(0));
  }
  EXPECT_FALSE(choice.diverged());
  EXPECT_TRUE(choice.is_exhausted());
  return answers;
}

TEST(Faults, ask_chance_under_the_name_of_site_and_instance) {
  Faults faults;
  FaultRule rule = rule_of(-5);
  rule.per_million = 250'000;
  rule.times = kForever;
  faults.add(rule);
  EXPECT_EQ(consult_by_chance(faults, {0, 1, 1, 0}), (Answers{0, -5, -5, 0}));
}

TEST(Faults, count_as_a_failure_only_what_chance_made_fail) {
  Faults faults;
  FaultRule rule = rule_of(-5);
  rule.per_million = 250'000;
  rule.times = 2;
  faults.add(rule);
  EXPECT_EQ(consult_by_chance(faults, {0, 1, 0, 1}), (Answers{0, -5, 0, -5}));
  EXPECT_TRUE(faults.is_empty());
}

TEST(Faults, give_a_later_rule_its_turn_when_chance_spares_the_call) {
  Faults faults;
  FaultRule first = rule_of(-1);
  first.per_million = 1;
  faults.add(first);
  faults.add(rule_of(-2));
  EXPECT_EQ(consult_by_chance(faults, {0, 1}), (Answers{-2, -1}));
}

TEST(Faults, do_not_ask_chance_when_the_failure_is_certain_or_its_turn_has_not_come) {
  Faults faults;
  FaultRule rule = rule_of(-5);
  rule.skip = 1;
  rule.per_million = 999'999;
  faults.add(rule);
  RecordedChoice nothing_recorded({});
  EXPECT_FALSE(faults.consult(kSite.id(), 0, 0, {}, nothing_recorded));
  Faults certain;
  certain.add(rule_of(-5));
  EXPECT_EQ(certain.consult(kSite.id(), 0, 0, {}, nothing_recorded), -5);
  EXPECT_FALSE(nothing_recorded.diverged());
}

TEST(Faults, tell_who_follows_them_what_chance_made_fail) {
  Faults faults;
  FaultRule rule = rule_of(-5);
  rule.per_million = 250'000;
  faults.add(rule_of(-1));
  faults.add(rule);
  RecordedChoice choice({{{kSite.id().hash, kAnna}, 2, 1}});
  std::vector<AskedFault> asked;
  choice.follow_faults(&asked);
  EXPECT_EQ(faults.consult(kSite.id(), kAnna, 0, {}, choice), -1);
  EXPECT_TRUE(asked.empty());
  EXPECT_EQ(faults.consult(kSite.id(), kAnna, 0, {}, choice), -5);
  EXPECT_EQ(asked, (std::vector<AskedFault>{{{kSite.id().hash, kAnna}, -5}}));
}

// --- A value -------------------------------------------------------------------------------------

TEST(Faults, are_a_value_with_their_counters) {
  Faults faults;
  FaultRule rule = rule_of(-5);
  rule.skip = 2;
  faults.add(rule);
  consult(faults);
  Faults copy = faults;
  EXPECT_EQ(consult_often(copy, 2), (Answers{0, -5}));
  EXPECT_NE(copy, faults);
  EXPECT_EQ(consult_often(faults, 2), (Answers{0, -5}));
  EXPECT_EQ(copy, faults);
}

Digest128 digest_of(const Faults& faults, SimTime now = {}) {
  Hasher hasher;
  faults.add_to(hasher, now);
  return hasher.finish();
}

TEST(FaultsDigest, differs_by_each_member_of_a_rule) {
  const std::vector<std::function<void(FaultRule&)>> changes{
      [](FaultRule& rule) { rule.site = kOtherSite.id(); },
      [](FaultRule& rule) { rule.instance = 1; },
      [](FaultRule& rule) { rule.skip = 1; },
      [](FaultRule& rule) { rule.times = 2; },
      [](FaultRule& rule) { rule.value = -6; },
      [](FaultRule& rule) { rule.per_million = 1; },
      [](FaultRule& rule) { rule.from = {1}; },
      [](FaultRule& rule) { rule.until = {2}; },
      [](FaultRule&) {}};
  std::vector<Digest128> digests{digest_of({})};
  for (const auto& change : changes) {
    FaultRule rule = rule_of(-5);
    change(rule);
    Faults faults;
    faults.add(rule);
    for (const Digest128& other : digests) EXPECT_NE(digest_of(faults), other) << digests.size();
    digests.push_back(digest_of(faults));
  }
}

TEST(FaultsDigest, differs_when_the_same_window_is_not_equally_far_away) {
  Faults faults;
  FaultRule rule = rule_of(-5);
  rule.from = {100};
  rule.until = {200};
  faults.add(rule);
  EXPECT_NE(digest_of(faults, {10}), digest_of(faults, {20}));
  EXPECT_NE(digest_of(faults, {110}), digest_of(faults, {120}));
}

TEST(FaultsDigest, is_equal_when_different_windows_are_equally_far_away) {
  const auto make = [](SimTime start) {
    FaultRule rule = rule_of(-5);
    rule.from = start + nanoseconds(100);
    rule.until = start + nanoseconds(200);
    Faults faults;
    faults.add(rule);
    return faults;
  };
  EXPECT_EQ(digest_of(make({10}), {10}), digest_of(make({70}), {70}));
  EXPECT_EQ(digest_of(make({10}), {150}), digest_of(make({20}), {160}));
}

TEST(FaultsDigest, does_not_change_with_time_for_rules_that_are_always_open_or_over) {
  Faults faults;
  faults.add(rule_of(-5));
  const Digest128 without_window = digest_of(faults);
  EXPECT_EQ(digest_of(faults, {1'000}), without_window);
  FaultRule over = rule_of(-6);
  over.until = {50};
  faults.add(over);
  EXPECT_NE(digest_of(faults, {49}), without_window);
  EXPECT_EQ(digest_of(faults, {50}), without_window);
}

// --- In a step -----------------------------------------------------------------------------------

TEST(ContextFault, gives_the_step_the_value_of_the_rule_and_records_that_it_fired) {
  ScriptedMachine machine;
  Answers answers;
  machine.add("main", {{"write", [&](Context& context) {
                          answers.push_back(context.fault(kSite, "anna", "bert").value_or(0));
                          return answers.size() < 3 ? again(nanoseconds(10)) : done();
                        }}});
  FaultRule rule = rule_of(-7);
  rule.instance = kBert;
  rule.skip = 1;
  machine.faults.add(rule);
  const TaskId task = machine.start("carl", "main");
  machine.run();
  EXPECT_EQ(answers, (Answers{0, -7, 0}));
  const std::vector<Record> expected{
      {.time = {10},
       .kind = EngineRecord::fault_fired,
       .task = task,
       .values = {kSite.id().hash, kAnna, static_cast<std::uint64_t>(std::int64_t{-7}), kBert}}};
  EXPECT_EQ(machine.records_of(EngineRecord::fault_fired), expected);
}

TEST(ContextFault, without_instances_is_not_met_by_a_rule_for_an_instance) {
  ScriptedMachine machine;
  Answers answers;
  machine.add("main", {{"write", [&](Context& context) {
                          answers.push_back(context.fault(kSite).value_or(0));
                          return done();
                        }}});
  FaultRule rule = rule_of(-7);
  rule.instance = name_hash("");
  machine.faults.add(rule);
  machine.start("carl", "main");
  machine.run();
  EXPECT_EQ(answers, Answers{0});
}

}  // namespace
}  // namespace luosim::sim
