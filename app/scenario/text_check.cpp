// SPDX-License-Identifier: Apache-2.0
//
// One pass over the bytes. It knows just enough of YAML to count what may become a token, and
// counts too much rather than too little: a bracket in a title is counted as well.
#include "app/scenario/text_check.hpp"

#include <fmt/format.h>

#include "app/scenario/units.hpp"
#include "app/scenario/utf8.hpp"
#include "app/scenario/yaml.hpp"

namespace luosim::app {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

bool is_control(char letter) {
  const auto byte = static_cast<unsigned char>(letter);
  return (byte < 0x20 && letter != '\t' && letter != '\n') || byte == 0x7f;
}

/// How many half tokens the character at `offset` may begin; a quote begins one and ends it.
std::size_t half_marks(std::string_view text, std::size_t offset) {
  const char letter = text[offset];
  const char next = offset + 1 < text.size() ? text[offset + 1] : '\n';
  switch (letter) {
    case '"':
    case '\'':
      return 1;
    case '[':
    case ']':
    case '{':
    case '}':
    case ',':
    case ':':
    case '&':
    case '*':
    case '!':
      return 2;
    case '-':
    case '?':
      return next == ' ' || next == '\t' || next == '\n' || next == '\r' ? 2 : 0;
    default:
      return 0;
  }
}

/// Adds up the cost of blanks: the library looks at a stretch of n blanks about n * n / 2 times.
class BlankWork {
 public:
  /// False: it is too much.
  bool take(char letter) {
    const bool blank = letter == ' ' || letter == '\t' || letter == '\n' || letter == '\r';
    stretch_ = blank ? stretch_ + 1 : 0;
    total_ += stretch_;
    return total_ <= yaml_limits::kBlankWork;
  }

 private:
  std::size_t stretch_ = 0;
  std::size_t total_ = 0;
};

/// Brackets that are open, as if there were no quotes and comments.
class BracketDepth {
 public:
  /// False: it is too much.
  bool take(char letter) {
    if (letter == '[' || letter == '{') ++depth_;
    if ((letter == ']' || letter == '}') && depth_ > 0) --depth_;
    return depth_ <= yaml_limits::kOpenBrackets;
  }

 private:
  std::size_t depth_ = 0;
};

std::optional<TextFault> character_fault(std::string_view text, std::size_t offset,
                                         std::size_t length) {
  const char letter = text[offset];
  if (length == 0) {
    return TextFault{offset, 1,
                     fmt::format("byte 0x{:02x} is not UTF-8", static_cast<unsigned char>(letter)),
                     "save the file as UTF-8"};
  }
  if (length != 1) return std::nullopt;
  if (letter == '\r') {
    if (offset + 1 < text.size() && text[offset + 1] == '\n') return std::nullopt;
    return TextFault{offset, 1, "a carriage return without a line feed", "lines end in LF or CRLF"};
  }
  if (is_control(letter)) {
    return TextFault{offset, 1, fmt::format("control character 0x{:02x}", letter),
                     "a scenario is plain text"};
  }
  // The library reads the words of such a line in time that grows with their square.
  if (letter == '%' && (offset == 0 || text[offset - 1] == '\n')) {
    return TextFault{offset, 1, "a line cannot begin with '%'",
                     "YAML directives have no place in a scenario"};
  }
  return std::nullopt;
}

}  // namespace

std::string_view without_byte_order_mark(std::string_view text) {
  if (text.substr(0, kByteOrderMark.size()) == kByteOrderMark) {
    text.remove_prefix(kByteOrderMark.size());
  }
  return text;
}

std::optional<TextFault> find_text_fault(std::string_view text) {
  if (text.size() > yaml_limits::kBytes) {
    return TextFault{0,
                     0,
                     fmt::format("the file has {} bytes; a scenario has at most {}", text.size(),
                                 format_size(yaml_limits::kBytes)),
                     {}};
  }
  std::size_t marks = 0;
  BlankWork blanks;
  BracketDepth brackets;
  for (std::size_t offset = 0; offset < text.size();) {
    const std::size_t length = utf8_character_bytes(text, offset);
    if (std::optional<TextFault> fault = character_fault(text, offset, length)) return fault;
    marks += half_marks(text, offset);
    if (marks > 2 * yaml_limits::kMarks) {
      return TextFault{offset, 1,
                       fmt::format("the file has more than {} brackets, commas, colons, dashes "
                                   "and pairs of quotes",
                                   yaml_limits::kMarks),
                       "a scenario is smaller than that"};
    }
    if (!blanks.take(text[offset])) {
      return TextFault{offset, 1, "the file has too long stretches of blanks and empty lines",
                       "take some out"};
    }
    if (!brackets.take(text[offset])) {
      return TextFault{
          offset, 1, fmt::format("more than {} brackets are open", yaml_limits::kOpenBrackets), {}};
    }
    offset += length;
  }
  return std::nullopt;
}

}  // namespace luosim::app
