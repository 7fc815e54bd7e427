// SPDX-License-Identifier: Apache-2.0
#include "model/memory/physical_memory.hpp"

#include <algorithm>

#include "sim/core/assert.hpp"

namespace luosim::memory {

namespace {

bool are_alike(const Extent& left, const Extent& right) {
  return left.owner == right.owner && left.owner_number == right.owner_number &&
         left.freed_from == right.freed_from && left.content == right.content;
}

}  // namespace

PhysicalMemory::PhysicalMemory(std::uint64_t pages) : pages_(pages) {
  if (pages > 0) extents_.push_back({.first = {0}, .count = pages});
}

std::size_t PhysicalMemory::index_of(Pfn pfn) const {
  sim::require(pfn.value < pages_, "a page frame lies in physical memory");
  const auto next =
      std::upper_bound(extents_.begin(), extents_.end(), pfn,
                       [](Pfn value, const Extent& extent) { return value < extent.first; });
  return static_cast<std::size_t>(next - extents_.begin()) - 1;
}

const Extent& PhysicalMemory::at(Pfn pfn) const {
  return extents_[index_of(pfn)];
}

std::size_t PhysicalMemory::split_at(Pfn pfn) {
  if (pfn.value == pages_) return extents_.size();
  const std::size_t index = index_of(pfn);
  if (extents_[index].first == pfn) return index;
  Extent tail = extents_[index];
  const std::uint64_t kept = pfn.value - tail.first.value;
  tail.first = pfn;
  tail.count -= kept;
  extents_[index].count = kept;
  extents_.insert(extents_.begin() + static_cast<std::ptrdiff_t>(index) + 1, tail);
  return index + 1;
}

template <class Change>
void PhysicalMemory::change(PageRange range, Change change) {
  if (range.count == 0) return;
  sim::require(range.first.value + range.count <= pages_, "a range lies in physical memory");
  const std::size_t begin = split_at(range.first);
  const std::size_t end = split_at(range.past_the_end());
  for (std::size_t index = begin; index < end; ++index) change(extents_[index]);
  // Join what has become alike, one neighbour on each side included.
  const std::size_t from = begin > 0 ? begin - 1 : 0;
  const std::size_t to = std::min(end + 1, extents_.size());
  std::size_t kept = from;
  for (std::size_t index = from + 1; index < to; ++index) {
    if (are_alike(extents_[kept], extents_[index])) {
      extents_[kept].count += extents_[index].count;
    } else {
      extents_[++kept] = extents_[index];
    }
  }
  extents_.erase(extents_.begin() + static_cast<std::ptrdiff_t>(kept) + 1,
                 extents_.begin() + static_cast<std::ptrdiff_t>(to));
}

void PhysicalMemory::join_alike() {
  std::size_t kept = 0;
  for (std::size_t index = 1; index < extents_.size(); ++index) {
    if (are_alike(extents_[kept], extents_[index])) {
      extents_[kept].count += extents_[index].count;
    } else {
      extents_[++kept] = extents_[index];
    }
  }
  if (!extents_.empty()) extents_.resize(kept + 1);
}

void PhysicalMemory::give(PageRange range, OwnerTag owner, std::uint32_t owner_number) {
  change(range, [&](Extent& extent) {
    extent.owner = owner;
    extent.owner_number = owner_number;
    extent.freed_from = kFree;
  });
}

void PhysicalMemory::release(PageRange range) {
  change(range, [&](Extent& extent) {
    if (extent.owner != kFree) extent.freed_from = extent.owner;
    extent.owner = kFree;
    extent.owner_number = 0;
  });
}

void PhysicalMemory::fill(PageRange range, Content content) {
  change(range, [&](Extent& extent) { extent.content = content; });
  bytes_.erase(range);
}

std::optional<PageRange> PhysicalMemory::find_free(std::uint64_t pages, std::uint64_t alignment,
                                                   Pfn from, PageRange within) const {
  const std::uint64_t begin = std::max(from.value, within.first.value);
  const std::uint64_t end = std::min(within.past_the_end().value, pages_);
  if (begin >= end || pages == 0) return std::nullopt;
  // Free frames whose history differs are separate extents: a run may cross several of them.
  std::uint64_t run_begin = begin;
  for (std::size_t index = index_of({begin}); index < extents_.size(); ++index) {
    const Extent& extent = extents_[index];
    if (extent.first.value >= end) break;
    if (extent.owner != kFree) {
      run_begin = extent.range().past_the_end().value;
      continue;
    }
    const std::uint64_t aligned = (run_begin + alignment - 1) & ~(alignment - 1);
    const std::uint64_t run_end = std::min(extent.range().past_the_end().value, end);
    if (aligned <= run_end && run_end - aligned >= pages) return PageRange{{aligned}, pages};
  }
  return std::nullopt;
}

std::uint64_t PhysicalMemory::count_owned(OwnerTag owner) const {
  std::uint64_t count = 0;
  for (const Extent& extent : extents_) {
    if (extent.owner == owner) count += extent.count;
  }
  return count;
}

void PhysicalMemory::add_to(sim::Hasher& hasher) const {
  hasher.add(pages_);
  hasher.add_sequence(extents_);
  bytes_.add_to(hasher);
}

}  // namespace luosim::memory
