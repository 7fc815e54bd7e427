// SPDX-License-Identifier: Apache-2.0
//
// Physical memory: extents of 4 KiB pages, each with an owner and a version of its contents. It is
// hardware: a kexec leaves it alone. Owners are what is true, kept so that the model can see what a
// real machine cannot: that a kernel reads memory which somebody freed. No kernel decides anything
// by them, except its allocator, which is the one that set them. A 12 TiB host is a few extents.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "model/memory/bytes.hpp"
#include "model/memory/page.hpp"
#include "sim/core/digest.hpp"

namespace luosim::memory {

/// A run of pages that are alike.
struct Extent {
  Pfn first{};
  std::uint64_t count = 0;
  OwnerTag owner = kFree;
  std::uint32_t owner_number = 0;  ///< which VM, file or participant of that owner
  OwnerTag freed_from = kFree;     ///< who had it last, while it is free
  std::uint32_t reserved = 0;      ///< keeps the layout free of padding for the digest
  Content content = kZeroes;

  PageRange range() const { return {first, count}; }
  friend bool operator==(const Extent&, const Extent&) = default;
};

class PhysicalMemory {
 public:
  PhysicalMemory() = default;
  /// `pages` page frames from 0, all free and zero.
  explicit PhysicalMemory(std::uint64_t pages);

  std::uint64_t pages() const { return pages_; }

  /// The extent that `pfn` lies in; the frame must exist. O(log extents).
  const Extent& at(Pfn pfn) const;

  /// Gives a range to an owner; the contents stay.
  void give(PageRange range, OwnerTag owner, std::uint32_t owner_number = 0);

  /// Takes a range from its owner. Contents and bytes stay as they are: nobody has overwritten
  /// them yet.
  void release(PageRange range);

  /// Takes every page from its owner for whose extent `keep(const Extent&)` is false, and loses its
  /// contents. Linear in the extents.
  template <class Keep>
  void release_all_but(Keep keep) {
    for (Extent& extent : extents_) {
      if (keep(extent)) continue;
      if (extent.owner != kFree) extent.freed_from = extent.owner;
      extent.owner = kFree;
      extent.owner_number = 0;
      extent.content = kGarbage;
    }
    join_alike();
    bytes_.keep_if([&](Pfn page) { return at(page).owner != kFree; });
  }

  /// Overwrites a range as a whole; bytes stored there are gone.
  void fill(PageRange range, Content content);

  /// Finds `pages` free frames at a multiple of `alignment` pages (a power of two) within `within`,
  /// from `from` upwards. O(extents).
  std::optional<PageRange> find_free(std::uint64_t pages, std::uint64_t alignment, Pfn from,
                                     PageRange within) const;

  /// How many pages an owner has. O(extents).
  std::uint64_t count_owned(OwnerTag owner) const;

  const std::vector<Extent>& extents() const { return extents_; }
  Bytes& bytes() { return bytes_; }
  const Bytes& bytes() const { return bytes_; }

  void add_to(sim::Hasher& hasher) const;

  friend bool operator==(const PhysicalMemory&, const PhysicalMemory&) = default;

 private:
  std::size_t index_of(Pfn pfn) const;
  std::size_t split_at(Pfn pfn);
  void join_alike();
  template <class Change>
  void change(PageRange range, Change change);

  std::uint64_t pages_ = 0;
  std::vector<Extent> extents_;  // sorted, gapless, neighbours differ
  Bytes bytes_;
};

}  // namespace luosim::memory
