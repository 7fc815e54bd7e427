// SPDX-License-Identifier: Apache-2.0
//
// Going back is exact: whatever point of a history one goes to, the world is the one that was there
// bit for bit, and goes on as it did. In order of time a session is what `luosim run` does.
#include "app/step/session.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include "app/cli/fault_sites.hpp"
#include "app/cli/play.hpp"
#include "tests/unit/app/step/step_machine.hpp"

namespace luosim::app {
namespace {

// Goes to the end, then to each point from the last to the first, and from some on again.
void expect_every_point_again(StepMachine& machine, std::size_t at_most) {
  Session& session = *machine.session;
  std::vector<world::World> worlds{session.now().state.world};
  std::vector<sim::Digest128> digests{machine.digest()};
  while (session.point() < at_most && session.step() != nullptr) {
    worlds.push_back(session.now().state.world);
    digests.push_back(machine.digest());
  }
  const std::size_t last = session.point();
  for (std::size_t point = last + 1; point-- > 0;) {
    session.go_to(point);
    ASSERT_EQ(session.point(), point);
    ASSERT_EQ(machine.digest(), digests[point]) << "point " << point;
    ASSERT_EQ(session.now().state.world, worlds[point]) << "point " << point;
  }
  for (std::size_t point = 1; point <= last; ++point) {
    ASSERT_NE(session.step(), nullptr);
    ASSERT_EQ(machine.digest(), digests[point]) << "again at point " << point;
  }
}

TEST(Session, goes_back_to_every_point_of_an_update_exactly) {
  StepMachine machine(StepMachine::library("tutorial/plain-update.yaml"), By::time);
  expect_every_point_again(machine, 10'000);
  EXPECT_GT(machine.session->last_point(), 128U) << "more points than are kept as copies";
}

TEST(Session, goes_back_exactly_where_devices_are_at_work) {
  StepMachine machine(StepMachine::library("tutorial/vm-nvme-update.yaml"), By::time);
  expect_every_point_again(machine, 600);
}

TEST(Session, goes_back_exactly_in_any_order) {
  StepMachine machine(kTwoActors, By::order);
  expect_every_point_again(machine, 300);
}

TEST(Session, is_in_order_of_time_what_a_run_is) {
  for (const char* name : {"tutorial/plain-update.yaml", "tutorial/freeze-fails.yaml",
                           "bugs/b06-killed-cancel-destroys-the-map.yaml"}) {
    StepMachine machine(StepMachine::library(name), By::time);
    machine.go_to_the_end();
    const RunResult run = play(machine.loaded(), {}).result;
    const Moment& end = machine.session->now();
    EXPECT_EQ(end.state.world.schedule.now(), run.end) << name;
    ASSERT_EQ(end.broken.size(), run.violations.size()) << name;
    for (std::size_t index = 0; index < end.broken.size(); ++index) {
      EXPECT_EQ(end.broken[index].cause, run.violations[index].cause) << name;
      EXPECT_EQ(end.broken[index].is_expected, run.violations[index].is_expected) << name;
    }
    EXPECT_EQ(machine.session->walk().ending(end), world::word_of(run.stop)) << name;
  }
}

TEST(Session, has_the_log_of_a_run) {
  StepMachine machine(StepMachine::library("tutorial/plain-update.yaml"), By::time);
  machine.go_to_the_end();
  std::ostringstream log;
  play(machine.loaded(), {.log = &log});
  std::string lines;
  std::istringstream said(machine.say("log"));
  for (std::string line; std::getline(said, line);) lines += line + '\n';
  EXPECT_EQ(lines, log.str());
}

TEST(Session, draws_from_its_seed_what_a_run_draws) {
  WalkOptions options;
  options.seed = 7;
  StepMachine machine(StepMachine::library("bench/explore-f2-s1-d0-k1.yaml"), By::time, options);
  for (std::size_t step = 0; step < 3000 && machine.session->step() != nullptr; ++step) {
  }
  const Played run = play(
      machine.loaded(), {.seed = 7, .max_events = machine.session->point(), .keeps_records = true});
  EXPECT_EQ(machine.session->now().state.world.schedule.now(), run.result.end);
  std::size_t made = 0;
  for (std::size_t index = 0; index < machine.session->point(); ++index)
    for (const sim::MadeChoice& choice : machine.session->happened(index).story.choices) {
      ASSERT_LT(made, run.choices.size());
      EXPECT_EQ(choice, run.choices[made++]);
    }
  EXPECT_EQ(made, run.choices.size());
}

TEST(Session, forgets_what_followed_when_it_takes_another_branch) {
  StepMachine machine(kTwoActors, By::time);
  Session& session = *machine.session;
  std::vector<Offer> offers;
  while (offers.size() < 2) {
    ASSERT_NE(session.step(), nullptr);
    offers = session.walk().offers(session.now());
  }
  const std::size_t branch = session.point();
  machine.go_to_the_end();
  const std::size_t old_end = session.last_point();
  session.go_to(branch);
  EXPECT_EQ(session.last_point(), old_end);
  EXPECT_TRUE(session.take(offers[1].move).left_time);
  EXPECT_EQ(session.last_point(), branch + 1);
  EXPECT_TRUE(session.now().goes_by_order);
  session.go_to(branch);
  EXPECT_FALSE(session.now().goes_by_order);
}

TEST(Session, offers_each_ready_task_in_order_of_time_and_the_first_is_the_next) {
  StepMachine machine(kTwoActors, By::time);
  Session& session = *machine.session;
  for (std::size_t step = 0; step < 60; ++step) {
    const std::vector<Offer> offers = session.walk().offers(session.now());
    if (offers.empty()) break;
    EXPECT_TRUE(std::is_sorted(offers.begin(), offers.end(),
                               [](const auto& a, const auto& b) { return a.due < b.due; }));
    StepMachine other(kTwoActors, By::time);
    other.session->go_to(0);
    for (std::size_t done = 0; done < step; ++done) other.session->step();
    const Happened& taken = other.session->take(offers[0].move);
    EXPECT_FALSE(taken.left_time);
    ASSERT_NE(session.step(), nullptr);
    EXPECT_EQ(other.digest(), machine.digest());
  }
}

TEST(Session, lets_a_fault_strike_that_is_taken_and_counts_it) {
  std::ostringstream errors;
  WalkOptions options{.seed = 0, .faults = 1, .fault_sites = {}};
  options.fault_sites = *faults_that_may_strike(1, {"luo.file.can_preserve"}, errors);
  for (const By by : {By::time, By::order}) {
    StepMachine machine(kFreeAgent, by, options);
    Session& session = *machine.session;
    const Offer* fault = nullptr;
    std::vector<Offer> offers;
    for (std::size_t moves = 0; moves < 200 && fault == nullptr; ++moves) {
      offers = session.walk().offers(session.now());
      ASSERT_FALSE(offers.empty());
      const Offer* next = &offers.front();
      for (const Offer& offer : offers) {
        if (!offer.answers.empty()) fault = &offer;
        if (offer.is_call && !next->is_call) next = &offer;
      }
      if (fault == nullptr) session.take(next->move);
    }
    ASSERT_NE(fault, nullptr);
    EXPECT_EQ(fault->answers, std::vector<std::string>{"fault luo.file.can_preserve:f1 strikes"});
    const Happened& happened = session.take(fault->move);
    EXPECT_EQ(happened.answers, fault->answers);
    EXPECT_EQ(session.now().state.faults_left, 0U);
  }
}

}  // namespace
}  // namespace luosim::app
