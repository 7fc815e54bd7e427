// SPDX-License-Identifier: Apache-2.0
//
// Which files and VMs an exploration may exchange for each other, and when it may not.
#include "model/world/known_entities.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include "tests/unit/model/explored_futures.hpp"
#include "tests/unit/model/explored_scenario.hpp"
#include "tests/unit/model/script_parts.hpp"

namespace luosim::world {
namespace {

WorldModel model_from(const Scenario& scenario) {
  const Built built = build(scenario);
  return WorldModel(built.blueprint, built.faults, {});
}

using Classes = std::vector<std::uint32_t>;

Classes classes_of(const Scenario& scenario) {
  const WorldModel model = model_from(scenario);
  Classes classes;
  for (const KnownEntity& entity : model.entities()) classes.push_back(entity.interchangeable_as);
  return classes;
}

// One file and three VMs.
Scenario three_vms() {
  return scenario_of({.files = 1, .vms = 3});
}

void add_script(Scenario& scenario, ScriptEntry made) {
  ActorSpec& actor = scenario.actors.emplace_back();
  actor.name = "person";
  actor.script = {std::move(made)};
}

TEST(KnownEntities, are_files_and_VMs_each_of_their_own_kind) {
  EXPECT_EQ(classes_of(three_vms()), (Classes{0, 1, 1, 1}));
}

TEST(KnownEntities, are_like_none_that_is_declared_otherwise) {
  Scenario larger = three_vms();
  larger.vms[1].memory_bytes *= 2;
  EXPECT_EQ(classes_of(larger), (Classes{0, 1, 2, 1}));
  Scenario wider = three_vms();
  wider.vms[2].vcpus = 4;
  EXPECT_EQ(classes_of(wider), (Classes{0, 1, 1, 3}));
}

TEST(KnownEntities, are_like_nobody_if_a_script_names_them) {
  for (const ScriptEntry& made : {entry(Verb::pause, {"vm2"}), entry(Verb::kill, {"vm2"}),
                                  entry(Verb::preserve, {"vm2.memory"}),
                                  after(Awaited::Kind::paused, "vm2", entry(Verb::prepare)),
                                  after(Awaited::Kind::resumed, "vm2", entry(Verb::prepare))}) {
    Scenario scenario = three_vms();
    add_script(scenario, made);
    EXPECT_EQ(classes_of(scenario), (Classes{0, 1, 2, 1}));
  }
}

TEST(KnownEntities, are_like_nobody_if_a_free_actor_may_do_more_with_them) {
  Scenario scenario = three_vms();
  scenario.actors[0].free->ops.push_back(entry(Verb::kill, {"vm3"}));
  EXPECT_EQ(classes_of(scenario), (Classes{0, 1, 1, 3}));
}

TEST(KnownEntities, are_like_nobody_if_a_fault_names_them_or_their_memory) {
  for (const char* site : {"vmm.crash:vm1", "luo.file.prepare:vm1.memory"}) {
    Scenario scenario = three_vms();
    scenario.faults.emplace_back().site = site;
    EXPECT_EQ(classes_of(scenario), (Classes{0, 1, 2, 2})) << site;
  }
}

// The pool of huge pages and virtual machines of the kernel have numbers of their own.
TEST(KnownEntities, are_no_VMs_with_more_than_memory_of_ordinary_pages) {
  Scenario huge = three_vms();
  huge.host.hugepages = 8;
  for (VmSpec& vm : huge.vms) vm.backing = "hugetlb";
  EXPECT_EQ(classes_of(huge), (Classes{0}));
  Scenario closed = three_vms();
  for (VmSpec& vm : closed.vms) vm.backing = "guest_memfd";
  EXPECT_EQ(classes_of(closed), (Classes{0}));
}

TEST(KnownEntities, are_named_by_calls_of_their_kind_alone) {
  const WorldModel model = model_from(three_vms());
  const EntityIndex index(model.entities(), model.blueprint());
  const auto about = [&](userspace::Verb verb, const char* operand, std::uint32_t number) {
    return index.of_call(verb, model.blueprint().names.find(operand), number);
  };
  EXPECT_EQ(about(userspace::Verb::preserve, "f1", 0), 0U);
  EXPECT_EQ(about(userspace::Verb::restore, "vm2.memory", 0), 2U);
  EXPECT_EQ(about(userspace::Verb::pause, "vm3", 2), 3U);
  // Actors come first among processes.
  EXPECT_EQ(about(userspace::Verb::kill, "vm1", 1), 1U);
  EXPECT_EQ(about(userspace::Verb::kill, "agent", 0), kNobody);
  EXPECT_EQ(about(userspace::Verb::reboot_kexec, "f1", 0), kNobody);
  EXPECT_EQ(about(userspace::Verb::prepare, "", 0), kNobody);
}

// Takes the move of the actor whose text begins so; false: there is none.
bool take(WorldWalker& walker, ExploredState& state, const std::string& who,
          const std::string& what) {
  for (const sim::explore::Move move : moves_of(walker, state)) {
    const MoveText text = walker.text_of(state, move);
    if (text.who != who || text.what.rfind(what, 0) != 0) continue;
    state = after(walker, state, move);
    return true;
  }
  return false;
}

void make_call(WorldWalker& walker, ExploredState& state, const std::string& call) {
  ASSERT_TRUE(take(walker, state, "agent", call)) << call;
  while (take(walker, state, "agent", "in ")) {
  }
}

bool agent_can(WorldWalker& walker, const ExploredState& state, const std::string& call) {
  const auto moves = moves_of(walker, state);
  return std::any_of(moves.begin(), moves.end(), [&](sim::explore::Move move) {
    const MoveText text = walker.text_of(state, move);
    return text.who == "agent" && text.what == call;
  });
}

// Two files in one state, and somebody who is about to give up one of them: giving up this one is
// then not the same as giving up the other.
TEST(KnownEntities, are_like_nobody_while_somebody_is_in_a_call_about_them) {
  const Explored scenario = explored({.files = 2, .subsystems = 0, .reboots = 0, .others = 1});
  WorldWalker walker = scenario.model.walker();
  ExploredState state = scenario.model.initial();
  ASSERT_TRUE(take(walker, state, "old", ""));
  make_call(walker, state, "FD_PRESERVE f1");
  make_call(walker, state, "FD_PRESERVE f2");
  EXPECT_FALSE(agent_can(walker, state, "FD_UNPRESERVE f2"));
  ASSERT_TRUE(take(walker, state, "other1", "FD_UNPRESERVE f1"));
  EXPECT_TRUE(agent_can(walker, state, "FD_UNPRESERVE f1"));
  EXPECT_TRUE(agent_can(walker, state, "FD_UNPRESERVE f2"));
}

TEST(KnownEntities, are_stopped_one_for_all_that_are_alike) {
  const Explored scenario = explored({.files = 0, .vms = 3, .subsystems = 0});
  WorldWalker walker = scenario.model.walker();
  ExploredState state = scenario.model.initial();
  ASSERT_TRUE(take(walker, state, "old", ""));
  EXPECT_TRUE(agent_can(walker, state, "pause vm1"));
  EXPECT_FALSE(agent_can(walker, state, "pause vm2"));
  make_call(walker, state, "pause vm1");
  EXPECT_TRUE(agent_can(walker, state, "resume vm1"));
  EXPECT_TRUE(agent_can(walker, state, "pause vm2"));
  EXPECT_FALSE(agent_can(walker, state, "pause vm3"));
}

}  // namespace
}  // namespace luosim::world
