// SPDX-License-Identifier: Apache-2.0
//
// What the engine promises, shown with a model that knows nothing of Linux: an invariant holds
// under any seed and in every reachable state, a copy of the world taken at any step goes on like
// the original, recorded choices replay to the same trace, and one trace hash is golden.
#include "tests/toy/two_phase_commit.hpp"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace luosim::toy {
namespace {

constexpr int kManySteps = 20'000;

// Faults that happen by chance, so that the choices decide about everything.
void add_random_faults(World& world) {
  constexpr std::uint32_t kForever = sim::FaultRule::kForever;
  world.faults.add(
      {.site = kMessageLost.id(), .times = kForever, .value = 1, .per_million = 150'000});
  world.faults.add({.site = kVotesNo.id(), .times = kForever, .value = 1, .per_million = 60'000});
  world.faults.add({.site = kCrash.id(), .times = kForever, .value = 1, .per_million = 80'000});
}

World random_world(const Cast& cast) {
  World world = make_world(cast);
  add_random_faults(world);
  return world;
}

bool run(World& world, const Surroundings& surroundings) {
  for (int i = 0; i < kManySteps; ++i) {
    if (!advance(world, surroundings)) return true;
  }
  return false;
}

bool anybody_is(const World& world, Stage stage) {
  return std::any_of(world.participants.begin(), world.participants.end(),
                     [&](const Participant& participant) { return participant.stage == stage; });
}

// What must hold at every moment: who commits does so because it was decided, and then nobody
// aborts.
bool agrees(const World& world) {
  if (anybody_is(world, Stage::committed) && world.decision != Decision::commit) return false;
  return world.decision != Decision::commit || !anybody_is(world, Stage::aborted);
}

// What must hold besides when nothing is left to do.
bool is_complete(const World& world) {
  const Stage expected = world.decision == Decision::commit ? Stage::committed : Stage::aborted;
  return world.decision != Decision::none && world.schedule.has_ended(world.coordinator) &&
         world.schedule.locks() == sim::Locks{} &&
         std::all_of(world.participants.begin(), world.participants.end(),
                     [&](const Participant& participant) {
                       return participant.stage == expected && participant.is_parked &&
                              participant.mailbox.empty();
                     });
}

std::size_t count(const sim::RecordedTrace& trace, sim::RecordKind kind) {
  return static_cast<std::size_t>(
      std::count_if(trace.records().begin(), trace.records().end(),
                    [&](const sim::Record& record) { return record.kind == kind; }));
}

TEST(TwoPhaseCommit, commits_when_nothing_goes_wrong) {
  const Cast cast = make_cast(3);
  World world = make_world(cast);
  sim::ScriptedChoice choice;
  sim::RecordedTrace trace;
  ASSERT_TRUE(run(world, {cast, choice, trace}));
  EXPECT_EQ(world.decision, Decision::commit);
  EXPECT_TRUE(agrees(world));
  EXPECT_TRUE(is_complete(world));
  EXPECT_EQ(world.schedule.collect(world.coordinator), static_cast<std::int64_t>(Decision::commit));
  // Three requests, votes, decisions and acknowledgements, 1 ms each, 1 ms to prepare.
  EXPECT_EQ(world.schedule.now(), sim::SimTime{10'000'000});
}

TEST(TwoPhaseCommit, aborts_when_one_participant_votes_no) {
  const Cast cast = make_cast(3);
  World world = make_world(cast);
  world.faults.add({.site = kVotesNo.id(), .instance = sim::name_hash("participant 1")});
  sim::ScriptedChoice choice;
  sim::RecordedTrace trace;
  ASSERT_TRUE(run(world, {cast, choice, trace}));
  EXPECT_EQ(world.decision, Decision::abort);
  EXPECT_TRUE(is_complete(world));
  EXPECT_EQ(world.votes, (std::vector<Vote>{Vote::yes, Vote::no, Vote::yes}));
}

TEST(TwoPhaseCommit, asks_again_when_a_request_or_a_vote_is_lost) {
  const Cast cast = make_cast(2);
  World world = make_world(cast);
  world.faults.add({.site = kMessageLost.id(), .times = 3});
  sim::ScriptedChoice choice;
  sim::RecordedTrace trace;
  ASSERT_TRUE(run(world, {cast, choice, trace}));
  EXPECT_EQ(count(trace, ToyRecord::lost), 3U);
  EXPECT_EQ(world.decision, Decision::commit);
  EXPECT_TRUE(is_complete(world));
}

TEST(TwoPhaseCommit, aborts_when_a_participant_cannot_be_reached_for_too_long) {
  const Cast cast = make_cast(2);
  World world = make_world(cast);
  world.faults.add(
      {.site = kMessageLost.id(), .instance = sim::name_hash("participant 0"), .times = 3});
  sim::ScriptedChoice choice;
  sim::RecordedTrace trace;
  ASSERT_TRUE(run(world, {cast, choice, trace}));
  EXPECT_EQ(world.decision, Decision::abort);
  EXPECT_TRUE(is_complete(world));
}

TEST(TwoPhaseCommit, makes_who_crashed_wait_for_the_log_and_learn_the_decision_from_it) {
  const Cast cast = make_cast(2);
  World world = make_world(cast);
  world.faults.add({.site = kCrash.id(), .instance = sim::name_hash("participant 1"), .skip = 1});
  sim::ScriptedChoice choice;
  sim::RecordedTrace trace;
  ASSERT_TRUE(run(world, {cast, choice, trace}));
  EXPECT_EQ(count(trace, ToyRecord::crashed), 1U);
  EXPECT_EQ(count(trace, sim::EngineRecord::blocked), 1U);
  EXPECT_EQ(count(trace, sim::EngineRecord::deadlock), 0U);
  EXPECT_EQ(world.decision, Decision::abort);
  EXPECT_TRUE(is_complete(world));
}

TEST(TwoPhaseCommit, agrees_at_every_step_under_any_seed) {
  std::size_t commits = 0;
  std::size_t crashes = 0;
  std::size_t waits = 0;
  constexpr std::uint64_t kSeeds = 600;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const Cast cast = make_cast(static_cast<std::uint32_t>(seed % 5 + 1));
    World world = random_world(cast);
    sim::SeededChoice choice(seed);
    sim::RecordedTrace trace;
    while (advance(world, {cast, choice, trace})) {
      ASSERT_TRUE(agrees(world)) << "seed " << seed;
      ASSERT_LT(trace.written(), std::uint64_t{kManySteps}) << "seed " << seed;
    }
    ASSERT_TRUE(is_complete(world)) << "seed " << seed;
    commits += world.decision == Decision::commit ? 1 : 0;
    crashes += count(trace, ToyRecord::crashed);
    waits += count(trace, sim::EngineRecord::blocked);
  }
  // Seeds that never come to the hard parts would prove nothing.
  EXPECT_GT(commits, kSeeds / 5);
  EXPECT_LT(commits, kSeeds * 4 / 5);
  EXPECT_GT(crashes, 100U);
  EXPECT_GT(waits, 50U);
}

// --- The world is a value ------------------------------------------------------------------------

// The records that a run writes from a given moment on, and where it ends.
struct Rest {
  std::vector<sim::Record> records;
  sim::Digest128 digest;
  World world;
};

Rest continue_from(const World& start, sim::SeededChoice choice, const Cast& cast) {
  Rest rest;
  rest.world = start;
  sim::RecordedTrace trace;
  EXPECT_TRUE(run(rest.world, {cast, choice, trace}));
  rest.records = trace.records();
  rest.digest = digest_of(rest.world);
  return rest;
}

void expect_equal_continuation_at_every_step(std::uint64_t seed) {
  const Cast cast = make_cast(3);
  World world = random_world(cast);
  sim::SeededChoice choice(seed);
  const Rest expected = continue_from(world, choice, cast);
  ASSERT_GT(expected.records.size(), 50U);
  sim::RecordedTrace trace;
  World copy;  // is assigned to again and again, so that it has held something else
  for (;;) {
    copy = world;
    ASSERT_EQ(copy, world);
    ASSERT_EQ(digest_of(copy), digest_of(world));
    const Rest rest = continue_from(copy, choice, cast);
    const auto written = static_cast<std::ptrdiff_t>(trace.written());
    ASSERT_TRUE(std::equal(rest.records.begin(), rest.records.end(),
                           expected.records.begin() + written, expected.records.end()))
        << "a copy after " << written << " records";
    ASSERT_EQ(rest.digest, expected.digest);
    ASSERT_EQ(rest.world, expected.world);
    if (!advance(world, {cast, choice, trace})) break;
  }
  EXPECT_EQ(trace.records(), expected.records);
  EXPECT_EQ(digest_of(world), expected.digest);
}

TEST(TwoPhaseCommit, goes_on_in_a_copy_taken_at_any_step_as_in_the_original) {
  for (const std::uint64_t seed : {1U, 2U, 3U, 4U, 5U}) {
    SCOPED_TRACE(seed);
    expect_equal_continuation_at_every_step(seed);
  }
}

TEST(TwoPhaseCommit, is_another_world_after_every_step) {
  const Cast cast = make_cast(3);
  World world = random_world(cast);
  sim::SeededChoice choice(1);
  sim::NoTrace trace;
  World before = world;
  while (advance(world, {cast, choice, trace})) {
    ASSERT_NE(world, before);
    ASSERT_NE(digest_of(world), digest_of(before));
    before = world;
  }
}

// --- A run is its choices ------------------------------------------------------------------------

TEST(TwoPhaseCommit, replays_recorded_choices_to_the_same_trace) {
  const Cast cast = make_cast(4);
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    World world = random_world(cast);
    sim::SeededChoice seeded(seed);
    sim::RecordingChoice recording(seeded);
    sim::RecordedTrace trace;
    ASSERT_TRUE(run(world, {cast, recording, trace}));

    World replayed_world = random_world(cast);
    sim::RecordedChoice replay(recording.made());
    sim::RecordedTrace replayed_trace;
    ASSERT_TRUE(run(replayed_world, {cast, replay, replayed_trace}));
    ASSERT_FALSE(replay.diverged());
    ASSERT_TRUE(replay.is_exhausted());
    ASSERT_EQ(replayed_trace.hash(), trace.hash());
    ASSERT_EQ(replayed_world, world);
  }
}

TEST(TwoPhaseCommit, notices_that_a_replay_is_of_another_scenario) {
  sim::SeededChoice seeded(1);
  sim::RecordingChoice recording(seeded);
  sim::NoTrace trace;
  const Cast cast = make_cast(3);
  World world = random_world(cast);
  run(world, {cast, recording, trace});

  sim::RecordedChoice replay(recording.made());
  World without_faults = make_world(cast);
  run(without_faults, {cast, replay, trace});
  EXPECT_TRUE(replay.diverged());
}

TEST(TwoPhaseCommit, has_the_golden_trace_hash_on_every_compiler) {
  const Cast cast = make_cast(3);
  World world = random_world(cast);
  sim::SeededChoice choice(7);
  sim::RecordedTrace trace;
  ASSERT_TRUE(run(world, {cast, choice, trace}));
  EXPECT_GT(count(trace, ToyRecord::crashed), 0U);
  EXPECT_GT(count(trace, ToyRecord::lost), 0U);
  EXPECT_EQ(to_hex(trace.hash()), "2040742b51e44241bf70b1044a015e97");
  EXPECT_EQ(to_hex(digest_of(world)), "560078bcbe8ffa5555ba7232922b2803");
}

// --- All that can happen -------------------------------------------------------------------------

// Gives the answers of one combination after the other, until all were given.
class EveryChoice final : public sim::Choice {
 public:
  std::uint32_t choose(std::uint32_t alternatives, sim::ChoiceLabel /*label*/) override {
    if (position_ == answers_.size()) answers_.push_back({0, alternatives});
    return answers_[position_++].chosen;
  }
  bool happens(std::uint32_t /*per_million*/, sim::ChoiceLabel label) override {
    return choose(2, label) == 1;
  }

  // Prepares the next combination of answers; false if there is none left.
  bool advance() {
    position_ = 0;
    while (!answers_.empty() && answers_.back().chosen + 1 == answers_.back().alternatives) {
      answers_.pop_back();
    }
    if (answers_.empty()) return false;
    ++answers_.back().chosen;
    return true;
  }

 private:
  struct Answer {
    std::uint32_t chosen = 0;
    std::uint32_t alternatives = 0;
  };
  std::vector<Answer> answers_;
  std::size_t position_ = 0;
};

TEST(TwoPhaseCommit, agrees_in_every_state_that_one_fault_of_each_kind_can_lead_to) {
  const Cast cast = make_cast(2);
  World start = make_world(cast);
  for (const sim::FaultSite& site : {kMessageLost, kVotesNo, kCrash}) {
    start.faults.add({.site = site.id(), .per_million = 1});
  }
  sim::NoTrace trace;
  std::set<sim::Digest128> visited;
  std::set<Decision> decisions;
  std::vector<World> pending{start};
  while (!pending.empty()) {
    const World world = std::move(pending.back());
    pending.pop_back();
    ASSERT_TRUE(agrees(world));
    if (world.schedule.is_idle()) {
      ASSERT_TRUE(is_complete(world));
      decisions.insert(world.decision);
      continue;
    }
    EveryChoice choice;
    do {
      World next = world;
      advance(next, {cast, choice, trace});
      if (visited.insert(digest_of(next)).second) pending.push_back(std::move(next));
    } while (choice.advance());
  }
  EXPECT_EQ(decisions, (std::set<Decision>{Decision::commit, Decision::abort}));
  // States that are not recognised when they are met again would be many more.
  EXPECT_GT(visited.size(), 10'000U);
  EXPECT_LT(visited.size(), 50'000U);
}

}  // namespace
}  // namespace luosim::toy
