// SPDX-License-Identifier: Apache-2.0
//
// What kernel code may preserve and what is noted of it (luo-v2.md, section 6). Which blocks are
// marked is read from the bitmaps in memory, as the next kernel reads them, and not from the calls
// that marked them.
#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "model/kernel/errno.hpp"
#include "model/kho/bitmap.hpp"
#include "model/kho/tracker.hpp"
#include "tests/unit/model/machine.hpp"

namespace luosim::kho {
namespace {

using memory::address_of;
using memory::kPageBytes;
using memory::Pfn;
using world::kGiB;
using world::Machine;

// At a gigabyte: aligned to every order that a test uses, and away from what the boot allocates.
constexpr std::uint64_t kBase = 0x40000;

class KhoTracker : public ::testing::Test {
 protected:
  KhoTracker() { machine_.switch_on(); }

  std::int64_t preserve(std::uint64_t first, std::uint64_t pages) {
    auto context = machine_.context();
    return preserve_range(context, address_of({first}), pages * kPageBytes);
  }
  std::int64_t unpreserve(std::uint64_t first, std::uint64_t pages) {
    auto context = machine_.context();
    return unpreserve_range(context, address_of({first}), pages * kPageBytes);
  }
  const Tracker& tracker() const { return machine_.world.kernel.kho.tracker; }
  std::uint64_t preserved() { return preserved_pages(machine_.memory(), tracker()); }

  // {first page, pages} of every block that is marked, by page.
  std::vector<std::pair<std::uint64_t, std::uint64_t>> blocks() {
    std::vector<std::pair<std::uint64_t, std::uint64_t>> found;
    for (const Bitmap& bitmap : tracker().bitmaps) {
      for (std::uint64_t bit = 0; bit < kBlocksPerBitmap; ++bit) {
        if (!is_set(machine_.memory().bytes(), bitmap.address, bit)) continue;
        const std::uint64_t block = bitmap.index * kBlocksPerBitmap + bit;
        found.emplace_back(block << bitmap.order, 1ULL << bitmap.order);
      }
    }
    std::sort(found.begin(), found.end());
    return found;
  }

  Machine machine_{world::bare_scenario(32 * kGiB)};
};
using Blocks = std::vector<std::pair<std::uint64_t, std::uint64_t>>;

TEST_F(KhoTracker, refuses_what_is_not_whole_pages) {
  auto context = machine_.context();
  const memory::PhysicalAddress aligned = address_of({kBase});
  EXPECT_EQ(preserve_range(context, aligned + 1, kPageBytes), -kernel::kEINVAL);
  EXPECT_EQ(preserve_range(context, aligned, kPageBytes - 1), -kernel::kEINVAL);
  EXPECT_EQ(unpreserve_range(context, aligned + 512, kPageBytes), -kernel::kEINVAL);
  EXPECT_EQ(unpreserve_range(context, aligned, 1), -kernel::kEINVAL);
  EXPECT_EQ(tracker(), Tracker{});
}

TEST_F(KhoTracker, cuts_a_range_into_naturally_aligned_powers_of_two) {
  EXPECT_EQ(preserve(kBase + 1, 10), 0);
  EXPECT_EQ(
      blocks(),
      (Blocks{{kBase + 1, 1}, {kBase + 2, 2}, {kBase + 4, 4}, {kBase + 8, 2}, {kBase + 10, 1}}));
  EXPECT_EQ(preserved(), 10U);
}

TEST_F(KhoTracker, cuts_from_the_largest_block_down_where_the_start_is_aligned_enough) {
  EXPECT_EQ(preserve(kBase, 300), 0);
  EXPECT_EQ(blocks(),
            (Blocks{{kBase, 256}, {kBase + 256, 32}, {kBase + 288, 8}, {kBase + 296, 4}}));
}

TEST_F(KhoTracker, marks_a_block_with_one_bit_and_does_not_count) {
  EXPECT_EQ(preserve(kBase, 1), 0);
  EXPECT_EQ(preserve(kBase, 1), 0);
  EXPECT_EQ(preserved(), 1U);
  EXPECT_EQ(unpreserve(kBase, 1), 0);
  EXPECT_EQ(preserved(), 0U);
  EXPECT_FALSE(is_preserved(machine_.memory(), tracker(), {{kBase}, 1}));
}

TEST_F(KhoTracker, unpreserving_a_part_of_a_block_leaves_the_block_marked) {
  EXPECT_EQ(preserve(kBase, 8), 0);
  EXPECT_EQ(unpreserve(kBase, 4), 0);
  EXPECT_EQ(blocks(), (Blocks{{kBase, 8}}));
  EXPECT_TRUE(is_preserved(machine_.memory(), tracker(), {{kBase}, 8}));
  EXPECT_FALSE(is_preserved(machine_.memory(), tracker(), {{kBase}, 9}));
}

TEST_F(KhoTracker, is_busy_once_finalized_even_for_ranges_that_are_not_aligned) {
  EXPECT_EQ(preserve(kBase, 4), 0);
  machine_.world.kernel.kho.finalized = true;
  auto context = machine_.context();
  EXPECT_EQ(preserve(kBase + 8, 1), -kernel::kEBUSY);
  EXPECT_EQ(unpreserve(kBase, 4), -kernel::kEBUSY);
  EXPECT_EQ(preserve_range(context, {1}, 1), -kernel::kEBUSY);
  EXPECT_EQ(preserve_folios(context, {kBase + 8}, 0, 1), -kernel::kEBUSY);
  EXPECT_EQ(unpreserve_folios(context, {kBase}, 2, 1), -kernel::kEBUSY);
  EXPECT_EQ(blocks(), (Blocks{{kBase, 4}}));
}

TEST_F(KhoTracker, takes_back_what_it_did_when_an_allocation_fails) {
  // Ten pages in blocks of three orders: an array and a bitmap for each of them.
  for (std::uint32_t skip = 0; skip < 6; ++skip) {
    machine_.world.kernel.kho.tracker = {};
    machine_.fail(kernel::kAllocationSite, kBitmapOwner.name, skip);
    EXPECT_EQ(preserve(kBase + 1, 10), -kernel::kENOMEM) << skip;
    EXPECT_EQ(preserved(), 0U) << skip;
  }
  machine_.fail(kernel::kAllocationSite, kBitmapOwner.name, 6);
  machine_.world.kernel.kho.tracker = {};
  EXPECT_EQ(preserve(kBase + 1, 10), 0) << "there is no seventh allocation";
}

TEST_F(KhoTracker, takes_back_what_it_did_when_an_array_cannot_be_stored) {
  for (std::uint32_t skip = 0; skip < 6; ++skip) {
    machine_.world.kernel.kho.tracker = {};
    machine_.fail(kernel::kStoreSite, kBitmapOwner.name, skip);
    EXPECT_EQ(preserve(kBase + 1, 10), -kernel::kENOMEM) << skip;
    EXPECT_EQ(preserved(), 0U) << skip;
  }
}

TEST_F(KhoTracker, an_error_leaves_earlier_blocks_of_others_alone) {
  EXPECT_EQ(preserve(kBase, 1), 0);
  machine_.fail(kernel::kAllocationSite, kBitmapOwner.name, 2);
  EXPECT_EQ(preserve(kBase + 1, 7), -kernel::kENOMEM);
  EXPECT_EQ(blocks(), (Blocks{{kBase, 1}}));
}

TEST_F(KhoTracker, two_orders_are_four_allocations) {
  EXPECT_EQ(live_allocations(tracker()), 0U);
  EXPECT_EQ(preserve(kBase, 256), 0);
  EXPECT_EQ(live_allocations(tracker()), 2U);
  EXPECT_EQ(preserve(kBase + 512, 1), 0);
  EXPECT_EQ(live_allocations(tracker()), 4U);
  EXPECT_EQ(preserve(kBase + 513, 1), 0);
  EXPECT_EQ(live_allocations(tracker()), 4U) << "a second block in a bitmap that is there";
  EXPECT_EQ(preserved(), 258U);
}

TEST_F(KhoTracker, a_prepare_without_participants_preserves_the_tree_and_the_root_page) {
  EXPECT_EQ(machine_.prepare(), 0);
  EXPECT_EQ(preserved(), 257U);
  EXPECT_EQ(live_allocations(tracker()), 4U);
  EXPECT_EQ(machine_.world.kernel.kho.chunks.size(), 2U);
}

TEST_F(KhoTracker, a_bitmap_is_512_bytes_for_4096_blocks_and_eight_share_a_page) {
  for (std::uint64_t section = 0; section < 9; ++section)
    EXPECT_EQ(preserve(kBase + section * 4096 + 4095, 2), 0);
  // Each range ends in the section that the next one begins in.
  ASSERT_EQ(tracker().bitmaps.size(), 10U);
  EXPECT_EQ(tracker().pages.size(), 2U);
  std::vector<std::uint64_t> addresses;
  for (const Bitmap& bitmap : tracker().bitmaps) addresses.push_back(bitmap.address.value);
  std::sort(addresses.begin(), addresses.end());
  for (std::size_t bitmap = 1; bitmap < 8; ++bitmap)
    EXPECT_EQ(addresses[bitmap] - addresses[bitmap - 1], 512U);
  EXPECT_EQ(preserved(), 18U);
  for (const memory::PageRange& range : tracker().pages)
    EXPECT_EQ(machine_.memory().at(range.first).owner, kBitmapOwner.tag());
}

TEST_F(KhoTracker, folios_in_a_row_are_one_bit_each_also_across_bitmaps) {
  auto context = machine_.context();
  const std::uint64_t first = 4096ULL * 512;
  EXPECT_EQ(preserve_folios(context, {first - 2 * 512}, 9, 5), 0);
  EXPECT_EQ(tracker().bitmaps.size(), 2U);
  EXPECT_EQ(preserved(), 5U * 512);
  EXPECT_TRUE(is_preserved(machine_.memory(), tracker(), {{first - 1024}, 2560}));
  EXPECT_FALSE(is_preserved(machine_.memory(), tracker(), {{first - 1025}, 1}));
  EXPECT_EQ(unpreserve_folios(context, {first - 512}, 9, 2), 0);
  EXPECT_EQ(blocks(), (Blocks{{first - 1024, 512}, {first + 512, 512}, {first + 1024, 512}}));
}

TEST_F(KhoTracker, folios_whose_second_bitmap_cannot_be_allocated_leave_none_in_the_first) {
  auto context = machine_.context();
  // The array of the order and its first bitmap succeed.
  machine_.fail(kernel::kAllocationSite, kBitmapOwner.name, 2);
  const std::uint64_t first = 4096ULL * 512;
  EXPECT_EQ(preserve_folios(context, {first - 2 * 512}, 9, 5), -kernel::kENOMEM);
  EXPECT_EQ(tracker().bitmaps.size(), 1U);
  EXPECT_EQ(preserved(), 0U);
}

TEST_F(KhoTracker, freeing_it_gives_every_page_back) {
  const std::uint64_t free_before = machine_.memory().count_owned(memory::kFree);
  EXPECT_EQ(preserve(kBase + 1, 20'000), 0);
  EXPECT_LT(machine_.memory().count_owned(memory::kFree), free_before);
  auto context = machine_.context();
  free_tracker(context);
  EXPECT_EQ(tracker(), Tracker{});
  EXPECT_EQ(machine_.memory().count_owned(memory::kFree), free_before);
}

}  // namespace
}  // namespace luosim::kho
