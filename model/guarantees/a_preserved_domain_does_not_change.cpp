// SPDX-License-Identifier: Apache-2.0
//
// The list of table pages that are handed over is made when a domain is preserved. A table that
// comes later is on no list, and one that was changed leads somewhere else than what was checked.
// Over the jump nobody may write to them at all: the next kernel rebuilds the domain from them.
#include <fmt/format.h>

#include "model/driver/iommu/record.hpp"
#include "model/guarantees/all.hpp"
#include "model/guarantees/iommu_tables.hpp"
#include "model/guarantees/outside_damage.hpp"
#include "model/kernel/record.hpp"

namespace luosim::guarantees {

namespace {

using namespace driver::iommu::IommuRecord;
using kernel::KernelRecord::boot_done;
using kernel::KernelRecord::kexec;

constexpr sim::RecordKind kLooksAfter[] = {domain_preserved,
                                           domain_unpreserved,
                                           kexec,
                                           boot_done,
                                           kernel::KernelRecord::power_cycle,
                                           sim::EngineRecord::fault_fired};

// Notes: by the top table of a preserved domain, the digest of all its tables.
std::optional<memory::PhysicalAddress> top_of_domain(const Look& look) {
  const auto& domains = look.view.drivers.iommu.domains;
  const std::uint64_t domain = look.record.values[0];
  if (domain >= domains.size()) return std::nullopt;
  return domains[domain].top;
}

void look_at_domain(Look& look, memory::PhysicalAddress top, std::uint64_t before) {
  if (digest_of_domain(look.view, top) == before) return;
  const bool has_jumped = look.record.kind == boot_done;
  look.say(fmt::format("the tables of the domain at {:#x} have changed {}", top.value,
                       has_jumped ? "over the jump, and they were handed over"
                                  : "between their preserve and the jump"));
}

void look(Look& look) {
  if (note_outside_damage(look)) return;
  const sim::RecordKind kind = look.record.kind;
  if (kind == domain_preserved || kind == domain_unpreserved) {
    const auto top = top_of_domain(look);
    if (!top) return;
    if (kind == domain_unpreserved) return look.notes.erase(top->value);
    return look.notes.set(top->value, digest_of_domain(look.view, *top));
  }
  const bool is_moment = kind == kexec || kind == boot_done;
  if (is_moment && !was_damaged_outside(look)) {
    for (const sim::Notes::Note& note : look.notes.in_order())
      look_at_domain(look, {note.key}, note.value);
  }
  if (kind != kexec) look.notes.clear();
}

}  // namespace

const Guarantee kAPreservedDomainDoesNotChange{
    .id = "a-preserved-domain-does-not-change",
    .promise =
        "The page tables of a preserved domain stay as they are until the next kernel has them.",
    .rule =
        "An address space is immutable from its preserve on, so that the list of its table pages "
        "stays exact (devices.md, D.3 and G.3, row 45).",
    .family = "snapshots",
    .looks_after = kLooksAfter,
    .look = look};

}  // namespace luosim::guarantees
