// SPDX-License-Identifier: Apache-2.0
//
// What is claimed of all states together: that no cycle goes on for ever without getting anywhere,
// and that nobody hangs in a call in any of them.
#include <algorithm>

#include <gtest/gtest.h>

#include "model/kernel/errno.hpp"
#include "model/luo/v2/record.hpp"
#include "model/userspace/record.hpp"
#include "model/world/headway.hpp"
#include "tests/mutants/mutation.hpp"
#include "tests/unit/model/explored_scenario.hpp"

namespace luosim::world {
namespace {

using mutants::Mutation;
using mutants::Operator;
using sim::explore::Ending;
using sim::explore::Result;

const sim::explore::Counterexample* find(const Result& result,
                                         const guarantees::Guarantee& guarantee) {
  for (const sim::explore::Counterexample& each : result.counterexamples)
    if (guarantees::all()[each.finding.guarantee] == &guarantee) return &each;
  return nullptr;
}

// Two agents whose calls meet in every order; both prepare and cancel.
Scenario two_agents() {
  Scenario scenario = scenario_of({.files = 0, .subsystems = 1, .reboots = 0});
  const auto any = [](Verb verb) {
    ScriptEntry entry;
    entry.verb = verb;
    entry.expect.kind = ExpectedResult::Kind::any;
    return entry;
  };
  scenario.actors[0].free.reset();
  scenario.actors[0].script = {any(Verb::prepare), any(Verb::cancel)};
  scenario.actors.push_back(scenario.actors[0]);
  scenario.actors[1].name = "other";
  return scenario;
}

Result explore_with(const Scenario& scenario, const Mutation& mistake,
                    ExploreOptions options = {}) {
  Built built = build(scenario);
  const mutants::Mutant mutant(built.blueprint.programs, mistake);
  EXPECT_TRUE(mutant.is_applicable()) << mistake.row;
  built.blueprint.programs = mutant.programs();
  const WorldModel model(built.blueprint, built.faults, std::move(options));
  return sim::explore::explore(model, {.max_states = 100'000}, model.claims());
}

ExploreOptions expecting(std::vector<const guarantees::Guarantee*> expected) {
  return options_of_model({.expected = std::move(expected)});
}

// The loop stays at the first one, whom it cancels again and again.
constexpr Mutation kStaysAtTheFirst{"luo.cancel_files", "forget its word", Operator::drop};
const ExploredSize kOneFile{.files = 1, .subsystems = 0, .reboots = 0};

TEST(NoLivelock, fires_when_a_loop_stays_where_it_is) {
  const Result result = explore_with(scenario_of(kOneFile), kStaysAtTheFirst);
  EXPECT_EQ(result.ending, Ending::complete);
  const auto* found = find(result, guarantees::kNoLivelock);
  ASSERT_NE(found, nullptr);
  // The boot, preserve, prepare, cancel.
  EXPECT_EQ(found->path.size(), 4U);
}

TEST(NoLivelock, is_no_finding_where_a_scenario_expects_it) {
  const Result result =
      explore_with(scenario_of(kOneFile), kStaysAtTheFirst, expecting({&guarantees::kNoLivelock}));
  EXPECT_EQ(result.ending, Ending::complete);
  EXPECT_EQ(find(result, guarantees::kNoLivelock), nullptr);
}

TEST(NoLivelock, fires_when_another_agent_waits_for_the_one_that_goes_round) {
  constexpr Mutation kStaysAtTheSubsystem{"luo.cancel_subsystems", "forget its word",
                                          Operator::drop};
  const Result result = explore_with(two_agents(), kStaysAtTheSubsystem);
  EXPECT_EQ(result.ending, Ending::complete);
  EXPECT_NE(find(result, guarantees::kNoLivelock), nullptr);
}

TEST(NoLivelock, holds_for_an_agent_who_calls_for_ever_and_for_two_who_meet) {
  EXPECT_TRUE(explore_scenario(kOneFile).counterexamples.empty());
  const Built built = build(two_agents());
  const WorldModel model(built.blueprint, built.faults, {});
  const Result result = sim::explore::explore(model, {}, model.claims());
  EXPECT_EQ(result.ending, Ending::complete);
  EXPECT_TRUE(result.counterexamples.empty());
}

TEST(NoLivelock, takes_a_return_for_headway_and_a_callback_for_none) {
  EXPECT_TRUE(is_headway({.kind = userspace::UserRecord::call_returns}));
  EXPECT_FALSE(is_headway({.kind = userspace::UserRecord::call_begins}));
  EXPECT_FALSE(is_headway({.kind = luo::v2::LuoRecord::callback}));
  EXPECT_FALSE(is_headway({.kind = sim::EngineRecord::step}));
}

// A prepare that fails once leaves its entry in debugfs, and the next one finds the name taken
// (B10).
Scenario debugfs_that_forgets_nothing() {
  Scenario scenario = scenario_of({.files = 0, .subsystems = 1, .reboots = 1});
  for (KernelSpec& kernel : scenario.kernels) kernel.debugfs = true;
  KnobSetting& knob = scenario.knobs.emplace_back();
  knob.name = "failed_finalize_removes_blobs";
  knob.value = "false";
  return scenario;
}

Result explore_with_a_failing_prepare(const Scenario& scenario,
                                      std::vector<const guarantees::Guarantee*> expected = {}) {
  const Built built = build(scenario);
  const WorldModel model(
      built.blueprint, built.faults,
      options_of_model(
          {.faults = 1, .sites = {"luo.subsystem.prepare"}, .expected = std::move(expected)}));
  const Result result = sim::explore::explore(model, {}, model.claims());
  EXPECT_EQ(result.ending, Ending::complete);
  return result;
}

TEST(CanGetBackToNormalInAGraph, fires_where_no_prepare_can_succeed_any_more) {
  const Result result = explore_with_a_failing_prepare(debugfs_that_forgets_nothing());
  const auto* found = find(result, guarantees::kCanGetBackToNormal);
  ASSERT_NE(found, nullptr) << "that a reboot helps is no excuse";
  // The boot, and the prepare that fails.
  EXPECT_EQ(found->path.size(), 2U);
  EXPECT_NE(found->finding.text.find("another prepare"), std::string::npos);
}

TEST(CanGetBackToNormalInAGraph, holds_where_a_failed_prepare_leaves_nothing_behind) {
  Scenario scenario = debugfs_that_forgets_nothing();
  scenario.knobs.clear();
  EXPECT_TRUE(explore_with_a_failing_prepare(scenario).counterexamples.empty());
}

TEST(CanGetBackToNormalInAGraph, does_not_ask_for_a_prepare_that_nobody_could_make) {
  const auto is_asked = [](const Scenario& scenario) {
    return find(explore_with_a_failing_prepare(scenario), guarantees::kCanGetBackToNormal) !=
           nullptr;
  };
  Scenario scenario = debugfs_that_forgets_nothing();
  scenario.actors[0].free->max = 1;
  EXPECT_FALSE(is_asked(scenario)) << "the agent has no call left";
  scenario.actors[0].free->max = 4;
  EXPECT_FALSE(is_asked(scenario)) << "its last calls have not been seen";

  scenario = debugfs_that_forgets_nothing();
  std::vector<ScriptEntry>& ops = scenario.actors[0].free->ops;
  ops.erase(std::remove_if(ops.begin(), ops.end(),
                           [](const ScriptEntry& op) { return op.verb == Verb::prepare; }),
            ops.end());
  EXPECT_FALSE(is_asked(scenario)) << "nobody prepares";

  for (const char* cmdline : {"kho=off liveupdate=on", "kho=on liveupdate=off"}) {
    scenario = debugfs_that_forgets_nothing();
    for (KernelSpec& kernel : scenario.kernels) kernel.cmdline = cmdline;
    EXPECT_FALSE(is_asked(scenario)) << cmdline;
  }

  scenario = debugfs_that_forgets_nothing();
  scenario.knobs.clear();
  FaultSpec& fault = scenario.faults.emplace_back();
  fault.site = "luo.subsystem.prepare:s1";
  fault.times = 0;
  fault.value = -kernel::kEIO;
  EXPECT_FALSE(is_asked(scenario)) << "the scenario lets each of them fail";
  EXPECT_EQ(find(explore_with_a_failing_prepare(debugfs_that_forgets_nothing(),
                                                {&guarantees::kCanGetBackToNormal}),
                 guarantees::kCanGetBackToNormal),
            nullptr)
      << "the scenario says so";
}

TEST(CanGetBackToNormalInAGraph, asks_nothing_of_a_kernel_that_is_going_down) {
  // The sleeper lets a story stop in the middle of a reboot.
  const Result result = explore_scenario(
      {.files = 0, .subsystems = 0, .reboots = 1, .independence = false, .sleepers = 1});
  EXPECT_EQ(result.ending, Ending::complete);
  EXPECT_TRUE(result.counterexamples.empty());
}

TEST(EachCallReturns, is_looked_at_in_every_state) {
  constexpr Mutation kKeepsTheLock{"luo.prepare", "release the phase lock", Operator::drop};
  const Result result =
      explore_with(two_agents(), kKeepsTheLock,
                   expecting({&guarantees::kNoDeadlock, &guarantees::kCanGetBackToNormal}));
  const auto* found = find(result, guarantees::kEachCallReturns);
  ASSERT_NE(found, nullptr);
  EXPECT_NE(found->finding.text.find("waits for ever"), std::string::npos) << found->finding.text;
}

}  // namespace
}  // namespace luosim::world
