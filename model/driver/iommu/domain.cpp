// SPDX-License-Identifier: Apache-2.0
#include "model/driver/iommu/domain.hpp"

#include <algorithm>
#include <vector>

#include "model/driver/iommu/context_table.hpp"
#include "model/driver/iommu/page_table.hpp"
#include "model/driver/iommu/programs.hpp"
#include "model/driver/iommu/record.hpp"
#include "model/kernel/errno.hpp"
#include "model/kho/tracker.hpp"

namespace luosim::driver::iommu {

namespace {

constexpr std::string_view kAllocate = "iommu_domain_alloc";

Domain* find_domain(State& state, std::uint32_t domain) {
  if (domain >= state.domains.size() || state.domains[domain].id == 0) return nullptr;
  return &state.domains[domain];
}

// The lowest id that nobody has, or 0 if there is none. An id that was not reserved looks free.
std::uint16_t free_id(const State& state) {
  std::vector<std::uint16_t> taken;
  for (const Domain& domain : state.domains)
    if (domain.id != 0 && domain.id_is_forgotten == 0) taken.push_back(domain.id);
  std::sort(taken.begin(), taken.end());
  std::uint32_t id = 1;
  for (const std::uint16_t other : taken) id = other == id ? id + 1 : id;
  return id <= 0xFFFF ? static_cast<std::uint16_t>(id) : std::uint16_t{0};
}

// The pages of a domain's tables are neighbours; [first, last) of them.
std::pair<std::size_t, std::size_t> tables_of(const State& state, std::uint32_t domain) {
  const auto before = [](const TablePage& table, std::uint64_t value) {
    return table.domain < value;
  };
  const auto first =
      std::lower_bound(state.tables.begin(), state.tables.end(), std::uint64_t{domain}, before);
  const auto last = std::lower_bound(first, state.tables.end(), std::uint64_t{domain} + 1, before);
  return {static_cast<std::size_t>(first - state.tables.begin()),
          static_cast<std::size_t>(last - state.tables.begin())};
}

// 0, or why the mappings of a domain cannot be changed.
std::int64_t may_change(const Domain* domain) {
  if (domain == nullptr) return -kernel::kEINVAL;
  return domain->is_preserved != 0 || domain->is_restored != 0 ? -kernel::kEPERM : 0;
}

std::int64_t unpreserve_tables(Context& context, std::size_t first, std::size_t last) {
  std::int64_t answer = 0;
  for (std::size_t index = first; index < last; ++index) {
    TablePage& table = context.drivers.iommu.tables[index];
    if (table.is_preserved == 0) continue;
    const std::int64_t error =
        kho::unpreserve_range(context, memory::address_of(table.page), memory::kPageBytes);
    if (answer == 0) answer = error;
    table.is_preserved = 0;
  }
  return answer;
}

}  // namespace

void State::add_to(sim::Hasher& hasher) const {
  hasher.add(has_started);
  hasher.add(took_over);
  hasher.add(root_is_preserved);
  hasher.add(root);
  hasher.add_sequence(contexts);
  hasher.add_sequence(domains);
  hasher.add_sequence(tables);
  hasher.add_sequence(attachments);
  hasher.add(record);
  hasher.add(incoming_record);
}

std::uint32_t create_domain(Context& context, std::uint64_t token) {
  State& state = context.drivers.iommu;
  const std::uint16_t id = free_id(state);
  if (state.has_started == 0 || id == 0) return kNoDomain;
  if (!kernel::allocate_object(context, kAllocate)) return kNoDomain;
  const auto domain = static_cast<std::uint32_t>(state.domains.size());
  const auto top = add_table(context, domain);
  if (!top) return kNoDomain;
  state.domains.push_back({.id = id, .top = memory::address_of(*top), .token = token});
  context.record({.kind = IommuRecord::domain_created,
                  .values = {domain, id, memory::address_of(*top).value, 0}});
  return domain;
}

std::int64_t free_domain(Context& context, std::uint32_t domain) {
  State& state = context.drivers.iommu;
  Domain* freed = find_domain(state, domain);
  if (freed == nullptr) return -kernel::kEINVAL;
  if (freed->attachments != 0 || freed->is_preserved != 0) return -kernel::kEBUSY;
  const auto [first, last] = tables_of(state, domain);
  std::vector<memory::Pfn> pages;
  for (std::size_t index = first; index < last; ++index) pages.push_back(state.tables[index].page);
  flush(context, freed->id);
  free_tables(context, domain, pages);
  context.record(
      {.kind = IommuRecord::domain_freed, .values = {domain, freed->id, pages.size(), 0}});
  *freed = {};
  return 0;
}

std::int64_t map(Context& context, std::uint32_t domain, device::Iova iova, memory::PageRange range,
                 std::uint32_t max_order, bool is_writable) {
  const auto pages = iova_pages(iova, range.count);
  const bool is_in_memory = range.first.value < context.memory.pages() &&
                            range.count <= context.memory.pages() - range.first.value;
  if (const std::int64_t error = may_change(find_domain(context.drivers.iommu, domain)))
    return error;
  if (!pages || !is_in_memory) return -kernel::kEINVAL;
  if (is_any_mapped(context, domain, *pages)) return -kernel::kEEXIST;
  const std::int64_t error =
      write_mappings(context, domain, *pages, range.first, max_order, is_writable);
  context.record({.kind = IommuRecord::mapped,
                  .values = {domain, iova.value, range.first.value, range.count}});
  return error;
}

std::int64_t unmap(Context& context, std::uint32_t domain, device::Iova iova, std::uint64_t pages) {
  const Domain* changed = find_domain(context.drivers.iommu, domain);
  if (const std::int64_t error = may_change(changed)) return error;
  const auto range = iova_pages(iova, pages);
  if (!range || splits_a_large_page(context, domain, *range)) return -kernel::kEINVAL;
  const std::vector<memory::Pfn> emptied = clear_mappings(context, domain, *range);
  // Before anybody else gets the tables, or what was mapped.
  flush(context, changed->id);
  free_tables(context, domain, emptied);
  context.record(
      {.kind = IommuRecord::unmapped, .values = {domain, iova.value, pages, emptied.size()}});
  return 0;
}

std::int64_t preserve_domain(Context& context, std::uint32_t domain, std::uint64_t token) {
  State& state = context.drivers.iommu;
  Domain* preserved = find_domain(state, domain);
  if (preserved == nullptr) return -kernel::kEINVAL;
  if (preserved->is_preserved != 0) return -kernel::kEBUSY;
  const auto [first, last] = tables_of(state, domain);
  for (std::size_t index = first; index < last; ++index) {
    TablePage& table = state.tables[index];
    if (context.fault(kForgetsPageSite)) continue;
    const std::int64_t error =
        kho::preserve_range(context, memory::address_of(table.page), memory::kPageBytes);
    if (error != 0) {
      unpreserve_tables(context, first, index);
      return error;
    }
    table.is_preserved = 1;
  }
  preserved->is_preserved = 1;
  preserved->token = token;
  preserved->is_forgotten = context.fault(kForgetsDomainSite) ? 1 : 0;
  context.record(
      {.kind = IommuRecord::domain_preserved, .values = {domain, token, last - first, 0}});
  return 0;
}

std::int64_t unpreserve_domain(Context& context, std::uint32_t domain) {
  Domain* preserved = find_domain(context.drivers.iommu, domain);
  if (preserved == nullptr || preserved->is_preserved == 0) return -kernel::kEINVAL;
  const auto [first, last] = tables_of(context.drivers.iommu, domain);
  preserved->is_preserved = 0;
  preserved->is_forgotten = 0;
  context.record(
      {.kind = IommuRecord::domain_unpreserved, .values = {domain, preserved->token, 0, 0}});
  return unpreserve_tables(context, first, last);
}

std::uint32_t restored_domain(const State& state, std::uint64_t token) {
  for (std::uint32_t domain = 0; domain < state.domains.size(); ++domain) {
    const Domain& candidate = state.domains[domain];
    if (candidate.id != 0 && candidate.is_restored != 0 && candidate.token == token) return domain;
  }
  return kNoDomain;
}

}  // namespace luosim::driver::iommu
