// SPDX-License-Identifier: Apache-2.0
//
// Drawing of source lines. Bytes become terminal columns here and nowhere else: a character of
// UTF-8 is one column, a tab is one blank, and what would move the cursor is a question mark.
#include "app/scenario/diagnostic.hpp"

#include <algorithm>
#include <cstddef>
#include <set>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "app/scenario/utf8.hpp"

namespace luosim::app {
namespace {

constexpr std::size_t kShownBytes = 90;  // of a source line, so that it fits beside the gutter
constexpr std::size_t kShownBeforeCaret = 40;  // context before the token when a line is cut
constexpr std::size_t kShownTextBytes = 60;
constexpr std::string_view kCut = "...";
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

/// A stretch of text as a terminal shows it.
struct Drawing {
  std::string text;
  std::size_t columns = 0;
};

bool moves_the_cursor(std::string_view character) {
  const auto first = static_cast<unsigned char>(character[0]);
  if (character.size() == 1) return first < 0x20 || first == 0x7f;
  const auto second = static_cast<unsigned char>(character[1]);
  return character.size() == 2 && first == 0xc2 && second < 0xa0;  // the C1 control characters
}

Drawing draw(std::string_view bytes) {
  Drawing drawing;
  for (std::size_t offset = 0; offset < bytes.size(); ++drawing.columns) {
    const std::size_t length = utf8_character_bytes(bytes, offset);
    const std::string_view character = bytes.substr(offset, std::max<std::size_t>(length, 1));
    if (character == "\t") {
      drawing.text += ' ';
    } else if (length == 0 || moves_the_cursor(character)) {
      drawing.text += '?';
    } else {
      drawing.text += character;
    }
    offset += character.size();
  }
  return drawing;
}

/// The nearest place at or before `offset` where a character may start, so that no cut splits one.
std::size_t character_start(std::string_view line, std::size_t offset) {
  for (int i = 0; i < 3 && offset > 0 && offset < line.size(); ++i) {
    if ((static_cast<unsigned char>(line[offset]) & 0xc0U) != 0x80U) break;
    --offset;
  }
  return offset;
}

/// Gives the lines of a text in rising order, in one pass over it.
class LineCursor {
 public:
  explicit LineCursor(std::string_view text) : rest_(text) {
    if (rest_.substr(0, kByteOrderMark.size()) == kByteOrderMark) {
      rest_.remove_prefix(kByteOrderMark.size());
    }
  }

  /// Moves to `number`, which is not smaller than in the call before; false: there is no such line.
  bool move_to(std::uint32_t number) {
    while (current_ < number && !at_end_) next();
    return current_ == number;
  }

  std::string_view line() const { return line_; }

 private:
  void next() {
    if (rest_.empty()) {
      at_end_ = true;
      return;
    }
    const std::size_t end = rest_.find('\n');
    line_ = rest_.substr(0, end);
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
    if (!line_.empty() && line_.back() == '\r') line_.remove_suffix(1);
    ++current_;
  }

  std::string_view rest_;
  std::string_view line_;
  std::uint32_t current_ = 0;
  bool at_end_ = false;
};

/// `plain.yaml:3:7`, or what says the place without a line.
std::string place_text(const Diagnostic& diagnostic) {
  if (diagnostic.line == 0) return diagnostic.file;
  return fmt::format("{}:{}:{}", diagnostic.file, diagnostic.line, diagnostic.column);
}

/// The source line and the caret line below it, both with the gutter.
std::string draw_source(const Diagnostic& diagnostic, std::string_view line) {
  const std::size_t wanted = diagnostic.column == 0 ? 0 : diagnostic.column - 1;
  const std::size_t caret = character_start(line, std::min<std::size_t>(wanted, line.size()));
  std::size_t begin = 0;
  if (line.size() > kShownBytes && caret > kShownBeforeCaret) {
    begin = character_start(line, caret - kShownBeforeCaret);
  }
  const std::size_t end = character_start(line, std::min(line.size(), begin + kShownBytes));
  const std::size_t token_end = std::max(
      caret, character_start(line, std::min<std::size_t>(end, wanted + diagnostic.length)));

  const Drawing before = draw(line.substr(begin, caret - begin));
  const Drawing token = draw(line.substr(caret, token_end - caret));
  const Drawing after = draw(line.substr(token_end, end - token_end));
  const std::string_view front = begin > 0 ? kCut : "";
  const std::string_view back = end < line.size() ? kCut : "";

  const std::string gutter = fmt::format("{:>5} | ", diagnostic.line);
  std::string text =
      fmt::format("{}{}{}{}{}{}\n", gutter, front, before.text, token.text, after.text, back);
  text += fmt::format("{:>{}}{:{}}^{:~<{}}", "| ", gutter.size(), "", front.size() + before.columns,
                      "", std::max<std::size_t>(token.columns, 1) - 1);
  if (!diagnostic.hint.empty()) text += ' ' + diagnostic.hint;
  return text + '\n';
}

/// A hundred errors of one kind need one hint. What says where to look is for all of them; any
/// other hint is for those that are told in the same words.
void give_each_hint_once(std::vector<Diagnostic>& diagnostics) {
  std::set<std::pair<std::string, std::string>> given;
  for (Diagnostic& diagnostic : diagnostics) {
    const bool is_for_all = diagnostic.hint.ends_with("lists them");
    if (!given.emplace(is_for_all ? "" : diagnostic.message, diagnostic.hint).second)
      diagnostic.hint.clear();
  }
}

}  // namespace

void sort_by_place(std::vector<Diagnostic>& diagnostics) {
  std::stable_sort(diagnostics.begin(), diagnostics.end(),
                   [](const Diagnostic& left, const Diagnostic& right) {
                     return std::tie(left.line, left.column) < std::tie(right.line, right.column);
                   });
}

std::string render(std::vector<Diagnostic> diagnostics, std::string_view source_text) {
  if (diagnostics.empty()) return {};
  sort_by_place(diagnostics);
  give_each_hint_once(diagnostics);
  LineCursor cursor(source_text);
  std::string text;
  for (const Diagnostic& diagnostic : diagnostics) {
    text += fmt::format("{}: error: {}\n", place_text(diagnostic), diagnostic.message);
    if (diagnostic.line != 0 && cursor.move_to(diagnostic.line)) {
      text += draw_source(diagnostic, cursor.line());
    } else if (!diagnostic.hint.empty()) {
      text += fmt::format("      | {}\n", diagnostic.hint);
    }
  }
  text += fmt::format("{} error{}\n", diagnostics.size(), diagnostics.size() == 1 ? "" : "s");
  return text;
}

std::string shown(std::string_view text) {
  const bool cut = text.size() > kShownTextBytes;
  const std::size_t end = cut ? character_start(text, kShownTextBytes) : text.size();
  return fmt::format("{}{}", draw(text.substr(0, end)).text, cut ? kCut : "");
}

std::string quoted(std::string_view text) {
  return fmt::format("'{}'", shown(text));
}

}  // namespace luosim::app
