// SPDX-License-Identifier: Apache-2.0
#include "model/driver/irq/vector.hpp"

#include <algorithm>

#include "model/device/irq/message.hpp"
#include "model/driver/irq/arrival.hpp"
#include "model/driver/irq/programs.hpp"
#include "model/driver/irq/record.hpp"
#include "model/driver/irq/table.hpp"
#include "model/driver/knobs.hpp"
#include "model/kernel/errno.hpp"
#include "model/kho/tracker.hpp"

namespace luosim::driver::irq {

namespace {

namespace hardware = device::irq;

auto place_of(const std::vector<Descriptor>& descriptors, std::uint32_t vm) {
  return std::lower_bound(
      descriptors.begin(), descriptors.end(), vm,
      [](const Descriptor& descriptor, std::uint32_t value) { return descriptor.vm < value; });
}

std::uint32_t vector_of(const State& state, device::FunctionId function, std::uint16_t entry) {
  for (std::uint32_t vector = kFirstVector; vector < state.vectors.size(); ++vector) {
    const Vector& used = state.vectors[vector];
    if (used.is_used != 0 && used.function == function && used.entry == entry) return vector;
  }
  return kVectors;
}

std::uint32_t free_vector(const State& state) {
  if (state.table.count == 0) return kVectors;
  for (std::uint32_t vector = kFirstVector; vector < state.vectors.size(); ++vector)
    if (state.vectors[vector].is_used == 0) return vector;
  const auto next = std::max(static_cast<std::uint32_t>(state.vectors.size()), kFirstVector);
  return next < entries_of(state.table) ? next : kVectors;
}

bool has_entry(const Context& context, device::FunctionId function, std::uint16_t entry) {
  return pci::find(context.drivers.pci, function) != nullptr &&
         entry < context.devices.pcie[function].msix_entries;
}

// The table first: a message may come as soon as the entry is unmasked.
void write_all(Context& context, std::uint32_t number, const hardware::RemappingEntry& entry) {
  const Vector& vector = context.drivers.irq.vectors[number];
  const device::FunctionId function = vector.function;
  const std::uint16_t msix_entry = vector.entry;
  write_table_entry(context, number, entry);
  const hardware::Message message = hardware::encode_message(static_cast<std::uint16_t>(number));
  hardware::write_entry(context, function, msix_entry, message.address, message.data);
  hardware::mask_vector(context, function, msix_entry, false);
}

void record_requested(Context& context, std::uint32_t number, bool was_handed_over) {
  const Vector& vector = context.drivers.irq.vectors[number];
  context.record(
      {.kind = IrqRecord::requested,
       .subject = context.name_of(vector.function),
       .values = {vector.function.index, vector.entry, number, was_handed_over ? 1ULL : 0ULL}});
}

// Whether the kernel before has left exactly this entry for the vector.
bool stands_already(const Context& context, std::uint32_t number,
                    const hardware::RemappingEntry& entry) {
  if ((context.drivers.irq.vectors[number].flags & kHandedOver) == 0) return false;
  return read_table_entry(context, number) == entry;
}

// Puts a vector into its place, and writes its entry unless it stands already.
std::int64_t set_up(Context& context, const Vector& wanted, hardware::RemappingEntry entry) {
  State& state = context.drivers.irq;
  std::uint32_t number = vector_of(state, wanted.function, wanted.entry);
  if (number == kVectors) number = free_vector(state);
  if (number == kVectors) return -kernel::kENOSPC;
  if (number >= state.vectors.size()) state.vectors.resize(number + 1);
  entry.is_present = true;
  entry.source = pci::find(context.drivers.pci, wanted.function)->bdf;
  const std::string_view name = context.names.text(context.name_of(wanted.function));
  if (context.fault(kSkipsSourceCheckSite, name)) entry.source_check = hardware::SourceCheck::none;
  if (!entry.is_posted) entry.vector = static_cast<std::uint16_t>(number);

  const bool stands = stands_already(context, number, entry);
  const bool came = (state.vectors[number].flags & kRaised) != 0;
  state.vectors[number] = wanted;
  record_requested(context, number, stands);
  if (!stands) write_all(context, number, entry);
  // What came before somebody asked for it has become one.
  if (came && !entry.is_posted) call_handler(context, wanted);
  return 0;
}

// Notifications are suppressed where no program of this kernel takes them.
bool make_descriptor(Context& context, std::uint32_t vm) {
  State& state = context.drivers.irq;
  if (descriptor_of(state, vm).value != 0) return true;
  const auto page = kernel::allocate_pages(context, 1, 1, kDescriptorOwner, vm);
  if (!page) return false;
  const bool tells = context.programs.contains(hardware::kPostedEntry);
  const std::uint64_t control =
      std::uint64_t{vm} << hardware::kVmShift | (tells ? 0 : hardware::kSuppress);
  context.memory.bytes().write_value(memory::address_of(page->first) + hardware::kDescriptorControl,
                                     control);
  state.descriptors.insert(place_of(state.descriptors, vm), {.vm = vm, .page = page->first});
  return true;
}

}  // namespace

void State::add_to(sim::Hasher& hasher) const {
  hasher.add(table);
  hasher.add_sequence(vectors);
  hasher.add_sequence(descriptors);
  hasher.add(stray);
}

std::int64_t request(Context& context, device::FunctionId function, std::uint16_t entry,
                     sim::ProgramId handler, std::uint64_t argument, std::uint64_t argument_too) {
  if (!has_entry(context, function, entry)) return -kernel::kEINVAL;
  return set_up(context,
                {.is_used = 1,
                 .function = function,
                 .entry = entry,
                 .handler = handler,
                 .argument = argument,
                 .argument_too = argument_too},
                {});
}

std::int64_t request_posted(Context& context, device::FunctionId function, std::uint16_t entry,
                            std::uint32_t vm, std::uint8_t guest_vector) {
  if (!has_entry(context, function, entry)) return -kernel::kEINVAL;
  if (!make_descriptor(context, vm)) return -kernel::kENOMEM;
  return set_up(context,
                {.is_used = 1,
                 .function = function,
                 .entry = entry,
                 .flags = kPosted,
                 .argument = vm,
                 .argument_too = guest_vector},
                {.is_posted = true,
                 .vector = guest_vector,
                 .descriptor = descriptor_of(context.drivers.irq, vm)});
}

void free_all(Context& context, device::FunctionId function) {
  const State& state = context.drivers.irq;
  for (std::uint32_t number = kFirstVector; number < state.vectors.size(); ++number) {
    const Vector& vector = state.vectors[number];
    if (vector.is_used != 0 && vector.function == function) release(context, number);
  }
}

memory::PhysicalAddress descriptor_of(const State& state, std::uint32_t vm) {
  const auto place = place_of(state.descriptors, vm);
  const bool is_there = place != state.descriptors.end() && place->vm == vm;
  return is_there ? memory::address_of(place->page) : memory::PhysicalAddress{};
}

std::uint64_t take_posted(Context& context, std::uint32_t vm) {
  const memory::PhysicalAddress descriptor = descriptor_of(context.drivers.irq, vm);
  if (descriptor.value == 0) return 0;
  memory::Bytes& bytes = context.memory.bytes();
  const memory::PhysicalAddress at = descriptor + hardware::kDescriptorControl;
  const auto control = bytes.read_value<std::uint64_t>(at);
  bytes.write_value(at, control & ~hardware::kOutstanding);
  const auto posted = bytes.read_value<std::uint64_t>(descriptor);
  bytes.write_value(descriptor, std::uint64_t{0});
  return posted;
}

void free_descriptor(Context& context, std::uint32_t vm) {
  State& state = context.drivers.irq;
  const auto place = place_of(state.descriptors, vm);
  if (place == state.descriptors.end() || place->vm != vm) return;
  // Between prepare and the jump it may be preserved; what was not is not missed.
  if (context.knob(kIrq) == kIrqPreserved)
    kho::unpreserve_range(context, memory::address_of(place->page), memory::kPageBytes);
  kernel::free_pages(context, {place->page, 1});
  state.descriptors.erase(place);
}

}  // namespace luosim::driver::irq
