// SPDX-License-Identifier: Apache-2.0
//
// The walk over tables in memory: where it leads, each reason to refuse and their order, and tables
// that somebody has lost, overwritten or never written.
#include <cstdint>
#include <limits>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "model/memory/raw_word.hpp"
#include "sim/core/random.hpp"
#include "tests/unit/device/iommu_tables.hpp"

namespace luosim::device::iommu {
namespace {

constexpr Bdf kDisk = bdf_of(3, 0x10);
constexpr Iova kIova{0x12'3456'7000};
constexpr memory::Pfn kPage{0x777};
constexpr std::uint64_t kPages = 1ULL << 20;  // 4 GiB
constexpr memory::PhysicalAddress kNowhere = memory::address_of({kPages});

class Walking : public ::testing::Test {
 protected:
  Walking() {
    tables.attach(kDisk, 42);
    tables.map(kIova, kPage);
    unit.translates = 1;
    unit.root_table = tables.root;
  }

  FaultReason reason(Iova iova = kIova, bool is_write = false) const {
    return walk(unit, memory, kDisk, iova, is_write).reason;
  }

  memory::PhysicalMemory memory{kPages};
  Tables tables{memory, {16}};
  Unit unit;
};

TEST_F(Walking, leads_to_the_page_and_keeps_the_offset) {
  const Translation found = walk(unit, memory, kDisk, kIova + 0xABC, true);
  EXPECT_EQ(found.reason, FaultReason::none);
  EXPECT_EQ(found.address.value, 0x777ABCU);
  EXPECT_EQ(found.domain_id, 42);
  EXPECT_TRUE(unit.cache.empty());
  EXPECT_EQ(unit.log, FaultLog{});
}

TEST_F(Walking, gives_the_address_itself_when_translation_is_off) {
  unit.translates = 0;
  unit.root_table = kNowhere;
  const Translation found = walk(unit, memory, kDisk, {0xFFFF'0000'0000'1234}, true);
  EXPECT_EQ(found.reason, FaultReason::none);
  EXPECT_EQ(found.address.value, 0xFFFF'0000'0000'1234U);
}

TEST_F(Walking, gives_the_address_itself_to_a_requester_that_passes_through) {
  tables.set_context(kDisk, encode_context(tables.top, 7, TranslationType::pass_through));
  const Translation found = walk(unit, memory, kDisk, {0x4321}, true);
  EXPECT_EQ(found.reason, FaultReason::none);
  EXPECT_EQ(found.address.value, 0x4321U);
  EXPECT_EQ(reason({1ULL << 48}), FaultReason::address_too_wide);
  EXPECT_EQ(reason({kMessageBase}), FaultReason::into_message_range);
}

TEST_F(Walking, uses_the_tables_for_a_device_with_a_cache_of_its_own) {
  tables.set_context(kDisk,
                     encode_context(tables.top, 7, TranslationType::tables_and_device_cache));
  EXPECT_EQ(walk(unit, memory, kDisk, kIova, false).address.value, 0x777000U);
}

TEST_F(Walking, knows_large_pages_of_2_mib_and_1_gib) {
  tables.map({0x4000'0000}, {0x400}, kBothRights, 2);
  tables.map({0x8000'0000}, {0x40000}, kBothRights, 3);
  EXPECT_EQ(walk(unit, memory, kDisk, {0x401F'F123}, false).address.value, 0x5FF123U);
  EXPECT_EQ(walk(unit, memory, kDisk, {0xBFFF'FFFF}, true).address.value, 0x7FFF'FFFFU);
  EXPECT_EQ(reason({0x4020'0000}), FaultReason::not_readable) << "only one of 2 MiB is mapped";
}

TEST_F(Walking, reaches_the_last_page_of_48_bits_and_no_further) {
  tables.map({(1ULL << 48) - 0x1000}, kPage);
  EXPECT_EQ(walk(unit, memory, kDisk, {(1ULL << 48) - 1}, false).address.value, 0x777FFFU);
  EXPECT_EQ(reason({1ULL << 48}), FaultReason::address_too_wide);
  EXPECT_EQ(reason({~0ULL}), FaultReason::address_too_wide);
}

TEST_F(Walking, keeps_requesters_apart) {
  EXPECT_EQ(walk(unit, memory, bdf_of(4, 0x10), kIova, false).reason,
            FaultReason::root_not_present);
  EXPECT_EQ(walk(unit, memory, bdf_of(3, 0x11), kIova, false).reason,
            FaultReason::context_not_present);
}

// Reasons 1 to 0xD in the order of the walk: what comes first hides what comes later.

TEST_F(Walking, refuses_without_a_root_table_in_memory) {
  unit.root_table = kNowhere;
  EXPECT_EQ(reason(), FaultReason::root_unreadable);
  unit.root_table = {~0ULL};
  EXPECT_EQ(reason(), FaultReason::root_unreadable);
}

TEST_F(Walking, refuses_a_root_entry_that_is_not_present_before_it_looks_at_the_rest) {
  tables.set_root(kDisk, {kNowhere.value | 0xFFE, ~0ULL});
  EXPECT_EQ(reason(), FaultReason::root_not_present);
}

TEST_F(Walking, refuses_reserved_bits_in_each_half_of_a_root_entry) {
  for (const TableEntry bad : {TableEntry{1ULL << 1, 0},
                               {1ULL << 11, 0},
                               {1ULL << 52, 0},
                               {1ULL << 63, 0},
                               {0, 1},
                               {0, 1ULL << 63}}) {
    const TableEntry good = encode_root(tables.context);
    tables.set_root(kDisk, {good.low | bad.low, good.high | bad.high});
    EXPECT_EQ(reason(), FaultReason::root_reserved_bits) << bad.low << " " << bad.high;
  }
}

TEST_F(Walking, refuses_a_context_table_that_is_not_in_memory) {
  tables.set_root(kDisk, encode_root(kNowhere));
  EXPECT_EQ(reason(), FaultReason::context_unreadable);
}

TEST_F(Walking, refuses_a_context_entry_that_is_not_present_before_it_looks_at_the_rest) {
  tables.set_context(kDisk, {~kPresent, ~0ULL});
  EXPECT_EQ(reason(), FaultReason::context_not_present);
}

TEST_F(Walking, refuses_any_number_of_levels_but_four) {
  for (std::uint64_t levels = 0; levels < 8; ++levels) {
    TableEntry entry = encode_context(tables.top, 42);
    entry.high = (entry.high & ~kLevelsMask) | levels;
    tables.set_context(kDisk, entry);
    EXPECT_EQ(reason(), levels == 2 ? FaultReason::none : FaultReason::context_invalid) << levels;
  }
}

TEST_F(Walking, refuses_reserved_bits_in_each_half_of_a_context_entry) {
  for (const TableEntry bad : {TableEntry{1ULL << 4, 0},
                               {1ULL << 11, 0},
                               {1ULL << 52, 0},
                               {1ULL << 63, 0},
                               {0, 1ULL << 7},
                               {0, 1ULL << 24},
                               {0, 1ULL << 63}}) {
    TableEntry entry = encode_context(tables.top, 42, TranslationType::unknown);
    entry.low |= bad.low;
    entry.high |= bad.high;
    tables.set_context(kDisk, entry);
    EXPECT_EQ(reason(), FaultReason::context_reserved_bits) << bad.low << " " << bad.high;
  }
}

TEST_F(Walking, lets_software_have_the_bits_that_are_its_own) {
  TableEntry entry = encode_context(tables.top, 42);
  entry.high |= 0xFULL << 3;
  tables.set_context(kDisk, entry);
  tables.set_entry(kIova, 1, encode_page(kPage, kBothRights) | 0x7FFULL << 52 | 1ULL << 11);
  EXPECT_EQ(walk(unit, memory, kDisk, kIova, false).address.value, 0x777000U);
}

TEST_F(Walking, refuses_an_unknown_type_before_it_looks_at_the_address) {
  tables.set_context(kDisk, encode_context(tables.top, 42, TranslationType::unknown));
  EXPECT_EQ(reason({~0ULL}), FaultReason::unknown_translation_type);
}

TEST_F(Walking, refuses_a_wide_address_before_it_fetches_a_table) {
  tables.set_context(kDisk, encode_context(kNowhere, 42));
  EXPECT_EQ(reason({1ULL << 50}), FaultReason::address_too_wide);
  EXPECT_EQ(reason(), FaultReason::table_unreadable);
}

TEST_F(Walking, refuses_a_table_that_is_not_in_memory_at_each_level) {
  for (std::uint32_t level = 2; level <= kLevels; ++level) {
    const std::uint64_t good = memory::read_word(memory, tables.entry_at(kIova, level));
    tables.set_entry(kIova, level, encode_table(kNowhere));
    EXPECT_EQ(reason(), FaultReason::table_unreadable) << level;
    tables.set_entry(kIova, level, good);
  }
  EXPECT_EQ(reason(), FaultReason::none);
}

TEST_F(Walking, refuses_what_one_level_does_not_allow) {
  for (std::uint32_t level = 1; level <= kLevels; ++level) {
    const memory::PhysicalAddress at = tables.entry_at(kIova, level);
    const std::uint64_t good = memory::read_word(memory, at);
    memory.bytes().write_value(at, good & ~kWritable);
    EXPECT_EQ(reason(kIova, true), FaultReason::not_writable) << level;
    EXPECT_EQ(reason(kIova, false), FaultReason::none) << level;
    memory.bytes().write_value(at, good & ~kReadable);
    EXPECT_EQ(reason(kIova, true), FaultReason::none) << level;
    EXPECT_EQ(reason(kIova, false), FaultReason::not_readable) << level;
    memory.bytes().write_value(at, good);
  }
}

TEST_F(Walking, refuses_large_pages_that_do_not_exist_or_do_not_fit) {
  tables.set_entry({0x4000'0000}, 2, encode_large_page({0x401}, kBothRights));
  EXPECT_EQ(reason({0x4000'0000}), FaultReason::reserved_bits);
  tables.set_entry({0x8000'0000}, 3, encode_large_page({0x200}, kBothRights));
  EXPECT_EQ(reason({0x8000'0000}), FaultReason::reserved_bits);
  tables.set_entry({5ULL << 39}, 4, encode_large_page({0}, kBothRights));
  EXPECT_EQ(reason({5ULL << 39}), FaultReason::reserved_bits);
  tables.set_entry({0x4000'0000}, 2, encode_large_page({0x401}, kReadable));
  EXPECT_EQ(reason({0x4000'0000}, true), FaultReason::not_writable) << "rights come first";
}

TEST_F(Walking, refuses_an_output_in_the_message_range) {
  tables.map(kIova, memory::page_of({kMessageBase}));
  EXPECT_EQ(reason(), FaultReason::into_message_range);
  EXPECT_EQ(walk(unit, memory, kDisk, kIova, false).address.value, 0U) << "it leads nowhere";
  tables.map(kIova, memory::page_of({kMessageEnd - 1}));
  EXPECT_EQ(reason(), FaultReason::into_message_range);
  tables.map(kIova, memory::page_of({kMessageEnd}));
  EXPECT_EQ(reason(), FaultReason::none);
  tables.map(kIova, memory::page_of({kMessageBase - 1}));
  EXPECT_EQ(reason(), FaultReason::none);
}

TEST_F(Walking, believes_an_entry_that_points_beyond_memory) {
  tables.map(kIova, {kPages + 5});
  EXPECT_EQ(walk(unit, memory, kDisk, kIova, false).address, memory::address_of({kPages + 5}));
}

TEST_F(Walking, follows_a_table_that_leads_to_itself_to_an_end) {
  tables.set_entry(kIova, 4, encode_table(tables.top));
  const std::uint64_t index_of_top = kIova.value >> 39 & 511;
  ASSERT_EQ(index_of_top, 0U);
  EXPECT_EQ(walk(unit, memory, kDisk, {0x123}, false).address, tables.top + 0x123);
}

TEST_F(Walking, is_not_logged_if_the_context_entry_says_so) {
  TableEntry entry = encode_context(tables.top, 42);
  entry.low |= kFaultLogDisabled;
  tables.set_context(kDisk, entry);
  EXPECT_FALSE(walk(unit, memory, kDisk, {0}, false).is_logged);
  tables.set_context(kDisk, {kFaultLogDisabled, 0});
  const Translation refused = walk(unit, memory, kDisk, kIova, false);
  EXPECT_EQ(refused.reason, FaultReason::context_not_present);
  EXPECT_FALSE(refused.is_logged);
}

// Hazard 46: a table page that was freed and is by now something else.

TEST_F(Walking, reads_a_cleared_table_as_nothing) {
  memory.fill({memory::page_of(tables.table_at(kIova, 1)), 1}, memory::kZeroes);
  EXPECT_EQ(reason(), FaultReason::not_readable);
}

TEST_F(Walking, reads_a_lost_table_as_garbage_that_may_look_valid) {
  const memory::Pfn table = memory::page_of(tables.table_at(kIova, 1));
  memory.fill({table, 1}, memory::kGarbage);
  std::set<std::uint64_t> pages;
  std::uint64_t refused = 0;
  for (std::uint64_t index = 0; index < 512; ++index) {
    const Translation found =
        walk(unit, memory, kDisk, {(kIova.value & ~0x1F'FFFFULL) + index * 0x1000}, true);
    if (found.reason != FaultReason::none) {
      ++refused;
    } else if (found.address.value < memory::address_of({kPages}).value) {
      pages.insert(found.address.value);
    }
  }
  EXPECT_GT(refused, 100U);
  EXPECT_GT(pages.size(), 30U) << "silent DMA to pages all over memory";
  const Translation again = walk(unit, memory, kDisk, kIova, true);
  EXPECT_EQ(again.address, walk(unit, memory, kDisk, kIova, true).address);
}

TEST_F(Walking, reads_a_table_that_a_guest_has_overwritten_as_its_data) {
  const memory::Pfn table = memory::page_of(tables.table_at(kIova, 1));
  const auto addresses_with = [&](memory::Content content) {
    memory.fill({table, 1}, content);
    std::string text;
    for (std::uint64_t index = 0; index < 512; ++index) {
      const Iova iova{(kIova.value & ~0x1F'FFFFULL) + index * 0x1000};
      text += std::to_string(walk(unit, memory, kDisk, iova, false).address.value) + " ";
    }
    return text;
  };
  const std::string first = addresses_with({1});
  EXPECT_NE(first, addresses_with({2}));
  EXPECT_NE(first, addresses_with(memory::kGarbage));
  EXPECT_EQ(first, addresses_with({1}));
}

TEST_F(Walking, survives_the_loss_of_any_of_its_pages) {
  const memory::PageRange all{{16}, 6};
  std::set<FaultReason> reasons;
  for (std::uint64_t content = 1; content < 400; ++content) {
    for (std::uint64_t page = 0; page < all.count; ++page) {
      memory::PhysicalMemory damaged = memory;
      damaged.fill({all.first + page, 1}, {content});
      reasons.insert(walk(unit, damaged, kDisk, kIova, content % 2 == 0).reason);
    }
  }
  EXPECT_GE(reasons.size(), 8U);
}

TEST_F(Walking, ends_whatever_the_tables_contain) {
  sim::RandomStream random(1, "tables of noise");
  std::set<FaultReason> reasons;
  for (int round = 0; round < 20'000; ++round) {
    Unit wild = unit;
    if (random.one_in(50)) wild.root_table = {random.bits()};
    memory::PhysicalMemory noise = memory;
    // One to three words on the way of the walk are anything, or a good entry to anywhere.
    for (std::uint64_t words = 1 + random.below(3); words > 0; --words) {
      const auto level = static_cast<std::uint32_t>(random.below(6));
      const memory::PhysicalAddress at =
          level == 0   ? root_entry_at(tables.root, kDisk.bus()) + 8 * random.below(2)
          : level == 5 ? context_entry_at(tables.context, kDisk.devfn()) + 8 * random.below(2)
                       : tables.entry_at(kIova, level);
      noise.bytes().write_value(
          at, random.one_in(2) ? random.bits() : random.below(2ULL * kPages * 4096) | 3);
    }
    reasons.insert(walk(wild, noise, kDisk, kIova, random.one_in(2)).reason);
  }
  EXPECT_GE(reasons.size(), 10U);
}

TEST_F(Walking, ends_without_any_memory) {
  const memory::PhysicalMemory none;
  EXPECT_EQ(walk(unit, none, kDisk, kIova, false).reason, FaultReason::root_unreadable);
}

}  // namespace
}  // namespace luosim::device::iommu
