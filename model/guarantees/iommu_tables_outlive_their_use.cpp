// SPDX-License-Identifier: Apache-2.0
//
// The IOMMU believes its tables. A page of them that somebody else gets is walked like before, and
// then leads anywhere, without a fault: no machine can notice that (devices.md, D.7). So whenever
// memory may have changed hands, each page that the unit would walk is looked at.
#include <fmt/format.h>

#include "model/driver/iommu/record.hpp"
#include "model/fd/record.hpp"
#include "model/guarantees/all.hpp"
#include "model/guarantees/guest_frames.hpp"
#include "model/guarantees/iommu_tables.hpp"
#include "model/kernel/record.hpp"
#include "model/userspace/record.hpp"

namespace luosim::guarantees {

namespace {

using driver::iommu::IommuRecord::domain_freed;
using driver::iommu::IommuRecord::unmapped;

constexpr sim::RecordKind kLooksAfter[] = {kernel::KernelRecord::kexec,
                                           kernel::KernelRecord::boot_done,
                                           domain_freed,
                                           unmapped,
                                           fd::ParticipantRecord::memfd_dropped,
                                           userspace::UserRecord::call_returns};

std::string level_text(std::uint32_t level) {
  if (level == WalkedTable::kRoot) return "the root table";
  if (level == WalkedTable::kContext) return "a context table";
  return fmt::format("a page table of level {}", level);
}

std::string user_of(const Machine& machine, const WalkedTable& table) {
  if (table.level == WalkedTable::kRoot) return "all devices";
  if (table.level == WalkedTable::kContext) return fmt::format("bus {}", table.requester.bus());
  const auto function = function_with(machine, table.requester);
  return function ? name_of(machine, *function) : text_of(table.requester);
}

bool is_moment(const sim::Record& record) {
  if (record.kind == unmapped) return record.values[3] != 0;
  return record.kind != userspace::UserRecord::call_returns || may_have_freed_memory(record);
}

void look(Look& look) {
  const Machine& machine = look.view;
  if (machine.devices.iommu.translates == 0 || !is_moment(look.record)) return;
  for (const WalkedTable& table : walk_tables(machine, /*with_runs=*/false).tables) {
    const std::uint64_t address = memory::address_of(table.page).value;
    if (table.page.value >= machine.memory.pages()) {
      return look.say(fmt::format("{} for {} is at {:#x}, where no memory is",
                                  level_text(table.level), user_of(machine, table), address));
    }
    const memory::Extent& extent = machine.memory.at(table.page);
    if (is_owner_of_tables(extent.owner)) continue;
    return look.say(fmt::format("the IOMMU walks {} for {} at {:#x}, which belongs to {}",
                                level_text(table.level), user_of(machine, table), address,
                                owner_text(extent.owner, extent.owner_number)));
  }
}

}  // namespace

const Guarantee kIommuTablesOutliveTheirUse{
    .id = "iommu-tables-outlive-their-use",
    .promise = "A page that the IOMMU would walk belongs to nobody but the IOMMU's driver.",
    .rule =
        "Frames that are reachable from the root table are preserved, and are not freed while an "
        "entry leads to them (devices.md, D.5, D.7 and G.3, rows 46 and 58).",
    .family = "dma",
    .looks_after = kLooksAfter,
    .look = look};

}  // namespace luosim::guarantees
