// SPDX-License-Identifier: Apache-2.0
//
// What commands answer, and what they say to who mistypes one.
#include "app/step/commands.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "app/cli/fault_sites.hpp"
#include "model/world/run.hpp"
#include "tests/unit/app/step/step_machine.hpp"

namespace luosim::app {
namespace {

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(StepCommands, are_all_listed_by_help_and_each_is_explained) {
  StepMachine machine(kTwoActors, By::time);
  const std::string all = machine.say("help");
  for (const StepCommand& command : step_commands()) {
    EXPECT_TRUE(has(all, std::string(command.name))) << command.name;
    const std::string one = machine.say("help " + std::string(command.name));
    EXPECT_TRUE(has(one, std::string(command.about))) << one;
  }
}

TEST(StepCommands, complain_of_every_mistake_and_name_what_may_be_meant) {
  StepMachine machine(kTwoActors, By::time);
  const std::pair<const char*, const char*> kMistakes[] = {
      {"nxt", "there is no command 'nxt'; did you mean 'next'?"},
      {"zzzzzz", "there is no command 'zzzzzz'; `help` lists them"},
      {"s", "'s' may be show, save"},
      {"until", "until needs more: until WHAT"},
      {"choices 3", "choices takes nothing: '3' is too much"},
      {"save a b", "save takes one file: 'a b' is more than one word"},
      {"next some", "'some' is not a whole number"},
      {"next 0", "0 is not between 1 and 1000000"},
      {"back", "this is where everything begins"},
      {"goto 4", "there is only 0, and no 4"},
      {"changes", "nothing has happened yet"},
      {"until prepard", "did you mean 'prepared'?"},
      {"until luo.freez", "did you mean 'luo.freeze'?"},
      {"take 9", "`choices` lists them"},
      {"show memroy", "there is no part 'memroy'; did you mean 'memory'?"},
      {"show luo.phas.x", "luo has no part 'phas.x'"},
      {"show l", "'l' begins 3 parts: luo, locks, ledger"},
      {"diff 0", "diff needs two points: diff A B"},
      {"diff 0 7", "there is only 0, and no 7"},
      {"help nxt", "did you mean 'next'?"},
  };
  for (const auto& [line, complaint] : kMistakes) {
    const std::string said = machine.say(line);
    EXPECT_TRUE(said.starts_with("error: ") && has(said, complaint)) << line << ": " << said;
    EXPECT_EQ(machine.session->point(), 0U) << line;
  }
}

TEST(StepCommands, say_nothing_to_nothing) {
  StepMachine machine(kTwoActors, By::time);
  EXPECT_EQ(machine.say(""), "");
  EXPECT_EQ(machine.say("   # a remark"), "");
}

TEST(StepCommands, until_stops_at_the_move_that_comes_to_it) {
  StepMachine machine(kTwoActors, By::time);
  machine.say("until prepared");
  EXPECT_EQ(machine.session->now().state.world.kernel.luo.phase, luo::v2::Phase::prepared);
  const std::size_t prepared = machine.session->point();
  machine.say("back");
  EXPECT_EQ(machine.session->now().state.world.kernel.luo.phase, luo::v2::Phase::normal);
  machine.say("goto 0");
  machine.say("until luo.prepare");
  EXPECT_LT(machine.session->point(), prepared);
  EXPECT_EQ(machine.session->happened(machine.session->point() - 1).story.who, "agent");
  EXPECT_TRUE(has(machine.say("until frozen"), "'frozen' never came"));
  EXPECT_TRUE(has(machine.say("next"), "the end: the scripts have ended"));
}

// Whoever is alone with a machine goes through a whole update in one move.
TEST(StepCommands, until_stops_at_a_phase_that_is_left_within_one_move) {
  constexpr const char* kAlone = R"(luosim: 1
title: One agent and nobody else
protocol: luo-v2
host: { memory: 1GiB, scratch: 64MiB, cpus: 2 }
files:
  f1: { size: 4KiB, folio: 4KiB }
agent:
  - { do: preserve f1 }
  - { do: prepare }
  - { do: reboot kexec }
  - { do: finish }
)";
  for (const char* phase : {"prepared", "frozen", "updated"}) {
    StepMachine machine(kAlone, By::order);
    const std::string said = machine.say("until " + std::string(phase));
    EXPECT_TRUE(has(said, fmt::format("'{}' was entered and left within this move", phase)))
        << said;
    EXPECT_FALSE(has(said, "never came")) << said;
    StepMachine timed(kAlone, By::time);
    EXPECT_FALSE(has(timed.say("until " + std::string(phase)), "was entered and left"));
    EXPECT_EQ(word_of(timed.session->now().state.world.kernel.luo.phase), phase);
  }
}

TEST(StepCommands, until_a_time_stops_before_what_comes_later) {
  StepMachine machine(StepMachine::library("tutorial/plain-update.yaml"), By::time);
  machine.say("until 2ms");
  EXPECT_LE(machine.session->now().state.world.schedule.now().ns, 2'000'000);
  EXPECT_GT(machine.session->now().state.world.schedule.next_time().ns, 2'000'000);
  StepMachine untimed(kTwoActors, By::order);
  EXPECT_EQ(untimed.say("until 2ms"), "error: there is no time in any order");
}

TEST(StepCommands, show_a_part_by_path_by_name_and_by_its_beginning) {
  StepMachine machine(StepMachine::library("tutorial/vm-nvme-update.yaml"), By::time);
  machine.say("until 2ms");
  EXPECT_EQ(machine.say("show luo.phase"), "luo.phase: normal\n");
  EXPECT_TRUE(machine.say("show mem").starts_with("memory:\n"));
  EXPECT_TRUE(machine.say("show vm0").starts_with("vms.vm0:\n"));
  EXPECT_TRUE(has(machine.say("show"), "who has which pages"));
}

TEST(StepCommands, show_what_a_move_has_changed) {
  StepMachine machine(kTwoActors, By::time);
  machine.say("until prepared");
  EXPECT_TRUE(has(machine.say("changes"), "  luo.phase: normal -> prepared\n"));
  const std::string here = std::to_string(machine.session->point());
  EXPECT_EQ(machine.say("diff " + here + " " + here), "  nothing\n");
  EXPECT_TRUE(has(machine.say("diff " + here + " 0"), "  luo.phase: prepared -> normal\n"));
}

TEST(StepCommands, complete_commands_parts_and_targets) {
  StepMachine machine(StepMachine::library("tutorial/vm-nvme-update.yaml"), By::time);
  using Words = std::vector<std::string>;
  const Session& session = *machine.session;
  EXPECT_EQ(completions(session, "ch"), (Words{"choices", "changes"}));
  EXPECT_EQ(completions(session, "show mem"), Words{"memory"});
  EXPECT_EQ(completions(session, "show luo.ph"), Words{"luo.phase"});
  EXPECT_EQ(completions(session, "until prepared"), Words{"prepared"});
  EXPECT_EQ(completions(session, "until luo.freeze_f"), Words{"luo.freeze_files"});
  EXPECT_EQ(completions(session, "until take the ph"), Words{"phase"});
  EXPECT_EQ(completions(session, "help un"), Words{"until"});
  EXPECT_TRUE(completions(session, "nonsense x").empty());
  EXPECT_EQ(completions(session, "").size(), step_commands().size());
}

TEST(StepCommands, save_a_way_that_left_time_so_that_a_run_goes_it) {
  StepMachine machine(kTwoActors, By::time);
  Session& session = *machine.session;
  std::size_t left = 0;
  while (left < 3) {
    const std::vector<Offer> offers = session.walk().offers(session.now());
    ASSERT_FALSE(offers.empty());
    session.take(offers.back().move);
    if (offers.size() > 1) ++left;
  }
  ASSERT_TRUE(session.now().goes_by_order);
  EXPECT_EQ(machine.say("save f.yaml"), "");
  EXPECT_TRUE(has(machine.saved, "order:"));
  EXPECT_EQ(machine.saved_steps, session.point());
  // A run that is stopped after as many events is in the very same world.
  std::ostringstream errors;
  const auto loaded = load_text(machine.saved, "saved.yaml", {}, errors);
  ASSERT_TRUE(loaded) << errors.str();
  world::World world = world::make_world(loaded->built.blueprint);
  world.faults = loaded->built.faults;
  sim::SeededChoice choice(0);
  sim::NoTrace trace;
  world::run(world, {loaded->built.blueprint, choice, trace}, {.events = machine.saved_steps});
  EXPECT_EQ(world::digest_of(world), machine.digest());
  // And so is who steps through it, for nobody leaves the order that the file has.
  StepMachine again(machine.saved, By::time);
  for (std::uint64_t step = 0; step < machine.saved_steps; ++step)
    ASSERT_NE(again.session->step(), nullptr) << step;
  EXPECT_EQ(again.digest(), machine.digest());
  EXPECT_FALSE(again.session->now().goes_by_order);
}

TEST(StepCommands, save_a_way_of_a_guest_with_a_disk_at_work_in_any_order) {
  StepMachine machine(StepMachine::library("check/vm-nvme.yaml"), By::order);
  Session& session = *machine.session;
  // The last of those who can go on, each time, so that nobody comes in order of time.
  for (std::size_t moves = 0; moves < 40; ++moves)
    session.take(session.walk().offers(session.now()).back().move);
  machine.say("save way.yaml");
  EXPECT_GT(machine.saved_steps, 40U);
}

TEST(StepCommands, in_any_order_let_a_disk_at_work_not_keep_the_agent_from_its_turn) {
  StepMachine machine(StepMachine::library("check/vm-nvme.yaml"), By::order);
  EXPECT_FALSE(has(machine.say("until prepared"), "has not come"));
  EXPECT_LT(machine.session->point(), 1000U);
}

TEST(StepCommands, save_the_calls_that_were_chosen_and_the_fault_that_struck) {
  std::ostringstream errors;
  const WalkOptions options{
      .seed = 0,
      .faults = 1,
      .fault_sites = *faults_that_may_strike(1, {"luo.file.can_preserve"}, errors)};
  StepMachine machine(kFreeAgent, By::order, options);
  Session& session = *machine.session;
  bool has_struck = false;
  for (std::size_t moves = 0; moves < 200 && !has_struck; ++moves) {
    const std::vector<Offer> offers = session.walk().offers(session.now());
    ASSERT_FALSE(offers.empty());
    const Offer* chosen = &offers.front();
    for (const Offer& offer : offers)
      if (!offer.answers.empty()) chosen = &offer;
    has_struck = !session.take(chosen->move).answers.empty();
  }
  ASSERT_TRUE(has_struck);
  EXPECT_EQ(machine.say("save f.yaml"), "");
  EXPECT_TRUE(has(machine.saved, "luo.file.can_preserve:f1")) << machine.saved;
  EXPECT_TRUE(has(machine.saved, "preserve f1")) << machine.saved;
}

}  // namespace
}  // namespace luosim::app
