// SPDX-License-Identifier: Apache-2.0
//
// The page tables of a domain, written as bytes in memory. A page of a table is read once, changed
// and written once, however many of its entries change. No table but the top one is ever empty.
#pragma once

#include <optional>
#include <vector>

#include "model/device/address.hpp"
#include "model/memory/page.hpp"

namespace luosim::driver {
struct Context;
}

namespace luosim::driver::iommu {

/// Pages of 4 KiB of an address space, by number.
struct IovaPages {
  std::uint64_t first = 0;
  std::uint64_t end = 0;
};
/// Nothing if they are none, not aligned, or beyond what four levels reach.
std::optional<IovaPages> iova_pages(device::Iova iova, std::uint64_t pages);

/// Gives a domain one more page for its tables, zeroed; nothing if memory is short.
std::optional<memory::Pfn> add_table(Context& context, std::uint32_t domain);

/// Whether any of the pages is mapped.
bool is_any_mapped(const Context& context, std::uint32_t domain, IovaPages pages);
/// Whether the pages begin or end within a large page.
bool splits_a_large_page(const Context& context, std::uint32_t domain, IovaPages pages);

/// Writes entries for what is not mapped yet. -ENOMEM.
std::int64_t write_mappings(Context& context, std::uint32_t domain, IovaPages pages,
                            memory::Pfn first, std::uint32_t max_order, bool is_writable);
/// Clears entries; the tables that are empty now, which the caller has to free when the hardware
/// cannot walk them any more.
std::vector<memory::Pfn> clear_mappings(Context& context, std::uint32_t domain, IovaPages pages);
/// Frees pages of a domain's tables.
void free_tables(Context& context, std::uint32_t domain, const std::vector<memory::Pfn>& pages);

}  // namespace luosim::driver::iommu
