// SPDX-License-Identifier: Apache-2.0
//
// The 512-byte bitmaps of preserved blocks, as bytes in physical memory.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <vector>

#include "model/memory/bytes.hpp"

namespace luosim::kho {

inline constexpr std::uint64_t kBitmapBytes = 512;
inline constexpr std::uint64_t kBlocksPerBitmap = kBitmapBytes * 8;
using BitmapWords = std::array<std::uint64_t, kBitmapBytes / 8>;

/// Sets or clears `count` bits from `first` on; all of them lie in the bitmap.
void change_bits(memory::Bytes& bytes, memory::PhysicalAddress bitmap, std::uint64_t first,
                 std::uint64_t count, bool set);
/// Clears bits as above, but leaves it to the caller to erase the words that are zero then: many
/// bitmaps are cleared faster together.
void clear_bits(memory::Bytes& bytes, memory::PhysicalAddress bitmap, std::uint64_t first,
                std::uint64_t count, std::vector<memory::Bytes::Piece>& zeroes);
bool is_set(const memory::Bytes& bytes, memory::PhysicalAddress bitmap, std::uint64_t bit);
std::uint64_t count_bits(const memory::Bytes& bytes, memory::PhysicalAddress bitmap);

/// Calls `run(first, count)` for each maximal run of set bits, ascending. O(words + runs).
template <class Run>
void for_each_run(const BitmapWords& words, Run run) {
  std::uint64_t begin = 0;
  std::uint64_t length = 0;
  const auto end_run = [&] {
    if (length > 0) run(begin, length);
    length = 0;
  };
  for (std::uint64_t word = 0; word < words.size(); ++word) {
    for (std::uint64_t bit = 0; bit < 64;) {
      const std::uint64_t rest = words[word] >> bit;
      const auto ones = static_cast<std::uint64_t>(std::countr_one(rest));
      if (ones > 0) {
        if (length == 0) begin = word * 64 + bit;
        length += ones;
        bit += ones;
        continue;
      }
      end_run();
      bit += rest == 0 ? 64 - bit : static_cast<std::uint64_t>(std::countr_zero(rest));
    }
  }
  end_run();
}

}  // namespace luosim::kho
