// SPDX-License-Identifier: Apache-2.0
//
// What is written reads back the same, whatever is in it.
#include "app/scenario/write_yaml.hpp"

#include <gtest/gtest.h>

#include "app/scenario/yaml.hpp"

namespace luosim::app {
namespace {

bool are_alike(const Node& left, const Node& right) {
  if (left.kind != right.kind || left.text != right.text ||
      left.items.size() != right.items.size() || left.entries.size() != right.entries.size())
    return false;
  for (std::size_t index = 0; index < left.items.size(); ++index)
    if (!are_alike(left.items[index], right.items[index])) return false;
  for (std::size_t index = 0; index < left.entries.size(); ++index) {
    if (left.entries[index].key != right.entries[index].key ||
        !are_alike(left.entries[index].value, right.entries[index].value))
      return false;
  }
  return true;
}

void expect_round_trip(const Node& root) {
  const std::string text = write_yaml(root);
  const YamlResult read = read_yaml(text, "written.yaml");
  ASSERT_TRUE(read.root && read.diagnostics.empty()) << text;
  EXPECT_TRUE(are_alike(root, *read.root)) << text;
}

TEST(WriteYaml, writes_scalars_that_mean_something_else_with_quotes) {
  for (const char* text : {"plain", "two words", "a: b", "a:b", "- x", "#no", "", " ", "null", "~",
                           "yes\nno", "quo\"te", "back\\slash", "[x]", "{x}", "1", "%", "*", "&a"})
    expect_round_trip(mapping_node({{"key", scalar_node(text, /*quoted=*/true)}}));
}

TEST(WriteYaml, writes_numbers_below_zero_as_numbers) {
  const Node number = mapping_node({{"priority", scalar_node("-10")}});
  expect_round_trip(number);
  EXPECT_FALSE(read_yaml(write_yaml(number), "written.yaml").root->entries[0].value.quoted);
  const Node dash = mapping_node({{"name", scalar_node("-")}, {"other", scalar_node("- 1")}});
  expect_round_trip(dash);
}

TEST(WriteYaml, writes_collections_inside_of_each_other) {
  const Node entry =
      mapping_node({{"do", scalar_node("preserve f1")}, {"expect", scalar_node("any")}});
  std::vector<Node> many(40, scalar_node("a-rather-long-name-of-a-file"));
  expect_round_trip(mapping_node(
      {{"agent", sequence_node({entry, entry, sequence_node({}), mapping_node({})})},
       {"files", mapping_node({{"f1", mapping_node({{"size", scalar_node("4KiB")}})}})},
       {"long", sequence_node(many)},
       {"longer", sequence_node({mapping_node(
                      {{"names", sequence_node(many)}, {"more", scalar_node("x")}})})}}));
}

TEST(WriteYaml, puts_values_in_the_place_of_others) {
  Node root = mapping_node({{"a", scalar_node("1")}, {"b", scalar_node("2")}});
  set_entry(root, "a", scalar_node("3"));
  set_entry(root, "c", scalar_node("4"));
  remove_entry(root, "b");
  EXPECT_EQ(write_yaml(root), "a: 3\nc: 4\n");
}

}  // namespace
}  // namespace luosim::app
