// SPDX-License-Identifier: Apache-2.0
//
// Tables of the IOMMU in the memory of a test, written as a driver writes them: one root table, one
// context table for the requester's bus, and page tables that grow with what is mapped.
#pragma once

#include <cstdint>

#include "model/device/iommu/unit.hpp"
#include "model/memory/physical_memory.hpp"

namespace luosim::device::iommu {

inline constexpr memory::OwnerName kTableOwner{"iommu.table"};
inline constexpr std::uint64_t kBothRights = kReadable | kWritable;

class Tables {
 public:
  /// Tables are pages from `first` upwards.
  Tables(memory::PhysicalMemory& memory, memory::Pfn first)
      : memory_(memory), next_(first), root(new_table()), context(new_table()), top(new_table()) {}

  /// Lets the requester's context entry lead to the page tables.
  void attach(Bdf requester, std::uint16_t domain_id) {
    set_root(requester, encode_root(context));
    set_context(requester, encode_context(top, domain_id));
  }
  void set_root(Bdf requester, TableEntry entry) {
    store(root_entry_at(root, requester.bus()), entry);
  }
  void set_context(Bdf requester, TableEntry entry) {
    store(context_entry_at(context, requester.devfn()), entry);
  }

  /// Maps the 4 KiB at `iova` to `page`, or a large page with `level` 2 or 3.
  void map(Iova iova, memory::Pfn page, std::uint64_t rights = kBothRights,
           std::uint32_t level = 1) {
    set_entry(iova, level,
              level == 1 ? encode_page(page, rights) : encode_large_page(page, rights));
  }
  /// Writes the entry of `level` on the way to `iova`, and those above it if there are none.
  void set_entry(Iova iova, std::uint32_t level, std::uint64_t entry) {
    memory_.bytes().write_value(entry_at(iova, level), entry);
  }
  /// The entry of `level` on the way to `iova`.
  memory::PhysicalAddress entry_at(Iova iova, std::uint32_t level) {
    return page_entry_at(table_at(iova, level), iova, level);
  }
  /// The page table of `level` on the way to `iova`.
  memory::PhysicalAddress table_at(Iova iova, std::uint32_t level) {
    memory::PhysicalAddress table = top;
    for (std::uint32_t above = kLevels; above > level; --above) {
      const memory::PhysicalAddress at = page_entry_at(table, iova, above);
      if (memory_.bytes().read_value<std::uint64_t>(at) == 0)
        memory_.bytes().write_value(at, encode_table(new_table()));
      table = table_of(memory_.bytes().read_value<std::uint64_t>(at));
    }
    return table;
  }

 private:
  memory::PhysicalAddress new_table() {
    const memory::PageRange page{next_, 1};
    memory_.give(page, kTableOwner.tag());
    memory_.fill(page, memory::kZeroes);
    next_ = next_ + 1;
    return memory::address_of(page.first);
  }
  void store(memory::PhysicalAddress address, TableEntry entry) {
    memory_.bytes().write_value(address, entry);
  }

  memory::PhysicalMemory& memory_;
  memory::Pfn next_;

 public:
  memory::PhysicalAddress root;
  memory::PhysicalAddress context;
  memory::PhysicalAddress top;
};

}  // namespace luosim::device::iommu
