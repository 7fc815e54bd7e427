// SPDX-License-Identifier: Apache-2.0
//
// What a file with a matrix becomes: which cases there are, in which order, and what a parameter
// turns into where it is used. The messages of such files are in scenario_cases_messages_test.cpp.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "app/scenario/loader.hpp"

namespace luosim::app {
namespace {

using world::Scenario;
using world::Verb;

const std::string kHeader = "luosim: 1\ntitle: t\n";

Cases cases_of(const std::string& text, const std::vector<std::string>& settings = {}) {
  LoadOptions options;
  options.settings = settings;
  CasesResult result = load_cases(text, "a.yaml", options);
  EXPECT_EQ(render(result.diagnostics, text), "");
  return result.cases.value_or(*load_cases(kHeader, "").cases);
}

std::vector<std::string> names_of(const Cases& cases) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < cases.count(); ++i) names.push_back(cases.name(i));
  return names;
}

/// The first thing that the agent does in each case, as words.
std::vector<std::string> first_commands_of(const Cases& cases) {
  std::vector<std::string> commands;
  for (std::size_t i = 0; i < cases.count(); ++i) {
    const world::ScriptEntry entry = cases.load(i).scenario.actors.at(0).script.at(0);
    std::string words = std::to_string(static_cast<int>(entry.verb));
    for (const std::string& argument : entry.arguments) words += " " + argument;
    commands.push_back(words);
  }
  return commands;
}

TEST(ScenarioCases, AFileWithoutAMatrixIsOneCaseWithoutValues) {
  const Cases cases = cases_of(kHeader);
  EXPECT_EQ(cases.count(), 1U);
  EXPECT_TRUE(cases.values(0).empty());
  EXPECT_EQ(cases.name(0), "");
  EXPECT_TRUE(cases.load(0).values.empty());
  EXPECT_EQ(cases.load(0).scenario.title, "t");
}

TEST(ScenarioCases, ListsAreCombinedAndTheLastParameterVariesFastest) {
  const Cases cases = cases_of(
      "luosim: 1\ntitle: ${position} ${callback}\n"
      "matrix: { position: [1, 2, 3], callback: [prepare, freeze] }\n");
  EXPECT_EQ(names_of(cases), (std::vector<std::string>{
                                 "position=1, callback=prepare", "position=1, callback=freeze",
                                 "position=2, callback=prepare", "position=2, callback=freeze",
                                 "position=3, callback=prepare", "position=3, callback=freeze"}));
  const Case fourth = cases.load(3);
  EXPECT_EQ(fourth.values, (CaseValues{{"position", "2"}, {"callback", "freeze"}}));
  EXPECT_EQ(fourth.scenario.title, "2 freeze");
}

TEST(ScenarioCases, AListOfMappingsIsTakenCaseByCase) {
  const Cases cases = cases_of(
      "luosim: 1\ntitle: ${a}-${b}\n"
      "matrix:\n"
      "  - { a: 1, b: x }\n"
      "  - { b: y, a: 2 }\n");
  EXPECT_EQ(names_of(cases), (std::vector<std::string>{"a=1, b=x", "a=2, b=y"}));
  EXPECT_EQ(cases.load(1).scenario.title, "2-y");
}

TEST(ScenarioCases, OneValueIsAListOfOne) {
  const Cases cases = cases_of("luosim: 1\ntitle: ${a}${b}\nmatrix: { a: 1, b: [2, 3] }\n");
  EXPECT_EQ(names_of(cases), (std::vector<std::string>{"a=1, b=2", "a=1, b=3"}));
}

TEST(ScenarioCases, AParameterAloneIsReadAsIfItsValueStoodThere) {
  const Cases cases = cases_of(kHeader +
                               "matrix: [{ n: 3, yes: true, size: 4GiB, at: +5ms, p: 25%,"
                               " errno: EIO, word: freeze }]\n"
                               "host: { memory: \"${size}\", cpus: \"${n}\" }\n"
                               "kernels: [{ name: old, config: { debugfs: \"${yes}\" } }]\n"
                               "subsystems: [{ name: a, without: [\"${word}\"] }]\n"
                               "agent:\n"
                               "  - { do: state, at: \"${at}\", expect: '${errno}' }\n"
                               "faults:\n"
                               "  - site: mm.alloc\n"
                               "    errno: ${errno}\n"
                               "    probability: ${p}\n"
                               "    nth: ${n}\n");
  const Scenario scenario = cases.load(0).scenario;
  EXPECT_EQ(scenario.host.memory_bytes, 4ULL << 30U);
  EXPECT_EQ(scenario.host.cpus, 3U) << "a number, although the parameter had to be quoted";
  EXPECT_TRUE(scenario.kernels.at(0).debugfs);
  EXPECT_FALSE(scenario.subsystems.at(0).callbacks.freeze);
  EXPECT_EQ(scenario.actors.at(0).script.at(0).at.value, sim::milliseconds(5));
  EXPECT_EQ(scenario.actors.at(0).script.at(0).expect.errno_value, 5);
  EXPECT_EQ(scenario.faults.at(0).value, -5);
  EXPECT_EQ(scenario.faults.at(0).per_million, 250'000U);
  EXPECT_EQ(scenario.faults.at(0).nth, 3U);
}

TEST(ScenarioCases, AParameterMayBeAPartOfAValueAndStandInItMoreThanOnce) {
  const Cases cases =
      cases_of(kHeader +
               "matrix: { n: [1, 2], verb: [pause, resume] }\n"
               "vms: { v1: { memory: \"${n}GiB\", vcpus: \"1${n}\" }, v2: {} }\n"
               "agent: [{ do: \"${verb} v${n}\", label: \"${verb}-${n}-${n}\" }]\n");
  EXPECT_EQ(cases.load(1).scenario.vms.at(0).memory_bytes, 1ULL << 30U);
  EXPECT_EQ(cases.load(2).scenario.vms.at(0).memory_bytes, 2ULL << 30U);
  EXPECT_EQ(cases.load(2).scenario.vms.at(0).vcpus, 12U);
  EXPECT_EQ(cases.load(3).scenario.actors.at(0).script.at(0).label, "resume-2-2");
  const std::string pause = std::to_string(static_cast<int>(Verb::pause));
  const std::string resume = std::to_string(static_cast<int>(Verb::resume));
  EXPECT_EQ(first_commands_of(cases), (std::vector<std::string>{pause + " v1", resume + " v1",
                                                                pause + " v2", resume + " v2"}));
}

TEST(ScenarioCases, AValueCanBeAListWhereAListMayStand) {
  const Cases cases = cases_of(kHeader +
                               "matrix:\n"
                               "  - { order: [a, b], without: [] }\n"
                               "  - { order: b, without: [freeze, cancel] }\n"
                               "files: { a: { type: h }, b: { type: h } }\n"
                               "subsystems: [{ name: s, without: \"${without}\" }]\n"
                               "agent: [{ preserve: \"${order}\" }]\n");
  EXPECT_EQ(names_of(cases), (std::vector<std::string>{"order=[a, b], without=[]",
                                                       "order=b, without=[freeze, cancel]"}));
  const std::string preserve = std::to_string(static_cast<int>(Verb::preserve));
  EXPECT_EQ(first_commands_of(cases),
            (std::vector<std::string>{preserve + " a b", preserve + " b"}));
  EXPECT_TRUE(cases.load(0).scenario.subsystems.at(0).callbacks.freeze);
  EXPECT_FALSE(cases.load(1).scenario.subsystems.at(0).callbacks.cancel);
  EXPECT_EQ(cases.values(0).at(0).second, "[a, b]");
}

TEST(ScenarioCases, ADoubledDollarIsNoParameter) {
  const auto title_of = [](const std::string& title) {
    return cases_of("luosim: 1\ntitle: '" + title + "'\n").load(0).scenario.title;
  };
  EXPECT_EQ(title_of("$${x}"), "${x}");
  EXPECT_EQ(title_of("a $${x} b $${ c $ d $$ {} }"), "a ${x} b ${ c $ d $$ {} }");
  EXPECT_EQ(cases_of("luosim: 1\ntitle: '$${x} is ${x}, $${y} is not ${x}'\n"
                     "matrix: { x: ['a$${b}c'] }\n")
                .load(0)
                .scenario.title,
            "${x} is a${b}c, ${y} is not a${b}c")
      << "a value is not looked at for parameters again";
}

TEST(ScenarioCases, ProtocolsFaultsAndExpectationsCanBeParameters) {
  const Cases cases =
      cases_of(kHeader +
               "protocol: ${protocol}\n"
               "matrix: { protocol: [luo-v1, luo-v2], site: [mm.alloc, mm.xa_store] }\n"
               "knobs: { rollback_order: \"${protocol}\" }\n"
               "faults: [{ site: \"${site}:new_chunk\", errno: ENOMEM }]\n"
               "expect:\n"
               "  - violated: [\"no-${site}\"]\n"
               "    on: ${protocol}\n");
  const Scenario last = cases.load(3).scenario;
  EXPECT_EQ(last.protocol, "luo-v2");
  EXPECT_EQ(last.knobs.at(0).value, "luo-v2");
  EXPECT_EQ(last.faults.at(0).site, "mm.xa_store:new_chunk");
  EXPECT_EQ(last.expectations.at(0).argument, "no-mm.xa_store");
  EXPECT_EQ(last.expectations.at(0).protocol, "luo-v2");
}

TEST(ScenarioCases, PlacesAreThoseOfTheFile) {
  const Cases cases = cases_of(kHeader +
                               "matrix: { verb: [prepare] }\n"
                               "agent:\n"
                               "  - do: ${verb}\n");
  const world::SourcePlace place = cases.load(0).scenario.actors.at(0).script.at(0).place;
  EXPECT_EQ(place.line, 5U);
  EXPECT_EQ(place.column, 5U);
}

TEST(ScenarioCases, OverridesArePutInBeforeTheCasesAreTold) {
  const std::string text =
      "luosim: 1\ntitle: ${a}${b}${c}\nmatrix: { a: [1, 2], b: [1, 2], c: [1] }\n";
  EXPECT_EQ(names_of(cases_of(text, {"matrix.a=7", "matrix.c=x y"})),
            (std::vector<std::string>{"a=7, b=1, c=x y", "a=7, b=2, c=x y"}));
  EXPECT_EQ(cases_of(text, {"host.cpus=${a}"}).load(2).scenario.host.cpus, 2U)
      << "an override can use a parameter";
}

TEST(ScenarioCases, WhoWantsOneScenarioGetsTheFirstCase) {
  const LoadResult result =
      load_scenario("luosim: 1\ntitle: is ${a}\nmatrix: { a: [1, 2] }\n", "a.yaml");
  ASSERT_TRUE(result.scenario.has_value());
  EXPECT_EQ(result.scenario->title, "is 1");
  EXPECT_EQ(result.case_name, "a=1");
}

TEST(ScenarioCases, ACaseIsTheSameWheneverItIsLoaded) {
  Cases cases = cases_of("luosim: 1\ntitle: ${a}\nmatrix: { a: [x, y, z] }\n");
  const Cases copy = cases;
  EXPECT_EQ(cases.load(2).scenario.title, "z");
  EXPECT_EQ(cases.load(0).scenario.title, "x");
  EXPECT_EQ(copy.load(2).scenario.title, "z");
  cases = cases_of(kHeader);
  EXPECT_EQ(copy.load(1).scenario.title, "y") << "a copy does not need what it was made from";
}

TEST(ScenarioCases, TheMostCasesAreReadInAMoment) {
  std::string values = "0";
  for (int i = 1; i < 100; ++i) values += ", " + std::to_string(i);
  const Cases cases = cases_of("luosim: 1\ntitle: ${a} ${b}\nmatrix: { a: [" + values + "], b: [" +
                               values + "] }\n");
  EXPECT_EQ(cases.count(), world::limits::kCases);
  EXPECT_EQ(cases.load(9'999).scenario.title, "99 99");
  EXPECT_EQ(cases.load(5'007).scenario.title, "50 7");
}

}  // namespace
}  // namespace luosim::app
