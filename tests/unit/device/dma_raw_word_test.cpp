// SPDX-License-Identifier: Apache-2.0
//
// Words of pages whatever became of them, and what a write of bytes does to the versions of
// contents.
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "model/memory/raw_word.hpp"

namespace luosim::memory {
namespace {

constexpr std::uint64_t kPages = 1ULL << 12;

std::span<const std::byte> as_contents(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

std::string page_of_memory(const PhysicalMemory& memory, std::uint64_t page) {
  std::string text(kPageBytes, '?');
  read_raw(memory, address_of({page}), std::as_writable_bytes(std::span(text)));
  return text;
}

TEST(RawWord, is_what_was_stored_or_zero_in_a_cleared_page) {
  PhysicalMemory memory(kPages);
  memory.bytes().write_value(PhysicalAddress{0x3008}, std::uint64_t{0x1122});
  EXPECT_EQ(read_word(memory, {0x3008}), 0x1122U);
  EXPECT_EQ(read_word(memory, {0x3010}), 0U);
  EXPECT_EQ(read_word(memory, {0x3007}), 0x112200U);
}

TEST(RawWord, of_a_lost_page_follows_from_its_address) {
  PhysicalMemory memory(kPages);
  memory.fill({{3}, 2}, kGarbage);
  EXPECT_NE(page_of_memory(memory, 3), std::string(kPageBytes, '\0'));
  EXPECT_NE(page_of_memory(memory, 3), page_of_memory(memory, 4));
  EXPECT_EQ(page_of_memory(memory, 3), page_of_memory(memory, 3));
}

TEST(RawWord, is_the_same_in_pages_of_equal_versions) {
  PhysicalMemory memory(kPages);
  memory.fill({{3}, 2}, {77});
  memory.fill({{9}, 1}, {78});
  EXPECT_EQ(page_of_memory(memory, 3), page_of_memory(memory, 4));
  EXPECT_NE(page_of_memory(memory, 3), page_of_memory(memory, 9));
}

TEST(RawWord, of_a_lost_page_is_zero_small_a_pointer_or_anything) {
  PhysicalMemory memory(kPages);
  memory.fill({{0}, 4}, kGarbage);
  std::array<std::uint64_t, 4> kinds{};
  for (std::uint64_t word = 0; word < 2048; ++word) {
    const std::uint64_t value = read_word(memory, {word * 8});
    const std::size_t kind = value == 0                    ? 0
                             : value < 0x10000             ? 1
                             : value < kPages * kPageBytes ? 2
                                                           : 3;
    ++kinds[kind];
  }
  for (const std::uint64_t count : kinds) EXPECT_GT(count, 400U);
}

TEST(RawWord, is_the_same_read_at_any_place_and_length) {
  PhysicalMemory memory(kPages);
  memory.fill({{3}, 2}, kGarbage);
  const std::string both = page_of_memory(memory, 3) + page_of_memory(memory, 4);
  for (const std::size_t length : {1U, 7U, 8U, 13U, 100U}) {
    for (std::size_t at = 4096 - 120; at < 4096 + 20; ++at) {
      std::string part(length, '?');
      read_raw(memory, address_of({3}) + at, std::as_writable_bytes(std::span(part)));
      ASSERT_EQ(part, both.substr(at, length)) << at << " " << length;
    }
  }
}

TEST(RawWord, does_not_depend_on_the_compiler) {
  PhysicalMemory memory(kPages);
  memory.fill({{3}, 1}, kGarbage);
  memory.fill({{4}, 1}, {77});
  std::uint64_t sum = 0;
  for (std::uint64_t word = 0; word < 1024; ++word)
    sum = sum * 31 + read_word(memory, {0x3000 + word * 8});
  EXPECT_EQ(sum, 5000459263934641921U);
}

TEST(RawWord, is_zero_beside_structures_that_a_kernel_stored_in_a_lost_page) {
  PhysicalMemory memory(kPages);
  memory.fill({{3}, 1}, kGarbage);
  memory.bytes().write_value(PhysicalAddress{0x3800}, std::uint64_t{5});
  EXPECT_EQ(read_word(memory, {0x3800}), 5U);
  for (std::uint64_t word = 0; word < 256; ++word)
    ASSERT_EQ(read_word(memory, {0x3000 + word * 8}), 0U) << word;
}

TEST(RawWord, is_all_ones_where_nobody_answers) {
  PhysicalMemory memory(kPages);
  EXPECT_EQ(read_word(memory, address_of({kPages})), ~0ULL);
  EXPECT_EQ(read_word(memory, {~0ULL - 3}), 0x0000'0000'FFFF'FFFFULL) << "wraps around";
  EXPECT_EQ(read_word(memory, address_of({kPages - 1}) + 4092), 0xFFFF'FFFF'0000'0000ULL);
  EXPECT_EQ(read_word(PhysicalMemory(), {0}), ~0ULL);
}

TEST(RawWrite, keeps_what_it_does_not_overwrite) {
  for (const Content content : {kZeroes, kGarbage, Content{77}}) {
    PhysicalMemory memory(kPages);
    memory.fill({{2}, 3}, content);
    std::string expected = page_of_memory(memory, 3);
    const std::string neighbours = page_of_memory(memory, 2) + page_of_memory(memory, 4);
    write_raw(memory, {0x3123}, as_contents("hello"));
    expected.replace(0x123, 5, "hello");
    EXPECT_EQ(page_of_memory(memory, 3), expected);
    EXPECT_EQ(page_of_memory(memory, 2) + page_of_memory(memory, 4), neighbours);
  }
}

TEST(RawWrite, keeps_structures_that_were_stored_in_the_page) {
  PhysicalMemory memory(kPages);
  memory.fill({{3}, 1}, {77});
  memory.bytes().write_value(PhysicalAddress{0x3800}, std::uint64_t{5});
  write_raw(memory, {0x3000}, as_contents("x"));
  EXPECT_EQ(read_word(memory, {0x3800}), 5U);
  EXPECT_EQ(read_word(memory, {0x3000}), std::uint64_t{'x'});
}

TEST(RawWrite, of_zeroes_is_a_write) {
  PhysicalMemory memory(kPages);
  memory.fill({{3}, 1}, kGarbage);
  const std::string zeroes(kPageBytes, '\0');
  write_raw(memory, {0x3000}, as_contents(zeroes));
  EXPECT_EQ(page_of_memory(memory, 3), zeroes);
  EXPECT_NE(memory.at({3}).content, kGarbage);
}

TEST(RawWrite, shows_in_the_version_until_the_page_is_filled) {
  PhysicalMemory memory(kPages);
  memory.fill({{3}, 1}, {77});
  write_raw(memory, {0x3000}, as_contents("x"));
  EXPECT_EQ(memory.at({3}).content, kStoredBytes);
  memory.fill({{3}, 1}, {77});
  EXPECT_EQ(memory.at({3}).content, Content{77});
  EXPECT_EQ(memory.bytes().stored_bytes(), 0U);
}

TEST(RawWrite, moves_no_bytes_once_the_page_is_stored) {
  PhysicalMemory memory(kPages);
  write_raw(memory, {0x3000}, as_contents("x"));
  const std::size_t stored = memory.bytes().stored_bytes();
  for (std::uint64_t entry = 0; entry < 256; ++entry)
    write_raw(memory, {0x3000 + entry * 16}, as_contents("an entry"));
  EXPECT_EQ(memory.bytes().stored_bytes(), stored);
}

TEST(RawWrite, crosses_pages_and_is_lost_beyond_memory) {
  PhysicalMemory memory(kPages);
  write_raw(memory, {0x3FFF}, as_contents("ab"));
  EXPECT_EQ(read_word(memory, {0x3FFF}), 0x6261U);
  write_raw(memory, address_of({kPages - 1}) + 4095, as_contents("ab"));
  EXPECT_EQ(read_word(memory, address_of({kPages - 1}) + 4088), 0x6100'0000'0000'0000U);
}

TEST(ContentOf, tells_later_writes_apart_too) {
  PhysicalMemory memory(kPages);
  memory.fill({{3}, 1}, {77});
  EXPECT_EQ(content_of(memory, {3}), Content{77});
  write_raw(memory, {0x3000}, as_contents("x"));
  const Content first = content_of(memory, {3});
  write_raw(memory, {0x3000}, as_contents("y"));
  EXPECT_NE(content_of(memory, {3}), first);
  write_raw(memory, {0x3000}, as_contents("x"));
  EXPECT_EQ(content_of(memory, {3}), first);
}

TEST(ContentOf, is_zeroes_when_the_bytes_are) {
  PhysicalMemory memory(kPages);
  write_raw(memory, {0x3000}, as_contents("x"));
  EXPECT_NE(content_of(memory, {3}), kZeroes);
  write_raw(memory, {0x3000}, as_contents(std::string_view("\0", 1)));
  EXPECT_EQ(content_of(memory, {3}), kZeroes);
}

}  // namespace
}  // namespace luosim::memory
