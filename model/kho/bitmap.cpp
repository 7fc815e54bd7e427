// SPDX-License-Identifier: Apache-2.0
#include "model/kho/bitmap.hpp"

#include <algorithm>
#include <bit>
#include <span>

namespace luosim::kho {

namespace {

// Bits `first` and up of a word, `count` of them.
std::uint64_t mask_of(std::uint64_t first, std::uint64_t count) {
  return (count == 64 ? ~0ULL : (1ULL << count) - 1) << first;
}

}  // namespace

// Only words with a set bit are stored: most bitmaps speak of a handful of blocks, and a world that
// is copied and hashed all the time should not carry their zeroes.
void change_bits(memory::Bytes& bytes, memory::PhysicalAddress bitmap, std::uint64_t first,
                 std::uint64_t count, bool set) {
  const std::uint64_t begin = first / 64;
  const std::uint64_t end = (first + count + 63) / 64;
  auto words = bytes.read_value<BitmapWords>(bitmap);
  for (std::uint64_t bit = first; bit < first + count;) {
    const std::uint64_t here = std::min(64 - bit % 64, first + count - bit);
    const std::uint64_t mask = mask_of(bit % 64, here);
    std::uint64_t& word = words[bit / 64];
    word = set ? word | mask : word & ~mask;
    bit += here;
  }
  if (set) {
    bytes.write(bitmap + begin * 8, std::as_bytes(std::span(words).subspan(begin, end - begin)));
    return;
  }
  for (std::uint64_t word = begin; word < end; ++word) {
    if (words[word] == 0) {
      bytes.erase(bitmap + word * 8, 8);
    } else {
      bytes.write_value(bitmap + word * 8, words[word]);
    }
  }
}

bool is_set(const memory::Bytes& bytes, memory::PhysicalAddress bitmap, std::uint64_t bit) {
  const auto word = bytes.read_value<std::uint64_t>(bitmap + bit / 64 * 8);
  return (word >> (bit % 64) & 1) != 0;
}

std::uint64_t count_bits(const memory::Bytes& bytes, memory::PhysicalAddress bitmap) {
  std::uint64_t count = 0;
  for (const std::uint64_t word : bytes.read_value<BitmapWords>(bitmap))
    count += static_cast<std::uint64_t>(std::popcount(word));
  return count;
}

}  // namespace luosim::kho
