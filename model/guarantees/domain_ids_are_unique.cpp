// SPDX-License-Identifier: Apache-2.0
//
// The IOMMU remembers translations by the id of their domain. Of two domains with one id, each is
// answered what it remembers of the other.
#include <fmt/format.h>

#include "model/driver/iommu/record.hpp"
#include "model/guarantees/all.hpp"
#include "model/guarantees/devices.hpp"

namespace luosim::guarantees {

namespace {

using namespace driver::iommu::IommuRecord;

constexpr sim::RecordKind kLooksAfter[] = {domain_created, domain_restored};

void look(Look& look) {
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

}  // namespace

const Guarantee kDomainIdsAreUnique{
    .id = "domain-ids-are-unique",
    .promise = "No two live domains have one id.",
    .rule =
        "The ids of domains in preserved records are reserved in the next kernel (devices.md, D.6 "
        "and G.3, row 54).",
    .family = "dma",
    .looks_after = kLooksAfter,
    .look = look};

}  // namespace luosim::guarantees
