// SPDX-License-Identifier: Apache-2.0
//
// Lessons: a file of remarks is read as it stands, each remark is said where its cue is, and those
// that are compiled in speak of lines that their scenarios really have. Pauses have bounds.
#include "app/cli/lesson.hpp"

#include <sstream>

#include <gtest/gtest.h>

#include "app/cli/demo.hpp"
#include "app/cli/demo_pace.hpp"
#include "app/cli/exit_code.hpp"
#include "app/cli/load.hpp"
#include "app/cli/play.hpp"

namespace luosim::app {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr std::string_view kText =
    "# licence\n"
    "title: A title\n"
    "about: One line\n"
    "scenario: some.yaml\n"
    "\n"
    "First,\n"
    "on two lines.\n"
    "\n"
    "@ prepare\n"
    "Second.\n"
    "\n"
    "@ end\n"
    "Last.\n";

TEST(Lesson, is_read_as_it_stands) {
  const Lesson lesson = read_lesson(kText);
  EXPECT_EQ(lesson.title, "A title");
  EXPECT_EQ(lesson.about, "One line");
  EXPECT_EQ(lesson.scenario, "some.yaml");
  ASSERT_EQ(lesson.remarks.size(), 3U);
  EXPECT_EQ(lesson.remarks[0].text, "First,\non two lines.");
  EXPECT_EQ(lesson.remarks[1].cue, "prepare");
  EXPECT_EQ(lesson.remarks[2].text, "Last.");
}

TEST(Lesson, says_each_remark_before_the_line_of_its_cue) {
  const Lesson lesson = read_lesson(kText);
  const auto shown = put_together(lesson, "boot\nprepare 1\nprepare 2\n", "PASS\n");
  ASSERT_EQ(shown.size(), 7U);
  EXPECT_EQ(shown[0].text, "First,\non two lines.");
  EXPECT_EQ(shown[1].text, "boot");
  EXPECT_EQ(shown[2].text, "Second.");
  EXPECT_EQ(shown[3].text, "prepare 1");
  EXPECT_EQ(shown[5].text, "PASS\n");
  EXPECT_EQ(shown[6].text, "Last.");
}

TEST(Lesson, says_a_remark_without_its_line_before_the_verdict) {
  const Lesson lesson = read_lesson(kText);
  const auto shown = put_together(lesson, "boot\n", "PASS\n");
  ASSERT_EQ(shown.size(), 5U);
  EXPECT_EQ(shown[2].text, "Second.");
  EXPECT_EQ(shown[3].text, "PASS\n");
}

TEST(Lesson, there_are_seven) {
  EXPECT_EQ(embedded_lessons().size(), 7U);
}

// A remark about a line that is no longer there would be said at the wrong place, or about nothing.
TEST(Lesson, speaks_of_what_its_scenario_shows) {
  for (const EmbeddedFile& file : embedded_lessons()) {
    const Lesson lesson = read_lesson(file.text);
    EXPECT_FALSE(lesson.title.empty() || lesson.about.empty()) << file.name;
    std::ostringstream errors;
    const auto loaded = load_text(scenario_of_lesson(lesson), lesson.scenario, {}, errors);
    ASSERT_TRUE(loaded) << file.name << ": " << errors.str();
    std::ostringstream log;
    const Played played = play(*loaded, {.log = &log});
    EXPECT_EQ(played.result.verdict, Verdict::pass) << file.name;
    const std::string text = log.str();
    std::size_t from = 0;
    for (const Remark& remark : lesson.remarks) {
      EXPECT_FALSE(remark.text.empty()) << file.name << ": " << remark.cue;
      if (remark.cue.empty() || remark.cue == kEndCue) continue;
      from = text.find(remark.cue, from);
      EXPECT_NE(from, std::string::npos) << file.name << " has no cue '" << remark.cue << "'";
      if (from == std::string::npos) break;
    }
  }
}

TEST(Demo, lists_what_there_is) {
  std::ostringstream output;
  std::ostringstream errors;
  EXPECT_EQ(demo({}, output, errors), kHeld);
  for (const EmbeddedFile& file : embedded_lessons())
    EXPECT_NE(output.str().find(read_lesson(file.text).title), std::string::npos) << file.name;
}

TEST(Demo, refuses_a_lesson_that_there_is_not) {
  std::ostringstream output;
  std::ostringstream errors;
  EXPECT_EQ(demo({.lesson = 99}, output, errors), kBadInput);
  EXPECT_EQ(output.str(), "");
  EXPECT_EQ(errors.str(), "luosim: there is no lesson 99; there are 7\n");
}

TEST(DemoPace, reads_the_time_of_a_line) {
  EXPECT_EQ(time_of_log_line("[    1.333236] new     boots"), microseconds{1'333'236});
  EXPECT_EQ(time_of_log_line("no time"), std::nullopt);
  EXPECT_EQ(time_of_log_line("[]"), std::nullopt);
  EXPECT_EQ(time_of_log_line("[    x.333236]"), std::nullopt);
  EXPECT_EQ(time_of_log_line("[1.5] x"), std::nullopt);
}

TEST(DemoPace, waits_neither_too_short_nor_too_long) {
  EXPECT_EQ(pause_before_line(microseconds{2}), milliseconds{120});
  EXPECT_EQ(pause_before_line(microseconds{500'000}), milliseconds{500});
  EXPECT_EQ(pause_before_line(microseconds{90'000'000}), milliseconds{1500});
  EXPECT_EQ(pause_after_remark("0123456789"), milliseconds{450});
}

}  // namespace
}  // namespace luosim::app
