// SPDX-License-Identifier: Apache-2.0
//
// While a device works, its VMM builds a new address space and replaces the one that was handed
// over. What is under way knows addresses of the old one: each has to lead to the same page in the
// new one. The guarantees about owners do not see that, for all of it is memory of the guest.
#include <algorithm>

#include <fmt/format.h>

#include "model/driver/iommu/record.hpp"
#include "model/guarantees/all.hpp"
#include "model/guarantees/iommu_tables.hpp"
#include "model/guarantees/wording.hpp"

namespace luosim::guarantees {

namespace {

constexpr sim::RecordKind kLooksAfter[] = {driver::iommu::IommuRecord::attached};

// Pages of the old domain that the new one does not have, or has elsewhere.
struct Difference {
  std::uint64_t missing = 0;
  std::uint64_t moved = 0;
  device::Iova first{};  // of either

  void add(device::Iova iova, std::uint64_t pages, bool is_missing) {
    if (missing + moved == 0) first = iova;
    (is_missing ? missing : moved) += pages;
  }
};

std::uint64_t pages_between(device::Iova from, device::Iova to) {
  return (to.value - from.value) / memory::kPageBytes;
}

// Both in order of addresses.
Difference difference_of(const std::vector<ReachedRun>& before,
                         const std::vector<ReachedRun>& after) {
  Difference difference;
  auto next = after.begin();
  for (const ReachedRun& run : before) {
    const device::Iova end = run.iova + run.range.count * memory::kPageBytes;
    for (device::Iova at = run.iova; at < end;) {
      const auto ends_before = [&] {
        return next != after.end() && next->iova + next->range.count * memory::kPageBytes <= at;
      };
      while (ends_before()) ++next;
      const bool is_mapped = next != after.end() && next->iova <= at;
      device::Iova stop = end;
      if (is_mapped) {
        stop = std::min(stop, next->iova + next->range.count * memory::kPageBytes);
      } else if (next != after.end()) {
        stop = std::min(stop, next->iova);
      }
      const bool is_same = is_mapped && next->range.first + pages_between(next->iova, at) ==
                                            run.range.first + pages_between(run.iova, at);
      if (!is_same) difference.add(at, pages_between(at, stop), !is_mapped);
      at = stop;
    }
  }
  return difference;
}

void look(Look& look) {
  const auto& domains = look.view.drivers.iommu.domains;
  const std::uint64_t now = look.record.values[1];
  const std::uint64_t before = look.record.values[2];
  const bool is_replaced =
      now < domains.size() && before < domains.size() && domains[before].is_restored != 0;
  if (!is_replaced) return;
  const Difference difference = difference_of(runs_of_domain(look.view, domains[before].top),
                                              runs_of_domain(look.view, domains[now].top));
  if (difference.missing + difference.moved == 0) return;
  look.say(
      fmt::format("of what {} reaches from address {:#x} on, its new domain lacks {} and leads "
                  "elsewhere for {}",
                  look.view.names.text(look.record.subject), difference.first.value,
                  count_text(difference.missing, "page"), count_text(difference.moved, "page")));
}

}  // namespace

const Guarantee kANewDomainMapsTheSame{
    .id = "a-new-domain-maps-the-same",
    .promise =
        "The domain that replaces one that was handed over leads each of its addresses to the same "
        "page.",
    .rule =
        "Both tables must map the same address to the same page, or the swap is a corruption "
        "(devices.md, D.3 and G.3, rows 56 and 57).",
    .family = "snapshots",
    .looks_after = kLooksAfter,
    .look = look};

}  // namespace luosim::guarantees
