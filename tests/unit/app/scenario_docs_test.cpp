// SPDX-License-Identifier: Apache-2.0
//
// docs/scenarios.md says what the tables say: it names every key, and its example is a scenario.
#include <algorithm>
#include <cctype>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "app/scenario/fields.hpp"
#include "app/scenario/loader.hpp"
#include "app/scenario/verbs.hpp"

namespace luosim::app {
namespace {

std::string page() {
  std::ifstream file(LUOSIM_SOURCE_DIR "/docs/scenarios.md");
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

/// The indented lines from the one that begins with `first` up to the next text.
std::string block_of(const std::string& text, const std::string& first) {
  std::stringstream lines(text.substr(text.find("    " + first)));
  std::string block;
  for (std::string line; std::getline(lines, line);) {
    if (!line.empty() && line.rfind("    ", 0) != 0) break;
    block += line.substr(std::min<std::size_t>(line.size(), 4)) + "\n";
  }
  return block;
}

bool has_word(const std::string& text, std::string_view word) {
  const auto is_letter = [](char each) {
    return std::isalnum(static_cast<unsigned char>(each)) != 0 || each == '_';
  };
  for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    const bool begins = at == 0 || !is_letter(text[at - 1]);
    const bool ends = end == text.size() || !is_letter(text[end]);
    if (begins && ends) return true;
  }
  return false;
}

TEST(ScenarioDocs, NameEachKeyOfTheTables) {
  const std::string text = page();
  ASSERT_NE(text, "");
  for (const MappingType* type : mapping_types()) {
    for (const Field& field : type->fields) {
      if (find_verb(field.key) != nullptr) continue;  // listed by `luosim explain verbs`
      EXPECT_TRUE(has_word(text, field.key)) << type->name << "." << field.key;
    }
  }
}

TEST(ScenarioDocs, TheExampleIsAScenario) {
  const std::string example = block_of(page(), "luosim: 1");
  EXPECT_EQ(render(load_scenario(example, "scenarios.md").diagnostics, example), "");
  EXPECT_NE(example.find("expect:"), std::string::npos) << "the whole of it";
}

TEST(ScenarioDocs, TheFamilyIsAFamily) {
  const std::string text = page();
  const std::string family = "luosim: 1\ntitle: t\n" + block_of(text, "matrix: {");
  const CasesResult result = load_cases(family, "scenarios.md");
  EXPECT_EQ(render(result.diagnostics, family), "");
  ASSERT_TRUE(result.cases.has_value());
  EXPECT_EQ(result.cases->count(), 6U);
}

TEST(ScenarioDocs, TheFreeActorsAreFree) {
  const std::string free =
      "luosim: 1\ntitle: t\n" + block_of(page(), "files: { f1: { type: h }, f2");
  const LoadResult result = load_scenario(free, "scenarios.md");
  EXPECT_EQ(render(result.diagnostics, free), "");
  ASSERT_TRUE(result.scenario.has_value());
  ASSERT_EQ(result.scenario->actors.size(), 3U);
  ASSERT_TRUE(result.scenario->actors[0].free.has_value());
  EXPECT_EQ(result.scenario->actors[0].free->ops.at(0).arguments,
            (std::vector<std::string>{"f1", "f2"}));
  EXPECT_TRUE(result.scenario->actors[1].free.has_value());
  EXPECT_EQ(result.scenario->actors[2].script.size(), 1U);
}

TEST(ScenarioDocs, TheCopiesAreCopies) {
  const std::string text = page();
  const std::string copies = "luosim: 1\ntitle: t\nhost: { memory: 2TiB }\n" +
                             block_of(text, "files: { f: { type: h, cop");
  const LoadResult result = load_scenario(copies, "scenarios.md");
  EXPECT_EQ(render(result.diagnostics, copies), "");
  ASSERT_TRUE(result.scenario.has_value());
  EXPECT_EQ(result.scenario->files.size(), 1000U);
  EXPECT_EQ(result.scenario->vms.size(), 512U);
}

}  // namespace
}  // namespace luosim::app
