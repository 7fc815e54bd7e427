// SPDX-License-Identifier: Apache-2.0
//
// What people read when a matrix or the use of a parameter is wrong, and what becomes of a small
// file that asks for very much: an error, soon.
#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "app/scenario/loader.hpp"

namespace luosim::app {
namespace {

/// Messages without the drawing, of a file whose `text` is as it stands.
std::string messages_of_file(const std::string& text,
                             const std::vector<std::string>& settings = {}) {
  LoadOptions options;
  options.settings = settings;
  const CasesResult result = load_cases(text, "a.yaml", options);
  EXPECT_EQ(result.cases.has_value(), result.diagnostics.empty());
  std::string messages;
  for (const Diagnostic& each : result.diagnostics) {
    messages += std::to_string(each.line) + ":" + std::to_string(each.column) + ": " + each.message;
    if (!each.hint.empty()) messages += " | " + each.hint;
    messages += "\n";
  }
  return messages;
}

/// The same of a file that begins well and goes on with `rest` in line 3.
std::string messages_of(const std::string& rest) {
  return messages_of_file("luosim: 1\ntitle: t\n" + rest);
}

TEST(ScenarioCasesMessages, AnErrorOfACaseNamesItAndPointsAtTheValueWithTheParameter) {
  const std::string text =
      "luosim: 1\n"
      "title: t\n"
      "matrix: { position: [1, 2, 3], callback: [prepare, freez] }\n"
      "subsystems: [{ name: a, without: [\"${callback}\"] }]\n"
      "host: { cpus: 4, numa_nodes: \"${position}000\" }\n"
      "agent:\n"
      "  - do: pause vm${position}\n"
      "vms: { vm1: {}, vm2: {} }\n";
  EXPECT_EQ(render(load_cases(text, "a.yaml").diagnostics, text),
            "a.yaml:4:35: error: 'without' cannot be 'freez' in the case position=1, "
            "callback=freez\n"
            "    4 | subsystems: [{ name: a, without: [\"${callback}\"] }]\n"
            "      |                                   ^~~~~~~~~~~~~ did you mean 'freeze'?\n"
            "a.yaml:5:30: error: 'numa_nodes' must be 1 to 64 in the case position=1, "
            "callback=prepare\n"
            "    5 | host: { cpus: 4, numa_nodes: \"${position}000\" }\n"
            "      |                              ^~~~~~~~~~~~~~~~\n"
            "a.yaml:7:9: error: unknown VM 'vm3' in the case position=3, callback=prepare\n"
            "    7 |   - do: pause vm${position}\n"
            "      |         ^~~~~~~~~~~~~~~~~~~ did you mean 'vm1'?\n"
            "3 errors\n");
}

TEST(ScenarioCasesMessages, WhatIsWrongInEveryCaseIsToldOnceAndNamesNone) {
  EXPECT_EQ(
      messages_of("matrix: { n: [1, 2, 3] }\n"
                  "hots: {}\n"
                  "agent: [{ do: freez }, { preserve: [nothing] }, { sleep: \"${n}\" }]\n"),
      "4:1: unknown key 'hots' in a scenario | did you mean 'host'?\n"
      "5:15: unknown verb 'freez' | did you mean 'freeze'?\n"
      "5:37: unknown file 'nothing'\n"
      "5:58: 'sleep' needs a unit (ns, us, ms, s, min), as in 'sleep: 5ms' in the case n=1\n");
}

TEST(ScenarioCasesMessages, ErrorsThatDependOnACaseInARoundaboutWayNameIt) {
  EXPECT_EQ(messages_of("matrix: { size: [1GiB, 65GiB], name: [a, b] }\n"
                        "host: { memory: 64GiB }\n"
                        "vms: { v: { memory: \"${size}\" } }\n"
                        "subsystems: [\"${name}\"]\n"
                        "agent: [{ do: register-subsystem a }]\n"),
            "4:17: VMs and files (65GiB) and scratch (512MiB) do not fit in the memory of the host "
            "(64GiB) in the case size=65GiB, name=a\n"
            "7:34: unknown subsystem 'a' in the case size=1GiB, name=b\n");
}

TEST(ScenarioCasesMessages, ParametersThatAreUnknownUnusedOrMalformed) {
  EXPECT_EQ(messages_of("matrix: { position: [1], callback: [freeze] }\n"
                        "agent:\n"
                        "  - do: pause ${postion}\n"
                        "  - do: pause ${callback\n"
                        "  - do: pause ${}\n"
                        "  - do: pause ${a b}\n"),
            "5:9: unknown parameter 'postion' | did you mean 'position'?\n"
            "6:9: '${' must be followed by the name of a parameter and '}' | write '$${' for a "
            "text '${'\n"
            "7:9: '${' must be followed by the name of a parameter and '}' | write '$${' for a "
            "text '${'\n"
            "8:9: '${' must be followed by the name of a parameter and '}' | write '$${' for a "
            "text '${'\n");
  EXPECT_EQ(messages_of("matrix: { position: [1], callback: [freeze] }\n"
                        "agent: [{ do: \"${callback}\" }]\n"),
            "3:11: parameter 'position' is never used | use it as '${position}' in a value\n");
  EXPECT_EQ(messages_of("agent: [{ do: \"${callback}\" }]\n"),
            "3:15: unknown parameter 'callback' | the file has no 'matrix'\n");
  EXPECT_EQ(messages_of("matrix: { n: [1] }\nfiles: { \"f${n}\": { type: \"h${n}\" } }\n"),
            "4:10: a parameter stands in values only, not in keys\n");
}

TEST(ScenarioCasesMessages, AParameterBetweenBracketsNeedsQuotes) {
  EXPECT_EQ(messages_of("matrix: { n: [1] }\nhost: { cpus: ${n} }\n"),
            "4:16: missing comma in flow mapping | between brackets, put a value with '${' in "
            "quotes\n");
}

TEST(ScenarioCasesMessages, MatricesThatCannotBeMeant) {
  EXPECT_EQ(messages_of("matrix:\n"),
            "3:1: 'matrix' has no value | as in 'matrix: { position: [1, "
            "2, 3], callback: [prepare, freeze] }'\n");
  EXPECT_EQ(messages_of("matrix: {}\n"), "3:9: 'matrix' must not be empty\n");
  EXPECT_EQ(messages_of("matrix: []\n"), "3:9: 'matrix' must not be empty\n");
  EXPECT_EQ(messages_of("matrix: many\n"),
            "3:9: 'matrix' must be a mapping from names to lists, or a list of mappings, as in "
            "'matrix: { position: [1, 2, 3], callback: [prepare, freeze] }'\n");
  EXPECT_EQ(messages_of("matrix:\n"
                        "  a: []\n"
                        "  b: [1, 2, 1, '2']\n"
                        "  c d: [1]\n"
                        "  d: { e: 1 }\n"
                        "  e: [1, [2, [3]], ~, [4, ~], { f: 5 }]\n"
                        "  f:\n"
                        "  g: ['${a}', '${', '$${']\n"),
            "4:6: 'a' must not be empty\n"
            "5:13: duplicate value '1' of 'b' | first in line 5\n"
            "5:16: duplicate value '2' of 'b' | first in line 5\n"
            "6:3: 'c d' is not a name of a parameter | such a name has at most 64 letters, digits, "
            "_ and -\n"
            "7:6: 'd' must be a list, as in 'd: [1, 2, 3]'\n"
            "8:10: a value of 'e' must be a word, number or text, or a list of them\n"
            "8:20: an entry of 'e' has no value\n"
            "8:23: a value of 'e' must be a word, number or text, or a list of them\n"
            "8:31: a value of 'e' must be a word, number or text, or a list of them\n"
            "9:3: an entry of 'matrix' has no value\n"
            "10:7: a value of the matrix has no parameters itself | write '$${' for a text '${'\n"
            "10:15: a value of the matrix has no parameters itself | write '$${' for a text "
            "'${'\n");
}

TEST(ScenarioCasesMessages, CasesThatDoNotFitTogether) {
  EXPECT_EQ(messages_of("matrix:\n"
                        "  - { a: 1, b: 2 }\n"
                        "  - { a: 1, bb: 3 }\n"
                        "  - { a: { c: 1 }, b: 2 }\n"
                        "  - { a: 1, b: }\n"
                        "  - {}\n"
                        "  - word\n"
                        "  - ~\n"),
            "5:5: this case has no 'b' | all cases have the same keys\n"
            "5:13: the first case has no 'bb' | did you mean 'b'?\n"
            "6:10: a value of 'a' must be a word, number or text, or a list of them\n"
            "7:13: an entry of 'a case' has no value\n"
            "8:5: a case is written as a mapping, as in { position: 1, callback: freeze }\n"
            "9:5: a case is written as a mapping, as in { position: 1, callback: freeze }\n"
            "10:5: an entry of 'matrix' has no value\n");
  EXPECT_EQ(messages_of("matrix: [{ a: 1, b: 2 }, { a: 2, b: 2 }, { b: 2, a: 1 }]\n"
                        "host: { cpus: \"${a}${b}\" }\n"),
            "3:42: duplicate case | first in line 3\n");
  EXPECT_EQ(messages_of("matrix: { order: [[a, b], [b, a], c] }\n"
                        "agent: [{ do: \"preserve ${order}\" }, { preserve: \"${order}\" }]\n"
                        "files: { a: { type: h }, b: { type: h } }\n"),
            "4:15: parameter 'order' is a list, which cannot be a part of a text\n");
  EXPECT_EQ(messages_of("matrix: { order: [[a, b], [b, c], c] }\n"
                        "agent: [{ preserve: \"${order}\" }]\n"
                        "files: { a: { type: h }, b: { type: h } }\n"),
            "4:21: unknown file 'c' in the case order=[b, c]\n");
}

TEST(ScenarioCasesMessages, WhatElseIsWrongIsToldTogetherWithTheMatrix) {
  EXPECT_EQ(messages_of("matrix: { n: [1, 1] }\n"
                        "files: { f: { type: \"${n}\" } }\n"
                        "hots: {}\n"
                        "agent: [{ do: freez }, { do: \"${n}\", flags: 1 }]\n"),
            "3:18: duplicate value '1' of 'n' | first in line 3\n"
            "5:1: unknown key 'hots' in a scenario | did you mean 'host'?\n"
            "6:15: unknown verb 'freez' | did you mean 'freeze'?\n")
      << "and nothing about values that are not known";
  EXPECT_EQ(messages_of("matrix: &x { n: [1] }\nhost: { cpus: \"${n}\", memory: 1 }\n"),
            "3:9: anchors have no place in a scenario | write the value at every place\n"
            "4:31: 'memory' needs a unit (KiB, MiB, GiB, TiB), as in 'memory: 512GiB'\n");
  EXPECT_EQ(messages_of("matrix: { n: [1, *x] }\nhost: { cpus: \"${n}\" }\n"),
            "3:18: aliases have no place in a scenario | write the value at every place\n");
  EXPECT_EQ(messages_of("matrix: [{ n: *x }, { n: 2 }]\nhost: { cpus: \"${n}\" }\n"),
            "3:15: aliases have no place in a scenario | write the value at every place\n");
}

TEST(ScenarioCasesMessages, OverridesThatDoNotFit) {
  const std::string text = "luosim: 1\ntitle: ${a}\nmatrix: [{ a: 1 }, { a: 2 }]\n";
  EXPECT_EQ(messages_of_file(text, {"matrix.a=1"}),
            "0:1: there is no mapping to put it into | as in --set "
            "vms.vm0.memory=4GiB\n");
  std::string deep = "a";
  for (int i = 0; i < 50'000; ++i) deep += ".a";
  EXPECT_NE(messages_of_file(text, {deep + "=1"}).find("more than 64 deep"), std::string::npos);
}

TEST(ScenarioCasesMessages, TooManyCases) {
  std::string values = "0";
  for (int i = 1; i < 101; ++i) values += ", " + std::to_string(i);
  EXPECT_EQ(messages_of("matrix: { a: [" + values + "], b: [" + values + "] }\n"),
            "3:9: 'matrix' makes more than 10000 cases\n");
  std::string columns = "p0: [0, 1]";
  for (int i = 1; i < 64; ++i) columns += ", p" + std::to_string(i) + ": [0, 1]";
  EXPECT_EQ(messages_of("matrix: { " + columns + " }\n"),
            "3:9: 'matrix' makes more than 10000 cases\n")
      << "2^64 of them";
  EXPECT_EQ(messages_of("matrix: { " + columns + ", p64: 0 }\n"),
            "3:9: 'matrix' has more than 64 parameters\n");
  std::string cases;
  for (int i = 0; i < 10'001; ++i) cases += "  - { a: " + std::to_string(i) + " }\n";
  EXPECT_EQ(messages_of("matrix:\n" + cases),
            "4:3: 'matrix' has 10001 entries; at most 10000 are allowed\n");
}

TEST(ScenarioCasesMessages, SmallFilesThatMakeLargeCasesAreRefusedBeforeTheyAreMade) {
  std::string uses;
  for (int i = 0; i < 100'000; ++i) uses += "${a}";
  const std::string long_value(100'000, 'x');
  EXPECT_EQ(
      messages_of_file("luosim: 1\ntitle: '" + uses + "'\nmatrix: { a: " + long_value + " }\n"),
      "3:9: the case a=" + std::string(60, 'x') + "... is larger than a file may be (16MiB)\n");
  std::string entries;
  for (int i = 0; i < 10'000; ++i) entries += "  - do: state\n";
  std::string values = "0";
  for (int i = 1; i < 10'000; ++i) values += ", " + std::to_string(i);
  EXPECT_EQ(messages_of_file("luosim: 1\ntitle: ${a}\nmatrix: { a: [" + values + "] }\nagent:\n" +
                             entries),
            "3:9: the 10000 cases of this file are more than 256MiB together\n");
}

TEST(ScenarioCasesMessages, ErrorsInThousandsOfCasesAreToldInAMoment) {
  std::string values = "0";
  for (int i = 1; i < 10'000; ++i) values += ", " + std::to_string(i);
  std::string entries;
  for (int i = 0; i < 50; ++i) entries += "  - do: pause v${a}\n";
  const std::string messages = messages_of("matrix: { a: [" + values + "] }\nagent:\n" + entries);
  EXPECT_EQ(std::count(messages.begin(), messages.end(), '\n'), 100);
  EXPECT_EQ(messages.find("5:9: unknown VM 'v0' in the case a=0\n"), 0U);
}

TEST(ScenarioCasesMessages, NamesOfCasesAreShownShortAndWithoutWhatMovesTheCursor) {
  EXPECT_EQ(messages_of("matrix: { a: \"x\\e[2J" + std::string(80, 'y') +
                        "\" }\nhost: { cpus: \"${a}\" }\n"),
            "4:15: 'cpus' must be a whole number, as in 'cpus: 64' in the case a=x?[2J" +
                std::string(55, 'y') + "...\n");
}

}  // namespace
}  // namespace luosim::app
