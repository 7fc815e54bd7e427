// SPDX-License-Identifier: Apache-2.0
//
// The serialized map of preserved memory: its bytes are read here by their documented layout
// (devices.md, A.4) and not through the code that wrote them, and what a boot makes of a map is
// compared page by page with what was preserved.
#include <cstdint>
#include <vector>

#include <gtest/gtest.h>

#include "model/kernel/errno.hpp"
#include "model/kho/memory_map.hpp"
#include "model/kho/record.hpp"
#include "model/kho/tracker.hpp"
#include "model/luo/v2/state.hpp"
#include "tests/unit/model/machine.hpp"

namespace luosim::kho {
namespace {

using memory::address_of;
using memory::kPageBytes;
using memory::PhysicalAddress;
using world::kGiB;
using world::Machine;

// Behind what boot and prepare allocate, with room for hundreds of sections.
constexpr std::uint64_t kBase = 0x60000;
constexpr std::uint64_t kSection = 4096;
constexpr memory::OwnerTag kOwner{77};

// A chunk as bytes: 8 of the next chunk's address, 4 of the order, 4 of the count, then pairs.
struct Chunk {
  std::uint64_t next = 0;
  std::uint32_t order = 0;
  std::uint32_t count = 0;
};
Chunk chunk_at(const memory::Bytes& bytes, PhysicalAddress address) {
  return {bytes.read_value<std::uint64_t>(address), bytes.read_value<std::uint32_t>(address + 8),
          bytes.read_value<std::uint32_t>(address + 12)};
}

class KhoMap : public ::testing::Test {
 protected:
  KhoMap() { machine_.switch_on(); }

  // One page in each of so many neighbouring sections: one bitmap each.
  void preserve_sections(std::uint64_t sections) {
    auto context = machine_.context();
    for (std::uint64_t section = 0; section < sections; ++section) {
      const memory::PageRange page{{kBase + section * kSection + section % 100}, 1};
      machine_.memory().give(page, kOwner);
      machine_.memory().fill(page, {1000 + section});
      ASSERT_EQ(preserve_block(context, 0, page.first, 1), 0);
    }
  }
  std::int64_t serialize() {
    auto context = machine_.context();
    return serialize_map(context);
  }
  // A page with a chunk that the test makes up.
  PhysicalAddress made_up_chunk(const Chunk& chunk) {
    const memory::PageRange page{{kBase - 1}, 1};
    machine_.memory().give(page, kChunkOwner.tag());
    machine_.memory().bytes().write_value(address_of(page.first), chunk.next);
    machine_.memory().bytes().write_value(address_of(page.first) + 8, chunk.order);
    machine_.memory().bytes().write_value(address_of(page.first) + 12, chunk.count);
    return address_of(page.first);
  }
  MapResult read(PhysicalAddress first) {
    auto context = machine_.context();
    return reserve_preserved_memory(context, first);
  }
  const State& kho() const { return machine_.world.kernel.kho; }
  const memory::Bytes& bytes() { return machine_.memory().bytes(); }

  Machine machine_{world::bare_scenario(8 * kGiB)};
};

TEST_F(KhoMap, a_chunk_holds_255_entries_and_the_next_one_is_linked_behind_it) {
  preserve_sections(256);
  ASSERT_EQ(serialize(), 0);
  ASSERT_EQ(kho().chunks.size(), 2U);
  const Chunk first = chunk_at(bytes(), kho().chunks[0]);
  EXPECT_EQ(first.next, kho().chunks[1].value);
  EXPECT_EQ(first.order, 0U);
  EXPECT_EQ(first.count, 255U);
  const Chunk second = chunk_at(bytes(), kho().chunks[1]);
  EXPECT_EQ(second.next, 0U);
  EXPECT_EQ(second.count, 1U);
}

TEST_F(KhoMap, exactly_255_bitmaps_fit_into_one_chunk) {
  preserve_sections(255);
  ASSERT_EQ(serialize(), 0);
  EXPECT_EQ(kho().chunks.size(), 1U);
}

TEST_F(KhoMap, an_entry_is_the_first_address_of_its_section_and_the_trackers_own_bitmap) {
  preserve_sections(3);
  ASSERT_EQ(serialize(), 0);
  for (std::uint64_t entry = 0; entry < 3; ++entry) {
    const PhysicalAddress at = kho().chunks[0] + 16 + entry * 16;
    EXPECT_EQ(bytes().read_value<std::uint64_t>(at), address_of({kBase + entry * kSection}).value);
    EXPECT_EQ(bytes().read_value<std::uint64_t>(at + 8),
              kho().tracker.bitmaps[entry].address.value);
  }
}

TEST_F(KhoMap, every_order_begins_a_chunk_of_its_own) {
  auto context = machine_.context();
  ASSERT_EQ(preserve_block(context, 0, {kBase}, 1), 0);
  ASSERT_EQ(preserve_block(context, 3, {kBase + 8}, 1), 0);
  ASSERT_EQ(preserve_block(context, 9, {kBase + 512}, 1), 0);
  ASSERT_EQ(serialize(), 0);
  ASSERT_EQ(kho().chunks.size(), 3U);
  const std::uint32_t orders[] = {0, 3, 9};
  for (std::size_t chunk = 0; chunk < 3; ++chunk) {
    EXPECT_EQ(chunk_at(bytes(), kho().chunks[chunk]).order, orders[chunk]);
    EXPECT_EQ(machine_.memory().at(memory::page_of(kho().chunks[chunk])).owner, kChunkOwner.tag());
  }
}

TEST_F(KhoMap, a_tracker_without_blocks_makes_no_chunk) {
  EXPECT_EQ(serialize(), 0);
  EXPECT_TRUE(kho().chunks.empty());
  EXPECT_EQ(read({0}).reading, MapReading::complete);
}

TEST_F(KhoMap, no_chunk_is_left_when_a_later_one_cannot_be_allocated) {
  preserve_sections(300);
  machine_.fail(kernel::kAllocationSite, kChunkOwner.name, 1);
  EXPECT_EQ(serialize(), -kernel::kENOMEM);
  EXPECT_TRUE(kho().chunks.empty());
  EXPECT_EQ(machine_.owned(kChunkOwner), 0U);
}

TEST_F(KhoMap, the_next_kernel_reserves_exactly_what_several_chunks_name) {
  constexpr std::uint64_t kSections = 300;
  preserve_sections(kSections);
  ASSERT_EQ(machine_.prepare(), 0);
  ASSERT_GE(kho().chunks.size(), 3U);
  ASSERT_TRUE(machine_.kexec());
  EXPECT_EQ(machine_.owned(kIncomingOwner), kSections + luo::v2::kTreePages);
  for (std::uint64_t section = 0; section < kSections; ++section) {
    const memory::Pfn page{kBase + section * kSection + section % 100};
    ASSERT_EQ(machine_.memory().at(page).owner, kIncomingOwner.tag()) << section;
    ASSERT_EQ(machine_.memory().at(page).content, memory::Content{1000 + section}) << section;
    ASSERT_NE(machine_.memory().at(page + 1).owner, kIncomingOwner.tag()) << section;
  }
  const auto reserved = machine_.records(KhoRecord::memory_reserved);
  ASSERT_EQ(reserved.size(), 1U);
  EXPECT_EQ(reserved[0].values[0], kSections + luo::v2::kTreePages + 1) << "the root page too";
}

TEST_F(KhoMap, a_page_that_was_freed_after_it_was_preserved_is_reserved_and_reported) {
  auto context = machine_.context();
  ASSERT_EQ(preserve_block(context, 0, {kBase + 5}, 1), 0);
  ASSERT_EQ(machine_.prepare(), 0);
  ASSERT_TRUE(machine_.kexec());
  const auto freed = machine_.records(KhoRecord::freed_page_was_preserved);
  ASSERT_EQ(freed.size(), 1U);
  EXPECT_EQ(freed[0].values[0], kBase + 5);
  EXPECT_EQ(machine_.memory().at({kBase + 5}).owner, kIncomingOwner.tag());
}

TEST_F(KhoMap, an_impossible_pointer_count_or_order_is_wild) {
  const std::uint64_t behind_memory = machine_.memory().pages() * kPageBytes;
  EXPECT_EQ(read({behind_memory}).reading, MapReading::wild);
  EXPECT_EQ(read({~0ULL}).reading, MapReading::wild);
  EXPECT_EQ(read(made_up_chunk({.next = behind_memory})).reading, MapReading::wild);
  EXPECT_EQ(read(made_up_chunk({.count = 256})).reading, MapReading::wild);
  EXPECT_EQ(read(made_up_chunk({.order = 41})).reading, MapReading::wild);
  EXPECT_EQ(read(made_up_chunk({.count = 1})).reading, MapReading::wild) << "bitmap at 0";
  EXPECT_EQ(read(made_up_chunk({})).reading, MapReading::complete) << "the chunk itself is fine";
}

TEST_F(KhoMap, a_pointer_to_a_page_that_nobody_ever_had_is_wild_and_to_a_freed_one_is_not) {
  EXPECT_EQ(read(address_of({kBase + 10})).reading, MapReading::wild);
  machine_.memory().give({{kBase + 10}, 1}, kOwner);
  machine_.memory().release({{kBase + 10}, 1});
  const MapResult result = read(address_of({kBase + 10}));
  EXPECT_EQ(result.reading, MapReading::freed);
  EXPECT_EQ(result.freed_from, kOwner);
}

TEST_F(KhoMap, a_bitmap_that_speaks_of_pages_behind_memory_is_cut_at_its_end) {
  const PhysicalAddress chunk = made_up_chunk({.order = 10, .count = 1});
  const std::uint64_t last = machine_.memory().pages() - 1;
  machine_.memory().give({{kBase - 2}, 1}, kBitmapOwner.tag());
  machine_.memory().bytes().write_value(address_of({kBase - 2}), ~0ULL);
  machine_.memory().bytes().write_value(chunk + 16, address_of({last}).value);
  machine_.memory().bytes().write_value(chunk + 24, address_of({kBase - 2}).value);
  const MapResult result = read(chunk);
  EXPECT_EQ(result.reading, MapReading::complete);
  EXPECT_EQ(result.pages, 1U);
  EXPECT_EQ(machine_.memory().at({last}).owner, kIncomingOwner.tag());
}

}  // namespace
}  // namespace luosim::kho
