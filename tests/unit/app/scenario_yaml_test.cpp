// SPDX-License-Identifier: Apache-2.0
//
// The reader of YAML: what the tree looks like, what our YAML leaves out, and that no bytes crash
// it, hang it or make it print. The hostile inputs are those that a YAML library is known to choke
// on.
#include <string>

#include <gtest/gtest.h>

#include "app/scenario/yaml.hpp"

namespace luosim::app {
namespace {

using Kind = Node::Kind;

Node read(std::string_view text) {
  YamlResult result = read_yaml(text, "a.yaml");
  EXPECT_EQ(render(result.diagnostics, text), "");
  return result.root.value_or(Node{});
}

std::string errors_of(std::string_view text) {
  return render(read_yaml(text, "a.yaml").diagnostics, text);
}

/// The message of the only error of a text that has no tree.
std::string refusal_of(std::string_view text) {
  const YamlResult result = read_yaml(text, "a.yaml");
  EXPECT_FALSE(result.root.has_value());
  EXPECT_EQ(result.diagnostics.size(), 1U);
  return result.diagnostics.empty() ? "" : result.diagnostics[0].message;
}

/// The message of the only error of a text whose other parts were read.
std::string refusal_in_part(std::string_view text) {
  const YamlResult result = read_yaml(text, "a.yaml");
  EXPECT_TRUE(result.root.has_value());
  EXPECT_EQ(result.diagnostics.size(), 1U);
  return result.diagnostics.empty() ? "" : result.diagnostics[0].message;
}

std::string repeated(std::string_view piece, std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += piece;
  return text;
}

TEST(Yaml, BecomesATreeWithPlaces) {
  const Node root = read("vms:\n  vm0: { memory: 16GiB }\nagent:\n  - do: \"pause vm0\"\n");
  ASSERT_EQ(root.kind, Kind::mapping);
  EXPECT_EQ(root.place, (Place{1, 1, 3}));
  ASSERT_EQ(root.entries.size(), 2U);
  EXPECT_EQ(root.entries[0].key, "vms");

  const Entry& vm = root.entries[0].value.entries.at(0);
  EXPECT_EQ(vm.key, "vm0");
  EXPECT_EQ(vm.key_place, (Place{2, 3, 3}));
  EXPECT_EQ(vm.value.place, (Place{2, 8, 1}));
  EXPECT_EQ(vm.value.entries.at(0).value.text, "16GiB");
  EXPECT_EQ(vm.value.entries.at(0).value.place, (Place{2, 18, 5}));

  const Node& script = root.entries[1].value;
  ASSERT_EQ(script.kind, Kind::sequence);
  EXPECT_EQ(script.place, (Place{4, 3, 1}));
  const Node& command = script.items.at(0).entries.at(0).value;
  EXPECT_TRUE(command.quoted);
  EXPECT_EQ(command.place, (Place{4, 9, 11})) << "with its quotes";
}

TEST(Yaml, ColumnsCountBytes) {
  const Node root = read("ä: [ö, x]\n");
  EXPECT_EQ(root.entries.at(0).key_place, (Place{1, 1, 2}));
  EXPECT_EQ(root.entries.at(0).value.items.at(1).place, (Place{1, 10, 1}));
}

TEST(Yaml, JsonIsYaml) {
  const Node root = read(R"({"a": [1, "x y", true, null], "b": {}})");
  const Node& list = root.entries.at(0).value;
  ASSERT_EQ(list.items.size(), 4U);
  EXPECT_FALSE(list.items[0].quoted);
  EXPECT_EQ(list.items[1].text, "x y");
  EXPECT_EQ(list.items[3].kind, Kind::null);
  EXPECT_EQ(root.entries.at(1).value.kind, Kind::mapping);
}

TEST(Yaml, SingleQuotesInARowAreWhatTheyStandFor) {
  const Node list = read("['a''b', '''', '''''', 'a''''b', ''''' ', 'a''''''''b''']\n");
  ASSERT_EQ(list.items.size(), 6U);
  const std::string_view texts[] = {"a'b", "'", "''", "a''b", "'' ", "a''''b'"};
  for (std::size_t i = 0; i < list.items.size(); ++i) EXPECT_EQ(list.items[i].text, texts[i]);
  EXPECT_EQ(refusal_in_part("- 'a''''\n  b'\n"), "such quotes in a row must be on one line");
}

TEST(Yaml, OnlyUnquotedNothingIsNull) {
  const Node root = read("a:\nb: ~\nc: null\nd: ''\ne: 'null'\n");
  EXPECT_EQ(root.entries.at(0).value.kind, Kind::null);
  EXPECT_EQ(root.entries.at(0).value.place, (Place{1, 1, 1})) << "nothing stands at its key";
  EXPECT_EQ(root.entries.at(1).value.kind, Kind::null);
  EXPECT_EQ(root.entries.at(2).value.kind, Kind::null);
  EXPECT_EQ(root.entries.at(3).value.kind, Kind::scalar);
  EXPECT_EQ(root.entries.at(4).value.text, "null");
}

TEST(Yaml, AFileWithoutContentIsNull) {
  EXPECT_EQ(read("").kind, Kind::null);
  EXPECT_EQ(read("# only\n# comments\n").kind, Kind::null);
  EXPECT_EQ(read("\n\n  \n").kind, Kind::null);
  EXPECT_EQ(read("\xef\xbb\xbf").kind, Kind::null);
}

TEST(Yaml, ByteOrderMarkAndCrlfChangeNoPlace) {
  const Node root = read(
      "\xef\xbb\xbf"
      "a: 1\r\nbc: 2\r\n");
  EXPECT_EQ(root.entries.at(0).key_place, (Place{1, 1, 1}));
  EXPECT_EQ(root.entries.at(1).key_place, (Place{2, 1, 2}));
  EXPECT_EQ(root.entries.at(1).value.text, "2");
}

TEST(Yaml, WordsOfAScalarHavePlacesUnlessQuotingMovedThem) {
  const Node root = read("a:  x  yy\nb: \"x yy\"\nc: \"x\\tyy\"\n");
  const auto plain = split_words(root.entries.at(0).value);
  ASSERT_EQ(plain.size(), 2U);
  EXPECT_EQ(plain[1].text, "yy");
  EXPECT_EQ(plain[1].place, (Place{1, 8, 2}));
  EXPECT_EQ(split_words(root.entries.at(1).value).at(1).place, (Place{2, 7, 2}));
  EXPECT_EQ(split_words(root.entries.at(2).value).at(1).place, root.entries.at(2).value.place);
}

TEST(Yaml, WhatOurYamlLeavesOutIsReportedAtOnceAndTheRestIsRead) {
  const std::string_view text =
      "a: &x 1\n"
      "b: *x\n"
      "c: !!int 3\n"
      "<<: {d: e}\n"
      "? [k]\n"
      ": v\n"
      "f: 2\n"
      "f: 3\n";
  EXPECT_EQ(errors_of(text),
            "a.yaml:1:4: error: anchors have no place in a scenario\n"
            "    1 | a: &x 1\n"
            "      |    ^~ write the value at every place\n"
            "a.yaml:2:4: error: aliases have no place in a scenario\n"
            "    2 | b: *x\n"
            "      |    ^~ write the value at every place\n"
            "a.yaml:3:4: error: tags have no place in a scenario\n"
            "    3 | c: !!int 3\n"
            "      |    ^~~~~ leave the '!' out, or put the text in quotes\n"
            "a.yaml:4:1: error: merge keys have no place in a scenario\n"
            "    4 | <<: {d: e}\n"
            "      | ^~ write the keys at every place\n"
            "a.yaml:5:3: error: a key must be a word\n"
            "    5 | ? [k]\n"
            "      |   ^\n"
            "a.yaml:8:1: error: duplicate key 'f'\n"
            "    8 | f: 3\n"
            "      | ^ first in line 7\n"
            "6 errors\n");
  const YamlResult result = read_yaml(text, "a.yaml");
  ASSERT_TRUE(result.root.has_value());
  EXPECT_TRUE(result.root->lost_entries);
  ASSERT_EQ(result.root->entries.size(), 4U);
  EXPECT_EQ(result.root->entries[1].value.kind, Kind::refused);
  EXPECT_EQ(result.root->entries[3].value.text, "2");
}

TEST(Yaml, SyntaxErrorsComeWithTheirPlace) {
  EXPECT_EQ(errors_of("a: [1, 2\nb: 3\n"),
            "a.yaml:1:4: error: this '[' is never closed\n"
            "    1 | a: [1, 2\n"
            "      |    ^\n"
            "1 error\n");
  EXPECT_EQ(errors_of("a: b: c\n"),
            "a.yaml:1:5: error: invalid nested block mapping on the same line\n"
            "    1 | a: b: c\n"
            "      |     ^\n"
            "1 error\n");
  EXPECT_EQ(errors_of("a:\n\t- 1\n"),
            "a.yaml:2:1: error: tab character may not be used as indentation\n"
            "    2 |  - 1\n"
            "      | ^\n"
            "1 error\n");
}

TEST(Yaml, IsOneDocumentWithoutDirectives) {
  EXPECT_EQ(refusal_of("--- \na: 1\n---\nb: 2\n"),
            "a scenario is one document; here a second one begins");
  EXPECT_EQ(refusal_of("%YAML 1.1\n---\na: 1\n"), "a line cannot begin with '%'");
  EXPECT_EQ(read("---\na: 1\n...\n").kind, Kind::mapping);
}

TEST(Yaml, BytesThatAreNoTextAreRefused) {
  using namespace std::string_view_literals;
  EXPECT_EQ(refusal_of("a: 1\0b\n"sv), "control character 0x00");
  EXPECT_EQ(refusal_of("a: \x1b[2J\n"), "control character 0x1b");
  EXPECT_EQ(refusal_of("a: \xff\n"), "byte 0xff is not UTF-8");
  EXPECT_EQ(refusal_of("a: \xc0\xaf\n"), "byte 0xc0 is not UTF-8") << "overlong";
  EXPECT_EQ(refusal_of("a: \xed\xa0\x80\n"), "byte 0xed is not UTF-8") << "surrogate";
  EXPECT_EQ(refusal_of("a: \xe2\x82"), "byte 0xe2 is not UTF-8") << "cut off";
  EXPECT_EQ(refusal_of("a: 1\rb: 2\r"), "a carriage return without a line feed");
}

TEST(Yaml, DepthIsLimited) {
  EXPECT_EQ(read(repeated("[", 64) + repeated("]", 64)).kind, Kind::sequence);
  const std::string message = "lists and mappings are more than 64 deep";
  EXPECT_EQ(refusal_of(repeated("[", 65) + repeated("]", 65)), message);
  EXPECT_EQ(refusal_of(repeated("- ", 20'000)), message);
  EXPECT_EQ(refusal_of(repeated("{a: ", 9'000)), message);
  EXPECT_EQ(refusal_of(repeated("[", 20'000)), "more than 10000 brackets are open");
}

TEST(Yaml, SizeIsLimited) {
  EXPECT_EQ(refusal_of(std::string((16U << 20U) + 1, '#')),
            "the file has 16777217 bytes; a scenario has at most 16MiB");
  EXPECT_EQ(read(std::string(16U << 20U, '#')).kind, Kind::null);
}

TEST(Yaml, TheNumberOfValuesIsLimited) {
  EXPECT_EQ(refusal_of("{" + repeated("a,", 1'100'000) + "}"),
            "the file has more than 2000000 values");
  EXPECT_EQ(refusal_of(repeated("&a ", 2'000'000)),
            "the file has more than 1500000 brackets, commas, colons, dashes and pairs of quotes");
}

TEST(Yaml, StretchesOfBlanksAreLimited) {
  const std::string message = "the file has too long stretches of blanks and empty lines";
  EXPECT_EQ(refusal_of("a: |\n " + repeated("\n", 1'000'000)), message);
  EXPECT_EQ(refusal_of("? " + repeated(" ", 1'000'000) + "a"), message);
  EXPECT_EQ(read("a: 1" + repeated("\n", 1'000) + "b: 2\n").entries.size(), 2U);
}

TEST(Yaml, AHugeScalarIsReadWhole) {
  const std::string value(5'000'000, 'x');
  EXPECT_EQ(read("a: " + value + "\n").entries.at(0).value.text, value);
  EXPECT_EQ(read("a: '" + value + "'\n").entries.at(0).value.text, value);
}

TEST(Yaml, ThousandsOfErrorsAreCut) {
  EXPECT_EQ(read_yaml(repeated("- !x a\n", 50'000), "a.yaml").diagnostics.size(), 100U);
}

}  // namespace
}  // namespace luosim::app
