// SPDX-License-Identifier: Apache-2.0
//
// Bytes and extents against the plainest thing that does the same: an array with one element for
// each byte or page. Besides, what both promise beyond contents: equal memories are equal values
// whatever happened to them before, and what is large and alike costs next to nothing.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "model/memory/physical_memory.hpp"
#include "sim/core/random.hpp"
#include "tests/unit/model/machine.hpp"

namespace luosim::memory {
namespace {

using world::digest_of_part;

constexpr OwnerTag kGuest{7};
constexpr OwnerTag kKernel{8};

std::span<const std::byte> as_contents(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

std::string read_text(const Bytes& bytes, std::uint64_t address, std::size_t length) {
  std::string text(length, '?');
  bytes.read({address}, std::as_writable_bytes(std::span(text)));
  return text;
}

TEST(Bytes, read_as_zero_where_nothing_was_stored) {
  Bytes bytes;
  EXPECT_EQ(bytes.read_value<std::uint64_t>({0x1234}), 0U);
  bytes.write({0x1000}, as_contents("ab"));
  EXPECT_EQ(read_text(bytes, 0xFFF, 4), std::string("\0ab\0", 4));
}

TEST(Bytes, a_write_replaces_the_middle_of_an_older_one_and_nothing_else) {
  Bytes bytes;
  bytes.write({100}, as_contents("aaaaaaaa"));
  bytes.write({103}, as_contents("BB"));
  EXPECT_EQ(read_text(bytes, 100, 8), "aaaBBaaa");
  EXPECT_EQ(bytes.stored_bytes(), 8U);
}

TEST(Bytes, a_write_over_a_gap_replaces_the_edges_of_both_sides) {
  Bytes bytes;
  bytes.write({100}, as_contents("aaaa"));
  bytes.write({110}, as_contents("cccc"));
  bytes.write({102}, as_contents("BBBBBBBBBB"));
  EXPECT_EQ(read_text(bytes, 100, 14), "aaBBBBBBBBBBcc");
  EXPECT_EQ(bytes.stored_bytes(), 14U);
}

TEST(Bytes, erasing_a_page_cuts_the_run_that_spans_it) {
  Bytes bytes;
  const std::string three_pages(3 * kPageBytes, 'x');
  bytes.write(address_of({5}), as_contents(three_pages));
  bytes.erase({{6}, 1});
  EXPECT_EQ(read_text(bytes, 6 * kPageBytes - 1, 2), std::string("x\0", 2));
  EXPECT_EQ(read_text(bytes, 7 * kPageBytes - 1, 2), std::string("\0x", 2));
  EXPECT_EQ(bytes.stored_bytes(), 2 * kPageBytes);
}

TEST(Bytes, pages_that_are_terabytes_apart_cost_what_is_stored_in_them) {
  Bytes bytes;
  bytes.write_value<std::uint64_t>({0}, 1);
  bytes.write_value<std::uint64_t>({1ULL << 45}, 2);
  EXPECT_EQ(bytes.stored_bytes(), 16U);
  EXPECT_EQ(bytes.read_value<std::uint64_t>({1ULL << 45}), 2U);
}

TEST(Bytes, whole_pages_are_stored_without_their_long_runs_of_zeroes) {
  std::vector<std::byte> page(kPageBytes);
  page[0] = std::byte{1};
  page[4000] = std::byte{2};
  Bytes bytes;
  bytes.write(address_of({9}), as_contents(std::string(kPageBytes, 'z')));
  bytes.write_pages({9}, page);
  EXPECT_EQ(bytes.stored_bytes(), 2U);
  EXPECT_EQ(bytes.read_value<std::uint8_t>(address_of({9}) + 4000), 2U);

  Bytes without_history;
  without_history.write_pages({9}, page);
  EXPECT_EQ(bytes, without_history);
  EXPECT_EQ(digest_of_part(bytes), digest_of_part(without_history));
}

TEST(Bytes, neighbours_written_one_by_one_are_the_same_value_as_written_at_once) {
  Bytes at_once;
  at_once.write({64}, as_contents("abcdef"));
  Bytes one_by_one;
  one_by_one.write({68}, as_contents("ef"));
  one_by_one.write({64}, as_contents("ab"));
  one_by_one.write({66}, as_contents("cd"));
  EXPECT_EQ(at_once, one_by_one);
  EXPECT_EQ(digest_of_part(at_once), digest_of_part(one_by_one));
}

TEST(Bytes, the_order_of_writes_to_different_places_does_not_show) {
  Bytes upwards;
  upwards.write({10}, as_contents("one"));
  upwards.write({5000}, as_contents("two"));
  upwards.write({90000}, as_contents("three"));
  Bytes downwards;
  downwards.write({90000}, as_contents("later"));
  downwards.write({5000}, as_contents("two"));
  downwards.write(address_of({7}), as_contents("gone"));
  downwards.write({10}, as_contents("one"));
  EXPECT_NE(upwards, downwards);
  downwards.erase({{7}, 1});
  EXPECT_NE(upwards, downwards);
  downwards.write({90000}, as_contents("three"));
  EXPECT_EQ(upwards, downwards);
  EXPECT_EQ(digest_of_part(upwards), digest_of_part(downwards));
}

TEST(Bytes, keep_the_runs_whose_first_page_is_kept) {
  Bytes bytes;
  bytes.write(address_of({3}), as_contents("stays"));
  bytes.write(address_of({4}), as_contents("goes"));
  bytes.keep_if([](Pfn page) { return page.value == 3; });
  EXPECT_EQ(read_text(bytes, 3 * kPageBytes, 5), "stays");
  EXPECT_EQ(bytes.stored_bytes(), 5U);
}

TEST(Bytes, pieces_erased_at_once_leave_what_they_leave_when_erased_one_by_one) {
  for (const std::uint64_t pieces : {1U, 16U, 17U, 200U}) {
    Bytes at_once;
    for (std::uint64_t page = 1; page < 20; page += 3)
      at_once.write(address_of({page}), as_contents(std::string(2 * kPageBytes, 'x')));
    Bytes one_by_one = at_once;
    std::vector<Bytes::Piece> erased;
    // Backwards, of growing length, within runs and across their ends and the gaps between them.
    for (std::uint64_t piece = pieces; piece-- > 0;)
      erased.push_back({{piece * 401}, 1 + piece % 400});
    for (const Bytes::Piece& piece : erased) one_by_one.erase(piece.address, piece.length);
    at_once.erase_all(erased);
    EXPECT_EQ(at_once, one_by_one) << pieces;
  }
}

TEST(Bytes, agree_with_a_plain_array_over_thousands_of_writes_and_erasures) {
  constexpr std::size_t kPages = 4;
  sim::RandomStream random(1, "bytes");
  Bytes bytes;
  std::vector<std::byte> plain(kPages * kPageBytes);
  for (int round = 0; round < 4000; ++round) {
    if (random.one_in(20)) {
      const std::uint64_t page = random.below(kPages);
      bytes.erase({{page}, 1});
      std::fill_n(plain.begin() + static_cast<std::ptrdiff_t>(page * kPageBytes), kPageBytes,
                  std::byte{0});
    } else {
      const std::uint64_t begin = random.below(plain.size());
      const std::uint64_t most = std::min<std::uint64_t>(plain.size() - begin, 300);
      std::vector<std::byte> contents(1 + random.below(most));
      for (std::byte& each : contents) each = static_cast<std::byte>(random.below(256));
      bytes.write({begin}, contents);
      std::copy(contents.begin(), contents.end(),
                plain.begin() + static_cast<std::ptrdiff_t>(begin));
    }
    std::vector<std::byte> seen(plain.size());
    bytes.read({0}, seen);
    ASSERT_EQ(seen, plain) << "after round " << round;
  }
}

TEST(PhysicalMemory, begins_as_one_free_extent_of_zeroes) {
  const PhysicalMemory memory(1000);
  ASSERT_EQ(memory.extents().size(), 1U);
  EXPECT_EQ(memory.extents()[0], (Extent{.first = {0}, .count = 1000}));
  EXPECT_EQ(memory.count_owned(kFree), 1000U);
}

TEST(PhysicalMemory, giving_splits_an_extent_and_neighbours_that_become_alike_join) {
  PhysicalMemory memory(100);
  memory.give({{10}, 5}, kGuest, 3);
  EXPECT_EQ(memory.extents().size(), 3U);
  memory.give({{15}, 5}, kGuest, 3);
  EXPECT_EQ(memory.extents().size(), 3U);
  EXPECT_EQ(memory.at({12}).range(), (PageRange{{10}, 10}));
  memory.give({{20}, 5}, kGuest, 4);
  EXPECT_EQ(memory.extents().size(), 4U) << "another owner number is another extent";
  memory.give({{0}, 100}, kKernel);
  EXPECT_EQ(memory.extents().size(), 1U);
}

TEST(PhysicalMemory, a_released_page_keeps_its_contents_and_remembers_who_had_it) {
  PhysicalMemory memory(100);
  memory.give({{10}, 1}, kGuest);
  memory.fill({{10}, 1}, {42});
  memory.bytes().write(address_of({10}), as_contents("secret"));
  memory.release({{10}, 1});
  EXPECT_EQ(memory.at({10}).owner, kFree);
  EXPECT_EQ(memory.at({10}).freed_from, kGuest);
  EXPECT_EQ(memory.at({10}).content, Content{42});
  EXPECT_EQ(read_text(memory.bytes(), 10 * kPageBytes, 6), "secret");
  memory.give({{10}, 1}, kKernel);
  EXPECT_EQ(memory.at({10}).freed_from, kFree) << "who owns it now is all that counts";
  EXPECT_EQ(memory.at({10}).content, Content{42}) << "giving does not overwrite";
}

TEST(PhysicalMemory, filling_overwrites_the_bytes_of_the_range_and_no_others) {
  PhysicalMemory memory(100);
  memory.bytes().write(address_of({10}), as_contents("goes"));
  memory.bytes().write(address_of({11}), as_contents("stays"));
  memory.fill({{10}, 1}, kGarbage);
  EXPECT_EQ(memory.at({10}).content, kGarbage);
  EXPECT_EQ(memory.at({11}).content, kZeroes);
  EXPECT_EQ(read_text(memory.bytes(), 11 * kPageBytes, 5), "stays");
  EXPECT_EQ(memory.bytes().stored_bytes(), 5U);
}

TEST(PhysicalMemory, finds_the_first_aligned_room_at_or_above_a_page) {
  PhysicalMemory memory(64);
  memory.give({{0}, 3}, kKernel);
  const PageRange all{{0}, 64};
  EXPECT_EQ(memory.find_free(4, 1, {0}, all), (PageRange{{3}, 4}));
  EXPECT_EQ(memory.find_free(4, 8, {0}, all), (PageRange{{8}, 4}));
  EXPECT_EQ(memory.find_free(4, 8, {9}, all), (PageRange{{16}, 4}));
  EXPECT_EQ(memory.find_free(4, 8, {0}, {{20}, 40}), (PageRange{{24}, 4}));
  EXPECT_EQ(memory.find_free(61, 1, {0}, all), (PageRange{{3}, 61}));
  EXPECT_FALSE(memory.find_free(62, 1, {0}, all));
  EXPECT_FALSE(memory.find_free(4, 1, {0}, {{61}, 40})) << "memory ends before the limit does";
  EXPECT_FALSE(memory.find_free(1, 1, {64}, all));
}

TEST(PhysicalMemory, finds_room_across_free_extents_of_different_history) {
  PhysicalMemory memory(64);
  memory.give({{0}, 64}, kKernel);
  memory.fill({{10}, 2}, {1});
  memory.give({{12}, 2}, kGuest);
  memory.release({{10}, 2});
  memory.release({{12}, 2});
  memory.release({{14}, 2});
  EXPECT_GT(memory.extents().size(), 3U) << "the free pages differ";
  EXPECT_EQ(memory.find_free(6, 1, {0}, {{0}, 64}), (PageRange{{10}, 6}));
  EXPECT_EQ(memory.find_free(4, 4, {0}, {{0}, 64}), (PageRange{{12}, 4}));
  EXPECT_FALSE(memory.find_free(7, 1, {0}, {{0}, 64}));
}

TEST(PhysicalMemory, loses_what_nobody_keeps) {
  PhysicalMemory memory(100);
  memory.give({{10}, 10}, kGuest);
  memory.give({{20}, 10}, kKernel);
  memory.fill({{10}, 20}, {5});
  memory.bytes().write(address_of({10}), as_contents("kept"));
  memory.bytes().write(address_of({20}), as_contents("lost"));
  memory.release_all_but([](const Extent& extent) { return extent.owner == kGuest; });
  EXPECT_EQ(memory.count_owned(kGuest), 10U);
  EXPECT_EQ(memory.count_owned(kFree), 90U);
  EXPECT_EQ(memory.at({10}).content, Content{5});
  EXPECT_EQ(memory.at({20}).content, kGarbage);
  EXPECT_EQ(memory.at({20}).freed_from, kKernel);
  EXPECT_EQ(memory.bytes().stored_bytes(), 4U);
}

TEST(PhysicalMemory, a_host_of_twelve_terabytes_is_a_handful_of_extents) {
  constexpr std::uint64_t kPages = 12ULL << 28;
  PhysicalMemory memory(kPages);
  memory.give({{0}, 256}, kKernel);
  for (std::uint32_t guest = 0; guest < 8; ++guest)
    memory.give({{1ULL << 28 << 3 | guest << 20}, 1ULL << 20}, kGuest, guest);
  EXPECT_EQ(memory.extents().size(), 11U);
  EXPECT_EQ(memory.count_owned(kGuest), 8ULL << 20);
  EXPECT_EQ(memory.find_free(1ULL << 28, 1ULL << 28, {0}, {{0}, kPages}),
            (PageRange{{1ULL << 28}, 1ULL << 28}));
}

TEST(PhysicalMemory, a_page_that_does_not_exist_is_a_mistake_of_the_model) {
  PhysicalMemory memory(100);
  EXPECT_EXIT(static_cast<void>(memory.at({100})), ::testing::ExitedWithCode(4), "page frame");
  EXPECT_EXIT(memory.give({{99}, 2}, kGuest), ::testing::ExitedWithCode(4), "range");
}

// One element for each page, and every question answered by looking at all of them.
class PlainMemory {
 public:
  struct Page {
    OwnerTag owner = kFree;
    std::uint32_t number = 0;
    OwnerTag freed_from = kFree;
    Content content = kZeroes;
    bool operator==(const Page&) const = default;
  };
  explicit PlainMemory(std::uint64_t pages) : pages_(pages) {}

  void give(PageRange range, OwnerTag owner, std::uint32_t number) {
    for_each(range, [&](Page& page) { page = {owner, number, kFree, page.content}; });
  }
  void release(PageRange range) {
    for_each(range, [&](Page& page) {
      page = {kFree, 0, page.owner == kFree ? page.freed_from : page.owner, page.content};
    });
  }
  void fill(PageRange range, Content content) {
    for_each(range, [&](Page& page) { page.content = content; });
  }
  std::optional<PageRange> find_free(std::uint64_t pages, std::uint64_t alignment, Pfn from,
                                     PageRange within) const {
    for (std::uint64_t first = 0; first + pages <= pages_.size(); first += alignment) {
      if (first < from.value || first < within.first.value) continue;
      if (first + pages > within.past_the_end().value) return std::nullopt;
      const auto begin = pages_.begin() + static_cast<std::ptrdiff_t>(first);
      if (std::all_of(begin, begin + static_cast<std::ptrdiff_t>(pages),
                      [](const Page& page) { return page.owner == kFree; }))
        return PageRange{{first}, pages};
    }
    return std::nullopt;
  }
  const std::vector<Page>& pages() const { return pages_; }

 private:
  template <class Change>
  void for_each(PageRange range, Change change) {
    for (std::uint64_t page = 0; page < range.count; ++page)
      change(pages_[range.first.value + page]);
  }
  std::vector<Page> pages_;
};

std::vector<PlainMemory::Page> pages_of(const PhysicalMemory& memory) {
  std::vector<PlainMemory::Page> pages;
  for (std::uint64_t page = 0; page < memory.pages(); ++page) {
    const Extent& extent = memory.at({page});
    pages.push_back({extent.owner, extent.owner_number, extent.freed_from, extent.content});
  }
  return pages;
}

// The same memory by the shortest way: each page is given, released and filled once.
PhysicalMemory without_history(const PlainMemory& plain) {
  PhysicalMemory memory(plain.pages().size());
  for (std::uint64_t page = 0; page < plain.pages().size(); ++page) {
    const PlainMemory::Page& wanted = plain.pages()[page];
    const PageRange range{{page}, 1};
    if (wanted.freed_from != kFree) {
      memory.give(range, wanted.freed_from);
      memory.release(range);
    }
    if (wanted.owner != kFree) memory.give(range, wanted.owner, wanted.number);
    memory.fill(range, wanted.content);
  }
  return memory;
}

TEST(PhysicalMemory, agrees_with_a_plain_array_and_shows_no_history) {
  constexpr std::uint64_t kPages = 48;
  sim::RandomStream random(2, "extents");
  PhysicalMemory memory(kPages);
  PlainMemory plain(kPages);
  for (int round = 0; round < 5000; ++round) {
    const std::uint64_t first = random.below(kPages);
    const PageRange range{{first}, random.below(kPages - first + 1)};
    const auto owner = OwnerTag{static_cast<std::uint32_t>(1 + random.below(2))};
    const auto number = static_cast<std::uint32_t>(random.below(2));
    const Content content{random.below(2)};
    switch (random.below(3)) {
      case 0:
        memory.give(range, owner, number);
        plain.give(range, owner, number);
        break;
      case 1:
        memory.release(range);
        plain.release(range);
        break;
      default:
        memory.fill(range, content);
        plain.fill(range, content);
    }
    ASSERT_EQ(pages_of(memory), plain.pages()) << "after round " << round;
    ASSERT_EQ(memory, without_history(plain)) << "after round " << round;
    const std::uint64_t wanted = 1 + random.below(8);
    const std::uint64_t alignment = 1ULL << random.below(4);
    const Pfn from{random.below(kPages)};
    ASSERT_EQ(memory.find_free(wanted, alignment, from, range),
              plain.find_free(wanted, alignment, from, range));
  }
}

}  // namespace
}  // namespace luosim::memory
