// SPDX-License-Identifier: Apache-2.0
#include "model/device/irq/delivery.hpp"

#include <array>
#include <span>

#include "model/device/context.hpp"
#include "model/device/irq/remapping.hpp"
#include "model/device/pcie/fabric.hpp"
#include "model/memory/raw_word.hpp"

namespace luosim::device::irq {

namespace {

// The 64 bytes of a posted-interrupt descriptor.
using Descriptor = std::array<std::uint64_t, kDescriptorBytes / 8>;

void spawn_entry(Context& context, FunctionId function, sim::ProgramId program,
                 const sim::Arguments& arguments) {
  context.schedule.spawn(context.name_of(function), context.devices.processors.kernel_group,
                         program, arguments, context.timing.of(timing::Cost::interrupt),
                         /*keep_result=*/false);
}

Delivery interrupt_kernel(Context& context, FunctionId function, std::uint64_t vector) {
  if (context.devices.processors.listens == 0) return {InterruptFate::nobody_listens, vector};
  spawn_entry(context, function, kInterruptEntry, {.values = {vector}});
  return {InterruptFate::handled, vector};
}

Delivery refuse(Context& context, FunctionId function, const Message& message,
                RemappingFault reason, bool is_logged) {
  const Bdf requester = pcie::requester_id(context.devices.pcie, function);
  iommu::count_refusal(context.devices.iommu,
                       {.reason = static_cast<iommu::FaultReason>(reason),
                        .is_write = 1,
                        .requester = requester.value,
                        .address = message.address},
                       is_logged);
  const auto number = static_cast<std::uint64_t>(reason);
  context.record({.kind = DeviceRecord::remapping_fault,
                  .subject = context.name_of(function),
                  .values = {requester.value, message.address, number, 0}});
  return {InterruptFate::refused, number};
}

// The write of the descriptor is the IOMMU's: no page table of any device is asked, and the page
// may be anybody's by now (devices.md, E.4 and G.4 row 78). Its iova is the address of the message.
void record_descriptor_write(Context& context, FunctionId function, const Message& message,
                             memory::PhysicalAddress descriptor, DmaResult result) {
  std::uint64_t owner = 0;
  if (result == DmaResult::landed) {
    const memory::Extent& extent = context.memory.at(page_of(descriptor));
    owner = std::uint64_t{extent.owner.hash} << 32 | extent.owner_number;
  }
  const std::uint64_t what = std::uint64_t{function.index} |
                             static_cast<std::uint64_t>(DmaPurpose::message) << 32 |
                             static_cast<std::uint64_t>(DmaDirection::write) << 40 |
                             static_cast<std::uint64_t>(result) << 48;
  context.record({.kind = DeviceRecord::dma,
                  .subject = context.name_of(function),
                  .values = {what, message.address, descriptor.value, owner}});
}

Delivery post(Context& context, FunctionId function, const Message& message,
              const RemappingEntry& entry) {
  const memory::PhysicalAddress at = entry.descriptor;
  const bool is_there = page_of(at).value < context.memory.pages();
  record_descriptor_write(context, function, message, at,
                          is_there ? DmaResult::landed : DmaResult::no_memory);
  if (!is_there) {
    return refuse(context, function, message, RemappingFault::descriptor_unreachable,
                  !entry.is_log_disabled);
  }

  Descriptor descriptor{};
  memory::read_raw(context.memory, at, std::as_writable_bytes(std::span(descriptor)));
  const std::uint64_t vector = entry.vector & 0xFFU;
  std::uint64_t& control = descriptor[kDescriptorControl / 8];
  descriptor[vector / 64] |= 1ULL << vector % 64;
  const bool notifies = (control & (kOutstanding | kSuppress)) == 0;
  if (notifies) control |= kOutstanding;
  memory::write_raw(context.memory, at, std::as_bytes(std::span(descriptor)));

  // A notification that no kernel takes is gone, and outstanding keeps the next ones from coming.
  // Garbage in the table may well say posted to a kernel that has no guests.
  if (notifies && context.devices.processors.listens != 0 &&
      context.programs.contains(kPostedEntry))
    spawn_entry(context, function, kPostedEntry, {.values = {control >> kVmShift, vector}});
  return {InterruptFate::posted, vector | std::uint64_t{notifies} << 32};
}

// The vector's table entry holds an address that is memory: the write goes there, as any other.
Delivery write_astray(Context& context, FunctionId function, const Message& message) {
  const Iova iova{message.address & ~std::uint64_t{3}};
  const DmaResult result = write_by_dma(
      context, function, iova, std::as_bytes(std::span(&message.data, 1)), DmaPurpose::message);
  return {InterruptFate::astray, static_cast<std::uint64_t>(result)};
}

}  // namespace

Delivery send(Context& context, FunctionId function, const Message& message) {
  const DmaResult way_out = pcie::admit(context.devices.pcie, function);
  if (way_out != DmaResult::landed)
    return {InterruptFate::blocked, static_cast<std::uint64_t>(way_out)};
  if (!is_message_address(message.address)) return write_astray(context, function, message);

  const iommu::Unit& unit = context.devices.iommu;
  if (unit.remaps_interrupts == 0) return interrupt_kernel(context, function, message.data);
  const Bdf requester = pcie::requester_id(context.devices.pcie, function);
  const Remapped remapped = remap(unit, context.memory, requester, message);
  if (remapped.reason != RemappingFault::none)
    return refuse(context, function, message, remapped.reason, remapped.is_logged);
  if (remapped.entry.is_posted) return post(context, function, message, remapped.entry);
  return interrupt_kernel(context, function, remapped.entry.vector);
}

}  // namespace luosim::device::irq
