// SPDX-License-Identifier: Apache-2.0
//
// What the footprints of quiet steps are compared with: each half of the machine shows what is done
// in it, and nothing of the other.
#include <gtest/gtest.h>

#include "tests/unit/model/explored_guest.hpp"

namespace luosim::world {
namespace {

// Which half is another one when somebody has taken 200 moves while others stood still.
struct Changed {
  bool update = false;
  bool devices = false;
};

Changed changed_by(bool is_agent, const ExploredGuest& guest) {
  const WorldModel model = model_of(guest);
  WorldWalker walker = model.walker();
  ExploredState state = model.initial();
  const sim::Digest128 update = digest_of(state.world, Half::update);
  const sim::Digest128 devices = digest_of(state.world, Half::devices);
  std::vector<sim::explore::Move> moves;
  for (int step = 0; step < 200; ++step) {
    moves.clear();
    walker.moves(state, moves);
    const auto move = std::find_if(moves.begin(), moves.end(), [&](sim::explore::Move each) {
      return (walker.text_of(state, each).who == "agent") == is_agent;
    });
    if (move == moves.end()) break;
    sim::explore::Taken taken;
    walker.begin(state, *move, walker.choice());
    walker.take(state, *move, walker.choice(), taken);
  }
  return {!(digest_of(state.world, Half::update) == update),
          !(digest_of(state.world, Half::devices) == devices)};
}

TEST(Footprints, of_a_disk_and_its_guest_are_in_the_half_of_devices) {
  const Changed changed = changed_by(false, {.quiet_steps = false});
  EXPECT_FALSE(changed.update);
  EXPECT_TRUE(changed.devices);
}

TEST(Footprints, of_an_agent_that_preserves_are_in_the_half_of_the_update) {
  ScriptEntry preserve;
  preserve.verb = Verb::preserve;
  preserve.arguments = {"vm0.memory"};
  const Changed changed = changed_by(true, {.script = {preserve}, .quiet_steps = false});
  EXPECT_TRUE(changed.update);
  EXPECT_FALSE(changed.devices);
}

}  // namespace
}  // namespace luosim::world
