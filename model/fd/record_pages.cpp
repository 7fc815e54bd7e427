// SPDX-License-Identifier: Apache-2.0
#include "model/fd/record_pages.hpp"

#include "model/kernel/errno.hpp"
#include "model/kho/tracker.hpp"

namespace luosim::fd {

std::int64_t preserve_record(Context& context, std::uint64_t pages, memory::OwnerName owner,
                             std::uint32_t number, memory::PhysicalAddress& address) {
  const auto range = kernel::allocate_pages(context, pages, 1, owner, number);
  if (!range) return -kernel::kENOMEM;
  address = memory::address_of(range->first);
  const std::int64_t error = kho::preserve_range(context, address, pages * memory::kPageBytes);
  if (error != 0) kernel::free_pages(context, *range);
  return error;
}

void drop_record(Context& context, memory::PhysicalAddress address, std::uint64_t pages) {
  kho::unpreserve_range(context, address, pages * memory::kPageBytes);
  kernel::free_pages(context, {memory::page_of(address), pages});
}

bool belongs_to(const memory::PhysicalMemory& memory, memory::PhysicalAddress address,
                std::uint64_t pages, memory::OwnerName owner) {
  const memory::PageRange range{memory::page_of(address), pages};
  if (address.value % memory::kPageBytes != 0 || range.first.value >= memory.pages() ||
      pages > memory.pages() - range.first.value) {
    return false;
  }
  for (memory::Pfn page = range.first; page < range.past_the_end();) {
    const memory::Extent& extent = memory.at(page);
    if (extent.owner != owner.tag()) return false;
    page = extent.range().past_the_end();
  }
  return true;
}

bool was_handed_over(const memory::PhysicalMemory& memory, memory::PhysicalAddress address,
                     std::uint64_t pages) {
  return belongs_to(memory, address, pages, kho::kIncomingOwner);
}

}  // namespace luosim::fd
