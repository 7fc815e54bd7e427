// SPDX-License-Identifier: Apache-2.0
//
// Digests are compared between machines and written into reports, so golden values are stated. The
// rest proves that a digest depends on the bytes alone and not on the way they took: one by one or
// at once, through the flat buffer or through the stream.
#include "sim/core/digest.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace luosim::sim {
namespace {

constexpr std::string_view kText = "live update";

std::vector<std::uint8_t> bytes_of(std::size_t size) {
  std::vector<std::uint8_t> bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(i * 131 + i / 256);
  return bytes;
}

Digest128 digest_in_pieces(const std::vector<std::uint8_t>& bytes, std::size_t piece) {
  Hasher hasher;
  for (std::size_t i = 0; i < bytes.size(); i += piece) {
    hasher.add_bytes(bytes.data() + i, std::min(piece, bytes.size() - i));
  }
  return hasher.finish();
}

TEST(Digest128, is_written_as_32_digits_with_the_high_half_first) {
  EXPECT_EQ(to_hex({}), "00000000000000000000000000000000");
  EXPECT_EQ(to_hex({0x0123456789abcdef, 0xfedcba9876543210}), "0123456789abcdeffedcba9876543210");
}

TEST(Digest128, is_ordered_by_the_high_half_first) {
  EXPECT_LT((Digest128{1, 9}), (Digest128{2, 0}));
  EXPECT_LT((Digest128{1, 1}), (Digest128{1, 2}));
  EXPECT_EQ((Digest128{1, 2}), (Digest128{1, 2}));
}

TEST(Hasher, gives_the_golden_values) {
  Hasher hasher;
  EXPECT_EQ(to_hex(hasher.finish()), "99aa06d3014798d86001c324468d497f");
  hasher.add_bytes(kText.data(), kText.size());
  EXPECT_EQ(to_hex(hasher.finish()), "9b423c19582d73b43241aa7abf724863");
  EXPECT_EQ(to_hex(digest_in_pieces(bytes_of(2'048), 80)), "0d106fcb873d14cd7b13f69fad35de00");
  EXPECT_EQ(to_hex(digest_in_pieces(bytes_of(100'000), 80)), "222a45d78d28b13645169176f633139f");
}

TEST(Hasher, does_not_depend_on_how_the_bytes_are_cut_into_pieces) {
  for (const std::size_t size : {1U, 100U, 32'767U, 32'768U, 32'769U, 65'536U, 200'000U}) {
    const std::vector<std::uint8_t> bytes = bytes_of(size);
    const Digest128 expected = digest_of_bytes(bytes.data(), bytes.size());
    for (const std::size_t piece : {7U, 1'000U, 32'768U, 40'000U, 200'000U}) {
      EXPECT_EQ(digest_in_pieces(bytes, piece), expected) << size << " in pieces of " << piece;
    }
  }
}

TEST(Hasher, can_be_asked_twice_and_continued) {
  const std::vector<std::uint8_t> bytes = bytes_of(100'000);
  Hasher hasher;
  std::size_t added = 0;
  for (const std::size_t until : {10U, 40'000U, 40'010U, 100'000U}) {
    hasher.add_bytes(bytes.data() + added, until - added);
    added = until;
    EXPECT_EQ(hasher.finish(), digest_of_bytes(bytes.data(), until));
    EXPECT_EQ(hasher.finish(), digest_of_bytes(bytes.data(), until));
  }
}

TEST(Hasher, is_like_new_after_reset) {
  const std::vector<std::uint8_t> large = bytes_of(100'000);
  Hasher hasher;
  for (int round = 0; round < 2; ++round) {
    hasher.add_bytes(large.data(), large.size());
    EXPECT_EQ(hasher.finish(), digest_of_bytes(large.data(), large.size()));
    hasher.reset();
    hasher.add(std::uint32_t{5});
    EXPECT_EQ(hasher.finish(), digest_in_pieces({5, 0, 0, 0}, 4));
    hasher.reset();
    EXPECT_EQ(hasher.finish(), Hasher().finish());
  }
}

TEST(Hasher, carries_its_bytes_when_moved) {
  Hasher hasher;
  hasher.add(std::uint64_t{1});
  const Digest128 expected = hasher.finish();
  const Hasher moved = std::move(hasher);
  EXPECT_EQ(moved.finish(), expected);
}

TEST(Hasher, adds_values_as_little_endian_bytes) {
  enum class Phase : std::uint16_t { frozen = 0x0201 };
  struct Pair {
    std::uint32_t left;
    std::uint32_t right;
  };
  Hasher hasher;
  hasher.add(Phase::frozen);
  hasher.add(true);
  hasher.add(std::int8_t{-1});
  hasher.add(Pair{3, 4});
  EXPECT_EQ(hasher.finish(), digest_in_pieces({1, 2, 1, 255, 3, 0, 0, 0, 4, 0, 0, 0}, 12));
}

TEST(Hasher, adds_a_sequence_as_its_size_and_its_elements) {
  Hasher hasher;
  hasher.add_sequence(std::vector<std::uint16_t>{7, 8});
  EXPECT_EQ(hasher.finish(), digest_in_pieces({2, 0, 0, 0, 0, 0, 0, 0, 7, 0, 8, 0}, 12));
}

TEST(Hasher, tells_neighbouring_sequences_apart) {
  const std::vector<std::uint32_t> none;
  const std::vector<std::uint32_t> one{1};
  Hasher left;
  left.add_sequence(none);
  left.add_sequence(one);
  Hasher right;
  right.add_sequence(one);
  right.add_sequence(none);
  EXPECT_NE(left.finish(), right.finish());
}

TEST(Hasher, differs_when_a_single_bit_differs) {
  std::vector<std::uint8_t> bytes = bytes_of(2'048);
  const Digest128 original = digest_of_bytes(bytes.data(), bytes.size());
  for (std::size_t i = 0; i < bytes.size(); i += 97) {
    bytes[i] ^= 1U;
    EXPECT_NE(digest_of_bytes(bytes.data(), bytes.size()), original);
    bytes[i] ^= 1U;
  }
}

TEST(Digest, depends_on_the_seed) {
  EXPECT_NE(digest_of_bytes("a", 1, 1), digest_of_bytes("a", 1, 2));
  EXPECT_EQ(digest_of_bytes("a", 1), digest_of_bytes("a", 1, 0));
}

}  // namespace
}  // namespace luosim::sim
