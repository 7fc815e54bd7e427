// SPDX-License-Identifier: Apache-2.0
//
// What the IOMMU's tables lead to, as they are in memory: which pages the unit walks, and which
// memory devices reach through them. A guarantee that asks walks all of them, so it asks at moments
// that are rare.
#pragma once

#include <vector>

#include "model/device/iommu/table_format.hpp"
#include "model/guarantees/devices.hpp"

namespace luosim::guarantees {

/// A page that the unit would walk for a request of `requester`.
struct WalkedTable {
  static constexpr std::uint32_t kRoot = 6;  ///< the level of the root table; 5: a context table
  static constexpr std::uint32_t kContext = 5;
  memory::Pfn page{};
  std::uint32_t level = 0;  ///< 4 the top of a domain's tables, 1 what maps pages
  device::Bdf requester{};  ///< the first that leads there
};

/// Memory that a device reaches.
struct ReachedRun {
  device::Bdf requester{};
  device::Iova iova{};
  memory::PageRange range{};
};

struct Reach {
  std::vector<WalkedTable> tables;
  std::vector<ReachedRun> runs;  ///< in order of addresses, neighbours joined
};

/// Whether a page belongs to somebody whom the IOMMU's driver knows as a table, or to nobody yet
/// after a jump.
bool is_owner_of_tables(memory::OwnerTag owner);

/// All that present entries lead to, from the root on; nothing while translation is off. What a
/// page of somebody else contains is not followed. A domain that several devices share is walked
/// once. `with_runs`: the lowest tables are read too.
Reach walk_tables(const Machine& machine, bool with_runs);

/// What the tables of a domain map, whoever translates by it; requesters are unset.
std::vector<ReachedRun> runs_of_domain(const Machine& machine, memory::PhysicalAddress top);

/// A context entry that the unit would walk on from.
struct UsedContext {
  device::Bdf requester{};
  device::iommu::TableEntry entry{};
};

/// All context entries that are present, as far as the tables that lead to them are the driver's;
/// none while translation is off. In order of addresses.
std::vector<UsedContext> used_contexts(const Machine& machine);

/// What the tables of a domain contain, and at which pages they lie: one that was changed, or whose
/// pages somebody has overwritten, has another. O(pages of tables).
std::uint64_t digest_of_domain(const Machine& machine, memory::PhysicalAddress top);

}  // namespace luosim::guarantees
