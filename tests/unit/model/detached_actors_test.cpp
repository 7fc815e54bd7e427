// SPDX-License-Identifier: Apache-2.0
//
// Which actors an exploration may leave where they are.
#include <gtest/gtest.h>

#include "model/world/independence.hpp"

namespace luosim::world {
namespace {

using userspace::Actor;
using userspace::Cast;
using userspace::Entry;
using userspace::FreePlan;
using userspace::Verb;

Entry entry_of(Verb verb) {
  Entry entry;
  entry.verb = verb;
  return entry;
}

Actor free_actor(std::initializer_list<Verb> verbs) {
  Actor actor;
  actor.free = FreePlan{};
  for (const Verb verb : verbs) actor.free->alternatives.push_back(entry_of(verb));
  return actor;
}

using Detached = std::vector<std::uint8_t>;

Cast cast_of(std::vector<Actor> actors) {
  Cast cast;
  cast.actors = std::move(actors);
  return cast;
}

TEST(DetachedActors, do_nothing_but_sleep) {
  const Cast cast = cast_of({free_actor({Verb::prepare, Verb::sleep}), free_actor({Verb::sleep}),
                             free_actor({Verb::sleep, Verb::get_state})});
  EXPECT_EQ(detached_actors(cast), (Detached{0, 1, 0}));
}

TEST(DetachedActors, have_neither_a_script_nor_an_end) {
  Actor scripted;
  scripted.script = {entry_of(Verb::sleep)};
  Actor tired = free_actor({Verb::sleep});
  tired.free->max = 3;
  const Cast cast = cast_of({free_actor({Verb::prepare}), scripted, tired});
  EXPECT_EQ(detached_actors(cast), (Detached{0, 0, 0}));
}

TEST(DetachedActors, are_nobody_whom_somebody_may_kill) {
  Actor killer;
  killer.script = {entry_of(Verb::kill)};
  EXPECT_EQ(detached_actors(cast_of({killer, free_actor({Verb::sleep})})), (Detached{0, 0}));
}

TEST(DetachedActors, are_not_everybody) {
  EXPECT_EQ(detached_actors(cast_of({free_actor({Verb::sleep}), free_actor({Verb::sleep})})),
            (Detached{0, 0}));
}

}  // namespace
}  // namespace luosim::world
