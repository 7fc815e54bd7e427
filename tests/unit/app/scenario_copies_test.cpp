// SPDX-License-Identifier: Apache-2.0
//
// What `copies` makes of a file: plain files and VMs, and in their place wherever the name of the
// group stands. And that no few lines can ask for more memory than a large file can.
#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "app/scenario/loader.hpp"

namespace luosim::app {
namespace {

using world::Scenario;
using Names = std::vector<std::string>;

constexpr std::array<std::string_view, 2> kMetrics{"luo.prepare_ns", "vm.*.blackout_ns"};

constexpr std::string_view kHeader = "luosim: 1\ntitle: t\n";

LoadOptions words_of_a_model() {
  LoadOptions options;
  options.metrics = kMetrics;
  return options;
}

Scenario load(const std::string& rest) {
  const std::string text = std::string(kHeader) + rest;
  LoadResult result = load_scenario(text, "a.yaml", words_of_a_model());
  EXPECT_EQ(render(result.diagnostics, text), "");
  return result.scenario.value_or(Scenario{});
}

std::string messages_of(const std::vector<Diagnostic>& diagnostics) {
  std::string text;
  for (const Diagnostic& each : diagnostics) {
    text += std::to_string(each.line) + ":" + std::to_string(each.column) + ": " + each.message;
    if (!each.hint.empty()) text += " | " + each.hint;
    text += "\n";
  }
  return text;
}

/// Messages of a file that goes on with `rest` in line 3.
std::string messages_of(const std::string& rest) {
  return messages_of(
      load_scenario(std::string(kHeader) + rest, "a.yaml", words_of_a_model()).diagnostics);
}

template <class Spec>
Names names_of(const std::vector<Spec>& specs) {
  Names names;
  for (const Spec& spec : specs) names.push_back(spec.name);
  return names;
}

const Names& arguments_of(const Scenario& scenario, std::size_t entry) {
  return scenario.actors.at(0).script.at(entry).arguments;
}

TEST(ScenarioCopies, AFileBecomesSeveralInItsPlace) {
  const Scenario scenario = load(
      "files: { a: { type: i }, f: { copies: 3, size: 4MiB, folio: 4KiB }, z: { type: h } }\n");
  EXPECT_EQ(names_of(scenario.files), (Names{"a", "f-0", "f-1", "f-2", "z"}));
  EXPECT_EQ(scenario.files.at(2).size_bytes, 4ULL << 20U);
  EXPECT_EQ(scenario.files.at(3).folio_bytes, 4096U);
  EXPECT_EQ(scenario.files.at(4).type, "h");
}

TEST(ScenarioCopies, AVmBecomesSeveral) {
  const Scenario scenario =
      load("host: { memory: 16GiB }\nvms: { vm: { memory: 2GiB, vcpus: 3, copies: 2 }, w: {} }\n");
  EXPECT_EQ(names_of(scenario.vms), (Names{"vm-0", "vm-1", "w"}));
  EXPECT_EQ(scenario.vms.at(1).memory_bytes, 2ULL << 30U);
  EXPECT_EQ(scenario.vms.at(1).vcpus, 3U);
}

TEST(ScenarioCopies, OneCopyHasANumberToo) {
  EXPECT_EQ(names_of(load("files: { f: { type: h, copies: 1 } }\n").files), (Names{"f-0"}));
  EXPECT_EQ(names_of(load("files: { f: { type: h } }\n").files), (Names{"f"}));
}

TEST(ScenarioCopies, AGroupInAScriptStandsForAll) {
  const Scenario scenario = load(
      "files: { a: { type: h }, f: { type: h, copies: 2 } }\n"
      "vms: { vm: { copies: 2 } }\n"
      "agent:\n"
      "  - preserve: [f, a, vm.memory]\n"
      "  - do: pause vm\n"
      "  - do: restore f vm.memory\n"
      "  - resume: vm\n"
      "  - close: f\n"
      "  - unpreserve: f\n");
  EXPECT_EQ(arguments_of(scenario, 0), (Names{"f-0", "f-1", "a", "vm-0.memory", "vm-1.memory"}));
  EXPECT_EQ(arguments_of(scenario, 1), (Names{"vm-0", "vm-1"}));
  EXPECT_EQ(arguments_of(scenario, 2), (Names{"f-0", "f-1", "vm-0.memory", "vm-1.memory"}));
  EXPECT_EQ(arguments_of(scenario, 3), (Names{"vm-0", "vm-1"}));
  EXPECT_EQ(arguments_of(scenario, 4), (Names{"f-0", "f-1"}));
  EXPECT_EQ(arguments_of(scenario, 5), (Names{"f-0", "f-1"}));
}

TEST(ScenarioCopies, ASingleCopyCanBeNamed) {
  const Scenario scenario = load(
      "files: { f: { type: h, copies: 12 } }\n"
      "vms: { vm: { copies: 4 } }\n"
      "agent:\n"
      "  - preserve: [f-0, f-11, vm-3.memory]\n"
      "  - { pause: vm-3, after: resumed vm-0 }\n"
      "  - { kill: vm-2, after: paused vm-1 }\n"
      "  - write: f-7\n"
      "expect:\n"
      "  - memory: { f-1: lost, vm-1: intact, vm-0.memory: lost }\n"
      "  - metric: { vm.vm-3.blackout_ns: { at_most: 1s } }\n");
  EXPECT_EQ(arguments_of(scenario, 0), (Names{"f-0", "f-11", "vm-3.memory"}));
  EXPECT_EQ(arguments_of(scenario, 1), (Names{"vm-3"}));
  EXPECT_EQ(scenario.expectations.size(), 4U);
}

TEST(ScenarioCopies, AGroupInAnExpectationStandsForAll) {
  const auto expectations =
      load(
          "files: { f: { type: h, copies: 2 } }\n"
          "vms: { vm: { copies: 2 } }\n"
          "expect:\n"
          "  - phase: normal\n"
          "  - { memory: { f: lost, vm: intact, vm.memory: intact }, on: luo-v2 }\n"
          "  - held: all\n")
          .expectations;
  ASSERT_EQ(expectations.size(), 8U);
  const Names subjects{"", "f-0", "f-1", "vm-0", "vm-1", "vm-0.memory", "vm-1.memory", ""};
  for (std::size_t i = 0; i < subjects.size(); ++i) EXPECT_EQ(expectations[i].subject, subjects[i]);
  EXPECT_EQ(expectations[2].argument, "lost");
  EXPECT_EQ(expectations[4].argument, "intact");
  EXPECT_EQ(expectations[4].protocol, "luo-v2");
  EXPECT_EQ(expectations[4].place.line, 7U);
  EXPECT_EQ(expectations[4].place.column, 26U);
}

TEST(ScenarioCopies, WhereOneIsWantedAGroupIsRefused) {
  EXPECT_EQ(
      messages_of("files: { f: { type: h, copies: 10 }, g: { type: h, copies: 1 } }\n"
                  "vms: { vm: { copies: 2 } }\n"
                  "agent:\n"
                  "  - do: write f\n"
                  "  - do: write g\n"
                  "  - do: kill vm\n"
                  "  - { do: state, after: paused vm }\n"
                  "expect:\n"
                  "  - metric: { vm.vm.blackout_ns: { at_most: 2s } }\n"),
      "6:15: 'f' stands for all of its copies, where only one can be named | one of f-0 to f-9\n"
      "7:15: 'g' stands for all of its copies, where only one can be named | it is g-0\n"
      "8:14: 'vm' stands for all of its copies, where only one can be named | one of vm-0 to "
      "vm-1\n"
      "9:32: 'vm' stands for all of its copies, where only one can be named | one of vm-0 to "
      "vm-1\n"
      "11:15: 'vm' stands for all of its copies, where only one can be named | one of vm-0 to "
      "vm-1\n");
}

TEST(ScenarioCopies, AFaultIsAboutOne) {
  const std::string_view rest =
      "files: { f: { type: h, copies: 10 }, h: { type: h, copies: 2 } }\n"
      "handlers: [h]\n"
      "faults:\n";
  const std::string single = "  - { site: \"luo.file.prepare:f-3\", errno: EIO }\n";
  const std::string handler = "  - { site: \"luo.file.prepare:h\", errno: EIO }\n";
  const std::string group = "  - { site: \"luo.file.prepare:f\", errno: EIO }\n";
  EXPECT_EQ(load(std::string(rest) + single + handler).faults.size(), 2U);
  EXPECT_EQ(messages_of(std::string(rest) + group),
            "6:13: 'f' stands for all of its copies, where only one can be named | one of f-0 to "
            "f-9\n");
}

TEST(ScenarioCopies, NamesThatCopiesHaveAreTaken) {
  EXPECT_EQ(messages_of("files:\n"
                        "  f-3: { type: h }\n"
                        "  f: { type: h, copies: 4 }\n"
                        "  f-4: { type: h }\n"
                        "  f-03: { type: h }\n"
                        "  f-0: { type: h, copies: 2 }\n"
                        "  vm-1.memory: { size: 4KiB }\n"
                        "vms:\n"
                        "  vm: { copies: 2 }\n"
                        "  vm-0: {}\n"),
            "4:3: duplicate file 'f-3' | a copy of 'f' in line 5\n"
            "8:3: duplicate file 'f-0' | a copy of 'f' in line 5\n"
            "9:3: duplicate file 'vm-1.memory' | a copy of 'vm' in line 11\n"
            "12:3: duplicate VM 'vm-0' | a copy of 'vm' in line 11\n");
  EXPECT_EQ(messages_of("vms: { vm: { copies: 2 } }\nfiles: { vm.memory: { size: 0 } }\n"),
            "4:10: duplicate file 'vm.memory' | first in line 3\n");
}

TEST(ScenarioCopies, AGroupOfFilesMayBeCalledLikeTheMemoryOfAVm) {
  const Scenario scenario =
      load("files: { x.memory: { type: h, copies: 2 } }\nagent: [{ preserve: x.memory-1 }]\n");
  EXPECT_EQ(names_of(scenario.files), (Names{"x.memory-0", "x.memory-1"}));
  EXPECT_EQ(messages_of("files: { x.memory: { type: h, copies: 2 } }\n"
                        "agent: [{ preserve: x-1.memory }]\n"),
            "4:21: unknown file 'x-1.memory' | did you mean 'x.memory'?\n");
}

TEST(ScenarioCopies, ACopyThatIsNotThereIsUnknown) {
  EXPECT_EQ(messages_of("files: { f: { type: h, copies: 10 }, g: { type: h, copies: 1 } }\n"
                        "vms: { vm: { copies: 2 } }\n"
                        "agent:\n"
                        "  - preserve: [f-10, vm-2.memory, f-00, f-, f-99999999999999999999, g-1]\n"
                        "  - pause: vm-2\n"),
            "6:16: unknown file 'f-10' | one of f-0 to f-9\n"
            "6:22: unknown file 'vm-2.memory' | one of vm-0.memory to vm-1.memory\n"
            "6:35: unknown file 'f-00'\n"
            "6:41: unknown file 'f-' | did you mean 'f'?\n"
            "6:45: unknown file 'f-99999999999999999999'\n"
            "6:69: unknown file 'g-1' | it is g-0\n"
            "7:12: unknown VM 'vm-2' | one of vm-0 to vm-1\n");
}

TEST(ScenarioCopies, TheCountIsAWholeNumber) {
  EXPECT_EQ(messages_of("files: { f: { type: h, copies: 0 }, g: { type: h, copies: 40001 },\n"
                        "  h: { type: h, copies: 1.5 }, i: { type: h, copies: } }\n"
                        "vms: { v: { copies: 8193 } }\n"
                        "agent: [{ preserve: [f-3, v-5.memory] }]\n"),
            "3:32: 'copies' must be 1 to 40000\n"
            "3:59: 'copies' must be 1 to 40000\n"
            "4:25: 'copies' must be a whole number, as in 'copies: 1000'\n"
            "4:46: 'copies' has no value | as in 'copies: 1000'\n"
            "5:21: 'copies' must be 1 to 8192\n")
      << "and what names a copy of them may be right";
  EXPECT_EQ(messages_of("files: { f: { type: h, copys: 5 } }\nagent: [{ preserve: f-3 }]\n"),
            "3:24: unknown key 'copys' in a file | did you mean 'copies'?\n");
}

TEST(ScenarioCopies, SumsAreAboutAllCopies) {
  EXPECT_EQ(messages_of("host: { memory: 8GiB, scratch: 1GiB }\n"
                        "vms: { vm: { memory: 2GiB, copies: 3 } }\n"
                        "files: { f: { size: 1GiB, copies: 2 } }\n"),
            "3:17: VMs and files (8GiB) and scratch (1GiB) do not fit in the memory of the host "
            "(8GiB)\n");
}

TEST(ScenarioCopies, CountsAreLimitedWithTheCopies) {
  EXPECT_EQ(load("files: { f: { type: h, copies: 39999 }, g: { type: h } }\n").files.size(),
            40'000U);
  EXPECT_EQ(messages_of("host: { memory: 1GiB }\n"
                        "files: { f: { type: h, copies: 30000 }, g: { type: h },\n"
                        "         i: { size: 64TiB, copies: 10000 } }\n"
                        "vms: { v: { memory: 64TiB, copies: 8192 }, w: {}, x: { copies: 8192 } }\n"
                        "agent: [{ preserve: [f-29999, i-9999] }]\n"),
            "5:36: there are 40001 files with all copies; at most 40000 are allowed\n"
            "6:36: there are 16385 VMs with all copies; at most 8192 are allowed\n")
      << "and what is too many is not added up";
}

TEST(ScenarioCopies, NamesOfCopiesAreLimited) {
  const std::string longest(254, 'n');
  EXPECT_EQ(load("files: { " + longest + ": { type: h, copies: 10 } }\n").files.at(9).name,
            longest + "-9");
  EXPECT_EQ(messages_of("files: { " + longest + ": { type: h, copies: 11 } }\n"),
            "3:285: the name of a copy has at most 256 bytes, these have up to 257\n");
  const std::string vm(247, 'v');
  EXPECT_EQ(load("vms: { " + vm + ": { copies: 10 } }\n").vms.size(), 10U);
  EXPECT_EQ(messages_of("host: { memory: 1TiB }\nvms: { " + vm + ": { copies: 11 } }\n"),
            "4:267: the name of a copy has at most 256 bytes, these have up to 257\n");
}

/// `count` entries of a script that each name 40000 files.
std::string script_of(int count) {
  std::string text = "files: { f: { type: h, copies: 40000 } }\nagent:\n";
  for (int i = 0; i < count; ++i) text += "  - preserve: f\n";
  return text;
}

TEST(ScenarioCopies, AScriptMayNameMillions) {
  const Scenario scenario = load(script_of(90));
  EXPECT_EQ(scenario.actors.at(0).script.size(), 90U);
  EXPECT_EQ(arguments_of(scenario, 89).size(), 40'000U);
}

TEST(ScenarioCopies, AScriptThatNamesTooManyIsRefusedBeforeTheyAreMade) {
  EXPECT_EQ(messages_of(script_of(100'000)),
            "98:5: copies make 4000040000 names in this file, more than 256MiB with 64 bytes for "
            "each and its text\n");
}

TEST(ScenarioCopies, ExpectationsAreLimitedWithTheCopies) {
  const std::string files = "files: { f: { type: h, copies: 40000 } }\nexpect:\n";
  const std::string memory = "  - memory: { f: intact }\n";
  EXPECT_EQ(load(files + memory + memory).expectations.size(), 80'000U);
  EXPECT_EQ(messages_of(files + memory + memory + memory),
            "7:15: there are 120000 expectations with all copies; at most 100000 are allowed\n");
}

TEST(ScenarioCopies, ACountMayBeAParameter) {
  const std::string text = std::string(kHeader) +
                           "matrix: { n: [1, 2] }\n"
                           "files: { f: { type: h, copies: \"${n}\" } }\n"
                           "agent: [{ preserve: [f, f-0] }]\n";
  const CasesResult result = load_cases(text, "a.yaml");
  EXPECT_EQ(messages_of(result.diagnostics), "");
  ASSERT_TRUE(result.cases);
  EXPECT_EQ(result.cases->load(0).scenario.files.size(), 1U);
  EXPECT_EQ(arguments_of(result.cases->load(1).scenario, 0), (Names{"f-0", "f-1", "f-0"}));
}

TEST(ScenarioCopies, ACopyThatOnlySomeCasesHaveIsUnknownInOthers) {
  const std::string text = std::string(kHeader) +
                           "matrix: { n: [3, 4] }\n"
                           "files: { f: { type: h, copies: \"${n}\" } }\n"
                           "agent: [{ preserve: f-3 }]\n";
  EXPECT_EQ(messages_of(load_cases(text, "a.yaml").diagnostics),
            "5:21: unknown file 'f-3' in the case n=3 | one of f-0 to f-2\n");
}

TEST(ScenarioCopies, AllCasesTogetherAreLimited) {
  std::string cases = "0";
  for (int i = 1; i < 200; ++i) cases += "," + std::to_string(i);
  const std::string text = std::string(kHeader) + "matrix: { n: [" + cases + "] }\n" +
                           "files: { f: { type: h, copies: 40000 } }\n"
                           "agent: [{ at: \"${n}ms\", preserve: f }]\n";
  EXPECT_EQ(messages_of(load_cases(text, "a.yaml").diagnostics),
            "4:32: copies make 3840000 names in this file, more than 256MiB with 64 bytes for each "
            "and its text in the case n=47\n");
}

}  // namespace
}  // namespace luosim::app
