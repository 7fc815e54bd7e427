// SPDX-License-Identifier: Apache-2.0
//
// Free actors as files have them: each way to write an op, what an op without names stands for, and
// what is refused.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "app/scenario/loader.hpp"
#include "app/scenario/verbs.hpp"

namespace luosim::app {
namespace {

constexpr const char* kHead = "luosim: 1\ntitle: t\n";

world::Scenario load(const std::string& rest) {
  const std::string text = kHead + rest;
  LoadResult result = load_scenario(text, "a.yaml");
  EXPECT_EQ(render(result.diagnostics, text), "");
  return result.scenario.value_or(world::Scenario{});
}

/// Ops as `verb a,b`, in their order.
std::vector<std::string> ops_of(const world::ActorSpec& actor) {
  std::vector<std::string> words;
  for (const world::ScriptEntry& op : actor.free.value_or(world::FreeSpec{}).ops) {
    std::string word(verb_word(op.verb));
    for (std::size_t i = 0; i < op.arguments.size(); ++i)
      word += (i == 0 ? " " : ",") + op.arguments[i];
    words.push_back(word);
  }
  return words;
}
using Words = std::vector<std::string>;

std::string messages_of(const std::string& rest) {
  std::string text;
  for (const Diagnostic& each : load_scenario(kHead + rest, "a.yaml").diagnostics) {
    text += std::to_string(each.line) + ":" + std::to_string(each.column) + ": " + each.message;
    if (!each.hint.empty()) text += " | " + each.hint;
    text += "\n";
  }
  return text;
}

TEST(ScenarioFree, OpsAreVerbsWithOneNameWithSeveralAndWithout) {
  const world::Scenario scenario = load(
      "files: { g: { type: h }, f: { type: h } }\n"
      "agent: { free: { ops: [preserve f, { preserve: [f, g] }, { do: restore g f }, unpreserve,\n"
      "                       prepare, { freeze: }, reboot kexec new, { sleep: 1ms }] } }\n");
  ASSERT_EQ(scenario.actors.size(), 1U);
  EXPECT_EQ(ops_of(scenario.actors[0]),
            (Words{"preserve f", "preserve f,g", "restore g,f", "unpreserve g,f", "prepare",
                   "freeze", "reboot kexec,new", "sleep"}));
  EXPECT_EQ(scenario.actors[0].free->ops.back().duration, sim::milliseconds(1));
  EXPECT_TRUE(scenario.actors[0].script.empty());
  EXPECT_FALSE(scenario.actors[0].free->max.has_value());
  EXPECT_FALSE(scenario.actors[0].free->reboots.has_value());
}

TEST(ScenarioFree, LimitsAreReadAndThereMayBeNoReboot) {
  const world::Scenario scenario =
      load("agent: { free: { ops: [prepare], max: 7, reboots: 0 } }\n");
  EXPECT_EQ(scenario.actors.at(0).free->max, 7U);
  EXPECT_EQ(scenario.actors.at(0).free->reboots, 0U);
}

TEST(ScenarioFree, FurtherActorsMayBeFreeAndAScriptMayBeWrittenOut) {
  const world::Scenario scenario = load(
      "actors:\n"
      "  a: { free: { ops: [state] } }\n"
      "  b: { script: [{ do: state }, { do: state, label: x }] }\n"
      "  c: [{ do: state, after: label x }]\n"
      "  agent: { free: { ops: [prepare] } }\n");
  ASSERT_EQ(scenario.actors.size(), 4U);
  EXPECT_EQ(scenario.actors[0].name, "agent");
  EXPECT_EQ(ops_of(scenario.actors[0]), (Words{"prepare"}));
  EXPECT_EQ(ops_of(scenario.actors[1]), (Words{"state"}));
  EXPECT_EQ(scenario.actors[2].script.size(), 2U);
  EXPECT_EQ(scenario.actors[3].script.size(), 1U);
  EXPECT_FALSE(scenario.actors[3].free.has_value());
}

TEST(ScenarioFree, AVerbAloneTakesAllThatItCanInTheOrderOfTheFile) {
  const world::Scenario scenario = load(
      "subsystems: [s, r]\n"
      "agent: { free: { ops: [preserve, pause, kill, register-subsystem, write] } }\n"
      "files: { f: { type: h, copies: 3 }, a: { type: h } }\n"
      "vms: { vm: { memory: 64MiB, copies: 2 }, one: { memory: 64MiB } }\n"
      "actors: { other: [] }\n");
  const std::string files = "f-0,f-1,f-2,a,vm-0.memory,vm-1.memory,one.memory";
  EXPECT_EQ(ops_of(scenario.actors.at(0)),
            (Words{"preserve " + files, "pause vm-0,vm-1,one", "kill agent,other,vm-0,vm-1,one",
                   "register-subsystem s,r", "write " + files}));
}

TEST(ScenarioFree, PreserveMayHaveFlags) {
  const world::Scenario scenario = load(
      "files: { f: { type: h } }\n"
      "agent: { free: { ops: [preserve f, { preserve: f, flags: 0x3 }, { do: preserve, flags: 4 }] "
      "} "
      "}\n");
  EXPECT_EQ(ops_of(scenario.actors.at(0)), (Words{"preserve f", "preserve f", "preserve f"}));
  const std::vector<world::ScriptEntry>& ops = scenario.actors[0].free->ops;
  EXPECT_EQ(ops[0].flags, 0U);
  EXPECT_EQ(ops[1].flags, 3U);
  EXPECT_EQ(ops[2].flags, 4U);
}

TEST(ScenarioFree, AGroupIsAnyOfItsCopiesAlsoWhereAScriptNamesOne) {
  const world::Scenario scenario = load(
      "files: { f: { type: h, copies: 3 } }\n"
      "agent: { free: { ops: [preserve f, write f, close f-1] } }\n");
  EXPECT_EQ(ops_of(scenario.actors.at(0)),
            (Words{"preserve f-0,f-1,f-2", "write f-0,f-1,f-2", "close f-1"}));
}

TEST(ScenarioFree, WhatIsWrongIsToldWithItsPlace) {
  EXPECT_EQ(messages_of("agent: { free: { ops: [prepair] } }\n"),
            "3:24: unknown verb 'prepair' | did you mean 'prepare'?\n");
  EXPECT_EQ(
      messages_of("agent: { free: { ops: [preserve vm0] } }\nvms: { vm0: { memory: 64MiB } }\n"),
      "3:33: unknown file 'vm0'\n");
  EXPECT_EQ(messages_of("agent: { free: { ops: [prepare f] } }\n"),
            "3:32: 'prepare' takes no arguments\n");
  EXPECT_EQ(messages_of("agent: { free: { ops: [reboot] } }\n"),
            "3:24: 'reboot' takes kexec [KERNEL] | kexec-without-image | cold [KERNEL], as in "
            "'do: reboot kexec new'\n");
  EXPECT_EQ(messages_of("agent: { free: { ops: [preserve] } }\n"),
            "3:24: the scenario has nothing that 'preserve' takes | 'preserve' takes FILE...\n");
  EXPECT_EQ(messages_of("agent: { free: { ops: [{ preserve: [] }] } }\n"),
            "3:36: 'preserve' must be an argument or a list of them, as in 'preserve: "
            "vm0.memory'\n");
  EXPECT_EQ(messages_of("agent: { free: { ops: [{ do: prepare, at: 5ms }] } }\n"),
            "3:39: unknown key 'at' in an op | `luosim explain keys` lists them\n");
  EXPECT_EQ(messages_of("agent: { free: { ops: [{ do: prepare, flags: 0x1 }] } }\n"),
            "3:39: only 'preserve' has 'flags'\n");
}

TEST(ScenarioFree, TheMappingsAreJudgedLikeOthers) {
  EXPECT_EQ(messages_of("agent: { script: [], free: { ops: [prepare] } }\n"),
            "3:22: 'script' and 'free' exclude each other in an actor\n");
  EXPECT_EQ(messages_of("actors: { a: { free: { ops: [state] }, script: [] } }\n"),
            "3:40: 'free' and 'script' exclude each other in an actor\n");
  EXPECT_EQ(messages_of("agent: {}\n"),
            "3:8: missing key 'script' (or 'free') in an actor | as in { free: { ops: [prepare, "
            "cancel] } }\n");
  EXPECT_EQ(
      messages_of("agent: { free: { max: 3 } }\n"),
      "3:16: missing key 'ops' in a repertoire | as in 'ops: [prepare, preserve f, { restore: [f, "
      "g] }, unpreserve, reboot kexec]'\n");
  EXPECT_EQ(messages_of("agent: { free: { ops: [] } }\n"), "3:23: 'ops' must not be empty\n");
  EXPECT_EQ(messages_of("agent: { free: { ops: [prepare], max: 0 } }\n"),
            "3:39: 'max' must be 1 to 1000000\n");
  EXPECT_EQ(messages_of("agent: { free: { ops: [prepare], reboots: -1 } }\n"),
            "3:43: 'reboots' must be a whole number, as in 'reboots: 2'\n");
}

TEST(ScenarioFree, NamesAreCountedBeforeTheyAreMade) {
  std::string ops;
  for (int i = 0; i < 3; ++i) ops += "preserve, ";
  EXPECT_EQ(messages_of("files: { f: { type: h, copies: 40000 } }\nagent: { free: { ops: [" + ops +
                        "state] } }\n"),
            "4:44: the ops of all free actors are more than 100000 calls\n");
}

}  // namespace
}  // namespace luosim::app
