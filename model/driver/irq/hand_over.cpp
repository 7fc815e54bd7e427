// SPDX-License-Identifier: Apache-2.0
#include "model/driver/irq/hand_over.hpp"

#include <algorithm>

#include "model/device/irq/message.hpp"
#include "model/driver/iommu/context_table.hpp"
#include "model/driver/irq/arrival.hpp"
#include "model/driver/irq/programs.hpp"
#include "model/driver/irq/table.hpp"
#include "model/kho/tracker.hpp"

namespace luosim::driver::irq {

namespace {

using memory::kPageBytes;

bool is_preserved(const Context& context, const Vector& vector) {
  const pci::Device* device = pci::find(context.drivers.pci, vector.function);
  return vector.is_used != 0 && device != nullptr &&
         iommu::is_outgoing(context.drivers.iommu, device->bdf);
}

bool take_page(Context& context, memory::Pfn page, memory::OwnerName owner, std::uint32_t number) {
  if (!iommu::is_unclaimed(context.memory, {page, 1})) return false;
  context.memory.give({page, 1}, owner.tag(), number);
  return true;
}

// Devices are listed before vectors: one whose domain is missing is unknown to the next kernel, and
// so are its vectors.
bool is_listed(const iommu::HandOver& contents, device::Bdf bdf) {
  return std::any_of(contents.devices.begin(), contents.devices.end(),
                     [&](const iommu::HandedDevice& device) { return device.bdf == bdf.value; });
}

memory::PageRange table_of(const iommu::HandOver& contents) {
  return {memory::page_of(contents.remapping_table),
          memory::pages_for(contents.remapping_entries * device::irq::kRemappingEntryBytes)};
}

// Nothing if the function is gone: its entry of the table is of no use any more.
void take_vector(Context& context, const iommu::HandedVector& handed) {
  const device::Bdf bdf{static_cast<std::uint16_t>(handed.bdf)};
  const pci::Device* device = pci::find(context.drivers.pci, bdf);
  if (device == nullptr) {
    write_table_entry(context, handed.vector, {});
    return;
  }
  std::vector<Vector>& vectors = context.drivers.irq.vectors;
  if (vectors.size() <= handed.vector) vectors.resize(handed.vector + 1);
  vectors[handed.vector] = {
      .is_used = 1,
      .function = device->function,
      .entry = static_cast<std::uint16_t>(handed.entry),
      .flags = static_cast<std::uint16_t>(kHandedOver | (handed.is_posted != 0 ? kPosted : 0))};
}

}  // namespace

std::int64_t preserve(Context& context) {
  State& state = context.drivers.irq;
  if (state.table.count == 0) return 0;
  std::int64_t error = kho::preserve_range(context, memory::address_of(state.table.first),
                                           state.table.count * kPageBytes);
  for (Descriptor& descriptor : state.descriptors) {
    if (error != 0) return error;
    descriptor.is_forgotten = context.fault(kForgetsDescriptorSite) ? 1 : 0;
    if (descriptor.is_forgotten != 0) continue;
    error = kho::preserve_range(context, memory::address_of(descriptor.page), kPageBytes);
  }
  return error;
}

// What was not preserved is not missed: KHO has no count.
void unpreserve(Context& context) {
  const State& state = context.drivers.irq;
  if (state.table.count == 0) return;
  kho::unpreserve_range(context, memory::address_of(state.table.first),
                        state.table.count * kPageBytes);
  for (const Descriptor& descriptor : state.descriptors)
    kho::unpreserve_range(context, memory::address_of(descriptor.page), kPageBytes);
}

void add_to_hand_over(const Context& context, iommu::HandOver& contents) {
  const State& state = context.drivers.irq;
  if (state.table.count == 0) return;
  contents.remapping_table = memory::address_of(state.table.first);
  contents.remapping_entries = entries_of(state.table);
  for (std::uint32_t number = 0; number < state.vectors.size(); ++number) {
    const Vector& vector = state.vectors[number];
    if (!is_preserved(context, vector)) continue;
    const device::Bdf bdf = pci::find(context.drivers.pci, vector.function)->bdf;
    if (!is_listed(contents, bdf)) continue;
    contents.vectors.push_back({.vector = number,
                                .bdf = bdf.value,
                                .entry = vector.entry,
                                .is_posted = (vector.flags & kPosted) != 0 ? 1U : 0U});
  }
  for (const Descriptor& descriptor : state.descriptors)
    if (descriptor.is_forgotten == 0)
      contents.descriptors.push_back({descriptor.vm, descriptor.page.value});
}

void clear_what_is_not_handed_over(Context& context) {
  const State& state = context.drivers.irq;
  for (std::uint32_t number = kFirstVector; number < state.vectors.size(); ++number) {
    const Vector& vector = state.vectors[number];
    if (vector.is_used != 0 && !is_preserved(context, vector))
      write_table_entry(context, number, {});
  }
}

bool take_over(Context& context, const iommu::HandOver& contents) {
  State& state = context.drivers.irq;
  state.table = table_of(contents);
  for (std::uint64_t page = 0; page < state.table.count; ++page)
    if (!take_page(context, state.table.first + page, kTableOwner, 0)) return false;
  for (const iommu::HandedDescriptor& handed : contents.descriptors) {
    const auto vm = static_cast<std::uint32_t>(handed.vm);
    if (!take_page(context, {handed.page}, kDescriptorOwner, vm)) return false;
    state.descriptors.push_back({.vm = vm, .page = {handed.page}});
  }
  std::sort(state.descriptors.begin(), state.descriptors.end(),
            [](const Descriptor& left, const Descriptor& right) { return left.vm < right.vm; });
  for (const iommu::HandedVector& handed : contents.vectors) take_vector(context, handed);
  return true;
}

bool give_back(Context& context, const iommu::HandOver& contents) {
  const memory::PageRange table = table_of(contents);
  if (!iommu::is_unclaimed(context.memory, table)) return false;
  kernel::free_pages(context, table);
  for (const iommu::HandedDescriptor& handed : contents.descriptors) {
    if (!iommu::is_unclaimed(context.memory, {{handed.page}, 1})) return false;
    kernel::free_pages(context, {{handed.page}, 1});
  }
  return true;
}

void free_what_nobody_took(Context& context) {
  const State& state = context.drivers.irq;
  for (std::uint32_t number = kFirstVector; number < state.vectors.size(); ++number) {
    const Vector& vector = state.vectors[number];
    if (vector.is_used != 0 && (vector.flags & kHandedOver) != 0) release(context, number);
  }
}

}  // namespace luosim::driver::irq
