// SPDX-License-Identifier: Apache-2.0
//
// A scenario as a model to explore: which states there are, what is found in them, and that a story
// that was found is one that happens.
#include "model/world/explore.hpp"

#include <gtest/gtest.h>

#include "model/guarantees/all.hpp"
#include "model/luo/v2/state.hpp"
#include "sim/explore/critical_step.hpp"
#include "sim/explore/explore.hpp"
#include "tests/unit/model/explored_scenario.hpp"

namespace luosim::world {
namespace {

using sim::explore::Compaction;
using sim::explore::Ending;
using sim::explore::Result;

bool finds(const Result& result, const guarantees::Guarantee& guarantee) {
  return std::any_of(
      result.counterexamples.begin(), result.counterexamples.end(),
      [&](const auto& each) { return guarantees::all()[each.finding.guarantee] == &guarantee; });
}

TEST(ExploreWorld, verifies_the_corrected_protocol_with_a_free_agent) {
  const Result result = explore_scenario({.files = 2, .subsystems = 1, .reboots = 2});
  EXPECT_EQ(result.ending, Ending::complete);
  EXPECT_TRUE(result.counterexamples.empty());
}

TEST(ExploreWorld, counts_the_same_states_every_time) {
  EXPECT_EQ(explore_scenario({.files = 1, .subsystems = 1, .reboots = 1}).states,
            explore_scenario({.files = 1, .subsystems = 1, .reboots = 1}).states);
}

TEST(ExploreWorld, finds_that_one_file_gets_two_tokens_in_rfc_v2) {
  const Result result =
      explore_scenario({.protocol = "luo-v2", .files = 1, .subsystems = 0, .reboots = 0});
  EXPECT_EQ(result.ending, Ending::broken);
  EXPECT_TRUE(finds(result, guarantees::kOneTokenAFile));
  // The boot, and two calls.
  EXPECT_EQ(result.counterexamples.front().path.size(), 3U);
}

TEST(ExploreWorld, finds_many_bugs_of_rfc_v2_in_one_search) {
  const Result result = explore_scenario({.protocol = "luo-v2",
                                          .files = 1,
                                          .subsystems = 1,
                                          .reboots = 1,
                                          .finds_all = true,
                                          .max_states = 3'000});
  EXPECT_TRUE(finds(result, guarantees::kOneTokenAFile));
  EXPECT_TRUE(finds(result, guarantees::kFileReferencesBalance));
  EXPECT_TRUE(finds(result, guarantees::kNoUndefinedBehaviour));
  EXPECT_TRUE(finds(result, guarantees::kFinishGivesEverythingBack));
}

TEST(ExploreWorld, lets_faults_strike_within_the_budget_and_nowhere_else) {
  const Explored none = explored({.files = 1, .subsystems = 1, .reboots = 0});
  const Explored one = explored({.files = 1,
                                 .subsystems = 1,
                                 .reboots = 0,
                                 .faults = 1,
                                 .sites = {"luo.file.prepare", "luo.subsystem.prepare"}});
  const Result without = sim::explore::explore(none.model, {});
  const Result with = sim::explore::explore(one.model, {});
  const auto rolled_back = [](const Result& result) {
    const auto all = guarantees::all();
    return std::any_of(result.reached.begin(), result.reached.end(), [&](std::uint32_t index) {
      return all[index] == &guarantees::kAFailureIsRolledBack;
    });
  };
  EXPECT_FALSE(rolled_back(without));
  EXPECT_TRUE(rolled_back(with));
  EXPECT_GT(with.states, without.states);
}

TEST(ExploreWorld, has_fewer_states_when_files_are_alike_and_the_same_verdict) {
  const Result with = explore_scenario({.files = 3, .subsystems = 1, .reboots = 1});
  const Result without =
      explore_scenario({.files = 3, .subsystems = 1, .reboots = 1, .symmetry = false});
  EXPECT_LT(with.states * 2, without.states);
  EXPECT_EQ(with.ending, without.ending);
  EXPECT_EQ(with.counterexamples.size(), without.counterexamples.size());
}

TEST(ExploreWorld, takes_no_file_for_another_that_a_call_with_flags_is_about) {
  Scenario scenario = scenario_of({.files = 3});
  ScriptEntry flagged;
  flagged.verb = Verb::preserve;
  flagged.arguments = {"f1"};
  flagged.flags = 1;
  scenario.actors[0].free->ops.push_back(flagged);
  const Built built = build(scenario);
  const WorldModel model(built.blueprint, built.faults, {});
  ASSERT_EQ(model.entities().size(), 3U);
  EXPECT_NE(model.entities()[0].interchangeable_as, model.entities()[1].interchangeable_as);
  EXPECT_EQ(model.entities()[1].interchangeable_as, model.entities()[2].interchangeable_as);
}

TEST(ExploreWorld, keeps_all_bytes_of_a_state_or_their_digest_and_sees_the_same_states) {
  ExploredSize size{.files = 2, .subsystems = 1, .reboots = 1};
  const std::uint64_t by_digest = explore_scenario(size).states;
  size.compaction = Compaction::full;
  EXPECT_EQ(explore_scenario(size).states, by_digest);
  size.compaction = Compaction::bits64;
  EXPECT_EQ(explore_scenario(size).states, by_digest);
}

TEST(ExploreWorld, answers_the_same_on_two_threads) {
  const ExploredSize size{.protocol = "luo-v2",
                          .files = 1,
                          .subsystems = 1,
                          .reboots = 1,
                          .finds_all = true,
                          .max_states = 1'000};
  const Explored scenario = explored(size);
  sim::explore::Options options = options_of(size);
  // A search that is cut short stops where it stands, so this one is not.
  options.finds_all = false;
  const Result one = sim::explore::explore(scenario.model, options);
  options.threads = 2;
  const Result two = sim::explore::explore(scenario.model, options);
  ASSERT_EQ(one.counterexamples.size(), two.counterexamples.size());
  EXPECT_EQ(one.counterexamples[0].path, two.counterexamples[0].path);
  EXPECT_EQ(one.states, two.states);
}

TEST(ExploreWorld, shows_where_a_story_could_still_have_ended_well) {
  const Explored scenario = explored({.protocol = "luo-v2", .files = 1, .subsystems = 0});
  const Result result = sim::explore::explore(scenario.model, {});
  ASSERT_FALSE(result.counterexamples.empty());
  // Nobody had to preserve the file a second time.
  EXPECT_EQ(sim::explore::critical_step(scenario.model, result.counterexamples[0].path), 2U);
}

TEST(ExploreWorld, does_not_count_what_the_scenario_says_will_be_broken) {
  ExploredSize size{.protocol = "luo-v2", .files = 1, .subsystems = 0, .reboots = 0};
  size.max_states = 500;
  Explored scenario = explored(size);
  const Result found = sim::explore::explore(scenario.model, options_of(size));
  ASSERT_TRUE(finds(found, guarantees::kOneTokenAFile));
  size.expected = {&guarantees::kOneTokenAFile};
  const Explored told = explored(size);
  const Result expected = sim::explore::explore(told.model, options_of(size));
  EXPECT_FALSE(finds(expected, guarantees::kOneTokenAFile));
  // And says that it came true.
  const std::uint32_t index = guarantees::index_of(guarantees::kOneTokenAFile);
  EXPECT_TRUE(std::binary_search(expected.reached.begin(), expected.reached.end(), index));
  EXPECT_FALSE(std::binary_search(found.reached.begin(), found.reached.end(), index));
}

TEST(ExploreWorld, does_not_blame_the_protocol_when_who_survives_a_crash_has_no_calls_left) {
  ExploredSize size{.files = 0, .subsystems = 0, .max = 2, .faults = 1, .sites = {"agent.crash"}};
  size.others = 1;
  size.verbs = {Verb::prepare, Verb::reboot, Verb::finish};
  size.max_states = 1'000'000;
  const Result result = explore_scenario(size);
  EXPECT_EQ(result.ending, Ending::complete);
  EXPECT_TRUE(result.counterexamples.empty());
}

TEST(ExploreWorld, does_not_blame_the_protocol_when_an_agent_has_no_calls_left) {
  const Result result = explore_scenario({.files = 1, .subsystems = 0, .reboots = 1, .max = 3});
  EXPECT_EQ(result.ending, Ending::complete);
  EXPECT_TRUE(result.counterexamples.empty());
}

}  // namespace
}  // namespace luosim::world
