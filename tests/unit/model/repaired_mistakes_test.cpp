// SPDX-License-Identifier: Apache-2.0
//
// Mistakes of the model that its tests have found. Each test says what should be true, failed when
// it was written, and keeps the repair in place; the comment above it tells what was wrong.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

#include "model/kernel/errno.hpp"
#include "model/kho/memory_map.hpp"
#include "model/luo/fault_sites.hpp"
#include "model/world/expectation.hpp"
#include "tests/unit/model/machine.hpp"
#include "tests/unit/model/script_parts.hpp"

namespace luosim::world {
namespace {

std::size_t calls_of(const Machine& machine, const std::string& actor) {
  std::size_t calls = 0;
  for (const sim::Record& record : machine.records(userspace::UserRecord::call_begins))
    if (machine.blueprint.names.text(record.subject) == actor) ++calls;
  return calls;
}

// A kernel that lacks the handler of a file that it is handed: asking for the file is a panic.
Scenario update_without_handler() {
  Scenario scenario = bare_scenario();
  scenario.kernels.resize(2);
  scenario.kernels[1].name = "without";
  scenario.kernels[1].handlers.emplace();
  add_handler(scenario, "blob-v1", "blob");
  add_test_file(scenario, "disk", "blob");
  add_actor(scenario, "agent",
            {entry(Verb::preserve, {"disk"}), entry(Verb::prepare),
             entry(Verb::reboot, {"kexec", "without"})});
  return scenario;
}

// wait_for_its_turn never asks whether the actor was killed, so one that stood there makes its next
// call all the same and dies behind it.
TEST(RepairedMistakes, an_actor_killed_while_it_waits_for_its_time_makes_no_call_any_more) {
  Scenario scenario = bare_scenario();
  add_actor(scenario, "agent", {entry(Verb::kill, {"other"})});
  add_actor(scenario, "other", {at(5'000'000, entry(Verb::prepare))});
  Machine machine(scenario);
  EXPECT_EQ(machine.run(), Stop::scripts_ended);
  EXPECT_EQ(calls_of(machine, "other"), 0U);
  EXPECT_EQ(machine.phase(), luo::v2::Phase::normal);
}

// The same for an actor that waits for an event: when it happens, the dead one wakes up.
TEST(RepairedMistakes, an_actor_killed_while_it_waits_for_an_event_makes_no_call_any_more) {
  Scenario scenario = bare_scenario();
  add_actor(scenario, "agent",
            {entry(Verb::kill, {"other"}), labelled("done", sleeping(1'000'000))});
  add_actor(scenario, "other", {after(Awaited::Kind::label, "done", entry(Verb::prepare))});
  Machine machine(scenario);
  EXPECT_EQ(machine.run(), Stop::scripts_ended);
  EXPECT_EQ(calls_of(machine, "other"), 0U);
}

// A death drops every task but not the list of those that wait, which the same event then walks:
// it reads tasks and frames that are gone (undefined behaviour of the simulator itself).
TEST(RepairedMistakes, nobody_waits_in_a_kernel_that_has_died) {
  Scenario scenario = update_without_handler();
  scenario.actors[0].script.push_back(sleeping(1'000'000));
  scenario.actors[0].script.push_back(entry(Verb::restore, {"disk"}));
  add_actor(scenario, "other",
            {after(Awaited::Kind::label, "never", entry(Verb::state)),
             labelled("never", entry(Verb::state))});
  Machine machine(scenario);
  machine.start();
  ASSERT_TRUE(machine.run_until([&] { return machine.is_dead(); }));
  EXPECT_EQ(state_of_machine(machine.world), "panic no-handler");
  EXPECT_TRUE(machine.world.schedule.tasks().empty());
  EXPECT_TRUE(machine.world.user.waiting.empty());
}

// Every 1024th event run() looks whether anybody can act before it looks whether the kernel lives,
// so a death at such an event is reported as a script that is stuck.
TEST(RepairedMistakes, a_death_is_reported_as_one_whatever_the_number_of_events_before_it) {
  std::vector<std::size_t> reported_otherwise;
  for (std::size_t sleeps = 0; sleeps < 1100; ++sleeps) {
    Scenario scenario = update_without_handler();
    std::vector<ScriptEntry>& script = scenario.actors[0].script;
    script.insert(script.end(), sleeps, sleeping(1));
    script.push_back(entry(Verb::restore, {"disk"}));
    Machine machine(scenario);
    if (machine.run() != Stop::kernel_died) reported_otherwise.push_back(sleeps);
  }
  EXPECT_EQ(reported_otherwise, std::vector<std::size_t>{});
}

// The sites say ":NAME is the file or its handler", but memfd asks with the name of the file only.
TEST(RepairedMistakes, a_fault_of_a_memfd_can_be_named_by_its_handler) {
  for (const sim::FaultSite& site :
       {luo::kFileCanPreserveSite, luo::kFilePrepareSite, luo::kFileFreezeSite}) {
    Scenario scenario = bare_scenario();
    add_handler(scenario, "memfd-v1", "memfd");
    add_memfd(scenario, "guest", 8 * kMiB);
    Machine machine(scenario);
    machine.switch_on();
    machine.fail(site, "memfd-v1");
    const bool accepted = machine.preserve("guest").status == 0;
    const bool froze = accepted && machine.prepare() == 0 && machine.freeze() == 0;
    EXPECT_FALSE(froze) << site.name;
  }
}

// ":NAME is its handler", but memfd asks without any name.
TEST(RepairedMistakes, a_fault_of_retrieving_a_memfd_can_be_named_by_its_handler) {
  Scenario scenario = bare_scenario();
  add_handler(scenario, "memfd-v1", "memfd");
  add_memfd(scenario, "guest", 8 * kMiB);
  Machine machine(scenario);
  machine.switch_on();
  machine.fail(luo::kFileRetrieveSite, "memfd-v1");
  ASSERT_EQ(machine.preserve("guest").status, 0);
  ASSERT_EQ(machine.prepare(), 0);
  ASSERT_TRUE(machine.kexec());
  EXPECT_EQ(machine.restore(0).status, -kernel::kEIO);
}

// A chain may be as long as memory has pages, and each link may name 255 bitmaps: on a large host a
// single flipped bit that links a chunk to itself keeps the simulator busy for hours.
TEST(RepairedMistakes, a_circular_map_is_found_to_be_wild_within_seconds) {
  const auto read_circular_map = [] {
    Machine machine(bare_scenario(64 * kTiB));
    machine.switch_on();
    const memory::PhysicalAddress chunk = memory::address_of({1ULL << 30});
    machine.memory().give({memory::page_of(chunk), 1}, kho::kChunkOwner.tag());
    machine.memory().bytes().write_value(chunk, chunk.value);
    auto context = machine.context();
    return kho::reserve_preserved_memory(context, chunk).reading == kho::MapReading::wild;
  };
  EXPECT_EXIT(
      {
        alarm(5);
        std::_Exit(read_circular_map() ? 0 : 1);
      },
      ::testing::ExitedWithCode(0), "");
}

// Whether a guest runs is asked once, in front of the steps that take time: two VMMs that resume it
// in the same moment both start its vCPUs.
TEST(RepairedMistakes, a_guest_that_two_resume_at_once_is_resumed_by_one) {
  Scenario scenario = bare_scenario();
  VmSpec& vm = scenario.vms.emplace_back();
  vm.name = "vm0";
  vm.memory_bytes = 64 * kMiB;
  ScriptEntry resume = at(5'000'000, entry(Verb::resume, {"vm0"}));
  resume.expect.kind = ExpectedResult::Kind::any;
  add_actor(scenario, "agent", {entry(Verb::pause, {"vm0"}), resume});
  add_actor(scenario, "other", {resume});
  Machine machine(scenario);
  EXPECT_EQ(machine.run(), Stop::scripts_ended);
  EXPECT_EQ(machine.records(userspace::UserRecord::vm_resumed).size(), 1U);
  EXPECT_EQ(machine.world.progress.resumes[0], 1U);
}

// find_its_memory took whatever file had the name of the guest's memory for a memfd and used its
// number as that of one: a handler that accepts any file brings a test file back.
TEST(RepairedMistakes, a_guest_whose_memory_comes_back_as_another_file_is_not_resumed) {
  Scenario scenario = bare_scenario();
  add_handler(scenario, "any", "*");
  VmSpec& vm = scenario.vms.emplace_back();
  vm.name = "vm0";
  vm.memory_bytes = 4 * kMiB;
  add_actor(
      scenario, "agent",
      {entry(Verb::preserve, {"vm0.memory"}), entry(Verb::prepare), entry(Verb::pause, {"vm0"}),
       entry(Verb::reboot, {"kexec"}), entry(Verb::restore, {"vm0.memory"}),
       entry(Verb::resume, {"vm0"}), sleeping(10'000'000)});
  Machine machine(scenario);
  EXPECT_EQ(machine.run(), Stop::scripts_ended);
  EXPECT_EQ(machine.answers(userspace::Verb::restore), (std::vector<std::int64_t>{0}));
  EXPECT_EQ(machine.answers(userspace::Verb::resume), (std::vector{-kernel::kENOENT}));
  EXPECT_EQ(machine.world.user.vms.at(0).state, userspace::Vm::State::absent);
}

}  // namespace
}  // namespace luosim::world
