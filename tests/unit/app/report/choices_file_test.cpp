// SPDX-License-Identifier: Apache-2.0
//
// A list of choices must come back exactly as it was written, or a failure cannot be replayed; and
// no file, however broken, may do more than be refused with the place of what is wrong.
#include "app/report/choices_file.hpp"

#include <cstdint>
#include <string>

#include <gtest/gtest.h>

namespace luosim::app {
namespace {

struct Refused {
  std::string text;
  std::uint32_t line;
  std::uint32_t column;
  std::string message;
};

std::string with_first_line(const std::string& rest) {
  return "luosim-choices 1\n" + rest;
}

TEST(ChoicesFile, is_one_line_for_each_choice) {
  const std::vector<sim::MadeChoice> choices{{{0x8c1f03a2, 0x5d00e1b7}, 2, 1}, {{0xab, 0}, 7, 0}};
  EXPECT_EQ(write_choices(choices),
            "luosim-choices 1\n"
            "8c1f03a2:5d00e1b7 2 1\n"
            "000000ab 7 0\n");
}

TEST(ChoicesFile, comes_back_as_it_was_written) {
  std::vector<sim::MadeChoice> choices;
  std::uint32_t state = 1;
  for (std::uint32_t i = 0; i < 2'000; ++i) {
    state = state * 1'664'525 + 1'013'904'223;
    const std::uint32_t alternatives = state >> (i % 31) | 1;
    choices.push_back({{state, i % 3 == 0 ? 0 : ~state}, alternatives, state % alternatives});
  }
  choices.push_back({{0xFFFF'FFFF, 0xFFFF'FFFF}, 0xFFFF'FFFF, 0xFFFF'FFFE});
  const ChoicesResult result = read_choices(write_choices(choices), "f");
  EXPECT_TRUE(result.diagnostics.empty());
  ASSERT_TRUE(result.choices);
  EXPECT_EQ(*result.choices, choices);
}

TEST(ChoicesFile, may_have_no_choices_windows_line_ends_and_no_last_line_end) {
  EXPECT_TRUE(read_choices("luosim-choices 1\n", "f").choices->empty());
  EXPECT_TRUE(read_choices("luosim-choices 1", "f").choices->empty());
  const ChoicesResult result = read_choices("luosim-choices 1\r\n000000AB 2 1", "f");
  ASSERT_TRUE(result.choices);
  EXPECT_EQ(result.choices->at(0), (sim::MadeChoice{{0xab, 0}, 2, 1}));
}

TEST(ChoicesFile, is_refused_with_the_place_of_what_is_wrong) {
  const Refused kCases[] = {
      {"", 1, 1, "this is not a list of choices"},
      {"luosim: 1\n", 1, 1, "this is not a list of choices"},
      {"luosim-choices 1 \n", 1, 1,
       "'luosim-choices 1 ' is of a version that this program cannot read"},
      {"luosim-choices 2\n", 1, 1,
       "'luosim-choices 2' is of a version that this program cannot read"},
      {with_first_line("\n"), 2, 1, "a label is missing"},
      {with_first_line("000000ab\n"), 2, 9, "the number of alternatives is missing"},
      {with_first_line("000000ab 2\n"), 2, 11, "the alternative that was chosen is missing"},
      {with_first_line("000000ab  2 1\n"), 2, 10, "the number of alternatives is missing"},
      {with_first_line("000000ab 2 1 \n"), 2, 13, "the line goes on behind the choice"},
      {with_first_line("000000ab 2 1\n000000ab 2 1 x\n"), 3, 13,
       "the line goes on behind the choice"},
      {with_first_line("0000ab 2 1\n"), 2, 1, "'0000ab' is not a label"},
      {with_first_line("0x0000ab 2 1\n"), 2, 1, "'0x0000ab' is not a label"},
      {with_first_line("-00000ab 2 1\n"), 2, 1, "'-00000ab' is not a label"},
      {with_first_line("000000ab: 2 1\n"), 2, 1, "'000000ab:' is not a label"},
      {with_first_line("000000ab:0000000g 2 1\n"), 2, 1, "'000000ab:0000000g' is not a label"},
      {with_first_line("000000ab 0 0\n"), 2, 10, "'0' is not a number of alternatives"},
      {with_first_line("000000ab 4294967296 1\n"), 2, 10,
       "'4294967296' is not a number of alternatives"},
      {with_first_line("000000ab 2 2\n"), 2, 12, "'2' is not one of the alternatives"},
      {with_first_line("000000ab 2 -1\n"), 2, 12, "'-1' is not one of the alternatives"},
      {with_first_line("000000ab 2 01\n"), 2, 12, "'01' is not one of the alternatives"},
  };
  for (const Refused& refused : kCases) {
    const ChoicesResult result = read_choices(refused.text, "run.choices");
    EXPECT_FALSE(result.choices) << refused.text;
    ASSERT_FALSE(result.diagnostics.empty()) << refused.text;
    const Diagnostic& first = result.diagnostics.front();
    EXPECT_EQ(first.file, "run.choices");
    EXPECT_EQ(first.line, refused.line) << refused.text;
    EXPECT_EQ(first.column, refused.column) << refused.text;
    EXPECT_EQ(first.message, refused.message);
  }
}

TEST(ChoicesFile, tells_everything_that_is_wrong_in_one_pass_but_not_without_end) {
  EXPECT_EQ(read_choices(with_first_line("x 0 9\nx 2 1\n000000ab 2 1\n"), "f").diagnostics.size(),
            3U);
  std::string broken = with_first_line("");
  for (int i = 0; i < 100'000; ++i) broken += "x\n";
  EXPECT_EQ(read_choices(broken, "f").diagnostics.size(), choices_limits::kDiagnostics);
}

TEST(ChoicesFile, is_refused_when_it_is_longer_than_16_mib) {
  std::string text = with_first_line("");
  while (text.size() <= choices_limits::kBytes) text += "000000ab 2 1\n";
  const ChoicesResult result = read_choices(text, "f");
  EXPECT_FALSE(result.choices);
  ASSERT_EQ(result.diagnostics.size(), 1U);
  EXPECT_NE(result.diagnostics[0].message.find("at most 16MiB"), std::string::npos);
}

TEST(ChoicesFile, survives_every_cut_and_every_changed_byte) {
  const std::string whole = with_first_line("8c1f03a2:5d00e1b7 2 1\n000000ab 7 0\n");
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const ChoicesResult result = read_choices(whole.substr(0, length), "f");
    EXPECT_NE(result.choices.has_value(), !result.diagnostics.empty());
    for (int byte = 0; byte < 256; ++byte) {
      std::string changed = whole;
      changed[length] = static_cast<char>(byte);
      const ChoicesResult other = read_choices(changed, "f");
      EXPECT_NE(other.choices.has_value(), !other.diagnostics.empty());
    }
  }
}

}  // namespace
}  // namespace luosim::app
