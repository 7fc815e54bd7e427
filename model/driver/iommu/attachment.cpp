// SPDX-License-Identifier: Apache-2.0
//
// Which device translates by which domain. The entry of the context table is what counts for the
// hardware; a device that the kernel before handed over keeps its entry until somebody who knows
// its domain's token replaces it (devices.md, D.3 and D.6).
#include <algorithm>

#include "model/driver/iommu/context_table.hpp"
#include "model/driver/iommu/record.hpp"
#include "model/kernel/errno.hpp"

namespace luosim::driver::iommu {

namespace {

namespace format = device::iommu;

std::vector<Attachment>::iterator place_of(State& state, device::Bdf bdf) {
  return std::lower_bound(
      state.attachments.begin(), state.attachments.end(), bdf,
      [](const Attachment& attachment, device::Bdf value) { return attachment.bdf < value; });
}

Attachment* find_attachment(State& state, device::Bdf bdf) {
  const auto place = place_of(state, bdf);
  return place != state.attachments.end() && place->bdf == bdf ? &*place : nullptr;
}

// Whether the old attachment of a device may be replaced by one to this domain.
bool may_replace(const State& state, const Attachment& old, const Domain& domain) {
  if (old.is_preserved != 0) return false;
  if (old.is_handed_over == 0) return true;
  return domain.token != 0 && domain.token == state.domains[old.domain].token;
}

// Writes the entry and forgets what the one before has led to, whoever wrote that.
void replace_context(Context& context, device::Bdf bdf, const format::TableEntry& entry) {
  const format::TableEntry before = read_context(context, bdf);
  write_context(context, bdf, entry);
  if ((before.low & format::kPresent) != 0) flush(context, format::domain_id_of(before));
}

void record_attached(Context& context, device::Bdf bdf, std::uint32_t domain,
                     std::uint32_t before) {
  context.record({.kind = IommuRecord::attached,
                  .subject = name_of(context, bdf),
                  .values = {bdf.value, domain, before, 0}});
}

}  // namespace

const Attachment* attachment_of(const State& state, device::Bdf bdf) {
  const auto place = std::lower_bound(
      state.attachments.begin(), state.attachments.end(), bdf,
      [](const Attachment& attachment, device::Bdf value) { return attachment.bdf < value; });
  return place != state.attachments.end() && place->bdf == bdf ? &*place : nullptr;
}

std::int64_t attach(Context& context, device::Bdf bdf, std::uint32_t domain) {
  State& state = context.drivers.iommu;
  if (domain >= state.domains.size() || state.domains[domain].id == 0) return -kernel::kEINVAL;
  Attachment* old = find_attachment(state, bdf);
  if (old != nullptr && old->domain == domain) return 0;
  Domain& chosen = state.domains[domain];
  if (old != nullptr && !may_replace(state, *old, chosen)) return -kernel::kEBUSY;
  if (make_context_table(context, bdf.bus()) == nullptr) return -kernel::kENOMEM;
  replace_context(context, bdf, format::encode_context(chosen.top, chosen.id));
  ++chosen.attachments;
  const std::uint32_t before = old == nullptr ? kNoDomain : old->domain;
  if (old != nullptr) {
    --state.domains[before].attachments;
    *old = {.bdf = bdf, .domain = domain};
  } else {
    state.attachments.insert(place_of(state, bdf), {.bdf = bdf, .domain = domain});
  }
  record_attached(context, bdf, domain, before);
  return 0;
}

std::int64_t detach(Context& context, device::Bdf bdf) {
  State& state = context.drivers.iommu;
  const Attachment* old = find_attachment(state, bdf);
  if (old == nullptr) return -kernel::kENOENT;
  if (old->is_preserved != 0) return -kernel::kEBUSY;
  const std::uint32_t before = old->domain;
  if (context_table_of(state, bdf.bus()) != nullptr) replace_context(context, bdf, {});
  --state.domains[before].attachments;
  state.attachments.erase(place_of(state, bdf));
  record_attached(context, bdf, kNoDomain, before);
  return 0;
}

std::int64_t preserve_device(Context& context, device::Bdf bdf) {
  State& state = context.drivers.iommu;
  Attachment* attachment = find_attachment(state, bdf);
  const bool can_be = attachment != nullptr && attachment->is_preserved == 0 &&
                      state.domains[attachment->domain].is_preserved != 0;
  if (!can_be) return -kernel::kEINVAL;
  attachment->is_preserved = 1;
  return 0;
}

std::int64_t unpreserve_device(Context& context, device::Bdf bdf) {
  Attachment* attachment = find_attachment(context.drivers.iommu, bdf);
  if (attachment == nullptr || attachment->is_preserved == 0) return -kernel::kEINVAL;
  attachment->is_preserved = 0;
  return 0;
}

}  // namespace luosim::driver::iommu
