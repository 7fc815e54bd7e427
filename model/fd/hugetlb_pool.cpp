// SPDX-License-Identifier: Apache-2.0
//
// The pools of huge pages in one kernel.
#include <algorithm>

#include "model/fd/hugetlb.hpp"
#include "model/fd/record.hpp"
#include "model/kernel/errno.hpp"

namespace luosim::fd {

namespace {

constexpr std::uint32_t kHighestOrder = 18;  // 1 GiB

auto place_of(std::vector<HugetlbPool>& pools, std::uint32_t order) {
  return std::lower_bound(
      pools.begin(), pools.end(), order,
      [](const HugetlbPool& pool, std::uint32_t value) { return pool.order < value; });
}

HugetlbPool* find_pool(State& fd, std::uint32_t order) {
  const auto place = place_of(fd.hugetlb_pools, order);
  return place != fd.hugetlb_pools.end() && place->order == order ? &*place : nullptr;
}

HugetlbPool& pool_or_new(State& fd, std::uint32_t order) {
  const auto place = place_of(fd.hugetlb_pools, order);
  if (place != fd.hugetlb_pools.end() && place->order == order) return *place;
  return *fd.hugetlb_pools.insert(place, {.order = order});
}

void insert_free(std::vector<memory::PageRange>& free, memory::PageRange range) {
  auto next = std::lower_bound(free.begin(), free.end(), range);
  if (next != free.begin() && std::prev(next)->past_the_end() == range.first) {
    --next;
    next->count += range.count;
  } else {
    next = free.insert(next, range);
  }
  const auto after = std::next(next);
  if (after == free.end() || next->past_the_end() != after->first) return;
  next->count += after->count;
  free.erase(after);
}

// In as few pieces as there is room for; how many pages it got.
std::uint64_t fill_pool(Context& context, HugetlbPool& pool, std::uint64_t pages) {
  const std::uint64_t folio = 1ULL << pool.order;
  std::uint64_t done = 0;
  std::uint64_t piece = std::min(pages, context.memory.pages() / folio * folio);
  while (done < pages && piece >= folio) {
    piece = std::min(piece, pages - done);
    const auto range = kernel::allocate_user_pages(context, piece, folio, kHugetlbOwner, kInPool);
    if (range) {
      insert_free(pool.free, *range);
      done += piece;
    } else {
      piece = piece / 2 / folio * folio;
    }
  }
  return done;
}

}  // namespace

const HugetlbPool* pool_of(const State& fd, std::uint32_t order) {
  const auto place = std::lower_bound(
      fd.hugetlb_pools.begin(), fd.hugetlb_pools.end(), order,
      [](const HugetlbPool& pool, std::uint32_t value) { return pool.order < value; });
  return place != fd.hugetlb_pools.end() && place->order == order ? &*place : nullptr;
}

std::int64_t reserve_hugetlb_pool(Context& context, std::uint32_t order, std::uint64_t count) {
  if (order == 0 || order > kHighestOrder || count > context.memory.pages()) {
    return -kernel::kEINVAL;
  }
  if (pool_of(context.fd, order) != nullptr) return -kernel::kEEXIST;
  const std::uint64_t handed_over = handed_over_huge_pages(context, order);
  const bool counts_twice = handed_over > 0 && context.fault(kCountsTwiceSite).has_value();
  const std::uint64_t wanted = count - (counts_twice ? 0 : std::min(count, handed_over));
  HugetlbPool& pool = pool_or_new(context.fd, order);
  pool.total = fill_pool(context, pool, wanted << order) >> order;
  context.record(
      {.kind = ParticipantRecord::hugetlb_pool, .values = {order, count, handed_over, pool.total}});
  return pool.total == wanted ? 0 : -kernel::kENOMEM;
}

std::optional<memory::PageRange> take_from_pool(Context& context, std::uint32_t order,
                                                std::uint64_t most, std::uint32_t memfd) {
  HugetlbPool* pool = find_pool(context.fd, order);
  const std::uint64_t whole = most >> order << order;
  if (pool == nullptr || pool->free.empty() || whole == 0) return std::nullopt;
  memory::PageRange& first = pool->free.front();
  const memory::PageRange taken{first.first, std::min(whole, first.count)};
  if (taken.count == first.count) {
    pool->free.erase(pool->free.begin());
  } else {
    first = {first.first + taken.count, first.count - taken.count};
  }
  context.memory.give(taken, kHugetlbOwner.tag(), memfd);
  context.memory.fill(taken, memory::kZeroes);
  return taken;
}

void give_to_pool(Context& context, std::uint32_t order, memory::PageRange range) {
  HugetlbPool* pool = find_pool(context.fd, order);
  if (pool == nullptr) {
    kernel::free_pages(context, range);
    return;
  }
  context.memory.give(range, kHugetlbOwner.tag(), kInPool);
  context.memory.fill(range, memory::kGarbage);
  insert_free(pool->free, range);
}

void add_to_pool(Context& context, std::uint32_t order, memory::PageRange range) {
  if (find_pool(context.fd, order) != nullptr) count_into_pool(context.fd, order, range.count);
  give_to_pool(context, order, range);
}

void count_into_pool(State& fd, std::uint32_t order, std::uint64_t pages) {
  pool_or_new(fd, order).total += pages >> order;
}

void count_out_of_pool(State& fd, std::uint32_t order, std::uint64_t pages) {
  HugetlbPool& pool = pool_or_new(fd, order);
  pool.total -= std::min(pool.total, pages >> order);
}

}  // namespace luosim::fd
