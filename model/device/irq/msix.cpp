// SPDX-License-Identifier: Apache-2.0
//
// The MSI-X capability and table of a function (devices.md, E.2): what it does with an event that
// it may not send, and that many of them become one.
#include <algorithm>

#include "model/device/context.hpp"
#include "model/device/irq/delivery.hpp"
#include "model/device/irq/message.hpp"
#include "model/device/pcie/fabric.hpp"

namespace luosim::device::irq {

namespace {

constexpr std::int64_t kEINVAL = 22;  // Linux' number; a kernel's list of them lies above devices
constexpr std::uint32_t kVectorMask = 1;

// Configuration space answers in any power state.
bool answers(const pcie::Function& function) {
  return function.is_present != 0 && function.is_in_reset == 0;
}

// Virtual functions have no pin.
bool may_use_pin(const pcie::Function& function) {
  return function.kind != pcie::FunctionKind::virtual_function &&
         (function.command & pcie::kIntxDisable) == 0;
}

pcie::MsixEntry& entry_of(pcie::Fabric& fabric, FunctionId function, std::uint16_t vector) {
  return fabric.msix[fabric[function].first_msix_entry + vector];
}

std::uint8_t& pending_of(pcie::Fabric& fabric, FunctionId function, std::uint16_t vector) {
  return fabric.pending[fabric[function].first_msix_entry + vector];
}

bool is_masked(pcie::Fabric& fabric, FunctionId function, std::uint16_t vector) {
  return fabric[function].msix_masked != 0 ||
         (entry_of(fabric, function, vector).control & kVectorMask) != 0;
}

void record_raised(Context& context, FunctionId function, std::uint16_t vector,
                   const Delivery& delivery) {
  context.record({.kind = DeviceRecord::interrupt_raised,
                  .subject = context.name_of(function),
                  .values = {function.index, vector, static_cast<std::uint64_t>(delivery.fate),
                             delivery.detail}});
}

void record_switches(Context& context, FunctionId function) {
  const pcie::Function& registers = context.devices.pcie[function];
  context.record({.kind = DeviceRecord::msix_written,
                  .subject = context.name_of(function),
                  .values = {function.index, registers.msix_enabled, registers.msix_masked, 0}});
}

Delivery assert_pin(Processors& processors, FunctionId function) {
  auto pin = std::lower_bound(
      processors.pins.begin(), processors.pins.end(), function,
      [](const AssertedPin& left, FunctionId value) { return left.function < value; });
  if (pin == processors.pins.end() || pin->function != function)
    pin = processors.pins.insert(pin, {.function = function});
  ++pin->times;
  return {InterruptFate::pin, pin->times};
}

Delivery set_pending(pcie::Fabric& fabric, FunctionId function, std::uint16_t vector) {
  pending_of(fabric, function, vector) = 1;
  return {InterruptFate::pending, 0};
}

// An event that went out by the pin is not remembered besides: enabling MSI-X does not replay it.
Delivery signal_without_msix(Context& context, FunctionId function, std::uint16_t vector) {
  const pcie::Function& registers = context.devices.pcie[function];
  if (may_use_pin(registers)) return assert_pin(context.devices.processors, function);
  const bool remembers = registers.while_disabled == pcie::WhileDisabled::latch;
  if (remembers && vector < registers.msix_entries)
    return set_pending(context.devices.pcie, function, vector);
  return {InterruptFate::dropped, 0};
}

Delivery send_vector(Context& context, FunctionId function, std::uint16_t vector) {
  const pcie::MsixEntry& entry = entry_of(context.devices.pcie, function, vector);
  return send(context, function, {entry.address, entry.data});
}

Delivery signal(Context& context, FunctionId function, std::uint16_t vector) {
  pcie::Fabric& fabric = context.devices.pcie;
  const pcie::Function& registers = fabric[function];
  if (!pcie::is_up(registers))
    return {InterruptFate::blocked, static_cast<std::uint64_t>(DmaResult::function_off)};
  if (registers.msix_enabled == 0) return signal_without_msix(context, function, vector);
  if (vector >= registers.msix_entries) return {InterruptFate::dropped, 0};
  if (is_masked(fabric, function, vector)) return set_pending(fabric, function, vector);
  return send_vector(context, function, vector);
}

// Sends what waited for the vector, if nothing masks it any more; off counts as masked.
void send_pending(Context& context, FunctionId function, std::uint16_t vector) {
  pcie::Fabric& fabric = context.devices.pcie;
  if (fabric[function].msix_enabled == 0 || is_masked(fabric, function, vector)) return;
  if (pending_of(fabric, function, vector) == 0) return;
  pending_of(fabric, function, vector) = 0;
  record_raised(context, function, vector, send_vector(context, function, vector));
}

void send_all_pending(Context& context, FunctionId function) {
  const std::uint16_t entries = context.devices.pcie[function].msix_entries;
  for (std::uint32_t vector = 0; vector < entries; ++vector)
    send_pending(context, function, static_cast<std::uint16_t>(vector));
}

// Writes one of the two switches in configuration space.
void write_switch(Context& context, FunctionId function, std::uint8_t pcie::Function::*which,
                  bool value) {
  pcie::Function& registers = context.devices.pcie[function];
  if (!answers(registers) || (registers.*which != 0) == value) return;
  registers.*which = value ? 1 : 0;
  record_switches(context, function);
  send_all_pending(context, function);
}

}  // namespace

InterruptFate raise(Context& context, FunctionId function, std::uint16_t vector) {
  const Delivery delivery = signal(context, function, vector);
  record_raised(context, function, vector, delivery);
  return delivery.fate;
}

std::int64_t write_entry(Context& context, FunctionId function, std::uint16_t vector,
                         std::uint64_t address, std::uint32_t data) {
  pcie::Fabric& fabric = context.devices.pcie;
  if (vector >= fabric[function].msix_entries) return -kEINVAL;
  if (!pcie::decodes_memory(fabric[function])) return 0;
  pcie::MsixEntry& entry = entry_of(fabric, function, vector);
  entry.address = address;
  entry.data = data;
  return 0;
}

std::int64_t mask_vector(Context& context, FunctionId function, std::uint16_t vector, bool masked) {
  pcie::Fabric& fabric = context.devices.pcie;
  if (vector >= fabric[function].msix_entries) return -kEINVAL;
  if (!pcie::decodes_memory(fabric[function])) return 0;
  std::uint32_t& control = entry_of(fabric, function, vector).control;
  control = masked ? control | kVectorMask : control & ~kVectorMask;
  send_pending(context, function, vector);
  return 0;
}

void enable_msix(Context& context, FunctionId function, bool enabled) {
  write_switch(context, function, &pcie::Function::msix_enabled, enabled);
}

void mask_function(Context& context, FunctionId function, bool masked) {
  write_switch(context, function, &pcie::Function::msix_masked, masked);
}

}  // namespace luosim::device::irq
