// SPDX-License-Identifier: Apache-2.0
//
// What is wrong with a user's file, and how it is shown: like a compiler does, with the line, a
// caret under the token and what to write instead. Errors are values that are collected and shown
// together, so that one run tells everything.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace luosim::app {

/// One thing that is wrong at one place of a file, or of the command line.
struct Diagnostic {
  std::string file;          ///< where there is no line: `--set host.memory=1`
  std::uint32_t line = 1;    ///< from 1; 0: nothing of a file is to be shown
  std::uint32_t column = 1;  ///< in bytes, from 1; a byte order mark at the start does not count
  std::uint32_t length = 1;  ///< bytes to underline; 0 points between two bytes
  std::string message;       ///< no full stop
  std::string hint;          ///< what to do about it, shown after the caret; may be empty
};

/// Orders by line, then column; those at the same place keep their order.
void sort_by_place(std::vector<Diagnostic>& diagnostics);

/// All diagnostics of one file as text, sorted by place, and a last line that counts them.
/// `source_text` is the whole file, of any content; lines that it lacks are not shown. Empty if
/// there is nothing to say.
std::string render(std::vector<Diagnostic> diagnostics, std::string_view source_text);

/// `text` for a message: cut when long, and nothing that moves a cursor.
std::string shown(std::string_view text);
/// The same in single quotes.
std::string quoted(std::string_view text);

}  // namespace luosim::app
