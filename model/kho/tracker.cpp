// SPDX-License-Identifier: Apache-2.0
#include "model/kho/tracker.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>
#include <vector>

#include "model/kernel/errno.hpp"
#include "model/kho/bitmap.hpp"

namespace luosim::kho {

namespace {

using memory::Pfn;

constexpr std::string_view kAllocate = kBitmapOwner.name;

auto position_of(std::vector<Bitmap>& bitmaps, std::uint32_t order, std::uint64_t index) {
  return std::lower_bound(bitmaps.begin(), bitmaps.end(), Bitmap{.order = order, .index = index},
                          [](const Bitmap& left, const Bitmap& right) {
                            return left.order != right.order ? left.order < right.order
                                                             : left.index < right.index;
                          });
}

// Room for one more bitmap; eight share a page, as in the kernel's slab of 512-byte objects.
memory::PhysicalAddress take_slot(Context& context) {
  Tracker& tracker = context.kho.tracker;
  if (tracker.slots_left == 0) {
    const auto page = kernel::allocate_user_pages(context, 1, 1, kBitmapOwner, 0);
    if (!page) return {};
    tracker.pages.push_back(*page);
    tracker.slots_left = static_cast<std::uint32_t>(memory::kPageBytes / kBitmapBytes);
  }
  const std::uint64_t used = memory::kPageBytes / kBitmapBytes - tracker.slots_left;
  --tracker.slots_left;
  return memory::address_of(tracker.pages.back().first) + used * kBitmapBytes;
}

// The order's array, then the bitmap in it: each is allocated and then stored on first use.
const Bitmap* bitmap_for(Context& context, std::uint32_t order, std::uint64_t index) {
  Tracker& tracker = context.kho.tracker;
  if ((tracker.orders >> order & 1) == 0) {
    if (!kernel::allocate_object(context, kAllocate)) return nullptr;
    if (!kernel::store_in_xarray(context, kAllocate)) return nullptr;
    tracker.orders |= 1ULL << order;
  }
  auto place = position_of(tracker.bitmaps, order, index);
  if (place != tracker.bitmaps.end() && place->order == order && place->index == index)
    return &*place;
  if (!kernel::allocate_object(context, kAllocate)) return nullptr;
  if (!kernel::store_in_xarray(context, kAllocate)) return nullptr;
  const memory::PhysicalAddress address = take_slot(context);
  if (address.value == 0) return nullptr;
  place = position_of(tracker.bitmaps, order, index);
  return &*tracker.bitmaps.insert(place, {.order = order, .index = index, .address = address});
}

void clear_block(Context& context, std::uint32_t order, std::uint64_t block, std::uint64_t count) {
  Tracker& tracker = context.kho.tracker;
  std::vector<memory::Bytes::Piece> zeroes;
  while (count > 0) {
    const std::uint64_t index = block / kBlocksPerBitmap;
    const std::uint64_t first = block % kBlocksPerBitmap;
    const std::uint64_t here = std::min(count, kBlocksPerBitmap - first);
    const auto place = position_of(tracker.bitmaps, order, index);
    if (place != tracker.bitmaps.end() && place->order == order && place->index == index)
      clear_bits(context.memory.bytes(), place->address, first, here, zeroes);
    block += here;
    count -= here;
  }
  context.memory.bytes().erase_all(std::move(zeroes));
}

std::uint32_t largest_order(Pfn first, std::uint64_t pages) {
  const auto aligned =
      first.value == 0 ? 63U : static_cast<std::uint32_t>(std::countr_zero(first.value));
  const auto fitting = static_cast<std::uint32_t>(std::bit_width(pages) - 1);
  return std::min(aligned, fitting);
}

template <class Block>
std::int64_t for_each_block(Pfn first, Pfn end, Block block) {
  while (first < end) {
    const std::uint32_t order = largest_order(first, end.value - first.value);
    if (const std::int64_t error = block(order, first); error != 0) return error;
    first = first + (1ULL << order);
  }
  return 0;
}

bool is_closed(const State& kho) {
  return kho.finalized && !kho.open;
}

bool is_aligned(memory::PhysicalAddress address, std::uint64_t bytes) {
  return address.value % memory::kPageBytes == 0 && bytes % memory::kPageBytes == 0;
}

}  // namespace

std::int64_t preserve_block(Context& context, std::uint32_t order, Pfn first, std::uint64_t count) {
  const std::uint64_t begin = first.value >> order;
  std::uint64_t block = begin;
  std::uint64_t left = count;
  while (left > 0) {
    const std::uint64_t bit = block % kBlocksPerBitmap;
    const std::uint64_t here = std::min(left, kBlocksPerBitmap - bit);
    const Bitmap* bitmap = bitmap_for(context, order, block / kBlocksPerBitmap);
    if (bitmap == nullptr) {
      clear_block(context, order, begin, block - begin);
      return -kernel::kENOMEM;
    }
    change_bits(context.memory.bytes(), bitmap->address, bit, here, true);
    block += here;
    left -= here;
  }
  return 0;
}

std::int64_t preserve_range(Context& context, memory::PhysicalAddress address,
                            std::uint64_t bytes) {
  if (is_closed(context.kho)) return -kernel::kEBUSY;
  if (!is_aligned(address, bytes)) return -kernel::kEINVAL;
  const Pfn first = memory::page_of(address);
  Pfn reached = first;
  const std::int64_t error = for_each_block(first, first + bytes / memory::kPageBytes,
                                            [&](std::uint32_t order, Pfn block) {
                                              reached = block;
                                              return preserve_block(context, order, block, 1);
                                            });
  if (error != 0) {
    for_each_block(first, reached, [&](std::uint32_t order, Pfn block) {
      clear_block(context, order, block.value >> order, 1);
      return std::int64_t{0};
    });
  }
  return error;
}

std::int64_t unpreserve_range(Context& context, memory::PhysicalAddress address,
                              std::uint64_t bytes) {
  if (is_closed(context.kho)) return -kernel::kEBUSY;
  if (!is_aligned(address, bytes)) return -kernel::kEINVAL;
  const Pfn first = memory::page_of(address);
  return for_each_block(first, first + bytes / memory::kPageBytes,
                        [&](std::uint32_t order, Pfn block) {
                          clear_block(context, order, block.value >> order, 1);
                          return std::int64_t{0};
                        });
}

std::int64_t preserve_folios(Context& context, Pfn first, std::uint32_t order,
                             std::uint64_t count) {
  if (is_closed(context.kho)) return -kernel::kEBUSY;
  return preserve_block(context, order, first, count);
}

std::int64_t unpreserve_folios(Context& context, Pfn first, std::uint32_t order,
                               std::uint64_t count) {
  if (is_closed(context.kho)) return -kernel::kEBUSY;
  clear_block(context, order, first.value >> order, count);
  return 0;
}

void free_tracker(Context& context) {
  // From the last one on: forgetting bytes moves those behind them.
  const std::vector<memory::PageRange>& pages = context.kho.tracker.pages;
  for (std::size_t index = pages.size(); index-- > 0;) kernel::free_pages(context, pages[index]);
  context.kho.tracker = {};
}

std::uint64_t preserved_pages(const memory::PhysicalMemory& memory, const Tracker& tracker) {
  std::uint64_t pages = 0;
  for (const Bitmap& bitmap : tracker.bitmaps)
    pages += count_bits(memory.bytes(), bitmap.address) << bitmap.order;
  return pages;
}

std::uint64_t live_allocations(const Tracker& tracker) {
  return static_cast<std::uint64_t>(std::popcount(tracker.orders)) + tracker.bitmaps.size();
}

bool is_preserved(const memory::PhysicalMemory& memory, const Tracker& tracker,
                  memory::PageRange range) {
  for (std::uint64_t page = 0; page < range.count; ++page) {
    const Pfn pfn = range.first + page;
    const bool marked =
        std::any_of(tracker.bitmaps.begin(), tracker.bitmaps.end(), [&](const Bitmap& bitmap) {
          const std::uint64_t block = pfn.value >> bitmap.order;
          return block / kBlocksPerBitmap == bitmap.index &&
                 is_set(memory.bytes(), bitmap.address, block % kBlocksPerBitmap);
        });
    if (!marked) return false;
  }
  return true;
}

}  // namespace luosim::kho
