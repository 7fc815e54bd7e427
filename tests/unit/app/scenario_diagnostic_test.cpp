// SPDX-License-Identifier: Apache-2.0
//
// How an error is drawn. People compare columns with their eyes, so each expectation is the whole
// text; the hard cases are what moves a caret: tabs, characters of several bytes, long lines.
#include <gtest/gtest.h>

#include "app/scenario/diagnostic.hpp"

namespace luosim::app {
namespace {

Diagnostic at(std::uint32_t line, std::uint32_t column, std::uint32_t length) {
  return {"a.yaml", line, column, length, "wrong", ""};
}

TEST(Diagnostic, IsDrawnWithLineCaretAndHint) {
  const Diagnostic diagnostic{"a.yaml", 2, 9, 5, "unknown verb 'freez'", "did you mean 'freeze'?"};
  EXPECT_EQ(render({diagnostic}, "agent:\n  - do: freez\n"),
            "a.yaml:2:9: error: unknown verb 'freez'\n"
            "    2 |   - do: freez\n"
            "      |         ^~~~~ did you mean 'freeze'?\n"
            "1 error\n");
}

TEST(Diagnostic, NothingIsDrawnForNoErrors) {
  EXPECT_EQ(render({}, "a: 1\n"), "");
}

TEST(Diagnostic, SeveralAreSortedByPlaceAndCounted) {
  EXPECT_EQ(render({at(2, 1, 1), at(1, 4, 1), at(1, 1, 2)}, "ab c\nd"),
            "a.yaml:1:1: error: wrong\n"
            "    1 | ab c\n"
            "      | ^~\n"
            "a.yaml:1:4: error: wrong\n"
            "    1 | ab c\n"
            "      |    ^\n"
            "a.yaml:2:1: error: wrong\n"
            "    2 | d\n"
            "      | ^\n"
            "3 errors\n");
}

TEST(Diagnostic, ATabTakesOneColumn) {
  EXPECT_EQ(render({at(1, 3, 3)}, "\t\tabc\tx"),
            "a.yaml:1:3: error: wrong\n"
            "    1 |   abc x\n"
            "      |   ^~~\n"
            "1 error\n");
}

TEST(Diagnostic, ACharacterOfSeveralBytesTakesOneColumn) {
  EXPECT_EQ(render({at(1, 8, 4)}, "ä: \xe2\x82\xacüü x"),
            "a.yaml:1:8: error: wrong\n"
            "    1 | ä: €üü x\n"
            "      |     ^~\n"
            "1 error\n")
      << "the column counts bytes, the caret counts characters";
}

TEST(Diagnostic, AHintIsGivenOnceToThoseWhoWouldBeToldTheSameAgain) {
  const auto with_hint = [](std::uint32_t line, const char* message, const char* hint) {
    Diagnostic diagnostic = at(line, 1, 1);
    diagnostic.message = message;
    diagnostic.hint = hint;
    return diagnostic;
  };
  EXPECT_EQ(render({with_hint(4, "unknown verb 'c'", "`luosim explain verbs` lists them"),
                    with_hint(3, "unknown verb 'b'", "`luosim explain verbs` lists them"),
                    with_hint(1, "unknown verb 'stat'", "did you mean 'state'?"),
                    with_hint(2, "unknown verb 'stats'", "did you mean 'state'?"),
                    with_hint(5, "unknown verb 'stats'", "did you mean 'state'?")},
                   ""),
            "a.yaml:1:1: error: unknown verb 'stat'\n"
            "      | did you mean 'state'?\n"
            "a.yaml:2:1: error: unknown verb 'stats'\n"
            "      | did you mean 'state'?\n"
            "a.yaml:3:1: error: unknown verb 'b'\n"
            "      | `luosim explain verbs` lists them\n"
            "a.yaml:4:1: error: unknown verb 'c'\n"
            "a.yaml:5:1: error: unknown verb 'stats'\n"
            "5 errors\n");
}

TEST(Diagnostic, APlaceInsideOfACharacterIsMovedToItsStart) {
  EXPECT_EQ(render({at(1, 5, 1)}, "ä: €"),
            "a.yaml:1:5: error: wrong\n"
            "    1 | ä: €\n"
            "      |    ^\n"
            "1 error\n");
  EXPECT_EQ(render({at(1, 6, 1)}, "ä: €"),
            "a.yaml:1:6: error: wrong\n"
            "    1 | ä: €\n"
            "      |    ^\n"
            "1 error\n");
}

TEST(Diagnostic, WhatMovesTheCursorIsShownAsQuestionMark) {
  const std::string_view text(
      "a\x1b[2J\0\xff\xc2\x9b"
      "b",
      10);
  EXPECT_EQ(render({at(1, 10, 1)}, text),
            "a.yaml:1:10: error: wrong\n"
            "    1 | a?[2J???b\n"
            "      |         ^\n"
            "1 error\n");
}

TEST(Diagnostic, ALongLineIsCutAroundThePlace) {
  const std::string text = std::string(200, 'a') + "BBB" + std::string(200, 'c');
  EXPECT_EQ(render({at(1, 201, 3)}, text),
            "a.yaml:1:201: error: wrong\n"
            "    1 | ..." +
                std::string(40, 'a') + "BBB" + std::string(47, 'c') + "...\n" + "      | " +
                std::string(43, ' ') +
                "^~~\n"
                "1 error\n");
}

TEST(Diagnostic, ALongTokenIsUnderlinedUpToTheCut) {
  const std::string drawn = render({at(1, 1, 1000)}, std::string(1000, 'x'));
  EXPECT_EQ(drawn,
            "a.yaml:1:1: error: wrong\n"
            "    1 | " +
                std::string(90, 'x') + "...\n" + "      | ^" + std::string(89, '~') +
                "\n"
                "1 error\n");
}

TEST(Diagnostic, ACutNeverSplitsACharacter) {
  std::string text;
  for (int i = 0; i < 100; ++i) text += "€";
  const std::string drawn = render({at(1, 151, 3)}, text);
  EXPECT_EQ(drawn.find('?'), std::string::npos) << drawn;
}

TEST(Diagnostic, APlaceBehindTheLineOrTheFileIsStillReported) {
  EXPECT_EQ(render({at(1, 100, 5)}, "ab"),
            "a.yaml:1:100: error: wrong\n"
            "    1 | ab\n"
            "      |   ^\n"
            "1 error\n");
  EXPECT_EQ(render({at(9, 1, 1)}, "ab\n"), "a.yaml:9:1: error: wrong\n1 error\n");
}

TEST(Diagnostic, TheGutterGrowsWithTheLineNumber) {
  EXPECT_EQ(render({at(1'234'567, 2, 1)}, std::string(1'234'566, '\n') + "ab"),
            "a.yaml:1234567:2: error: wrong\n"
            "1234567 | ab\n"
            "        |  ^\n"
            "1 error\n");
}

TEST(Diagnostic, CarriageReturnAndByteOrderMarkAreNotDrawn) {
  EXPECT_EQ(render({at(1, 1, 2)},
                   "\xef\xbb\xbf"
                   "ab\r\ncd"),
            "a.yaml:1:1: error: wrong\n"
            "    1 | ab\n"
            "      | ^~\n"
            "1 error\n");
}

TEST(Quoted, CutsLongTextsAndHidesControlCharacters) {
  EXPECT_EQ(app::quoted("freeze"), "'freeze'");
  EXPECT_EQ(app::quoted("a\nb"), "'a?b'");
  EXPECT_EQ(app::quoted(std::string(61, 'x')), "'" + std::string(60, 'x') + "...'");
}

}  // namespace
}  // namespace luosim::app
