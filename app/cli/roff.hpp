// SPDX-License-Identifier: Apache-2.0
//
// Text for man(7): what a macro or an escape would be is made harmless here, and nowhere else.
#pragma once

#include <string>
#include <string_view>

namespace luosim::app {

class RoffPage {
 public:
  /// Section 1 is commands, 5 files. The same program gives the same bytes, so there is no date.
  RoffPage(std::string_view title, int section, std::string_view about);

  void heading(std::string_view text);
  void subheading(std::string_view text);
  void paragraph(std::string_view text);
  /// A tagged paragraph: what it is about in bold, its value in italics, and what it means.
  void entry(std::string_view term, std::string_view value, std::string_view text);
  /// Lines as they stand.
  void example(std::string_view text);

  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

}  // namespace luosim::app
