// SPDX-License-Identifier: Apache-2.0
//
// Scripts in order of simulated time: when an entry starts, when it is skipped, who waits for whom,
// and what a run says at its end. All expected times follow from the durations of the timing table;
// a system call that finds its answer at once takes 200 ns.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "model/kernel/errno.hpp"
#include "model/luo/v2/record.hpp"
#include "model/world/expectation.hpp"
#include "tests/unit/model/machine.hpp"
#include "tests/unit/model/script_parts.hpp"

namespace luosim::world {
namespace {

using luo::v2::Phase;
namespace UserRecord = userspace::UserRecord;

constexpr std::int64_t kCall = 200;
constexpr std::int64_t kMillisecond = 1'000'000;

// When the calls of an actor began, in order.
std::vector<std::int64_t> starts(const Machine& machine, const std::string& actor) {
  std::vector<std::int64_t> times;
  for (const sim::Record& record : machine.records(UserRecord::call_begins))
    if (machine.blueprint.names.text(record.subject) == actor) times.push_back(record.time.ns);
  return times;
}
using Times = std::vector<std::int64_t>;

// The time of the only record of its kind.
std::int64_t time_of(const Machine& machine, sim::RecordKind kind) {
  const auto records = machine.records(kind);
  EXPECT_EQ(records.size(), 1U);
  return records.empty() ? -1 : records[0].time.ns;
}

std::optional<std::int64_t> time_of_phase(const Machine& machine, Phase phase) {
  for (const sim::Record& record : machine.records(luo::v2::LuoRecord::phase_stored))
    if (record.values[1] == static_cast<std::uint64_t>(phase)) return record.time.ns;
  return std::nullopt;
}

// Prepare takes some 28 ms.
Scenario with_long_prepare() {
  Scenario scenario = bare_scenario(128 * kGiB);
  add_subsystem(scenario, "net");
  add_handler(scenario, "memfd-v1", "memfd");
  add_memfd(scenario, "guest", 64 * kGiB);
  add_actor(scenario, "agent",
            {entry(Verb::preserve, {"guest"}), labelled("prepared", entry(Verb::prepare))});
  return scenario;
}

TEST(TimedRun, entries_follow_each_other_in_turn) {
  Scenario scenario = bare_scenario();
  add_actor(scenario, "agent", {entry(Verb::state), sleeping(1000), entry(Verb::state)});
  Machine machine(scenario);
  EXPECT_EQ(machine.run(), Stop::scripts_ended);
  EXPECT_EQ(starts(machine, "agent"), (Times{0, kCall, kCall + 1000}));
}

TEST(TimedRun, an_absolute_time_is_waited_for_and_one_that_is_over_is_not) {
  Scenario scenario = bare_scenario();
  add_actor(scenario, "agent",
            {at(5 * kMillisecond, entry(Verb::state)), at(1 * kMillisecond, entry(Verb::state))});
  Machine machine(scenario);
  machine.run();
  EXPECT_EQ(starts(machine, "agent"), (Times{5 * kMillisecond, 5 * kMillisecond + kCall}));
}

TEST(TimedRun, a_relative_time_counts_from_the_end_of_the_entry_before) {
  Scenario scenario = bare_scenario();
  add_actor(scenario, "agent",
            {pause_before(70, entry(Verb::state)), sleeping(5000), pause_before(30, sleeping(1))});
  Machine machine(scenario);
  machine.run();
  EXPECT_EQ(starts(machine, "agent"), (Times{70, 70 + kCall, 70 + kCall + 5000 + 30}));
}

TEST(TimedRun, an_entry_after_a_label_starts_when_that_entry_has_ended) {
  Scenario scenario = bare_scenario();
  add_actor(scenario, "agent", {sleeping(300), labelled("done", sleeping(400)), sleeping(1)});
  add_actor(scenario, "other",
            {after(Awaited::Kind::label, "done", entry(Verb::state)),
             after(Awaited::Kind::label, "done", entry(Verb::state))});
  Machine machine(scenario);
  EXPECT_EQ(machine.run(), Stop::scripts_ended);
  EXPECT_EQ(starts(machine, "other"), (Times{700, 700 + kCall}))
      << "what has happened need not be waited for";
}

TEST(TimedRun, an_entry_after_a_phase_starts_when_the_phase_is_stored) {
  Scenario scenario = with_long_prepare();
  add_actor(scenario, "other", {after(Awaited::Kind::phase, "prepared", entry(Verb::state))});
  Machine machine(scenario);
  EXPECT_EQ(machine.run(), Stop::scripts_ended);
  EXPECT_EQ(starts(machine, "other"), (Times{*time_of_phase(machine, Phase::prepared)}));
}

TEST(TimedRun, a_pause_and_an_after_are_waited_for_together) {
  Scenario scenario = bare_scenario();
  add_actor(scenario, "agent", {labelled("done", sleeping(1000))});
  add_actor(scenario, "early",
            {pause_before(300, after(Awaited::Kind::label, "done", entry(Verb::state)))});
  add_actor(scenario, "late",
            {pause_before(3000, after(Awaited::Kind::label, "done", entry(Verb::state)))});
  Machine machine(scenario);
  machine.run();
  EXPECT_EQ(starts(machine, "early"), (Times{1000}));
  EXPECT_EQ(starts(machine, "late"), (Times{3000}));
}

TEST(TimedRun, an_entry_is_skipped_unless_its_condition_holds_at_its_turn) {
  Scenario scenario = bare_scenario();
  std::vector<ScriptEntry> script{
      when(Condition::Kind::phase, "prepared", entry(Verb::state)),  // skipped
      entry(Verb::prepare),
      when(Condition::Kind::phase, "prepared", entry(Verb::state)),
      when(Condition::Kind::last_failed, "", entry(Verb::state)),  // skipped
      when(Condition::Kind::last_succeeded, "", entry(Verb::state)),
      expecting(kernel::kEEXIST, entry(Verb::prepare)),
      when(Condition::Kind::last_succeeded, "", entry(Verb::state)),  // skipped
      when(Condition::Kind::last_failed, "", entry(Verb::cancel)),
      when(Condition::Kind::kernel, "linux", entry(Verb::state)),
  };
  for (std::size_t line = 0; line < script.size(); ++line)
    script[line].place.line = static_cast<std::uint32_t>(line + 1);
  add_actor(scenario, "agent", script);
  Machine machine(scenario);
  EXPECT_EQ(machine.run(), Stop::scripts_ended);
  std::vector<std::uint64_t> skipped;
  for (const sim::Record& record : machine.records(UserRecord::entry_skipped))
    skipped.push_back(record.values[0]);
  EXPECT_EQ(skipped, (std::vector<std::uint64_t>{1, 4, 7}));
  EXPECT_EQ(machine.phase(), Phase::normal) << "the cancel was not skipped";
  EXPECT_EQ(machine.world.progress.unexpected, 0U);
}

TEST(TimedRun, the_label_of_a_skipped_entry_holds_nobody_up) {
  Scenario scenario = bare_scenario();
  add_actor(scenario, "agent",
            {when(Condition::Kind::phase, "frozen", labelled("done", entry(Verb::state)))});
  add_actor(scenario, "other", {after(Awaited::Kind::label, "done", entry(Verb::state))});
  Machine machine(scenario);
  EXPECT_EQ(machine.run(), Stop::scripts_ended);
  EXPECT_EQ(starts(machine, "other"), (Times{0}));
}

TEST(TimedRun, a_script_goes_on_in_the_kernel_that_was_asked_for) {
  Scenario scenario = bare_scenario();
  scenario.kernels.resize(2);
  scenario.kernels[1].name = "new";
  add_actor(scenario, "agent",
            {entry(Verb::prepare), entry(Verb::reboot, {"kexec", "new"}), entry(Verb::finish)});
  add_actor(scenario, "other", {after(Awaited::Kind::boot, "new", entry(Verb::state))});
  Machine machine(scenario);
  EXPECT_EQ(machine.run(), Stop::scripts_ended);
  EXPECT_EQ(machine.world.kernel.core.options.image, 1U);
  EXPECT_EQ(machine.world.progress.unexpected, 0U);
  const auto started = machine.records(kernel::KernelRecord::boot_done);
  ASSERT_EQ(started.size(), 2U);
  const std::int64_t user_space = started[1].time.ns + 500 * kMillisecond;
  EXPECT_EQ(starts(machine, "other"), (Times{user_space}));
}

TEST(TimedRun, pause_and_resume_of_a_guest_can_be_waited_for) {
  Scenario scenario = bare_scenario();
  VmSpec& vm = scenario.vms.emplace_back();
  vm.name = "vm0";
  vm.memory_bytes = 64 * kMiB;
  add_actor(scenario, "agent",
            {sleeping(1000), entry(Verb::pause, {"vm0"}), entry(Verb::resume, {"vm0"})});
  add_actor(scenario, "other", {after(Awaited::Kind::paused, "vm0", entry(Verb::state))});
  add_actor(scenario, "third", {after(Awaited::Kind::resumed, "vm0", entry(Verb::state))});
  Machine machine(scenario);
  EXPECT_EQ(machine.run(), Stop::scripts_ended);
  EXPECT_EQ(starts(machine, "other"), (Times{1000 + kMillisecond / 2}))
      << "the VMM is done with the pause";
  EXPECT_EQ(starts(machine, "third"), (Times{time_of(machine, UserRecord::vm_resumed)}));
}

TEST(TimedRun, who_wants_the_phase_lock_waits_until_the_preparing_one_has_given_it_up) {
  Scenario scenario = with_long_prepare();
  add_actor(scenario, "other", {at(10 * kMillisecond, entry(Verb::freeze))});
  add_actor(scenario, "third",
            {at(11 * kMillisecond,
                expecting(kernel::kEBUSY, entry(Verb::unregister_subsystem, {"net"})))});
  Machine machine(scenario);
  EXPECT_EQ(machine.run(), Stop::scripts_ended);
  const auto blocked = machine.records(sim::EngineRecord::blocked);
  ASSERT_EQ(blocked.size(), 2U);
  EXPECT_GT(*time_of_phase(machine, Phase::prepared), 11 * kMillisecond);
  EXPECT_EQ(blocked[0].time.ns, 10 * kMillisecond + kCall);
  EXPECT_EQ(blocked[0].values[0], luo::v2::kPhaseLock.index);
  EXPECT_EQ(blocked[1].time.ns, 11 * kMillisecond);
  EXPECT_EQ(machine.answers(userspace::Verb::freeze), (std::vector<std::int64_t>{0}))
      << "prepared by then";
  EXPECT_EQ(machine.world.progress.unexpected, 0U) << "the third is refused, for it came later";
}

TEST(TimedRun, a_kill_ends_the_wait_for_the_phase_lock_and_then_the_process) {
  Scenario scenario = with_long_prepare();
  add_actor(
      scenario, "other",
      {at(10 * kMillisecond, expecting(kernel::kEAGAIN, entry(Verb::freeze))), entry(Verb::state)});
  add_actor(scenario, "killer", {at(12 * kMillisecond, entry(Verb::kill, {"other"}))});
  Machine machine(scenario);
  EXPECT_EQ(machine.run(), Stop::scripts_ended);
  EXPECT_EQ(machine.world.progress.unexpected, 0U);
  EXPECT_EQ(machine.answers(userspace::Verb::freeze), (std::vector{-kernel::kEAGAIN}));
  EXPECT_EQ(starts(machine, "other").size(), 1U) << "it does not get to its second entry";
  EXPECT_EQ(machine.phase(), Phase::prepared) << "the prepare goes on";
  const auto& returns = machine.records(UserRecord::call_returns);
  const auto killed = std::find_if(returns.begin(), returns.end(), [](const sim::Record& record) {
    return static_cast<std::int64_t>(record.values[1]) == -kernel::kEAGAIN;
  });
  ASSERT_NE(killed, returns.end());
  EXPECT_EQ(killed->time.ns, 12 * kMillisecond);
}

TEST(TimedRun, a_kill_does_not_end_a_wait_that_cannot_be_killed) {
  Scenario scenario = with_long_prepare();
  add_actor(
      scenario, "other",
      {at(10 * kMillisecond, expecting(kernel::kEBUSY, entry(Verb::unregister_subsystem, {"net"}))),
       entry(Verb::state)});
  add_actor(scenario, "killer", {at(12 * kMillisecond, entry(Verb::kill, {"other"}))});
  Machine machine(scenario);
  EXPECT_EQ(machine.run(), Stop::scripts_ended);
  EXPECT_EQ(machine.world.progress.unexpected, 0U);
  EXPECT_EQ(starts(machine, "other").size(), 1U) << "but the process dies behind it";
}

TEST(TimedRun, who_was_killed_does_not_start_again_in_the_next_kernel) {
  Scenario scenario = bare_scenario();
  add_actor(scenario, "agent",
            {entry(Verb::kill, {"other"}), sleeping(10), entry(Verb::reboot, {"kexec"})});
  add_actor(scenario, "other", {sleeping(5), entry(Verb::state)});
  Machine machine(scenario);
  EXPECT_EQ(machine.run(), Stop::scripts_ended);
  EXPECT_EQ(machine.world.kernel.core.generation, 2U);
  EXPECT_EQ(starts(machine, "other"), (Times{0}));
}

TEST(TimedRun, a_crash_of_the_agent_ends_its_script_and_nobody_elses) {
  Scenario scenario = bare_scenario();
  add_actor(scenario, "agent", {entry(Verb::state), entry(Verb::prepare), entry(Verb::cancel)});
  add_actor(scenario, "other", {sleeping(kMillisecond), entry(Verb::state)});
  add_fault(scenario, "agent.crash:agent", 3);
  Machine machine(scenario);
  EXPECT_EQ(machine.run(), Stop::scripts_ended);
  EXPECT_EQ(starts(machine, "agent").size(), 2U);
  EXPECT_EQ(starts(machine, "other").size(), 2U);
  EXPECT_EQ(machine.records(UserRecord::actor_died).size(), 1U);
  EXPECT_EQ(machine.phase(), Phase::prepared) << "nobody is left who cancels";
}

TEST(TimedRun, a_script_that_waits_for_what_never_happens_is_stuck) {
  Scenario scenario = bare_scenario();
  add_actor(scenario, "agent",
            {entry(Verb::state), after(Awaited::Kind::phase, "frozen", entry(Verb::finish))});
  Machine machine(scenario);
  EXPECT_EQ(machine.run(), Stop::stuck);
  EXPECT_EQ(starts(machine, "agent").size(), 1U);
  EXPECT_EQ(state_of_machine(machine.world), "running") << "it is the script that stands still";
}

TEST(TimedRun, two_scripts_that_wait_for_each_other_are_stuck_also_while_a_guest_runs) {
  Scenario scenario = bare_scenario();
  VmSpec& vm = scenario.vms.emplace_back();
  vm.name = "vm0";
  vm.memory_bytes = 64 * kMiB;
  add_actor(scenario, "agent",
            {after(Awaited::Kind::label, "two", labelled("one", entry(Verb::state)))});
  add_actor(scenario, "other",
            {after(Awaited::Kind::label, "one", labelled("two", entry(Verb::state)))});
  Machine machine(scenario);
  EXPECT_EQ(machine.run(), Stop::stuck);
  EXPECT_LT(machine.world.schedule.now().ns, 10'000 * kMillisecond) << "and it is found soon";
}

// The participant's prepare calls the registration interface, which wants the lock that prepare
// holds (bug B37).
Scenario reentering_subsystem() {
  Scenario scenario = bare_scenario();
  add_subsystem(scenario, "net");
  add_actor(scenario, "agent", {entry(Verb::prepare)});
  return scenario;
}
void let_prepare_reenter(Machine& machine) {
  machine.blueprint.modules[0].participant.reenters =
      static_cast<std::uint8_t>(luo::Callback::prepare);
}

TEST(TimedRun, a_callback_that_reenters_registration_is_a_deadlock) {
  Machine machine(reentering_subsystem());
  let_prepare_reenter(machine);
  EXPECT_EQ(machine.run(), Stop::stuck);
  EXPECT_TRUE(has_deadlock(machine.world));
  EXPECT_EQ(state_of_machine(machine.world), "deadlock");
  const auto deadlocks = machine.records(sim::EngineRecord::deadlock);
  ASSERT_EQ(deadlocks.size(), 1U);
  EXPECT_EQ(deadlocks[0].values[0], luo::v2::kPhaseLock.index);
}

TEST(TimedRun, who_waits_behind_a_deadlock_is_stuck_too) {
  Scenario scenario = reentering_subsystem();
  add_actor(scenario, "other", {sleeping(kMillisecond), entry(Verb::freeze)});
  Machine machine(scenario);
  let_prepare_reenter(machine);
  EXPECT_EQ(machine.run(), Stop::stuck);
  EXPECT_EQ(starts(machine, "other").size(), 2U);
  EXPECT_TRUE(machine.answers(userspace::Verb::freeze).empty());
}

TEST(TimedRun, a_dead_kernel_ends_the_run) {
  Scenario scenario = bare_scenario();
  add_actor(scenario, "agent", {entry(Verb::reboot, {"kexec"}), entry(Verb::state)});
  add_fault(scenario, "boot.panic", 2);
  Machine machine(scenario);
  EXPECT_EQ(machine.run(), Stop::kernel_died);
  EXPECT_EQ(state_of_machine(machine.world), "panic boot");
}

TEST(TimedRun, stops_at_a_limit_of_events_or_of_time) {
  Scenario scenario = bare_scenario();
  add_actor(scenario, "agent", {sleeping(10 * kMillisecond), sleeping(10 * kMillisecond)});
  Machine few_events(scenario);
  EXPECT_EQ(few_events.run({.events = 5}), Stop::event_limit);
  Machine little_time(scenario);
  EXPECT_EQ(little_time.run({.time = {5 * kMillisecond}}), Stop::time_limit);
  Machine enough(scenario);
  EXPECT_EQ(enough.run({.time = {50 * kMillisecond}}), Stop::scripts_ended);
}

TEST(TimedRun, answers_other_than_expected_are_counted_and_noted_with_their_line) {
  Scenario scenario = bare_scenario();
  ScriptEntry any = entry(Verb::freeze);
  any.expect.kind = ExpectedResult::Kind::any;
  ScriptEntry wrong = entry(Verb::finish);
  wrong.place.line = 42;
  add_actor(scenario, "agent",
            {entry(Verb::state), any, expecting(0, entry(Verb::freeze)),
             expecting(kernel::kEINVAL, entry(Verb::freeze)), wrong,
             expecting(kernel::kEPERM, entry(Verb::freeze)), expecting(0, entry(Verb::state))});
  Machine machine(scenario);
  EXPECT_EQ(machine.run(), Stop::scripts_ended);
  const auto unexpected = machine.records(UserRecord::unexpected_answer);
  ASSERT_EQ(unexpected.size(), 3U);
  EXPECT_EQ(machine.world.progress.unexpected, 3U);
  EXPECT_EQ(unexpected[0].values[3], 42U);
  EXPECT_EQ(static_cast<std::int64_t>(unexpected[0].values[1]), -kernel::kEINVAL);
}

TEST(TimedRun, an_entry_with_several_operands_makes_one_call_for_each) {
  Scenario scenario = bare_scenario();
  add_handler(scenario, "blob-v1", "blob");
  for (const char* file : {"a", "b", "c"}) add_test_file(scenario, file, "blob");
  add_actor(scenario, "agent", {entry(Verb::preserve, {"c", "a", "b"})});
  Machine machine(scenario);
  EXPECT_EQ(machine.run(), Stop::scripts_ended);
  EXPECT_EQ(machine.answers(userspace::Verb::preserve), (std::vector<std::int64_t>{0, 0, 0}));
  ASSERT_EQ(machine.world.hardware.disk.tokens.size(), 3U);
  // In the order of the operands, the disk's notes in that of the files.
  const auto token_of = [&](std::size_t file) {
    return machine.world.hardware.disk.tokens[file].token;
  };
  EXPECT_EQ(token_of(0), 1U);
  EXPECT_EQ(token_of(1), 2U);
  EXPECT_EQ(token_of(2), 0U);
}

}  // namespace
}  // namespace luosim::world
