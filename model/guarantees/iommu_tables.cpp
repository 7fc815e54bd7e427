// SPDX-License-Identifier: Apache-2.0
#include "model/guarantees/iommu_tables.hpp"

#include <algorithm>
#include <array>

#include "model/memory/raw_word.hpp"

namespace luosim::guarantees {

namespace {

namespace format = device::iommu;
using memory::PhysicalAddress;

constexpr std::size_t kEntries = 1U << format::kBitsOfLevel;
// Garbage may lead in circles: no host of the model has as many tables.
constexpr std::size_t kMostTables = 1U << 21;

using TableWords = std::array<std::uint64_t, kEntries>;

bool is_in_memory(const Machine& machine, PhysicalAddress address) {
  return memory::page_of(address).value < machine.memory.pages();
}

TableWords words_of(const Machine& machine, PhysicalAddress table) {
  TableWords words{};
  memory::read_raw(machine.memory, table, std::as_writable_bytes(std::span(words)));
  return words;
}

bool is_table(const Machine& machine, PhysicalAddress address) {
  return is_in_memory(machine, address) &&
         is_owner_of_tables(machine.memory.at(memory::page_of(address)).owner);
}

class TableWalk {
 public:
  TableWalk(const Machine& machine, bool with_runs) : machine_(machine), with_runs_(with_runs) {}

  Reach walk_root() {
    const PhysicalAddress root = machine_.devices.iommu.root_table;
    if (machine_.devices.iommu.translates == 0 || !enter(root, WalkedTable::kRoot, {}))
      return std::move(reach_);
    const TableWords words = words_of(machine_, root);
    for (std::uint32_t bus = 0; bus < kEntries / 2; ++bus) {
      const std::uint64_t entry = words[2 * std::size_t{bus}];
      if ((entry & format::kPresent) != 0)
        walk_context_table(format::table_of(entry), static_cast<std::uint8_t>(bus));
    }
    return std::move(reach_);
  }

  Reach walk_domain(PhysicalAddress top) {
    walk_table(top, format::kLevels, {}, {0});
    return std::move(reach_);
  }

 private:
  // Notes a table; false if it is not to be read.
  bool enter(PhysicalAddress table, std::uint32_t level, device::Bdf requester) {
    if (reach_.tables.size() >= kMostTables) return false;
    reach_.tables.push_back({memory::page_of(table), level, requester});
    return is_table(machine_, table);
  }

  void walk_context_table(PhysicalAddress table, std::uint8_t bus) {
    if (!enter(table, WalkedTable::kContext, device::bdf_of(bus, 0))) return;
    const TableWords words = words_of(machine_, table);
    for (std::uint32_t devfn = 0; devfn < kEntries / 2; ++devfn) {
      const std::uint64_t entry = words[2 * std::size_t{devfn}];
      if ((entry & format::kPresent) == 0) continue;
      const PhysicalAddress top = format::table_of(entry);
      if (std::find(tops_.begin(), tops_.end(), top) != tops_.end()) continue;
      tops_.push_back(top);
      walk_table(top, format::kLevels, device::bdf_of(bus, static_cast<std::uint8_t>(devfn)), {0});
    }
  }

  void walk_table(PhysicalAddress table, std::uint32_t level, device::Bdf requester,
                  device::Iova iova) {
    if (!enter(table, level, requester) || (level == 1 && !with_runs_)) return;
    const TableWords words = words_of(machine_, table);
    for (std::size_t index = 0; index < kEntries; ++index) {
      const std::uint64_t entry = words[index];
      const device::Iova at = iova + index * format::bytes_of_entry(level);
      if ((entry & (format::kReadable | format::kWritable)) == 0) continue;
      if (!format::is_leaf(entry, level)) {
        walk_table(format::table_of(entry), level - 1, requester, at);
      } else if (with_runs_) {
        add_run({requester,
                 at,
                 {memory::page_of(format::table_of(entry)),
                  format::bytes_of_entry(level) / memory::kPageBytes}});
      }
    }
  }

  void add_run(const ReachedRun& run) {
    if (run.range.past_the_end().value > machine_.memory.pages()) return;
    if (!reach_.runs.empty()) {
      ReachedRun& last = reach_.runs.back();
      const bool goes_on = last.requester == run.requester &&
                           last.iova + last.range.count * memory::kPageBytes == run.iova &&
                           last.range.past_the_end() == run.range.first;
      if (goes_on) {
        last.range.count += run.range.count;
        return;
      }
    }
    reach_.runs.push_back(run);
  }

  const Machine& machine_;
  bool with_runs_;
  Reach reach_;
  std::vector<PhysicalAddress> tops_;
};

class TableDigest {
 public:
  explicit TableDigest(const Machine& machine) : machine_(machine) {}

  std::uint64_t of(PhysicalAddress top) {
    add(top, format::kLevels);
    return hasher_.finish().low;
  }

 private:
  void add(PhysicalAddress table, std::uint32_t level) {
    hasher_.add(table.value);
    if (++tables_ > kMostTables || !is_in_memory(machine_, table)) return;
    // What somebody else has written there would lead anywhere.
    const bool is_ours = is_table(machine_, table);
    hasher_.add(is_ours ? std::uint64_t{1} : std::uint64_t{0});
    if (!is_ours) return;
    const TableWords words = words_of(machine_, table);
    hasher_.add_bytes(words.data(), sizeof(words));
    if (level == 1) return;
    for (const std::uint64_t entry : words) {
      const bool leads_on =
          (entry & (format::kReadable | format::kWritable)) != 0 && !format::is_leaf(entry, level);
      if (leads_on) add(format::table_of(entry), level - 1);
    }
  }

  const Machine& machine_;
  sim::Hasher hasher_;
  std::size_t tables_ = 0;
};

}  // namespace

bool is_owner_of_tables(memory::OwnerTag owner) {
  return owner == driver::iommu::kRootOwner.tag() || owner == driver::iommu::kContextOwner.tag() ||
         owner == driver::iommu::kTableOwner.tag() || owner == kho::kIncomingOwner.tag();
}

Reach walk_tables(const Machine& machine, bool with_runs) {
  return TableWalk(machine, with_runs).walk_root();
}

std::vector<ReachedRun> runs_of_domain(const Machine& machine, PhysicalAddress top) {
  return TableWalk(machine, /*with_runs=*/true).walk_domain(top).runs;
}

std::vector<UsedContext> used_contexts(const Machine& machine) {
  std::vector<UsedContext> used;
  const PhysicalAddress root = machine.devices.iommu.root_table;
  if (machine.devices.iommu.translates == 0 || !is_table(machine, root)) return used;
  const TableWords buses = words_of(machine, root);
  for (std::size_t bus = 0; bus < kEntries / 2; ++bus) {
    const PhysicalAddress table = format::table_of(buses[2 * bus]);
    if ((buses[2 * bus] & format::kPresent) == 0 || !is_table(machine, table)) continue;
    const TableWords words = words_of(machine, table);
    for (std::size_t devfn = 0; devfn < kEntries / 2; ++devfn) {
      const format::TableEntry entry{words[2 * devfn], words[2 * devfn + 1]};
      if ((entry.low & format::kPresent) == 0) continue;
      used.push_back(
          {device::bdf_of(static_cast<std::uint8_t>(bus), static_cast<std::uint8_t>(devfn)),
           entry});
    }
  }
  return used;
}

std::uint64_t digest_of_domain(const Machine& machine, PhysicalAddress top) {
  return TableDigest(machine).of(top);
}

}  // namespace luosim::guarantees
