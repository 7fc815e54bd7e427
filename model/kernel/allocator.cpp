// SPDX-License-Identifier: Apache-2.0
#include "model/kernel/allocator.hpp"

#include <algorithm>

#include "model/kernel/record.hpp"

namespace luosim::kernel {

namespace {

using memory::PageRange;

// Requests of at least this many pages come from memory of their own, as large blocks do from a
// buddy allocator: small pages stay close together.
constexpr std::uint64_t kBlockPages = 64;
// One bitmap of KHO's tracker covers so many pages; what boots together stays together.
constexpr std::uint64_t kSectionPages = 4096;

std::optional<PageRange> take_pages(Context& context, std::uint64_t pages, std::uint64_t alignment,
                                    memory::OwnerName owner, std::uint32_t owner_number) {
  memory::PhysicalMemory& memory = context.memory;
  const PageRange everywhere{{0}, memory.pages()};
  memory::Pfn& next = pages < kBlockPages ? context.kernel.next_page : context.kernel.next_block;
  std::optional<PageRange> found = memory.find_free(pages, alignment, next, everywhere);
  if (!found) found = memory.find_free(pages, alignment, {0}, everywhere);
  if (!found) return std::nullopt;
  next = found->past_the_end();
  memory.give(*found, owner.tag(), owner_number);
  memory.fill(*found, memory::kZeroes);
  return found;
}

}  // namespace

void start_allocator(Context& context, memory::Pfn early_end) {
  const std::uint64_t section =
      (early_end.value + kSectionPages - 1) / kSectionPages * kSectionPages;
  context.kernel.next_page = {section};
  context.kernel.next_block = {std::max(section, context.memory.pages() / 8)};
}

std::optional<PageRange> allocate_pages(Context& context, std::uint64_t pages,
                                        std::uint64_t alignment, memory::OwnerName owner,
                                        std::uint32_t owner_number) {
  if (context.fault(kAllocationSite, owner.name)) return std::nullopt;
  return take_pages(context, pages, alignment, owner, owner_number);
}

std::optional<PageRange> allocate_user_pages(Context& context, std::uint64_t pages,
                                             std::uint64_t alignment, memory::OwnerName owner,
                                             std::uint32_t owner_number) {
  return take_pages(context, pages, alignment, owner, owner_number);
}

void free_pages(Context& context, PageRange range) {
  if (context.memory.at(range.first).owner == memory::kFree) {
    context.record({.kind = KernelRecord::memory_freed_twice,
                    .values = {range.first.value, range.count, 0, 0}});
  }
  context.memory.release(range);
  context.memory.fill(range, memory::kGarbage);
}

bool allocate_object(Context& context, std::string_view function) {
  return !context.fault(kAllocationSite, function);
}

bool store_in_xarray(Context& context, std::string_view function) {
  return !context.fault(kStoreSite, function);
}

}  // namespace luosim::kernel
