// SPDX-License-Identifier: Apache-2.0
//
// A lesson of the tutorial: a scenario and what is said while it is played. Both are compiled in,
// so that `luosim demo` works wherever the program is. They come from scenarios/tutorial/; what is
// said stands in a file of its own there, in lessons/, since a scenario says what happens and
// nothing else. Such a file is
//
//     # a comment
//     title: An update that works
//     about: one line, for the list
//     scenario: plain-update.yaml
//
//     What is said before the log begins.
//
//     @ EVENT_PREPARE
//     What is said before the next line of the log that has EVENT_PREPARE in it.
//
//     @ end
//     What is said behind the verdict.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace luosim::app {

/// A file that was compiled in.
struct EmbeddedFile {
  std::string_view name;
  std::string_view text;
};
/// Lessons in their order, and the scenarios that they play.
std::span<const EmbeddedFile> embedded_lessons();
std::span<const EmbeddedFile> embedded_scenarios();

/// Something to say, before the next line of the log that has the cue in it.
struct Remark {
  std::string cue;   ///< empty: before the first line; `end`: after the verdict
  std::string text;  ///< without the last newline
};

struct Lesson {
  std::string title;
  std::string about;
  std::string scenario;  ///< name of the file
  std::vector<Remark> remarks;
};

inline constexpr std::string_view kEndCue = "end";

/// Of any text: what is missing is empty.
Lesson read_lesson(std::string_view text);

/// The text of a scenario that was compiled in; empty if there is none of that name.
std::string_view scenario_of_lesson(const Lesson& lesson);

/// A part of what is shown.
struct Shown {
  enum class Kind { remark, log, verdict };
  Kind kind = Kind::log;
  std::string_view text;  ///< a line, or a remark of several
};
/// Where each remark goes, given a log. Remarks wait for their turn: one whose cue comes too early
/// or never, and all behind it, are said before the verdict, which is one text.
std::vector<Shown> put_together(const Lesson& lesson, std::string_view log,
                                std::string_view verdict);

}  // namespace luosim::app
