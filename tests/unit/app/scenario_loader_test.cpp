// SPDX-License-Identifier: Apache-2.0
//
// What a good file becomes: one scenario with every key in it is compared member by member, so that
// a row of the tables that stores into the wrong member is seen. The rest is about defaults and
// limits.
#include <string>

#include <gtest/gtest.h>

#include "app/scenario/loader.hpp"

namespace luosim::app {
namespace {

using world::Awaited;
using world::Condition;
using world::Expectation;
using world::ExpectedResult;
using world::Scenario;
using world::Timing;
using world::Verb;

constexpr std::string_view kComplete = R"(luosim: 1
title: Freeze fails while the VM is writing
protocol: luo-v2
knobs: { abort_kho_on_failed_freeze: false, rollback_order: reverse }
host: { memory: 512GiB, scratch: 1GiB, cpus: 64, numa_nodes: 2 }
kernels:
  - name: old
    version: 6.15-a
    cmdline: "kho=on liveupdate=on quiet"
    config: { sysfs: false, debugfs: true, selftests: true }
    speaks: { subsystems: [b, a], handlers: [memfd-v1] }
    compatible: luo-v2
  - { name: new, version: 6.15 }
subsystems:
  - a
  - { name: b, without: [freeze, finish], preserves_page: true, reenters: prepare }
  - { name: c, preserves_in_freeze: true }
handlers:
  - { compatible: memfd-v1, accepts: memfd }
  - { compatible: h, accepts: "*", without: [cancel], preserves_page: true }
  - { compatible: j, accepts: j, preserves_in_freeze: true, reenters: finish }
  - i
kho_clients: [ k, { name: early, priority: 10, subtrees: 109 }, { name: late, priority: -1000 } ]
files:
  disk-image: { type: memfd, size: 8GiB, folio: 4KiB, hole: 1GiB }
  f1: { type: h }
vms:
  vm0: { memory: 16GiB, folio: 1GiB, vcpus: 8, write_every: 500us }
actors:
  other: [ { do: state }, { do: freeze, after: phase prepared, expect: any }, { kill: vm0 } ]
agent:
  - preserve: [vm0.memory, f1]
  - do: prepare
  - { at: +50ms, do: pause vm0 }
  - { do: reboot kexec new, expect: EIO, label: the-jump }
  - { do: cancel, when: phase prepared }
  - { do: restore vm0.memory, after: boot new }
  - { resume: vm0, at: 20s, after: label the-jump, when: kernel new, expect: error }
  - { do: sleep 5ms, after: paused vm0, when: failed }
  - { debugfs-finalize: 1, after: resumed vm0, when: ok, expect: ok }
  - finish:
  - { preserve: f1, flags: 4294967295, expect: EINVAL }
  - { do: preserve f1, flags: 0x1F, expect: EINVAL }
timing: { kexec.jump: 20ms }
faults:
  - { site: "luo.file.freeze:f1", nth: 2, times: 0, errno: EIO }
  - { site: mm.alloc, value: 1, window: { from: 1ms, until: 2s }, probability: 25% }
expect:
  - phase: normal
  - machine: running
  - machine: panic no-handler
  - kernel: new
  - memory: { vm0: intact, f1: lost }
  - metric: { vm.vm0.blackout_ns: { at_least: 0, at_most: 2s } }
  - { on: luo-v2, violated: [some-guarantee, another] }
  - { held: all, on: luo-v1 }
)";

Scenario load(std::string_view text) {
  LoadResult result = load_scenario(text, "a.yaml");
  EXPECT_EQ(render(result.diagnostics, text), "");
  return result.scenario.value_or(Scenario{});
}

std::string with_header(std::string_view rest) {
  return "luosim: 1\ntitle: t\n" + std::string(rest);
}

std::string errors_of(const std::string& text) {
  return render(load_scenario(text, "a.yaml").diagnostics, text);
}

TEST(ScenarioLoader, ReadsTitleHostAndKernels) {
  const Scenario scenario = load(kComplete);
  EXPECT_EQ(scenario.title, "Freeze fails while the VM is writing");
  EXPECT_EQ(scenario.protocol, "luo-v2");
  EXPECT_EQ(scenario.host.memory_bytes, 512ULL << 30U);
  EXPECT_EQ(scenario.host.scratch_bytes, 1ULL << 30U);
  EXPECT_EQ(scenario.host.cpus, 64U);
  EXPECT_EQ(scenario.host.numa_nodes, 2U);

  ASSERT_EQ(scenario.kernels.size(), 2U);
  const world::KernelSpec& old = scenario.kernels[0];
  EXPECT_EQ(old.name, "old");
  EXPECT_EQ(old.version, "6.15-a");
  EXPECT_EQ(old.cmdline, "kho=on liveupdate=on quiet");
  EXPECT_FALSE(old.sysfs);
  EXPECT_TRUE(old.debugfs);
  EXPECT_TRUE(old.selftests);
  EXPECT_EQ(old.compatible, "luo-v2");
  EXPECT_EQ(old.subsystems, (std::vector<std::string>{"b", "a"}));
  EXPECT_EQ(old.handlers, (std::vector<std::string>{"memfd-v1"}));
  const world::KernelSpec& next = scenario.kernels[1];
  EXPECT_EQ(next.version, "6.15") << "a text that looks like a number is a text";
  EXPECT_EQ(next.compatible, "luo-v1");
  EXPECT_FALSE(next.subsystems.has_value());
}

TEST(ScenarioLoader, ReadsParticipantsFilesAndVms) {
  const Scenario scenario = load(kComplete);
  ASSERT_EQ(scenario.subsystems.size(), 3U);
  EXPECT_EQ(scenario.subsystems[0].name, "a");
  EXPECT_TRUE(scenario.subsystems[0].callbacks.freeze);
  EXPECT_FALSE(scenario.subsystems[1].callbacks.freeze);
  EXPECT_FALSE(scenario.subsystems[1].callbacks.finish);
  EXPECT_TRUE(scenario.subsystems[1].callbacks.prepare);
  EXPECT_TRUE(scenario.subsystems[1].preserves_page);
  EXPECT_FALSE(scenario.subsystems[1].preserves_in_freeze);
  EXPECT_EQ(scenario.subsystems[1].reenters, "prepare");
  EXPECT_TRUE(scenario.subsystems[2].preserves_in_freeze);
  EXPECT_FALSE(scenario.subsystems[2].preserves_page);
  EXPECT_EQ(scenario.subsystems[2].reenters, "");

  ASSERT_EQ(scenario.handlers.size(), 4U);
  EXPECT_EQ(scenario.handlers[0].accepts, "memfd");
  EXPECT_EQ(scenario.handlers[1].accepts, "*");
  EXPECT_FALSE(scenario.handlers[1].callbacks.cancel);
  EXPECT_TRUE(scenario.handlers[2].preserves_in_freeze);
  EXPECT_EQ(scenario.handlers[2].reenters, "finish");
  EXPECT_EQ(scenario.handlers[3].compatible, "i");
  EXPECT_EQ(scenario.handlers[3].accepts, "i");

  ASSERT_EQ(scenario.files.size(), 2U) << "the memory of a VM is not among them";
  EXPECT_EQ(scenario.files[0].name, "disk-image");
  EXPECT_EQ(scenario.files[0].size_bytes, 8ULL << 30U);
  EXPECT_EQ(scenario.files[0].folio_bytes, 4096U);
  EXPECT_EQ(scenario.files[0].hole_bytes, 1ULL << 30U);
  EXPECT_EQ(scenario.files[1].type, "h");

  ASSERT_EQ(scenario.vms.size(), 1U);
  EXPECT_EQ(scenario.vms[0].name, "vm0");
  EXPECT_EQ(scenario.vms[0].memory_bytes, 16ULL << 30U);
  EXPECT_EQ(scenario.vms[0].folio_bytes, 1ULL << 30U);
  EXPECT_EQ(scenario.vms[0].vcpus, 8U);
  EXPECT_EQ(scenario.vms[0].write_every, sim::microseconds(500));
}

TEST(ScenarioLoader, ReadsOtherClientsOfKho) {
  const Scenario scenario = load(kComplete);
  ASSERT_EQ(scenario.kho_clients.size(), 3U);
  EXPECT_EQ(scenario.kho_clients[0].name, "k");
  EXPECT_EQ(scenario.kho_clients[0].priority, 0);
  EXPECT_EQ(scenario.kho_clients[0].subtrees, 0U);
  EXPECT_EQ(scenario.kho_clients[1].name, "early");
  EXPECT_EQ(scenario.kho_clients[1].priority, 10);
  EXPECT_EQ(scenario.kho_clients[1].subtrees, 109U);
  EXPECT_EQ(scenario.kho_clients[2].priority, -1000);
}

TEST(ScenarioLoader, ReadsKnobsAsWordsWithTheirPlace) {
  const Scenario scenario = load(kComplete);
  ASSERT_EQ(scenario.knobs.size(), 2U);
  EXPECT_EQ(scenario.knobs[0].name, "abort_kho_on_failed_freeze");
  EXPECT_EQ(scenario.knobs[0].value, "false");
  EXPECT_EQ(scenario.knobs[1].name, "rollback_order");
  EXPECT_EQ(scenario.knobs[1].value, "reverse");
  EXPECT_EQ(scenario.knobs[1].place.line, 4U);
  EXPECT_EQ(scenario.knobs[1].place.column, 45U);
}

TEST(ScenarioLoader, ReadsScriptsWithTheAgentFirst) {
  const Scenario scenario = load(kComplete);
  ASSERT_EQ(scenario.actors.size(), 2U);
  EXPECT_EQ(scenario.actors[0].name, "agent");
  EXPECT_EQ(scenario.actors[1].name, "other");
  const auto& script = scenario.actors[0].script;
  ASSERT_EQ(script.size(), 12U);
  EXPECT_EQ(script[0].verb, Verb::preserve);
  EXPECT_EQ(script[0].arguments, (std::vector<std::string>{"vm0.memory", "f1"}));
  EXPECT_EQ(script[0].place.line, 32U);
  EXPECT_EQ(script[0].place.column, 5U);
  EXPECT_EQ(script[1].verb, Verb::prepare);
  EXPECT_EQ(script[2].at.kind, Timing::Kind::relative);
  EXPECT_EQ(script[2].at.value, sim::milliseconds(50));
  EXPECT_EQ(script[3].arguments, (std::vector<std::string>{"kexec", "new"}));
  EXPECT_EQ(script[3].expect.kind, ExpectedResult::Kind::failure);
  EXPECT_EQ(script[3].expect.errno_value, 5);
  EXPECT_EQ(script[3].label, "the-jump");
  EXPECT_EQ(script[7].duration, sim::milliseconds(5));
  EXPECT_EQ(script[8].arguments, (std::vector<std::string>{"1"}));
  EXPECT_EQ(script[9].verb, Verb::finish);
  EXPECT_EQ(script[9].expect.kind, ExpectedResult::Kind::success);
  EXPECT_EQ(script[9].flags, 0U);
  EXPECT_EQ(script[10].flags, 0xffffffffU);
  EXPECT_EQ(script[11].flags, 0x1fU);
  const world::ScriptEntry& last_of_other = scenario.actors[1].script.at(2);
  EXPECT_EQ(last_of_other.verb, Verb::kill);
  EXPECT_EQ(last_of_other.arguments, (std::vector<std::string>{"vm0"})) << "a VM can be killed";
}

TEST(ScenarioLoader, ReadsWhenEntriesStart) {
  const Scenario scenario = load(kComplete);
  const auto& script = scenario.actors.at(0).script;
  EXPECT_EQ(script.at(1).after.kind, Awaited::Kind::nothing);
  EXPECT_EQ(script.at(5).after.kind, Awaited::Kind::boot);
  EXPECT_EQ(script.at(5).after.argument, "new");
  EXPECT_EQ(script.at(6).at.kind, Timing::Kind::absolute);
  EXPECT_EQ(script.at(6).at.value, sim::seconds(20));
  EXPECT_EQ(script.at(6).after.kind, Awaited::Kind::label);
  EXPECT_EQ(script.at(6).when.kind, Condition::Kind::kernel);
  EXPECT_EQ(script.at(6).expect.kind, ExpectedResult::Kind::failure);
  EXPECT_EQ(script.at(6).expect.errno_value, 0) << "any errno";
  EXPECT_EQ(script.at(7).after.kind, Awaited::Kind::paused);
  EXPECT_EQ(script.at(7).when.kind, Condition::Kind::last_failed);
  EXPECT_EQ(script.at(8).after.kind, Awaited::Kind::resumed);
  EXPECT_EQ(script.at(8).when.kind, Condition::Kind::last_succeeded);
  EXPECT_EQ(script.at(4).when.kind, Condition::Kind::phase);
  EXPECT_EQ(script.at(4).when.argument, "prepared");
  EXPECT_EQ(scenario.actors.at(1).script.at(1).expect.kind, ExpectedResult::Kind::any);
}

TEST(ScenarioLoader, ReadsTimingAndFaults) {
  const Scenario scenario = load(kComplete);
  ASSERT_EQ(scenario.timing.size(), 1U);
  EXPECT_EQ(scenario.timing[0].key, "kexec.jump");
  EXPECT_EQ(scenario.timing[0].value, sim::milliseconds(20));
  ASSERT_EQ(scenario.faults.size(), 2U);
  EXPECT_EQ(scenario.faults[0].site, "luo.file.freeze:f1");
  EXPECT_EQ(scenario.faults[0].nth, 2U);
  EXPECT_EQ(scenario.faults[0].times, 0U);
  EXPECT_EQ(scenario.faults[0].value, -5);
  EXPECT_EQ(scenario.faults[0].per_million, 1'000'000U);
  EXPECT_EQ(scenario.faults[0].place.line, 46U);
  EXPECT_EQ(scenario.faults[1].value, 1);
  EXPECT_EQ(scenario.faults[1].from->ns, 1'000'000);
  EXPECT_EQ(scenario.faults[1].until->ns, 2'000'000'000);
  EXPECT_EQ(scenario.faults[1].per_million, 250'000U);
}

TEST(ScenarioLoader, ReadsExpectations) {
  const auto expectations = load(kComplete).expectations;
  ASSERT_EQ(expectations.size(), 10U);
  EXPECT_EQ(expectations[0].kind, Expectation::Kind::phase);
  EXPECT_EQ(expectations[0].argument, "normal");
  EXPECT_EQ(expectations[0].place.line, 49U);
  EXPECT_EQ(expectations[1].argument, "running");
  EXPECT_EQ(expectations[2].argument, "panic");
  EXPECT_EQ(expectations[2].subject, "no-handler") << "why the machine stopped";
  EXPECT_EQ(expectations[3].kind, Expectation::Kind::kernel);
  EXPECT_EQ(expectations[4].subject, "vm0");
  EXPECT_EQ(expectations[4].argument, "intact");
  EXPECT_EQ(expectations[5].subject, "f1");
  EXPECT_EQ(expectations[5].argument, "lost");
  EXPECT_EQ(expectations[6].subject, "vm.vm0.blackout_ns");
  EXPECT_EQ(expectations[6].at_least, 0);
  EXPECT_EQ(expectations[6].at_most, 2'000'000'000);
  EXPECT_EQ(expectations[6].protocol, "") << "judged under each protocol";
  EXPECT_EQ(expectations[7].kind, Expectation::Kind::violated);
  EXPECT_EQ(expectations[7].protocol, "luo-v2");
  EXPECT_EQ(expectations[8].argument, "another");
  EXPECT_EQ(expectations[8].protocol, "luo-v2") << "`on` is about all that its mapping names";
  EXPECT_EQ(expectations[9].kind, Expectation::Kind::held);
  EXPECT_EQ(expectations[9].argument, "all");
  EXPECT_EQ(expectations[9].protocol, "luo-v1") << "also where it comes last";
}

TEST(ScenarioLoader, FillsInWhatTheSmallestFileLeavesOut) {
  const Scenario scenario = load(with_header(""));
  EXPECT_EQ(scenario.protocol, "luo-v2");
  ASSERT_EQ(scenario.kernels.size(), 2U);
  EXPECT_EQ(scenario.kernels[0].name, "old");
  EXPECT_EQ(scenario.kernels[0].version, "6.15-a");
  EXPECT_EQ(scenario.kernels[1].name, "new");
  EXPECT_EQ(scenario.kernels[1].version, "6.15-b");
  ASSERT_EQ(scenario.handlers.size(), 1U);
  EXPECT_EQ(scenario.handlers[0].compatible, "memfd-v1");
  EXPECT_EQ(scenario.handlers[0].accepts, "memfd");
  ASSERT_EQ(scenario.actors.size(), 1U);
  EXPECT_EQ(scenario.actors[0].name, "agent");
}

TEST(ScenarioLoader, NamesOfDefaultsCanBeReferredTo) {
  load(
      with_header("agent:\n"
                  "  - do: reboot cold old\n"
                  "  - do: unregister-handler memfd-v1\n"
                  "actors: { other: [{ do: kill agent }] }\n"));
  EXPECT_TRUE(load(with_header("handlers: []\n")).handlers.empty());
}

TEST(ScenarioLoader, TheAgentMayStandAmongTheActors) {
  const Scenario scenario =
      load(with_header("actors: { other: [], agent: [{ do: state }], last: [] }\n"));
  ASSERT_EQ(scenario.actors.size(), 3U);
  EXPECT_EQ(scenario.actors[0].name, "agent");
  EXPECT_EQ(scenario.actors[0].script.size(), 1U);
  EXPECT_EQ(scenario.actors[1].name, "other");
  EXPECT_EQ(scenario.actors[2].name, "last");
}

TEST(ScenarioLoader, JsonIsAScenarioToo) {
  const Scenario scenario = load(
      R"({"luosim": 1, "title": "t", "vms": {"v": {"memory": "1GiB", "vcpus": 2}},
          "agent": [{"do": "preserve v.memory"}, {"pause": ["v"]}]})");
  EXPECT_EQ(scenario.vms.at(0).vcpus, 2U);
  EXPECT_EQ(scenario.actors.at(0).script.at(1).verb, Verb::pause);
}

TEST(ScenarioLoader, MemoryMustFitIntoTheHost) {
  EXPECT_EQ(
      load(with_header("host: { memory: 2GiB, scratch: 1GiB }\nvms: { v: { memory: 1GiB } }\n"))
          .vms.size(),
      1U);
  EXPECT_EQ(load(with_header("host: { memory: 2GiB, scratch: 1GiB }\n"
                             "files: { f: { size: 64GiB, hole: 63GiB } }\n"))
                .files.size(),
            1U)
      << "a hole takes no memory";
  EXPECT_EQ(errors_of(with_header("host: { memory: 2GiB, scratch: 1GiB }\n"
                                  "vms: { v: { memory: 1GiB } }\nfiles: { f: { size: 4KiB } }\n")),
            "a.yaml:3:17: error: VMs and files (1048580KiB) and scratch (1GiB) do not fit in the "
            "memory of the host (2GiB)\n"
            "    3 | host: { memory: 2GiB, scratch: 1GiB }\n"
            "      |                 ^~~~\n"
            "1 error\n");
}

TEST(ScenarioLoader, AFolioThatNobodyChoseIsAsLargeAsTheContentsAllow) {
  const Scenario scenario =
      load(with_header("files: { even: { size: 4MiB }, odd: { size: 5MiB }, page: { size: 4KiB },\n"
                       "         hole: { size: 4MiB, hole: 12KiB } }\n"
                       "vms: { v: { memory: 3MiB } }\n"));
  EXPECT_EQ(scenario.files.at(0).folio_bytes, 2U << 20U);
  EXPECT_EQ(scenario.files.at(1).folio_bytes, 1U << 20U);
  EXPECT_EQ(scenario.files.at(2).folio_bytes, 4096U);
  EXPECT_EQ(scenario.files.at(3).folio_bytes, 4096U);
  EXPECT_EQ(scenario.vms.at(0).folio_bytes, 1U << 20U);
}

TEST(ScenarioLoader, CountsAreLimited) {
  std::string entries;
  for (int i = 0; i < 60'000; ++i) entries += "  - do: state\n";
  EXPECT_EQ(errors_of(with_header("agent:\n" + entries + "actors:\n other:\n" + entries)),
            "a.yaml:60005:2: error: all scripts together have 120000 entries; at most 100000 are "
            "allowed\n"
            "60005 |  other:\n"
            "      |  ^~~~~\n"
            "1 error\n");
  std::string kernels;
  for (int i = 0; i < 65; ++i) kernels += "  - { name: k" + std::to_string(i) + " }\n";
  EXPECT_EQ(errors_of(with_header("kernels:\n" + kernels)),
            "a.yaml:4:3: error: 'kernels' has 65 entries; at most 64 are allowed\n"
            "    4 |   - { name: k0 }\n"
            "      |   ^\n"
            "1 error\n");
}

TEST(ScenarioLoader, NamesAreLimited) {
  const std::string longest(256, 'n');
  EXPECT_EQ(load(with_header("subsystems: [" + longest + "]\n")).subsystems.at(0).name, longest);
  const LoadResult result =
      load_scenario(with_header("subsystems: [" + longest + "n]\n"), "a.yaml");
  ASSERT_EQ(result.diagnostics.size(), 1U);
  EXPECT_EQ(result.diagnostics[0].message, "a name has at most 256 bytes, this has 257");
  EXPECT_FALSE(result.scenario.has_value());
}

TEST(ScenarioLoader, ALargeScenarioIsReadInOnePass) {
  std::string text = with_header("host: { memory: 64TiB }\nfiles:\n");
  for (int i = 0; i < 40'000; ++i) text += "  f" + std::to_string(i) + ": { size: 4KiB }\n";
  text += "agent:\n";
  for (int i = 0; i < 100'000; ++i)
    text += "  - do: preserve f" + std::to_string(i % 40'000) + "\n";
  const Scenario scenario = load(text);
  EXPECT_EQ(scenario.files.size(), 40'000U);
  EXPECT_EQ(scenario.actors.at(0).script.size(), 100'000U);
}

}  // namespace
}  // namespace luosim::app
