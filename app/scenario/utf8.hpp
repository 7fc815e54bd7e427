// SPDX-License-Identifier: Apache-2.0
//
// Where one character of UTF-8 ends. Input is judged before any library sees it, and messages show
// pieces of input that may be anything, so both need the same strict answer.
#pragma once

#include <cstddef>
#include <string_view>

namespace luosim::app {

/// Bytes of the character that starts at `offset` (1 to 4), or 0 if none does: overlong, surrogate,
/// above U+10FFFF, cut off, a lone continuation byte, or `offset` is not inside of `text`.
std::size_t utf8_character_bytes(std::string_view text, std::size_t offset);

}  // namespace luosim::app
