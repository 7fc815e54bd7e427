// SPDX-License-Identifier: Apache-2.0
//
// Two views held against each other: each value that differs is a change, and no other is.
#include "app/view/changes.hpp"

#include <gtest/gtest.h>

namespace luosim::app {
namespace {

using Json = nlohmann::ordered_json;

std::vector<std::string> sentences(const Json& before, const Json& after) {
  std::vector<std::string> all;
  for (const Change& change : changes_between(before, after)) all.push_back(sentence_of(change));
  return all;
}
using Sentences = std::vector<std::string>;

TEST(Changes, there_are_none_between_equals) {
  const Json view = {{"luo", {{"phase", "normal"}, {"files", {1, 2}}}}};
  EXPECT_TRUE(changes_between(view, view).empty());
}

TEST(Changes, say_path_before_and_after) {
  const Json before = {{"luo", {{"phase", "normal"}, {"tree", false}, {"next", 3}}}};
  const Json after = {{"luo", {{"phase", "prepared"}, {"tree", true}, {"next", 4}}}};
  EXPECT_EQ(sentences(before, after), (Sentences{"luo.phase: normal -> prepared",
                                                 "luo.tree: no -> yes", "luo.next: 3 -> 4"}));
}

TEST(Changes, know_elements_by_their_first_member_and_not_by_position) {
  const Json before = {{"files", {{{"name", "a"}, {"word", 1}}, {{"name", "b"}, {"word", 2}}}}};
  const Json after = {{"files", {{{"name", "b"}, {"word", 7}}, {{"name", "a"}, {"word", 1}}}}};
  EXPECT_EQ(sentences(before, after), (Sentences{"files.b.word: 2 -> 7"}));
}

TEST(Changes, tell_what_has_come_and_what_has_gone_as_a_whole) {
  const Json before = {{"files", {{{"name", "a"}, {"word", 1}}}}};
  const Json after = {{"files", {{{"name", "b"}, {"word", 1}}}}};
  EXPECT_EQ(sentences(before, after), (Sentences{"files.b: new", "files.a: gone"}));
  const auto changes = changes_between(before, after);
  EXPECT_TRUE(changes[0].before.is_null());
  EXPECT_EQ(changes[0].after["word"], 1);
}

TEST(Changes, tell_namesakes_apart_by_their_order) {
  const Json twins = {{{"name", "a"}, {"word", 1}}, {{"name", "a"}, {"word", 2}}};
  EXPECT_EQ(names_of_elements(twins), (Sentences{"a", "a#2"}));
  Json changed = twins;
  changed[1]["word"] = 3;
  EXPECT_EQ(sentences(twins, changed), (Sentences{"a#2.word: 2 -> 3"}));
}

TEST(Changes, hold_plain_lists_against_each_other_by_position) {
  EXPECT_EQ(sentences({{"list", {1, 2}}}, {{"list", {1, 3, 4}}}),
            (Sentences{"list.1: 2 -> 3", "list.2: new, 4"}));
}

TEST(Changes, see_a_value_become_an_object) {
  const auto changes = changes_between({{"port", "none"}}, {{"port", {{"head", 1}}}});
  ASSERT_EQ(changes.size(), 1U);
  EXPECT_EQ(changes[0].path, "port");
}

TEST(FindPart, follows_names_that_contain_dots) {
  const Json view = {
      {"files", {{{"name", "vm0"}, {"word", 1}}, {{"name", "vm0.memory"}, {"word", 2}}}}};
  ASSERT_NE(find_part(view, "files.vm0.memory.word"), nullptr);
  EXPECT_EQ(*find_part(view, "files.vm0.memory.word"), 2);
  EXPECT_EQ(*find_part(view, "files.vm0.word"), 1);
  EXPECT_EQ(find_part(view, "files.vm1"), nullptr);
  EXPECT_EQ(find_part(view, "files."), nullptr);
  EXPECT_EQ(find_part(view, ""), &view);
}

}  // namespace
}  // namespace luosim::app
