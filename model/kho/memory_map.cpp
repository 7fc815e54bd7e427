// SPDX-License-Identifier: Apache-2.0
#include "model/kho/memory_map.hpp"

#include <algorithm>
#include <optional>
#include <set>

#include "model/kernel/errno.hpp"
#include "model/kho/bitmap.hpp"
#include "model/kho/record.hpp"
#include "model/kho/tracker.hpp"

namespace luosim::kho {

namespace {

using memory::PhysicalAddress;

// The layout of a chunk in memory, native byte order.
struct ChunkHeader {
  std::uint64_t next = 0;
  std::uint32_t order = 0;
  std::uint32_t count = 0;
};
struct ChunkEntry {
  std::uint64_t first_address = 0;  // of the first block that the bitmap speaks of
  std::uint64_t bitmap = 0;
};
static_assert(sizeof(ChunkHeader) == 16 && sizeof(ChunkEntry) == 16);
static_assert(sizeof(ChunkHeader) + kEntriesPerChunk * sizeof(ChunkEntry) == memory::kPageBytes);

// An order above this names blocks larger than any machine.
constexpr std::uint32_t kHighestOrder = 40;

PhysicalAddress entry_address(PhysicalAddress chunk, std::uint64_t entry) {
  return chunk + sizeof(ChunkHeader) + entry * sizeof(ChunkEntry);
}

bool add_chunk(Context& context, std::uint32_t order) {
  const auto page = kernel::allocate_pages(context, 1, 1, kChunkOwner);
  if (!page) return false;
  memory::Bytes& bytes = context.memory.bytes();
  std::vector<PhysicalAddress>& chunks = context.kho.chunks;
  const PhysicalAddress chunk = memory::address_of(page->first);
  if (!chunks.empty()) bytes.write_value(chunks.back(), chunk.value);
  chunks.push_back(chunk);
  bytes.write_value(chunk, ChunkHeader{.next = 0, .order = order, .count = 0});
  return true;
}

void add_entry(Context& context, const Bitmap& bitmap) {
  memory::Bytes& bytes = context.memory.bytes();
  const PhysicalAddress chunk = context.kho.chunks.back();
  auto header = bytes.read_value<ChunkHeader>(chunk);
  const std::uint64_t first_block = bitmap.index * kBlocksPerBitmap;
  bytes.write_value(entry_address(chunk, header.count),
                    ChunkEntry{.first_address = first_block << bitmap.order << memory::kPageShift,
                               .bitmap = bitmap.address.value});
  ++header.count;
  bytes.write_value(chunk, header);
}

// What the old kernel left at an address: nothing wrong, freed memory, or no memory at all.
MapReading look_at(const Context& context, PhysicalAddress address, memory::OwnerTag& freed_from) {
  const memory::Pfn page = memory::page_of(address);
  if (address.value == 0 || page.value >= context.memory.pages()) return MapReading::wild;
  const memory::Extent& extent = context.memory.at(page);
  if (extent.owner != memory::kFree) return MapReading::complete;
  freed_from = extent.freed_from;
  return extent.freed_from == memory::kFree ? MapReading::wild : MapReading::freed;
}

void reserve_blocks(Context& context, const ChunkEntry& entry, std::uint32_t order,
                    MapResult& result) {
  const auto words = context.memory.bytes().read_value<BitmapWords>({entry.bitmap});
  for_each_run(words, [&](std::uint64_t first, std::uint64_t count) {
    const std::uint64_t begin = (entry.first_address >> memory::kPageShift) + (first << order);
    const std::uint64_t end = std::min(begin + (count << order), context.memory.pages());
    if (begin >= end) return;
    const memory::PageRange range{{begin}, end - begin};
    // Ghost knowledge, for the record only: the kernel cannot tell, and reserves the page.
    for (std::uint64_t page = begin; page < end;) {
      const memory::Extent& extent = context.memory.at({page});
      const std::uint64_t stop = std::min(extent.range().past_the_end().value, end);
      if (extent.owner == memory::kFree) {
        context.record(
            {.kind = KhoRecord::freed_page_was_preserved, .values = {page, stop - page, 0, 0}});
      }
      page = stop;
    }
    context.memory.give(range, kIncomingOwner.tag(), context.kernel.generation);
    result.pages += range.count;
  });
  ++result.bitmaps;
}

}  // namespace

std::int64_t serialize_map(Context& context) {
  const std::vector<Bitmap> bitmaps = context.kho.tracker.bitmaps;
  std::optional<std::uint32_t> order;
  std::uint64_t entries = 0;
  for (const Bitmap& bitmap : bitmaps) {
    if (order != bitmap.order || entries == kEntriesPerChunk) {
      if (!add_chunk(context, bitmap.order)) {
        free_map(context);
        return -kernel::kENOMEM;
      }
      order = bitmap.order;
      entries = 0;
    }
    add_entry(context, bitmap);
    ++entries;
  }
  context.record({.kind = KhoRecord::map_serialized,
                  .values = {preserved_pages(context.memory, context.kho.tracker), bitmaps.size(),
                             context.kho.chunks.size(), 0}});
  return 0;
}

void free_map(Context& context) {
  for (const PhysicalAddress chunk : context.kho.chunks)
    kernel::free_pages(context, {memory::page_of(chunk), 1});
  context.kho.chunks.clear();
}

std::vector<PhysicalAddress> bitmaps_in_map(const memory::Bytes& bytes,
                                            const std::vector<PhysicalAddress>& chunks) {
  std::vector<PhysicalAddress> bitmaps;
  for (const PhysicalAddress chunk : chunks) {
    const auto header = bytes.read_value<ChunkHeader>(chunk);
    for (std::uint64_t index = 0; index < header.count; ++index)
      bitmaps.push_back({bytes.read_value<ChunkEntry>(entry_address(chunk, index)).bitmap});
  }
  return bitmaps;
}

MapResult reserve_preserved_memory(Context& context, PhysicalAddress first_chunk) {
  MapResult result;
  const memory::Bytes& bytes = context.memory.bytes();
  // Only damage makes a chain meet itself; the real kernel would go round for ever.
  std::set<std::uint64_t> chunks_seen;
  for (PhysicalAddress chunk = first_chunk; chunk.value != 0;) {
    result.reading = look_at(context, chunk, result.freed_from);
    if (result.reading != MapReading::complete) return result;
    const auto header = bytes.read_value<ChunkHeader>(chunk);
    if (header.count > kEntriesPerChunk || header.order > kHighestOrder ||
        !chunks_seen.insert(chunk.value).second) {
      result.reading = MapReading::wild;
      return result;
    }
    for (std::uint64_t index = 0; index < header.count; ++index) {
      const auto entry = bytes.read_value<ChunkEntry>(entry_address(chunk, index));
      result.reading = look_at(context, {entry.bitmap}, result.freed_from);
      if (result.reading != MapReading::complete) return result;
      reserve_blocks(context, entry, header.order, result);
    }
    chunk = {header.next};
  }
  return result;
}

}  // namespace luosim::kho
