// SPDX-License-Identifier: Apache-2.0
#include "sim/explore/explore.hpp"

#include <gtest/gtest.h>

#include "sim/explore/critical_step.hpp"
#include "tests/unit/sim/graph_model.hpp"

namespace luosim::sim::explore {
namespace {

constexpr GraphClaims kBothClaims{.way_back = 7, .progress = 8};

// 0 -> 1 -> 2 -> 3, and 0 -> 3 by the second answer of a choice.
GraphModel diamond() {
  GraphModel model;
  model.nodes = {{{1, 3}, {1, 1}}, {{2}, {1}}, {{3}, {1}}, {{}, {}}};
  return model;
}

TEST(Explore, reaches_every_state_and_says_that_it_did) {
  const Result result = explore(diamond(), {});
  EXPECT_EQ(result.ending, Ending::complete);
  EXPECT_EQ(result.states, 4U);
  EXPECT_EQ(result.transitions, 4U);
  EXPECT_EQ(result.depth, 2U);
  EXPECT_TRUE(result.counterexamples.empty());
}

TEST(Explore, takes_every_answer_of_a_choice) {
  GraphModel model = diamond();
  model.nodes[3].is_broken = 1;
  const Result result = explore(model, {});
  EXPECT_EQ(result.ending, Ending::broken);
  ASSERT_EQ(result.counterexamples.size(), 1U);
  EXPECT_EQ(result.counterexamples[0].path, (std::vector<std::uint32_t>{1}));
}

TEST(Explore, finds_one_counterexample_for_each_cause_if_it_is_to_find_all) {
  GraphModel model = diamond();
  model.nodes[2].is_broken = 1;
  model.nodes[3].is_broken = 1;
  const Result result = explore(model, {.finds_all = true});
  EXPECT_EQ(result.ending, Ending::complete);
  ASSERT_EQ(result.counterexamples.size(), 2U);
  EXPECT_EQ(result.counterexamples[0].finding.place, 3U);
  EXPECT_EQ(result.counterexamples[1].path, (std::vector<std::uint32_t>{0, 0}));
}

TEST(Explore, stops_at_its_limit_without_a_verdict) {
  GraphModel model;
  for (std::uint32_t number = 0; number < 100; ++number)
    model.nodes.push_back({{(number + 1) % 100}, {1}});
  EXPECT_EQ(explore(model, {.max_states = 10}).ending, Ending::state_limit);
  EXPECT_EQ(explore(model, {.order = Order::depth_first, .max_states = 10}).ending,
            Ending::state_limit);
}

// 0 leads to a hundred states, of which the last one is broken.
GraphModel wide() {
  GraphModel model;
  model.nodes.push_back({});
  for (std::uint32_t number = 1; number <= 100; ++number) {
    model.nodes.push_back({{number}, {1}});
    model.nodes[0].successors.push_back(number);
    model.nodes[0].makes_progress.push_back(1);
  }
  model.nodes[100].is_broken = 1;
  return model;
}

TEST(Explore, tells_what_is_broken_in_the_level_in_which_it_came_to_its_limit) {
  for (const std::uint32_t threads : {1U, 2U}) {
    for (const std::uint64_t limit : {2U, 50U, 99U}) {
      const Result result = explore(wide(), {.threads = threads, .max_states = limit});
      EXPECT_EQ(result.ending, Ending::broken) << threads << ", " << limit;
      ASSERT_EQ(result.counterexamples.size(), 1U);
      EXPECT_EQ(result.counterexamples[0].path, (std::vector<std::uint32_t>{99}));
    }
  }
}

TEST(Explore, tells_what_is_broken_in_the_level_in_which_it_was_stopped) {
  GraphModel model = wide();
  // So many successors that somebody asks in the middle of them.
  for (std::uint32_t number = 0; number < 2'000; ++number) {
    model.nodes[0].successors.push_back(1);
    model.nodes[0].makes_progress.push_back(1);
  }
  bool was_asked_within = false;
  const Options options{.wants_stop = [&](const Progress& progress) {
    was_asked_within = was_asked_within || progress.depth == 0;
    return true;
  }};
  const Result result = explore(model, options);
  EXPECT_TRUE(was_asked_within);
  EXPECT_EQ(result.ending, Ending::broken);
  ASSERT_EQ(result.counterexamples.size(), 1U);
}

TEST(CriticalStep, is_the_last_move_that_could_have_been_another_for_good) {
  GraphModel model;
  model.nodes = {{{1, 5}, {1, 1}}, {{2, 3}, {1, 1}}, {{}, {}}, {{4}, {1}}, {{}, {}}, {{5}, {1}}};
  model.nodes[2].is_broken = 1;
  model.nodes[4].is_broken = 1;
  const Result result = explore(model, {});
  ASSERT_EQ(result.counterexamples.size(), 1U);
  ASSERT_EQ(result.counterexamples[0].path, (std::vector<std::uint32_t>{0, 0}));
  // From 1 on it goes wrong at once, by 2, or a move later, by 3 and 4.
  EXPECT_EQ(critical_step(model, result.counterexamples[0].path), 0U);
  // Unless 3 can go round.
  model.nodes[3] = {{4, 3}, {1, 1}};
  EXPECT_EQ(critical_step(model, result.counterexamples[0].path), 1U);
}

TEST(CriticalStep, is_none_where_every_way_leads_to_the_same) {
  GraphModel model;
  model.nodes = {{{1, 2}, {1, 1}}, {{3}, {1}}, {{3}, {1}}, {{}, {}}};
  model.nodes[3].is_broken = 1;
  const Result result = explore(model, {});
  ASSERT_EQ(result.counterexamples.size(), 1U);
  EXPECT_EQ(critical_step(model, result.counterexamples[0].path), std::nullopt);
}

TEST(Explore, stops_when_it_is_told_to) {
  const Options options{.wants_stop = [](const Progress&) { return true; }};
  EXPECT_EQ(explore(diamond(), options).ending, Ending::stopped);
}

TEST(Explore, finds_a_state_from_which_no_good_one_can_be_reached) {
  GraphModel model = diamond();
  model.nodes[0].flags = StateFlags::kGood;
  const Result result = explore(model, {}, kBothClaims);
  ASSERT_EQ(result.counterexamples.size(), 1U);
  EXPECT_EQ(result.counterexamples[0].finding.guarantee, 7U);
  // States 1 and 3 are one move away, 1 has the lower number.
  EXPECT_EQ(result.counterexamples[0].path, (std::vector<std::uint32_t>{0}));
}

TEST(Explore, takes_a_state_where_the_story_is_cut_off_for_a_good_one) {
  GraphModel model = diamond();
  model.nodes[3].flags = StateFlags::kCutOff;
  EXPECT_TRUE(explore(model, {}, kBothClaims).counterexamples.empty());
}

TEST(Explore, asks_no_way_back_of_where_nobody_is_left_and_takes_it_for_none) {
  GraphModel model;
  model.nodes = {{{1, 0}, {1, 1}}, {{1}, {1}}};
  model.nodes[0].flags = StateFlags::kGood;
  model.nodes[1].flags = StateFlags::kNobodyLeft;
  EXPECT_TRUE(explore(model, {}, kBothClaims).counterexamples.empty());
  model.nodes[0].flags = 0;
  const Result result = explore(model, {}, kBothClaims);
  ASSERT_EQ(result.counterexamples.size(), 1U);
  EXPECT_EQ(result.counterexamples[0].finding.guarantee, 7U);
  EXPECT_TRUE(result.counterexamples[0].path.empty());
}

constexpr GraphClaims kNextBegin{.next_begin = 9};

TEST(Explore, finds_a_state_where_nothing_can_begin_any_more) {
  GraphModel model;
  model.nodes = {{{1, 2}, {1, 1}}, {{0}, {1}}, {{2}, {1}}};
  model.nodes[0].flags = StateFlags::kMayBegin;
  model.nodes[1].flags = StateFlags::kBegun;
  model.nodes[2].flags = StateFlags::kMayBegin;
  const Result result = explore(model, {}, kNextBegin);
  ASSERT_EQ(result.counterexamples.size(), 1U);
  EXPECT_EQ(result.counterexamples[0].finding.guarantee, 9U);
  EXPECT_EQ(result.counterexamples[0].path, (std::vector<std::uint32_t>{1}));
  for (const std::uint8_t excused : {0, +StateFlags::kCutOff, +StateFlags::kBroken}) {
    model.nodes[2].flags = excused;
    EXPECT_TRUE(explore(model, {}, kNextBegin).counterexamples.empty()) << int{excused};
  }
}

TEST(Explore, takes_a_move_that_starts_over_for_no_way_to_begin) {
  GraphModel model;
  model.nodes = {{{1}, {1}}, {{}, {}}};
  model.nodes[0].flags = StateFlags::kMayBegin | StateFlags::kGood;
  model.nodes[1].flags = StateFlags::kBegun | StateFlags::kGood;
  EXPECT_TRUE(explore(model, {}, kNextBegin).counterexamples.empty());
  model.nodes[0].starts_over = 1;
  EXPECT_TRUE(explore(model, {}, kBothClaims).counterexamples.empty());
  for (const Order order : {Order::breadth_first, Order::depth_first}) {
    const Result result = explore(model, {.order = order}, kNextBegin);
    ASSERT_EQ(result.counterexamples.size(), 1U);
    EXPECT_TRUE(result.counterexamples[0].path.empty());
  }
}

// Stays where it is, unless a fault takes it to the good end.
struct LuckModel {
  struct Walker {
    using State = std::uint32_t;
    EnumeratedChoice chance;
    void moves(const State& from, std::vector<Move>& moves) const {
      if (from == 0) moves.push_back({0});
    }
    void begin(const State& /*from*/, Move /*move*/, EnumeratedChoice& choice) const {
      choice.begin(1);
    }
    void take(State& state, Move /*move*/, EnumeratedChoice& choice, Taken& /*taken*/) const {
      state = choice.strikes({7, 0}) ? 1 : 0;
    }
    void add_key(const State& state, Hasher& hasher) const { hasher.add(state); }
    std::uint8_t flags_of(const State& state) const { return state == 1 ? StateFlags::kGood : 0; }
    bool is_same(const State& left, const State& right) const { return left == right; }
    EnumeratedChoice& choice() { return chance; }
  };
  static inline const std::vector<SiteFaults> kSites{{7, {-5}}};
  std::uint32_t initial() const { return 0; }
  Walker walker() const { return {EnumeratedChoice(kSites)}; }
};

TEST(Explore, takes_a_fault_for_no_way_back) {
  const Result result = explore(LuckModel{}, {}, kBothClaims);
  EXPECT_EQ(result.states, 2U);
  ASSERT_FALSE(result.counterexamples.empty());
  EXPECT_EQ(result.counterexamples[0].finding.guarantee, 7U);
  EXPECT_TRUE(result.counterexamples[0].path.empty());
}

TEST(Explore, finds_a_cycle_in_which_nothing_makes_progress) {
  GraphModel model;
  model.nodes = {{{1}, {1}}, {{2}, {0}}, {{1, 0}, {0, 1}}};
  model.nodes[0].flags = StateFlags::kGood;
  const Result result = explore(model, {}, kBothClaims);
  ASSERT_EQ(result.counterexamples.size(), 1U);
  EXPECT_EQ(result.counterexamples[0].finding.guarantee, 8U);
  EXPECT_EQ(result.counterexamples[0].path, (std::vector<std::uint32_t>{0}));
}

TEST(Explore, does_not_mind_a_cycle_in_which_one_move_makes_progress) {
  GraphModel model;
  model.nodes = {{{1}, {1}}, {{0}, {0}}};
  model.nodes[0].flags = StateFlags::kGood;
  EXPECT_TRUE(explore(model, {}, kBothClaims).counterexamples.empty());
}

TEST(Explore, walks_a_path_again) {
  GraphModel model = diamond();
  std::vector<std::uint32_t> seen;
  EXPECT_TRUE(replay(model, std::vector<std::uint32_t>{0, 0},
                     [&](std::uint32_t, const Successor<GraphModel::Walker>& successor) {
                       seen.push_back(successor.state);
                     }));
  EXPECT_EQ(seen, (std::vector<std::uint32_t>{1, 2}));
  EXPECT_FALSE(replay(model, std::vector<std::uint32_t>{5}, [](std::uint32_t, const auto&) {}));
}

TEST(Explore, names_the_chance_that_states_were_confused) {
  EXPECT_EQ(rarity_of_omission(Compaction::full, 1'000'000), kNeverConfused);
  // A billion is not quite 2 to the power of 30.
  EXPECT_EQ(rarity_of_omission(Compaction::bits128, 1'000'000'000), 128U + 1 - 60);
  EXPECT_EQ(rarity_of_omission(Compaction::bits64, 1'000'000'000), 64U + 6 + 1 - 60);
  EXPECT_EQ(rarity_of_omission(Compaction::bits64, ~0ULL), 0U);
}

TEST(EnumeratedChoice, takes_every_combination_once_and_ordinary_outcomes_first) {
  EnumeratedChoice choice;
  std::vector<std::uint32_t> seen;
  choice.begin(0);
  do {
    const std::uint32_t first = choice.choose(2, {1, 0});
    // Only after the second answer of the first question there is another one.
    seen.push_back(first * 10 + (first == 1 ? choice.choose(3, {2, 0}) : 0));
  } while (choice.next());
  EXPECT_EQ(seen, (std::vector<std::uint32_t>{0, 10, 11, 12}));
}

TEST(EnumeratedChoice, strikes_at_its_sites_as_often_as_its_budget_allows) {
  const std::vector<SiteFaults> sites{{5, {-5}}};
  EnumeratedChoice choice(sites);
  EXPECT_TRUE(choice.adds_faults());
  std::vector<std::uint32_t> seen;
  choice.begin(1);
  do {
    std::uint32_t bits = 0;
    for (std::uint32_t i = 0; i < 3; ++i) bits |= (choice.strikes({5, i}) ? 1U : 0U) << i;
    EXPECT_FALSE(choice.strikes({6, 0}));
    EXPECT_EQ(choice.faults_left(), bits == 0 ? 1U : 0U);
    seen.push_back(bits);
  } while (choice.next());
  EXPECT_EQ(seen, (std::vector<std::uint32_t>{0, 4, 2, 1}));
}

TEST(EnumeratedChoice, strikes_with_each_value_of_a_site_in_turn) {
  const std::vector<SiteFaults> sites{{5, {-5, -16, 1}}};
  EnumeratedChoice choice(sites);
  std::vector<std::int32_t> seen;
  choice.begin(1);
  do {
    seen.push_back(choice.strikes({5, 0}).value_or(0));
  } while (choice.next());
  EXPECT_EQ(seen, (std::vector<std::int32_t>{0, -5, -16, 1}));
}

TEST(EnumeratedChoice, does_not_ask_what_is_settled) {
  EnumeratedChoice choice;
  choice.begin(0);
  choice.settle({1, 0}, 2);
  EXPECT_EQ(choice.choose(3, {1, 0}), 2U);
  EXPECT_FALSE(choice.next());
}

}  // namespace
}  // namespace luosim::sim::explore
