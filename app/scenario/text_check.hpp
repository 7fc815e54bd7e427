// SPDX-License-Identifier: Apache-2.0
//
// What a text must satisfy before the YAML library may see it. The library stops silently at bytes
// that are not text, and takes time or memory without bound for a few kinds of hostile input; all
// of that is refused here in one linear pass.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace luosim::app {

/// The first thing that is wrong with a text.
struct TextFault {
  std::size_t offset = 0;  ///< of the bytes that are wrong
  std::size_t length = 1;
  std::string message;
  std::string hint;
};

/// `text` without a byte order mark at its start. Offsets and columns count from behind it.
std::string_view without_byte_order_mark(std::string_view text);

/// Nothing if `text` is of allowed size, valid UTF-8 without control characters, with lines that
/// end in LF or CRLF, without YAML directives and with few enough tokens.
std::optional<TextFault> find_text_fault(std::string_view text);

}  // namespace luosim::app
