// SPDX-License-Identifier: Apache-2.0
//
// Free actors: what their ops become, what they are asked and when, what bounds them, and that
// nothing is left of a call once it is over.
#include "model/userspace/free_actor.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "model/kernel/errno.hpp"
#include "tests/unit/model/machine.hpp"
#include "tests/unit/model/script_parts.hpp"

namespace luosim::world {
namespace {

using userspace::FreeCall;
using UserVerb = userspace::Verb;
namespace UserRecord = userspace::UserRecord;

ActorSpec& add_free_actor(Scenario& scenario, std::string name, std::vector<ScriptEntry> ops) {
  ActorSpec& actor = add_actor(scenario, std::move(name));
  actor.free.emplace().ops = std::move(ops);
  return actor;
}

// Two test files and a kernel to go to.
Scenario two_files() {
  Scenario scenario = bare_scenario();
  add_handler(scenario, "blob-v1", "blob");
  add_test_file(scenario, "f", "blob");
  add_test_file(scenario, "g", "blob");
  scenario.protocol = "luo-v2-fixed";
  return scenario;
}

// An agent that may do all there is to an update.
Scenario whole_update() {
  Scenario scenario = two_files();
  add_subsystem(scenario, "net");
  add_free_actor(scenario, "agent",
                 {entry(Verb::preserve, {"f", "g"}), entry(Verb::unpreserve, {"f", "g"}),
                  entry(Verb::restore, {"f", "g"}), entry(Verb::prepare), entry(Verb::freeze),
                  entry(Verb::cancel), entry(Verb::finish), entry(Verb::reboot, {"kexec"})});
  scenario.actors[0].free->reboots = 2;
  return scenario;
}

// Gives answers in turn, then the ordinary one; keeps what it was asked.
class Answers final : public sim::Choice {
 public:
  explicit Answers(std::vector<std::uint32_t> answers) : answers_(std::move(answers)) {}
  std::uint32_t choose(std::uint32_t alternatives, sim::ChoiceLabel label) override {
    const std::uint32_t answer = asked.size() < answers_.size() ? answers_[asked.size()] : 0;
    asked.push_back({label, alternatives, answer});
    return answer;
  }
  bool happens(std::uint32_t /*per_million*/, sim::ChoiceLabel /*label*/) override { return false; }

  std::vector<sim::MadeChoice> asked;

 private:
  std::vector<std::uint32_t> answers_;
};

Stop run_with(Machine& machine, sim::Choice& choice) {
  return run(machine.world, {machine.blueprint, choice, machine.trace}, {});
}

std::vector<std::uint32_t> alternatives_of(const Answers& answers) {
  std::vector<std::uint32_t> counts;
  for (const sim::MadeChoice& each : answers.asked) counts.push_back(each.alternatives);
  return counts;
}

std::vector<UserVerb> calls_of(const Machine& machine) {
  std::vector<UserVerb> verbs;
  for (const sim::Record& record : machine.records(UserRecord::call_begins))
    verbs.push_back(static_cast<UserVerb>(record.values[0]));
  return verbs;
}
using Verbs = std::vector<UserVerb>;
using Counts = std::vector<std::uint32_t>;

// Switches on and stops where the first actor is about to choose.
void start_and_stop_at_choice(Machine& machine) {
  machine.start();
  ASSERT_TRUE(
      machine.run_until([&] { return userspace::stands_at_free_choice(machine.context(), 0); }));
}

// The frame of the first actor's process, which has only one while it is idle.
std::uint32_t frame_of_actor(const Machine& machine) {
  for (const sim::Task& task : machine.world.schedule.tasks())
    if (task.state != sim::Task::State::unused && task.group == userspace::process_of_actor(0))
      return task.frame;
  return sim::Frame::kNone;
}

TEST(FreeActor, an_op_becomes_one_alternative_for_each_operand_and_none_comes_twice) {
  Scenario scenario = two_files();
  add_free_actor(scenario, "agent",
                 {entry(Verb::preserve, {"g"}), entry(Verb::prepare),
                  entry(Verb::preserve, {"f", "g"}), entry(Verb::prepare), sleeping(5), sleeping(6),
                  sleeping(5), entry(Verb::debugfs_finalize, {"1"}),
                  entry(Verb::debugfs_finalize, {"0"}), entry(Verb::reboot, {"kexec"})});
  Machine machine(scenario);
  start_and_stop_at_choice(machine);
  const auto symbol = [&](const std::string& text) { return machine.blueprint.names.intern(text); };
  const std::vector<FreeCall> expected{
      {1, UserVerb::preserve, symbol("g"), 0},
      {2, UserVerb::prepare, {}, 0},
      {3, UserVerb::preserve, symbol("f"), 0},
      {4, UserVerb::sleep, {}, 0},
      {5, UserVerb::sleep, {}, 0},
      {6, UserVerb::debugfs_finalize, symbol("1"), 1},
      {7, UserVerb::debugfs_finalize, symbol("0"), 0},
      {8, UserVerb::reboot_kexec, symbol(""), userspace::kNextImage}};
  EXPECT_EQ(userspace::allowed_free_calls(machine.context(), 0), expected);
}

TEST(FreeActor, a_call_with_flags_is_another_one) {
  Scenario scenario = two_files();
  ScriptEntry flagged = entry(Verb::preserve, {"f", "g"});
  flagged.flags = 0x8000'0001;
  add_free_actor(scenario, "agent", {entry(Verb::preserve, {"f"}), flagged, flagged});
  Machine machine(scenario);
  start_and_stop_at_choice(machine);
  const auto symbol = [&](const std::string& text) { return machine.blueprint.names.intern(text); };
  const std::vector<FreeCall> expected{{1, UserVerb::preserve, symbol("f"), 0, 0},
                                       {2, UserVerb::preserve, symbol("f"), 0, 0x8000'0001},
                                       {3, UserVerb::preserve, symbol("g"), 0, 0x8000'0001}};
  EXPECT_EQ(userspace::allowed_free_calls(machine.context(), 0), expected);
}

TEST(FreeActor, the_ordinary_outcome_is_that_it_does_nothing) {
  Machine machine(whole_update());
  EXPECT_EQ(machine.run(), Stop::scripts_ended);
  EXPECT_TRUE(calls_of(machine).empty());
  EXPECT_EQ(machine.records(UserRecord::actor_ended).size(), 1U);
  EXPECT_FALSE(userspace::stands_at_free_choice(machine.context(), 0)) << "it has ended";
}

TEST(FreeActor, an_answer_is_the_alternative_of_that_number_whatever_the_call_answers) {
  Machine machine(whole_update());
  Answers answers({1, 9, 8, 7, 9, 0});  // preserve f, cancel, freeze, prepare, cancel, nothing
  EXPECT_EQ(run_with(machine, answers), Stop::scripts_ended);
  EXPECT_EQ(calls_of(machine), (Verbs{UserVerb::preserve, UserVerb::cancel, UserVerb::freeze,
                                      UserVerb::prepare, UserVerb::cancel}));
  EXPECT_LT(machine.answers(UserVerb::freeze).at(0), 0);
  EXPECT_EQ(machine.answers(UserVerb::prepare).at(0), 0);
  EXPECT_EQ(machine.world.progress.unexpected, 0U) << "any answer is accepted";
  EXPECT_EQ(alternatives_of(answers), (Counts(6, 12))) << "eleven calls, or nothing";
  EXPECT_EQ(answers.asked[0].label,
            (sim::ChoiceLabel{sim::name_hash("actor.free"), sim::name_hash("agent")}));
}

TEST(FreeActor, max_bounds_its_calls_and_counts_only_if_it_is_given) {
  Scenario scenario = whole_update();
  Machine unbounded(scenario);
  Answers five({7, 7, 7, 7, 7});
  run_with(unbounded, five);
  EXPECT_EQ(calls_of(unbounded).size(), 5U);
  EXPECT_EQ(unbounded.world.progress.actors[0].calls, 0U);

  scenario.actors[0].free->max = 2;
  Machine bounded(scenario);
  Answers two({7, 7, 0});
  EXPECT_EQ(run_with(bounded, two), Stop::scripts_ended);
  EXPECT_EQ(calls_of(bounded).size(), 2U);
  EXPECT_EQ(bounded.world.progress.actors[0].calls, 2U);
  EXPECT_EQ(alternatives_of(two), (Counts{12, 12, 1})) << "nothing but to end";
}

TEST(FreeActor, reboots_bound_those_of_the_machine) {
  Scenario scenario = two_files();
  add_free_actor(scenario, "agent", {sleeping(10'000'000'000), entry(Verb::reboot, {"kexec"})});
  scenario.actors[0].free->reboots = 2;
  add_actor(scenario, "other", {sleeping(1), entry(Verb::reboot, {"kexec"})});
  Machine machine(scenario);
  Answers answers({1, 2, 1, 0});  // sleeps when the other reboots, reboots, sleeps
  EXPECT_EQ(run_with(machine, answers), Stop::scripts_ended);
  EXPECT_EQ(machine.world.kernel.core.generation, 3U);
  EXPECT_EQ(alternatives_of(answers), (Counts{3, 3, 2, 2})) << "whoever made them";
}

TEST(FreeActor, no_reboot_is_allowed_if_there_may_be_none) {
  Scenario scenario = whole_update();
  scenario.actors[0].free->reboots = 0;
  Machine machine(scenario);
  start_and_stop_at_choice(machine);
  const auto calls = userspace::allowed_free_calls(machine.context(), 0);
  EXPECT_EQ(calls.size(), 10U);
  EXPECT_TRUE(std::none_of(calls.begin(), calls.end(), [](const FreeCall& call) {
    return call.verb == UserVerb::reboot_kexec;
  }));
}

TEST(FreeActor, a_reboot_ends_the_call_and_the_actor_chooses_anew_in_the_next_kernel) {
  Machine machine(whole_update());
  Answers answers({1, 7, 11, 5, 10, 0});  // preserve f, prepare, reboot; restore f, finish
  EXPECT_EQ(run_with(machine, answers), Stop::scripts_ended);
  EXPECT_EQ(machine.world.kernel.core.generation, 2U);
  EXPECT_EQ(machine.answers(UserVerb::restore).size(), 1U);
  EXPECT_GE(machine.answers(UserVerb::restore).at(0), 0) << "the token is on the disk";
  EXPECT_EQ(machine.answers(UserVerb::finish), (std::vector<std::int64_t>{0}));
  EXPECT_EQ(machine.world.progress.actors[0].alternative, 0U);
}

TEST(FreeActor, an_idle_actor_is_always_in_the_same_state) {
  Machine machine(whole_update());
  start_and_stop_at_choice(machine);
  Answers answers({8, 8});  // freeze, which is refused
  const Surroundings surroundings{machine.blueprint, answers, machine.trace};
  const auto make_one_call = [&] {
    ASSERT_TRUE(advance(machine.world, surroundings));
    EXPECT_EQ(machine.world.progress.actors[0].alternative, 8U);
    EXPECT_FALSE(userspace::stands_at_free_choice(machine.context(), 0)) << "it is in a call";
    while (!userspace::stands_at_free_choice(machine.context(), 0))
      ASSERT_TRUE(advance(machine.world, surroundings));
  };
  const World at_first = machine.world;
  make_one_call();
  EXPECT_EQ(machine.world.progress, at_first.progress);
  // The schedule keeps room for as many frames as there ever were, so it is the same from here on.
  const World before = machine.world;
  make_one_call();
  EXPECT_EQ(machine.answers(UserVerb::freeze).size(), 2U);
  EXPECT_LT(machine.answers(UserVerb::freeze).at(1), 0);
  EXPECT_EQ(machine.world.progress, before.progress);
  EXPECT_EQ(machine.world.kernel, before.kernel);
  EXPECT_EQ(machine.world.user, before.user);
  EXPECT_EQ(machine.world.hardware, before.hardware);
  EXPECT_EQ(machine.world.ledger, before.ledger);
  EXPECT_EQ(digest_of_part(machine.world.schedule), digest_of_part(before.schedule))
      << "times count from the present";
  const sim::Frame& idle = machine.world.schedule.frame(frame_of_actor(machine));
  EXPECT_EQ(idle, at_first.schedule.frame(frame_of_actor(machine))) << "no answer is left in it";
}

TEST(FreeActor, a_call_that_was_chosen_and_not_begun_dies_with_its_kernel) {
  Scenario scenario = whole_update();
  scenario.actors[0].free->max = 3;
  Machine machine(scenario);
  start_and_stop_at_choice(machine);
  const userspace::Progress before = machine.world.progress;
  Answers answers({7});
  const Surroundings surroundings{machine.blueprint, answers, machine.trace};
  ASSERT_TRUE(advance(machine.world, surroundings));
  ASSERT_TRUE(calls_of(machine).empty());
  power_on(machine.world, surroundings, 0);
  while (!userspace::stands_at_free_choice(machine.context(), 0))
    ASSERT_TRUE(advance(machine.world, surroundings));
  EXPECT_EQ(machine.world.progress, before);
}

TEST(FreeActor, a_token_that_was_given_up_is_forgotten) {
  Machine machine(whole_update());
  start_and_stop_at_choice(machine);
  const userspace::Disk before = machine.world.hardware.disk;
  Answers answers({1, 3});  // preserve f, unpreserve f
  const Surroundings surroundings{machine.blueprint, answers, machine.trace};
  while (answers.asked.size() < 3) ASSERT_TRUE(advance(machine.world, surroundings));
  EXPECT_EQ(machine.answers(UserVerb::unpreserve), (std::vector<std::int64_t>{0}));
  EXPECT_EQ(machine.world.hardware.disk, before);
}

TEST(FreeActor, what_is_not_allowed_any_more_is_not_counted_by_the_answers) {
  Scenario scenario = two_files();
  add_free_actor(scenario, "agent", {entry(Verb::reboot, {"kexec"}), entry(Verb::state)});
  scenario.actors[0].free->reboots = 1;
  Machine machine(scenario);
  Answers answers({1, 1, 0});
  EXPECT_EQ(run_with(machine, answers), Stop::scripts_ended);
  EXPECT_EQ(calls_of(machine), (Verbs{UserVerb::reboot_kexec, UserVerb::get_state}));
  EXPECT_EQ(alternatives_of(answers), (Counts{3, 2, 2}));
}

TEST(FreeActor, a_crash_is_asked_for_before_each_choice) {
  Scenario scenario = whole_update();
  add_fault(scenario, "agent.crash:agent", 3);
  Machine machine(scenario);
  Answers answers({7, 9, 7});
  EXPECT_EQ(run_with(machine, answers), Stop::scripts_ended);
  EXPECT_EQ(calls_of(machine), (Verbs{UserVerb::prepare, UserVerb::cancel}));
  EXPECT_EQ(machine.records(UserRecord::actor_died).size(), 1U);
  EXPECT_FALSE(userspace::stands_at_free_choice(machine.context(), 0));
}

TEST(FreeActor, only_idle_free_actors_stand_at_a_choice) {
  Scenario scenario = whole_update();
  add_actor(scenario, "scripted", {entry(Verb::state)});
  Machine machine(scenario);
  EXPECT_FALSE(userspace::stands_at_free_choice(machine.context(), 0)) << "switched off";
  start_and_stop_at_choice(machine);
  EXPECT_FALSE(userspace::stands_at_free_choice(machine.context(), 1)) << "it has a script";
  machine.world.progress.actors[0].is_killed = 1;
  EXPECT_FALSE(userspace::stands_at_free_choice(machine.context(), 0)) << "it is dead";
}

TEST(FreeActor, choices_that_were_recorded_give_the_same_run_again) {
  const Scenario scenario = whole_update();
  std::uint64_t calls = 0;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    Machine original(scenario);
    sim::SeededChoice seeded(seed);
    sim::RecordingChoice recording(seeded);
    const Stop stop = run_with(original, recording);
    Machine replayed(scenario);
    sim::RecordedChoice recorded(recording.made());
    EXPECT_EQ(run_with(replayed, recorded), stop) << seed;
    EXPECT_FALSE(recorded.diverged()) << seed;
    EXPECT_TRUE(recorded.is_exhausted()) << seed;
    EXPECT_EQ(replayed.trace.hash(), original.trace.hash()) << seed;
    EXPECT_EQ(replayed.world, original.world) << seed;
    calls += calls_of(original).size();
  }
  EXPECT_GT(calls, 200U) << "seeds play";
}

TEST(FreeActor, the_same_seed_gives_the_same_trace_and_others_give_others) {
  const auto hash_with = [](std::uint64_t seed) {
    Machine machine(whole_update());
    sim::SeededChoice seeded(seed);
    run_with(machine, seeded);
    return machine.trace.hash();
  };
  std::uint64_t different = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    EXPECT_EQ(hash_with(seed), hash_with(seed)) << seed;
    if (hash_with(seed) != hash_with(seed + 1)) ++different;
  }
  EXPECT_GT(different, 10U);
}

TEST(FreeActor, labels_tell_actors_apart) {
  Scenario scenario = whole_update();
  add_free_actor(scenario, "device", {sleeping(1'000'000)});
  Machine machine(scenario);
  Answers answers({0, 1, 0});
  EXPECT_EQ(run_with(machine, answers), Stop::scripts_ended);
  ASSERT_EQ(answers.asked.size(), 3U);
  EXPECT_EQ(answers.asked[0].label, userspace::label_of_free_choice("agent"));
  EXPECT_EQ(answers.asked[1].label, userspace::label_of_free_choice("device"));
  EXPECT_EQ(answers.asked[2].label, answers.asked[1].label);
}

}  // namespace
}  // namespace luosim::world
