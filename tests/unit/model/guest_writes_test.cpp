// SPDX-License-Identifier: Apache-2.0
//
// A guest's writes are made up for when somebody looks. That must not be seen: how often somebody
// looks changes neither the number of writes nor what the memory contains.
#include <gtest/gtest.h>

#include "model/fd/memfd.hpp"
#include "model/userspace/record.hpp"
#include "tests/unit/model/script_parts.hpp"

namespace luosim::world {

namespace {

Scenario guest_that_writes(std::uint32_t vcpus, std::int64_t every_ns) {
  Scenario scenario = bare_scenario();
  add_handler(scenario, "memfd-v1", "memfd");
  VmSpec& vm = scenario.vms.emplace_back();
  vm.name = "vm0";
  vm.memory_bytes = 64 * kMiB;
  vm.vcpus = vcpus;
  vm.write_every = sim::nanoseconds(every_ns);
  return scenario;
}

sim::Digest128 contents(const Machine& machine) {
  return fd::contents_of(machine.world.hardware.memory, machine.world.kernel.fd,
                         machine.world.user.vms[0].memfd);
}

std::uint64_t writes_at_pause(Machine& machine) {
  const auto pauses = machine.records(userspace::UserRecord::vm_paused);
  return pauses.empty() ? 0 : pauses.back().values[0];
}

}  // namespace

TEST(GuestWrites, are_as_many_as_the_time_and_the_vcpus_allow) {
  Scenario scenario = guest_that_writes(2, 1'000'000);
  add_actor(scenario, "agent", {at(10'000'000, entry(Verb::pause, {"vm0"}))});
  Machine machine(scenario);
  EXPECT_EQ(machine.run(), Stop::scripts_ended);
  // The first vCPU writes at 0 to 10 ms, the second half a millisecond later: 0.5 to 9.5 ms.
  EXPECT_EQ(writes_at_pause(machine), 11U + 10U);
}

TEST(GuestWrites, are_none_of_a_guest_that_has_no_time_for_them) {
  Scenario scenario = guest_that_writes(2, 0);
  add_actor(scenario, "agent", {at(10'000'000, entry(Verb::pause, {"vm0"}))});
  Machine machine(scenario);
  EXPECT_EQ(machine.run(), Stop::scripts_ended);
  EXPECT_EQ(machine.records(userspace::UserRecord::vm_paused).size(), 1U);
  EXPECT_EQ(writes_at_pause(machine), 0U);
}

TEST(GuestWrites, change_the_memory_that_they_are_made_to) {
  Scenario scenario = guest_that_writes(1, 1'000'000);
  add_actor(scenario, "agent",
            {at(1'500'000, entry(Verb::pause, {"vm0"})), entry(Verb::resume, {"vm0"}),
             at(20'000'000, entry(Verb::pause, {"vm0"}))});
  Machine machine(scenario);
  machine.start();
  machine.run_until([&] { return !machine.records(userspace::UserRecord::vm_paused).empty(); });
  const sim::Digest128 early = contents(machine);
  machine.run_until_quiet();
  EXPECT_NE(contents(machine), early);
}

TEST(GuestWrites, are_the_same_however_often_somebody_looks) {
  Scenario once = guest_that_writes(3, 700'000);
  add_actor(once, "agent", {at(50'000'000, entry(Verb::pause, {"vm0"}))});
  Machine unwatched(once);
  EXPECT_EQ(unwatched.run(), Stop::scripts_ended);

  // A write to the file by somebody else is a look at it; what it wrote is overwritten in time.
  Scenario often = guest_that_writes(3, 700'000);
  std::vector<ScriptEntry> script;
  for (std::int64_t ms = 1; ms < 40; ms += 3)
    script.push_back(at(ms * 1'000'000, entry(Verb::write, {"vm0.memory"})));
  script.push_back(at(50'000'000, entry(Verb::pause, {"vm0"})));
  add_actor(often, "agent", script);
  Machine watched(often);
  EXPECT_EQ(watched.run(), Stop::scripts_ended);

  EXPECT_EQ(writes_at_pause(watched), writes_at_pause(unwatched));
  EXPECT_EQ(contents(watched), contents(unwatched));
}

TEST(GuestWrites, cost_no_events) {
  Scenario scenario = guest_that_writes(64, 1);
  ScriptEntry pause = at(1'000'000'000, entry(Verb::pause, {"vm0"}));
  add_actor(scenario, "agent", {pause});
  Machine machine(scenario);
  EXPECT_EQ(machine.run({.events = 1'000}), Stop::scripts_ended);
  EXPECT_GT(writes_at_pause(machine), 60'000'000'000U);
}

TEST(GuestWrites, end_with_the_vmm_that_is_killed) {
  Scenario scenario = guest_that_writes(1, 1'000'000);
  add_actor(scenario, "agent",
            {at(5'500'000, entry(Verb::kill, {"vm0"})), sleeping(20'000'000),
             expecting(22, entry(Verb::pause, {"vm0"}))});
  Machine machine(scenario);
  EXPECT_EQ(machine.run(), Stop::scripts_ended);
  EXPECT_EQ(machine.world.user.vms[0].writes, 6U);
  EXPECT_EQ(machine.world.progress.unexpected, 0U);
}

}  // namespace luosim::world
