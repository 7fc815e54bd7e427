// SPDX-License-Identifier: Apache-2.0
#include "app/cli/roff.hpp"

#include <fmt/format.h>

namespace luosim::app {

namespace {

// A `-` is one that can be copied into a shell; a dot or a quote at the begin of a line is text.
std::string escaped(std::string_view text) {
  std::string result;
  bool at_begin = true;
  for (const char character : text) {
    if (at_begin && (character == '.' || character == '\'')) result += "\\&";
    at_begin = character == '\n';
    switch (character) {
      case '\\':
        result += "\\e";
        break;
      case '-':
        result += "\\-";
        break;
      case '~':
        result += "\\(ti";
        break;
      case '^':
        result += "\\(ha";
        break;
      case '`':
        result += "\\(ga";
        break;
      default:
        result += character;
    }
  }
  return result;
}

}  // namespace

RoffPage::RoffPage(std::string_view title, int section, std::string_view about)
    : text_(fmt::format(".TH {} {} \"\" \"luosim " LUOSIM_VERSION
                        "\" \"luosim\"\n.SH NAME\n{} \\- {}\n",
                        escaped(title), section, escaped(title), escaped(about))) {}

void RoffPage::heading(std::string_view text) {
  text_ += fmt::format(".SH {}\n", escaped(text));
}

void RoffPage::subheading(std::string_view text) {
  text_ += fmt::format(".SS {}\n", escaped(text));
}

void RoffPage::paragraph(std::string_view text) {
  text_ += fmt::format(".PP\n{}\n", escaped(text));
}

void RoffPage::entry(std::string_view term, std::string_view value, std::string_view text) {
  text_ += fmt::format(".TP\n\\fB{}\\fR", escaped(term));
  if (!value.empty()) text_ += fmt::format(" \\fI{}\\fR", escaped(value));
  text_ += fmt::format("\n{}\n", escaped(text));
}

void RoffPage::example(std::string_view text) {
  text_ += fmt::format(".PP\n.nf\n{}\n.fi\n", escaped(text));
}

}  // namespace luosim::app
