// SPDX-License-Identifier: Apache-2.0
#include "model/kho/bitmap.hpp"

#include <algorithm>
#include <bit>
#include <span>
#include <utility>

namespace luosim::kho {

namespace {

// Bits `first` and up of a word, `count` of them.
std::uint64_t mask_of(std::uint64_t first, std::uint64_t count) {
  return (count == 64 ? ~0ULL : (1ULL << count) - 1) << first;
}

// Calls `change(word, mask)` for each word that has some of the bits.
template <class Change>
void for_each_mask(std::uint64_t first, std::uint64_t count, Change change) {
  for (std::uint64_t bit = first; bit < first + count;) {
    const std::uint64_t here = std::min(64 - bit % 64, first + count - bit);
    change(bit / 64, mask_of(bit % 64, here));
    bit += here;
  }
}

}  // namespace

// Only words with a set bit are stored: most bitmaps speak of a handful of blocks, and a world that
// is copied and hashed all the time should not carry their zeroes.
void change_bits(memory::Bytes& bytes, memory::PhysicalAddress bitmap, std::uint64_t first,
                 std::uint64_t count, bool set) {
  if (!set) {
    std::vector<memory::Bytes::Piece> zeroes;
    clear_bits(bytes, bitmap, first, count, zeroes);
    bytes.erase_all(std::move(zeroes));
    return;
  }
  auto words = bytes.read_value<BitmapWords>(bitmap);
  for_each_mask(first, count, [&](std::uint64_t word, std::uint64_t mask) { words[word] |= mask; });
  const std::uint64_t begin = first / 64;
  const std::uint64_t end = (first + count + 63) / 64;
  bytes.write(bitmap + begin * 8, std::as_bytes(std::span(words).subspan(begin, end - begin)));
}

void clear_bits(memory::Bytes& bytes, memory::PhysicalAddress bitmap, std::uint64_t first,
                std::uint64_t count, std::vector<memory::Bytes::Piece>& zeroes) {
  auto words = bytes.read_value<BitmapWords>(bitmap);
  for_each_mask(first, count, [&](std::uint64_t word, std::uint64_t mask) {
    words[word] &= ~mask;
    const memory::PhysicalAddress address = bitmap + word * 8;
    if (words[word] != 0) {
      bytes.write_value(address, words[word]);
    } else if (!zeroes.empty() && zeroes.back().address + zeroes.back().length == address) {
      zeroes.back().length += 8;
    } else {
      zeroes.push_back({address, 8});
    }
  });
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
