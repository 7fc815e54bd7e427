// SPDX-License-Identifier: Apache-2.0
#include "model/driver/iommu/context_table.hpp"

#include <algorithm>

#include "model/driver/iommu/programs.hpp"

namespace luosim::driver::iommu {

namespace {

namespace format = device::iommu;

auto place_of(const std::vector<ContextTable>& contexts, std::uint32_t bus) {
  return std::lower_bound(
      contexts.begin(), contexts.end(), bus,
      [](const ContextTable& table, std::uint32_t value) { return table.bus < value; });
}

}  // namespace

const ContextTable* context_table_of(const State& state, std::uint8_t bus) {
  const auto place = place_of(state.contexts, bus);
  return place != state.contexts.end() && place->bus == bus ? &*place : nullptr;
}

const ContextTable* make_context_table(Context& context, std::uint8_t bus) {
  State& state = context.drivers.iommu;
  if (const ContextTable* table = context_table_of(state, bus)) return table;
  const auto page = kernel::allocate_pages(context, 1, 1, kContextOwner, bus);
  if (!page) return nullptr;
  context.memory.bytes().write_value(format::root_entry_at(state.root, bus),
                                     format::encode_root(memory::address_of(page->first)));
  return &*state.contexts.insert(place_of(state.contexts, bus), {.bus = bus, .page = page->first});
}

format::TableEntry read_context(const Context& context, device::Bdf bdf) {
  const ContextTable* table = context_table_of(context.drivers.iommu, bdf.bus());
  if (table == nullptr) return {};
  return context.memory.bytes().read_value<format::TableEntry>(
      format::context_entry_at(memory::address_of(table->page), bdf.devfn()));
}

void write_context(Context& context, device::Bdf bdf, const format::TableEntry& entry) {
  const ContextTable* table = context_table_of(context.drivers.iommu, bdf.bus());
  context.memory.bytes().write_value(
      format::context_entry_at(memory::address_of(table->page), bdf.devfn()), entry);
}

void clear_root_entry(Context& context, std::uint32_t bus) {
  const auto place =
      format::root_entry_at(context.drivers.iommu.root, static_cast<std::uint8_t>(bus));
  context.memory.bytes().write_value(place, format::TableEntry{});
}

void flush(Context& context, std::uint16_t domain_id) {
  if (context.fault(kForgetsFlushSite)) return;
  format::invalidate_domain(context.devices.iommu, domain_id);
}

bool is_outgoing(const State& state, const Attachment& attachment) {
  return attachment.is_preserved != 0 && state.domains[attachment.domain].is_preserved != 0;
}

bool is_outgoing(const State& state, device::Bdf bdf) {
  const Attachment* attachment = attachment_of(state, bdf);
  return attachment != nullptr && is_outgoing(state, *attachment);
}

sim::Symbol name_of(const Context& context, device::Bdf bdf) {
  const pci::Device* device = pci::find(context.drivers.pci, bdf);
  return device == nullptr ? sim::Symbol{} : context.name_of(device->function);
}

}  // namespace luosim::driver::iommu
