// SPDX-License-Identifier: Apache-2.0
//
// Reductions change how many states there are and nothing else: over small scenarios that are drawn
// at random, the verdict and the set of broken guarantees are the same with and without. And a
// story that time orders is one of those that an exploration goes through.
#include <set>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "model/userspace/free_actor.hpp"
#include "model/world/canonical.hpp"
#include "model/world/checks.hpp"
#include "tests/property/model/any_knob.hpp"
#include "tests/unit/model/explored_futures.hpp"
#include "tests/unit/model/explored_scenario.hpp"

namespace luosim::world {
namespace {

using sim::explore::Compaction;
using sim::explore::Ending;
using sim::explore::Result;

constexpr std::uint64_t kEnough = 1'000;

// Two who may do much have too many states to compare.
void share_with_another_actor(ExploredSize& size) {
  size.others = 1;
  size.files = std::min(size.files, 1U);
  size.subsystems = 0;
  size.max = 1;
  std::erase_if(size.verbs, [](Verb) { return *rc::gen::inRange(0, 2) == 0; });
}

ExploredSize any_size() {
  ExploredSize size;
  size.protocol = *rc::gen::element<std::string>("luo-v2", "luo-v2-fixed", "luo-v2-fixed");
  size.files = *rc::gen::inRange<std::uint32_t>(0, 4);
  size.subsystems = *rc::gen::inRange<std::uint32_t>(0, 3);
  size.reboots = *rc::gen::inRange<std::uint32_t>(0, 2);
  size.faults = *rc::gen::inRange<std::uint32_t>(0, 3);
  if (size.faults > 1) size.files = std::min(size.files, 2U);
  for (std::uint32_t fault = 0; fault < size.faults; ++fault)
    size.sites.push_back(*rc::gen::element<std::string>(
        "luo.file.prepare", "luo.file.freeze", "luo.subsystem.prepare", "luo.subsystem.freeze",
        "luo.file.can_preserve", "luo.file.retrieve", "mm.alloc", "agent.crash"));
  // Most of the verbs, for without them little happens.
  std::vector<Verb> kept;
  for (const Verb verb : size.verbs)
    if (*rc::gen::inRange(0, 8) != 0) kept.push_back(verb);
  size.verbs = kept;
  if (*rc::gen::inRange(0, 4) == 3) size.max = *rc::gen::inRange<std::uint32_t>(1, 6);
  if (*rc::gen::inRange(0, 3) == 2) size.knobs = {any_knob()};
  if (*rc::gen::inRange(0, 6) == 5) share_with_another_actor(size);
  if (size.verbs.empty()) size.verbs.push_back(Verb::prepare);
  size.finds_all = *rc::gen::inRange(0, 2) == 0;
  size.max_states = size.others == 0 ? kEnough : kEnough / 3;
  return size;
}

// VMs that are alike. Three of them with all verbs have too many states to compare.
ExploredSize any_size_with_vms() {
  ExploredSize size = any_size();
  size.files = *rc::gen::inRange<std::uint32_t>(0, 2);
  size.vms = *rc::gen::inRange<std::uint32_t>(2, 4);
  size.subsystems = 0;
  std::erase_if(size.verbs, [](Verb) { return *rc::gen::inRange(0, 3) == 0; });
  size.verbs_of_vms.clear();
  for (const Verb verb : {Verb::pause, Verb::resume, Verb::start, Verb::kill})
    if (*rc::gen::inRange(0, 2) == 0) size.verbs_of_vms.push_back(verb);
  if (size.faults > 0 && *rc::gen::inRange(0, 2) == 0) size.sites = {"vmm.crash"};
  return size;
}

bool is_decided(const Result& result) {
  return result.ending == Ending::complete || result.ending == Ending::broken;
}

// That a reduction changes nothing but the number of states.
void compare(const Result& with, const ExploredSize& size) {
  RC_PRE(is_decided(with));
  const Result without = explore_scenario(size);
  RC_PRE(is_decided(without));
  RC_ASSERT(with.ending == without.ending);
  // Of the first things that break, either may be shown.
  if (size.finds_all) RC_ASSERT(broken(with) == broken(without));
  if (!size.finds_all && !with.counterexamples.empty())
    RC_ASSERT(with.counterexamples[0].path.size() == without.counterexamples[0].path.size());
  RC_ASSERT(with.states <= without.states);
}

RC_GTEST_PROP(ExploreWorld, finds_the_same_with_and_without_symmetry, ()) {
  ExploredSize size = any_size();
  const Result with = explore_scenario(size);
  size.symmetry = false;
  size.max_states *= 5;
  compare(with, size);
}

RC_GTEST_PROP(ExploreWorld, finds_the_same_with_and_without_symmetry_of_vms, ()) {
  ExploredSize size = any_size_with_vms();
  const Result with = explore_scenario(size);
  size.symmetry = false;
  size.max_states *= 5;
  compare(with, size);
}

RC_GTEST_PROP(ExploreWorld, finds_the_same_with_and_without_dead_values, ()) {
  ExploredSize size = any_size();
  const Result with = explore_scenario(size);
  size.dead_values = false;
  size.max_states *= 5;
  compare(with, size);
}

RC_GTEST_PROP(ExploreWorld, finds_the_same_with_and_without_detached_actors, ()) {
  ExploredSize size = any_size();
  size.others = 0;
  size.files = std::min(size.files, 1U);
  size.subsystems = std::min(size.subsystems, 1U);
  size.sleepers = 1;
  // Somebody has to do something, or nobody is left out.
  size.verbs.push_back(Verb::state);
  const Result with = explore_scenario(size);
  RC_PRE(is_decided(with));
  // Every step between two moments of the agent is then a move of its own.
  size.independence = false;
  size.max_states *= 50;
  const Result without = explore_scenario(size);
  RC_PRE(is_decided(without));
  RC_ASSERT(with.ending == without.ending);
  if (size.finds_all) RC_ASSERT(broken(with) == broken(without));
  size.sleepers = 0;
  RC_ASSERT(explore_scenario(size).states == with.states);
}

RC_GTEST_PROP(ExploreWorld, finds_the_same_in_any_compaction, ()) {
  ExploredSize size = any_size();
  const Result by_digest = explore_scenario(size);
  RC_PRE(is_decided(by_digest));
  for (const Compaction compaction : {Compaction::full, Compaction::bits64}) {
    size.compaction = compaction;
    const Result other = explore_scenario(size);
    RC_ASSERT(other.states == by_digest.states);
    RC_ASSERT(other.transitions == by_digest.transitions);
    RC_ASSERT(broken(other) == broken(by_digest));
  }
}

RC_GTEST_PROP(ExploreWorld, finds_the_same_at_any_number_of_threads, ()) {
  const ExploredSize size = any_size();
  const Explored scenario = explored(size);
  sim::explore::Options options = options_of(size);
  const sim::explore::GraphClaims& claims = scenario.model.claims();
  const Result one = sim::explore::explore(scenario.model, options, claims);
  RC_PRE(is_decided(one));
  options.threads = 2;
  const Result two = sim::explore::explore(scenario.model, options, claims);
  RC_ASSERT(one.states == two.states);
  RC_ASSERT(one.transitions == two.transitions);
  RC_ASSERT(one.counterexamples.size() == two.counterexamples.size());
  for (std::size_t index = 0; index < one.counterexamples.size(); ++index) {
    RC_ASSERT(one.counterexamples[index].path == two.counterexamples[index].path);
    RC_ASSERT(one.counterexamples[index].finding.text == two.counterexamples[index].finding.text);
  }
}

// All keys of an exploration.
std::set<sim::Digest128> keys_of(const WorldModel& model) {
  WorldWalker walker = model.walker();
  sim::explore::Workbench<WorldWalker> bench;
  sim::Hasher hasher;
  std::set<sim::Digest128> keys;
  std::vector<ExploredState> waiting;
  const auto meet = [&](const ExploredState& state) {
    hasher.reset();
    walker.add_key(state, hasher);
    if (keys.insert(hasher.finish()).second) waiting.push_back(state);
  };
  meet(model.initial());
  while (!waiting.empty()) {
    const ExploredState from = waiting.back();
    waiting.pop_back();
    sim::explore::expand(walker, from, walker.choice(), bench, [&](const auto& successor) {
      meet(successor.state);
      return true;
    });
  }
  return keys;
}

RC_GTEST_PROP(ExploreWorld, goes_through_every_story_that_time_orders, ()) {
  ExploredSize size = any_size();
  size.protocol = "luo-v2-fixed";
  size.others = 0;
  size.files = std::min(size.files, 2U);
  // Of states that are alike an exploration goes on from one, and this story from another.
  size.symmetry = false;
  size.faults = 0;
  size.sites.clear();
  const Explored scenario = explored(size);
  const std::set<sim::Digest128> keys = keys_of(scenario.model);
  // The same world, ordered by time and played at random.
  const Blueprint& blueprint = scenario.model.blueprint();
  WorldWalker walker = scenario.model.walker();
  ExploredState state = scenario.model.initial();
  sim::SeededChoice choice(*rc::gen::arbitrary<std::uint64_t>());
  sim::NoTrace nobody;
  CheckingTrace trace(state.world, blueprint, nobody);
  const Surroundings surroundings{blueprint, choice, trace};
  sim::Hasher hasher;
  for (int step = 0; step < 3'000; ++step) {
    const Context context = context_for(state.world, surroundings, {});
    if (userspace::stands_at_free_choice(context, 0)) {
      trace.checks().exchange_notes(state.notes);
      walker.forget(state);
      hasher.reset();
      walker.add_key(state, hasher);
      trace.checks().exchange_notes(state.notes);
      RC_ASSERT(keys.count(hasher.finish()) == 1);
    }
    if (!advance(state.world, surroundings)) break;
    if (state.world.kernel.core.death.ending != kernel::Ending::running) break;
  }
}

// What a key leaves out must not matter, or states would be missed.
void expect_equal_futures(const ExploredSize& size) {
  const Explored scenario = explored(size);
  FuturesByKey futures(scenario.model);
  while (futures.waiting() > 0 && futures.keys() < 150)
    RC_ASSERT(futures.go_on_from(futures.waiting() - 1));
}

RC_GTEST_PROP(ExploreWorld, takes_only_states_for_one_that_have_the_same_futures, ()) {
  ExploredSize size = any_size();
  size.files = std::min(size.files, 2U);
  size.subsystems = std::min(size.subsystems, 1U);
  size.symmetry = false;
  expect_equal_futures(size);
}

// What follows from mirror images mirrors each other, too, and an exploration follows as many ways
// from one as from the other.
RC_GTEST_PROP(ExploreWorld, takes_only_mirror_images_for_one, ()) {
  ExploredSize size = *rc::gen::inRange(0, 2) == 0 ? any_size() : any_size_with_vms();
  size.subsystems = std::min(size.subsystems, 1U);
  // The order of entities that are not alike is given up, and shows in which of them a callback
  // fails first.
  if (size.faults > 0 && size.vms > 0) size.files = 0;
  const Explored scenario = explored(size);
  FuturesByKey futures(scenario.model, [](const WorldModel& model, const ExploredState& state) {
    return visible_futures_of(model, state, 2);
  });
  while (futures.waiting() > 0 && futures.keys() < 60)
    RC_ASSERT(futures.go_on_from(*rc::gen::inRange<std::size_t>(0, futures.waiting())));
}

// The footprint of a call that is said to touch nothing, against what it does touch: a sleeper's
// moves and everybody else's lead to the same state in either order. Where the other one ends the
// kernel, and the sleeper with it, nobody can tell whether the sleeper had moved.
RC_GTEST_PROP(ExploreWorld, may_take_the_moves_of_a_detached_actor_at_any_time, ()) {
  ExploredSize size = any_size();
  size.files = std::min(size.files, 2U);
  size.subsystems = std::min(size.subsystems, 1U);
  size.faults = 0;
  size.sites.clear();
  size.others = 0;
  size.sleepers = 1;
  size.independence = false;
  const Explored scenario = explored(size);
  WorldWalker walker = scenario.model.walker();
  const auto is_of_the_sleeper = [&](const ExploredState& state, sim::explore::Move move) {
    return walker.text_of(state, move).who == "d1";
  };
  ExploredState state = scenario.model.initial();
  std::vector<sim::explore::Move> moves;
  int compared = 0;
  for (int step = 0; step < 400; ++step) {
    moves.clear();
    walker.moves(state, moves);
    if (moves.empty()) break;
    for (const sim::explore::Move sleeps : moves) {
      if (!is_of_the_sleeper(state, sleeps)) continue;
      const ExploredState after_sleep = after(walker, state, sleeps);
      for (const sim::explore::Move other : moves) {
        if (is_of_the_sleeper(state, other)) continue;
        const ExploredState after_other = after(walker, state, other);
        const ExploredState one = after(walker, after_sleep, other);
        const bool sleeper_is_there =
            after_other.world.kernel.core.generation == state.world.kernel.core.generation &&
            after_other.world.kernel.core.death.ending == kernel::Ending::running;
        const ExploredState two =
            sleeper_is_there ? after(walker, after_other, sleeps) : after_other;
        RC_ASSERT(key_of(walker, one) == key_of(walker, two));
        ++compared;
      }
    }
    const auto next = *rc::gen::inRange<std::size_t>(0, moves.size());
    state = after(walker, state, moves[next]);
  }
  RC_PRE(compared > 0);
}

}  // namespace
}  // namespace luosim::world
