// SPDX-License-Identifier: Apache-2.0
#include "model/driver/iommu/page_table.hpp"

#include <algorithm>
#include <array>

#include "model/device/iommu/table_format.hpp"
#include "model/driver/state.hpp"
#include "model/kernel/errno.hpp"

namespace luosim::driver::iommu {

namespace {

namespace format = device::iommu;
using memory::PhysicalAddress;

constexpr std::uint64_t kEntries = 1ULL << format::kBitsOfLevel;
using Entries = std::array<std::uint64_t, kEntries>;

Entries read_table(const memory::PhysicalMemory& memory, PhysicalAddress table) {
  Entries entries{};
  memory.bytes().read(table, std::as_writable_bytes(std::span(entries)));
  return entries;
}

void write_table(memory::PhysicalMemory& memory, PhysicalAddress table, const Entries& entries) {
  memory.bytes().write(table, std::as_bytes(std::span(entries)));
}

bool is_empty(const Entries& entries) {
  return std::all_of(entries.begin(), entries.end(),
                     [](std::uint64_t entry) { return entry == 0; });
}

// Pages of 4 KiB that an entry of a level maps.
constexpr std::uint64_t pages_of_entry(std::uint32_t level) {
  return format::bytes_of_entry(level) >> memory::kPageShift;
}
constexpr std::uint64_t index_of(std::uint64_t page, std::uint32_t level) {
  return page / pages_of_entry(level) % kEntries;
}
constexpr std::uint64_t end_of_entry(std::uint64_t page, std::uint32_t level) {
  return (page / pages_of_entry(level) + 1) * pages_of_entry(level);
}

PhysicalAddress top_of(const Context& context, std::uint32_t domain) {
  return context.drivers.iommu.domains[domain].top;
}

bool is_any_mapped_in(const memory::PhysicalMemory& memory, PhysicalAddress table,
                      std::uint32_t level, IovaPages pages) {
  const Entries entries = read_table(memory, table);
  for (std::uint64_t at = pages.first; at < pages.end; at = end_of_entry(at, level)) {
    const std::uint64_t entry = entries[index_of(at, level)];
    if (entry == 0) continue;
    if (format::is_leaf(entry, level)) return true;
    const IovaPages below{at, std::min(pages.end, end_of_entry(at, level))};
    if (is_any_mapped_in(memory, format::table_of(entry), level - 1, below)) return true;
  }
  return false;
}

// The pages that the entry maps which maps this one.
IovaPages mapped_with(const Context& context, std::uint32_t domain, std::uint64_t page) {
  PhysicalAddress table = top_of(context, domain);
  for (std::uint32_t level = format::kLevels; level > 1; --level) {
    const Entries entries = read_table(context.memory, table);
    const std::uint64_t entry = entries[index_of(page, level)];
    const std::uint64_t end = end_of_entry(page, level);
    if (entry == 0) return {page, page + 1};
    if (format::is_leaf(entry, level)) return {end - pages_of_entry(level), end};
    table = format::table_of(entry);
  }
  return {page, page + 1};
}

// What is to be mapped, with the place that is reached.
struct Mapping {
  std::uint32_t domain = 0;
  std::uint32_t highest_leaf = 1;
  std::uint64_t rights = 0;
  std::uint64_t iova_page = 0;
  memory::Pfn page{};
};

bool may_be_leaf(const Mapping& mapping, std::uint32_t level, std::uint64_t end) {
  const std::uint64_t span = pages_of_entry(level);
  return level <= mapping.highest_leaf && end - mapping.iova_page == span &&
         mapping.page.value % span == 0;
}

std::uint64_t leaf(const Mapping& mapping, std::uint32_t level) {
  return level == 1 ? format::encode_page(mapping.page, mapping.rights)
                    : format::encode_large_page(mapping.page, mapping.rights);
}

std::int64_t map_in(Context& context, PhysicalAddress table, std::uint32_t level, Mapping& mapping,
                    std::uint64_t end);

// Goes on in the table below, which is made if it is not there, and dropped again if nothing of it
// could be filled.
std::int64_t map_below(Context& context, std::uint64_t& entry, std::uint32_t level,
                       Mapping& mapping, std::uint64_t end) {
  if (entry == 0) {
    const auto page = add_table(context, mapping.domain);
    if (!page) return -kernel::kENOMEM;
    entry = format::encode_table(memory::address_of(*page));
  }
  const PhysicalAddress below = format::table_of(entry);
  const std::int64_t error = map_in(context, below, level - 1, mapping, end);
  if (error != 0 && is_empty(read_table(context.memory, below))) {
    free_tables(context, mapping.domain, {memory::page_of(below)});
    entry = 0;
  }
  return error;
}

std::int64_t map_in(Context& context, PhysicalAddress table, std::uint32_t level, Mapping& mapping,
                    std::uint64_t end) {
  Entries entries = read_table(context.memory, table);
  std::int64_t error = 0;
  while (mapping.iova_page < end && error == 0) {
    const std::uint64_t here_end = std::min(end, end_of_entry(mapping.iova_page, level));
    std::uint64_t& entry = entries[index_of(mapping.iova_page, level)];
    if (entry == 0 && may_be_leaf(mapping, level, here_end)) {
      entry = leaf(mapping, level);
      mapping.page = mapping.page + (here_end - mapping.iova_page);
      mapping.iova_page = here_end;
    } else {
      error = map_below(context, entry, level, mapping, here_end);
    }
  }
  write_table(context.memory, table, entries);
  return error;
}

// True if the table is empty afterwards.
bool clear_in(memory::PhysicalMemory& memory, PhysicalAddress table, std::uint32_t level,
              IovaPages pages, std::vector<memory::Pfn>& emptied) {
  Entries entries = read_table(memory, table);
  bool has_changed = false;
  for (std::uint64_t at = pages.first; at < pages.end; at = end_of_entry(at, level)) {
    std::uint64_t& entry = entries[index_of(at, level)];
    if (entry == 0) continue;
    if (!format::is_leaf(entry, level)) {
      const IovaPages below{at, std::min(pages.end, end_of_entry(at, level))};
      const PhysicalAddress next = format::table_of(entry);
      if (!clear_in(memory, next, level - 1, below, emptied)) continue;
      emptied.push_back(memory::page_of(next));
    }
    entry = 0;
    has_changed = true;
  }
  if (has_changed) write_table(memory, table, entries);
  return is_empty(entries);
}

bool is_before(const TablePage& left, const TablePage& right) {
  return left.domain != right.domain ? left.domain < right.domain : left.page < right.page;
}

}  // namespace

std::optional<IovaPages> iova_pages(device::Iova iova, std::uint64_t pages) {
  constexpr std::uint64_t kPages = 1ULL << (format::kWidth - memory::kPageShift);
  const std::uint64_t first = iova.value >> memory::kPageShift;
  if (iova.value % memory::kPageBytes != 0 || pages == 0 || first >= kPages ||
      pages > kPages - first) {
    return std::nullopt;
  }
  return IovaPages{first, first + pages};
}

std::optional<memory::Pfn> add_table(Context& context, std::uint32_t domain) {
  const auto page = kernel::allocate_pages(context, 1, 1, kTableOwner, domain);
  if (!page) return std::nullopt;
  const TablePage table{.domain = domain, .page = page->first};
  std::vector<TablePage>& tables = context.drivers.iommu.tables;
  tables.insert(std::upper_bound(tables.begin(), tables.end(), table, is_before), table);
  return page->first;
}

bool is_any_mapped(const Context& context, std::uint32_t domain, IovaPages pages) {
  return is_any_mapped_in(context.memory, top_of(context, domain), format::kLevels, pages);
}

bool splits_a_large_page(const Context& context, std::uint32_t domain, IovaPages pages) {
  return mapped_with(context, domain, pages.first).first < pages.first ||
         mapped_with(context, domain, pages.end - 1).end > pages.end;
}

std::int64_t write_mappings(Context& context, std::uint32_t domain, IovaPages pages,
                            memory::Pfn first, std::uint32_t max_order, bool is_writable) {
  Mapping mapping{
      .domain = domain,
      .highest_leaf = std::min(max_order / format::kBitsOfLevel + 1, format::kLevels - 1),
      .rights = format::kReadable | (is_writable ? format::kWritable : 0),
      .iova_page = pages.first,
      .page = first};
  return map_in(context, top_of(context, domain), format::kLevels, mapping, pages.end);
}

std::vector<memory::Pfn> clear_mappings(Context& context, std::uint32_t domain, IovaPages pages) {
  std::vector<memory::Pfn> emptied;
  clear_in(context.memory, top_of(context, domain), format::kLevels, pages, emptied);
  return emptied;
}

void free_tables(Context& context, std::uint32_t domain, const std::vector<memory::Pfn>& pages) {
  if (pages.empty()) return;
  std::vector<memory::Pfn> freed = pages;
  std::sort(freed.begin(), freed.end());
  std::vector<TablePage>& tables = context.drivers.iommu.tables;
  const auto is_freed = [&](const TablePage& table) {
    return table.domain == domain && std::binary_search(freed.begin(), freed.end(), table.page);
  };
  tables.erase(std::remove_if(tables.begin(), tables.end(), is_freed), tables.end());
  // From the last one on: forgetting bytes moves those behind them.
  for (std::size_t index = freed.size(); index-- > 0;)
    kernel::free_pages(context, {freed[index], 1});
}

}  // namespace luosim::driver::iommu
