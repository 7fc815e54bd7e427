// SPDX-License-Identifier: Apache-2.0
//
// The table of well-formed sequences of the Unicode standard (table 3-7), which is shorter and
// safer than decoding first and judging afterwards.
#include "app/scenario/utf8.hpp"

#include <array>

namespace luosim::app {
namespace {

/// First bytes that share a length and the allowed range of the second byte.
struct LeadingByte {
  unsigned char first;
  unsigned char last;
  std::size_t bytes;
  unsigned char second_minimum;
  unsigned char second_maximum;
};

constexpr std::array kLeadingBytes{
    LeadingByte{0x00, 0x7f, 1, 0x80, 0xbf}, LeadingByte{0xc2, 0xdf, 2, 0x80, 0xbf},
    LeadingByte{0xe0, 0xe0, 3, 0xa0, 0xbf}, LeadingByte{0xe1, 0xec, 3, 0x80, 0xbf},
    LeadingByte{0xed, 0xed, 3, 0x80, 0x9f}, LeadingByte{0xee, 0xef, 3, 0x80, 0xbf},
    LeadingByte{0xf0, 0xf0, 4, 0x90, 0xbf}, LeadingByte{0xf1, 0xf3, 4, 0x80, 0xbf},
    LeadingByte{0xf4, 0xf4, 4, 0x80, 0x8f},
};

unsigned char byte_at(std::string_view text, std::size_t offset) {
  return static_cast<unsigned char>(text[offset]);
}

}  // namespace

std::size_t utf8_character_bytes(std::string_view text, std::size_t offset) {
  if (offset >= text.size()) return 0;
  const unsigned char leading = byte_at(text, offset);
  for (const LeadingByte& row : kLeadingBytes) {
    if (leading < row.first || leading > row.last) continue;
    if (row.bytes > text.size() - offset) return 0;
    for (std::size_t i = 1; i < row.bytes; ++i) {
      const unsigned char next = byte_at(text, offset + i);
      const unsigned char minimum = i == 1 ? row.second_minimum : static_cast<unsigned char>(0x80);
      const unsigned char maximum = i == 1 ? row.second_maximum : static_cast<unsigned char>(0xbf);
      if (next < minimum || next > maximum) return 0;
    }
    return row.bytes;
  }
  return 0;
}

}  // namespace luosim::app
