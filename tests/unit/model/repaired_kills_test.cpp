// SPDX-License-Identifier: Apache-2.0
//
// What was wrong with killing actors, and is not any more: who dies in a call makes no other one,
// and who waits for its turn does not keep the run going.
#include <cstdint>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/model/machine.hpp"
#include "tests/unit/model/script_parts.hpp"

namespace luosim::world {
namespace {

// note_the_answer goes on with the next operand before it asks whether the actor was killed: a
// process that dies in the first call of an entry makes all the others first.
TEST(RepairedKills, an_actor_killed_in_one_call_does_not_make_the_next_one_of_its_entry) {
  Scenario scenario = bare_scenario();
  add_handler(scenario, "blob-v1", "blob");
  for (const char* file : {"a", "b", "c"}) add_test_file(scenario, file, "blob");
  add_actor(scenario, "agent", {entry(Verb::preserve, {"a", "b", "c"})});
  add_actor(scenario, "killer", {at(100, entry(Verb::kill, {"agent"}))});
  Machine machine(scenario);
  EXPECT_EQ(machine.run(), Stop::scripts_ended);
  EXPECT_EQ(machine.answers(userspace::Verb::preserve), (std::vector<std::int64_t>{0}))
      << "the call that was being made returns, and that is all";
}

// A process that waits for its time stays in the queue after it was killed, so the run goes on
// until that time although nobody can do anything any more.
TEST(RepairedKills, a_run_does_not_wait_for_the_time_of_an_actor_that_was_killed) {
  Scenario scenario = bare_scenario();
  add_actor(scenario, "agent", {entry(Verb::kill, {"other"})});
  constexpr std::int64_t kHour = 3'600'000'000'000;
  add_actor(scenario, "other", {at(kHour, entry(Verb::state))});
  Machine machine(scenario);
  EXPECT_EQ(machine.run(), Stop::scripts_ended);
  EXPECT_LT(machine.world.schedule.now().ns, kHour);
}

}  // namespace
}  // namespace luosim::world
