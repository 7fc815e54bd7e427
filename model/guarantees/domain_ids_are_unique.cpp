// SPDX-License-Identifier: Apache-2.0
//
// The IOMMU remembers translations by the id of their domain. Of two domains with one id, each is
// answered what it remembers of the other. A driver that has forgotten a domain has it in no list:
// so the context tables are read too, which the hardware goes by.
#include <algorithm>

#include <fmt/format.h>

#include "model/driver/iommu/record.hpp"
#include "model/guarantees/all.hpp"
#include "model/guarantees/iommu_tables.hpp"

namespace luosim::guarantees {

namespace {

using namespace driver::iommu::IommuRecord;
namespace format = device::iommu;

constexpr sim::RecordKind kLooksAfter[] = {domain_created, domain_restored, attached};

void look_at_the_list(Look& look) {
  const std::uint64_t domain = look.record.values[0];
  const std::uint64_t id = look.record.values[1];
  const auto& domains = look.view.drivers.iommu.domains;
  for (std::uint32_t other = 0; other < domains.size(); ++other) {
    if (other == domain || domains[other].id != id) continue;
    const bool is_handed_over = domains[other].is_restored != 0;
    return look.say(fmt::format("domain {} gets the id {}, which domain {}{} has", domain, id,
                                other, is_handed_over ? ", handed over," : ""));
  }
}

std::string text_of_requester(const Machine& machine, device::Bdf requester) {
  const auto function = function_with(machine, requester);
  return function ? name_of(machine, *function) : text_of(requester);
}

// The device that was just attached, and any other whose entry has its id and another table.
void look_at_the_tables(Look& look) {
  const device::Bdf attached{static_cast<std::uint16_t>(look.record.values[0])};
  const std::vector<UsedContext> contexts = used_contexts(look.view);
  const auto own = std::find_if(contexts.begin(), contexts.end(), [&](const UsedContext& context) {
    return context.requester == attached;
  });
  if (own == contexts.end()) return;
  for (const UsedContext& other : contexts) {
    const bool has_its_id = format::domain_id_of(other.entry) == format::domain_id_of(own->entry) &&
                            format::table_of(other.entry.low) != format::table_of(own->entry.low);
    if (!has_its_id) continue;
    return look.say(fmt::format("{} and {} translate by two tables that have one id, {}",
                                text_of_requester(look.view, attached),
                                text_of_requester(look.view, other.requester),
                                format::domain_id_of(own->entry)));
  }
}

void look(Look& look) {
  if (look.record.kind == attached) return look_at_the_tables(look);
  look_at_the_list(look);
}

}  // namespace

const Guarantee kDomainIdsAreUnique{
    .id = "domain-ids-are-unique",
    .promise = "No two domains that are in use have one id.",
    .rule =
        "The ids of domains in preserved records are reserved in the next kernel (devices.md, D.6 "
        "and G.3, row 54).",
    .family = "dma",
    .looks_after = kLooksAfter,
    .look = look};

}  // namespace luosim::guarantees
