// SPDX-License-Identifier: Apache-2.0
//
// What a function does with an event: the MSI-X table, its masks and pending bits, the pin, and
// whether the message gets out at all.
#include <gtest/gtest.h>

#include "tests/unit/device/interrupt_world.hpp"

namespace luosim::device {
namespace {

using irq::InterruptFate;

constexpr std::uint16_t kVector = 2;

// What a reset of the function leaves of its registers (pcie/fabric.hpp).
void reset_registers(InterruptWorld& world) {
  pcie::Fabric& fabric = world.devices.pcie;
  pcie::Function& function = fabric[world.device];
  function.msix_enabled = 0;
  function.msix_masked = 0;
  for (std::uint32_t entry = 0; entry < function.msix_entries; ++entry) {
    fabric.msix[function.first_msix_entry + entry] = {};
    fabric.pending[function.first_msix_entry + entry] = 0;
  }
}

TEST(MsixVector, calls_the_kernel_in_its_group_after_the_cost_of_an_interrupt) {
  InterruptWorld world;
  world.use(kVector, irq::compatibility_message(0x41));
  EXPECT_EQ(world.raise(kVector), InterruptFate::handled);
  EXPECT_EQ(world.calls(), Vectors{0x41});
  const sim::Record entered = world.last(kEntered);
  EXPECT_EQ(entered.values[2], InterruptWorld::kKernelGroup);
  EXPECT_EQ(entered.time.ns, world.timing.of(timing::Cost::interrupt).ns);
}

TEST(MsixVector, leaves_a_record_with_function_vector_and_fate) {
  InterruptWorld world;
  world.use(kVector, irq::compatibility_message(0x41));
  world.raise(kVector);
  const sim::Record raised = world.last(DeviceRecord::interrupt_raised);
  EXPECT_EQ(raised.values[0], world.device.index);
  EXPECT_EQ(raised.values[1], kVector);
  EXPECT_EQ(raised.values[2], static_cast<std::uint64_t>(InterruptFate::handled));
  EXPECT_EQ(raised.values[3], 0x41U);
  EXPECT_EQ(raised.subject, world.names.find("device"));
}

TEST(MsixVector, is_gone_where_no_kernel_listens) {
  InterruptWorld world;
  world.use(kVector, irq::compatibility_message(0x41));
  world.devices.processors.listens = 0;
  EXPECT_EQ(world.raise(kVector), InterruptFate::nobody_listens);
  world.devices.processors.listens = 1;
  EXPECT_EQ(world.calls(), Vectors{});
}

TEST(MsixVector, collapses_events_while_masked_into_one_message_at_unmask) {
  InterruptWorld world;
  world.use(kVector, irq::compatibility_message(0x41));
  Context step = world.context();
  irq::mask_vector(step, world.device, kVector, true);
  EXPECT_EQ(world.raise(kVector), InterruptFate::pending);
  EXPECT_EQ(world.raise(kVector), InterruptFate::pending);
  EXPECT_EQ(world.raise(kVector), InterruptFate::pending);
  EXPECT_EQ(world.pending(kVector), 1);
  EXPECT_EQ(world.calls(), Vectors{});

  irq::mask_vector(step, world.device, kVector, false);
  EXPECT_EQ(world.pending(kVector), 0);
  EXPECT_EQ(world.last(DeviceRecord::interrupt_raised).values[2],
            static_cast<std::uint64_t>(InterruptFate::handled));
  EXPECT_EQ(world.calls(), Vectors{0x41});
  irq::mask_vector(step, world.device, kVector, false);
  EXPECT_EQ(world.calls(), Vectors{0x41});
}

TEST(MsixVector, sends_at_unmask_to_where_the_entry_points_by_then) {
  InterruptWorld world;
  world.use(kVector, irq::compatibility_message(0x41));
  Context step = world.context();
  irq::mask_vector(step, world.device, kVector, true);
  world.raise(kVector);
  const irq::Message other = irq::compatibility_message(0x77);
  irq::write_entry(step, world.device, kVector, other.address, other.data);
  irq::mask_vector(step, world.device, kVector, false);
  EXPECT_EQ(world.calls(), Vectors{0x77});
}

TEST(MsixVector, waits_for_both_masks_to_go) {
  InterruptWorld world;
  world.use(0, irq::compatibility_message(0x40));
  world.use(1, irq::compatibility_message(0x41));
  Context step = world.context();
  irq::mask_function(step, world.device, true);
  irq::mask_vector(step, world.device, 1, true);
  EXPECT_EQ(world.raise(0), InterruptFate::pending);
  EXPECT_EQ(world.raise(1), InterruptFate::pending);
  irq::mask_function(step, world.device, false);
  EXPECT_EQ(world.calls(), Vectors{0x40});
  irq::mask_function(step, world.device, true);
  irq::mask_vector(step, world.device, 1, false);
  EXPECT_EQ(world.calls(), Vectors{0x40});
  irq::mask_function(step, world.device, false);
  EXPECT_EQ(world.calls(), (Vectors{0x40, 0x41}));
}

TEST(MsixVector, is_masked_from_the_start) {
  InterruptWorld world;
  Context step = world.context();
  irq::enable_msix(step, world.device, true);
  EXPECT_EQ(world.raise(0), InterruptFate::pending);
}

TEST(MsixVector, loses_what_is_pending_by_a_reset) {
  InterruptWorld world;
  world.use(kVector, irq::compatibility_message(0x41));
  Context step = world.context();
  irq::mask_vector(step, world.device, kVector, true);
  world.raise(kVector);
  reset_registers(world);
  world.use(kVector, irq::compatibility_message(0x41));
  EXPECT_EQ(world.calls(), Vectors{});
}

TEST(MsixVector, is_dropped_while_disabled_by_a_function_that_forgets) {
  InterruptWorld world;
  world.use(kVector, irq::compatibility_message(0x41));
  Context step = world.context();
  irq::enable_msix(step, world.device, false);
  EXPECT_EQ(world.raise(kVector), InterruptFate::dropped);
  EXPECT_EQ(world.pending(kVector), 0);
  irq::enable_msix(step, world.device, true);
  EXPECT_EQ(world.calls(), Vectors{});
}

TEST(MsixVector, is_sent_at_enable_by_a_function_that_latches) {
  InterruptWorld world;
  world.devices.pcie[world.device].while_disabled = pcie::WhileDisabled::latch;
  world.use(kVector, irq::compatibility_message(0x41));
  Context step = world.context();
  irq::enable_msix(step, world.device, false);
  EXPECT_EQ(world.raise(kVector), InterruptFate::pending);
  EXPECT_EQ(world.raise(kVector), InterruptFate::pending);
  irq::mask_vector(step, world.device, kVector, false);
  EXPECT_EQ(world.pending(kVector), 1);
  irq::enable_msix(step, world.device, true);
  EXPECT_EQ(world.calls(), Vectors{0x41});
}

TEST(MsixVector, that_the_function_lacks_is_refused_to_software_and_dropped_for_the_device) {
  InterruptWorld world;
  world.use(0, irq::compatibility_message(0x41));
  Context step = world.context();
  constexpr std::uint16_t kLacking = InterruptWorld::kVectors;
  EXPECT_EQ(irq::write_entry(step, world.device, kLacking, 0, 0), -22);
  EXPECT_EQ(irq::mask_vector(step, world.device, kLacking, false), -22);
  EXPECT_EQ(irq::mask_vector(step, world.device, kLacking - 1, true), 0);
  EXPECT_EQ(world.raise(kLacking), InterruptFate::dropped);
  world.devices.pcie[world.device].while_disabled = pcie::WhileDisabled::latch;
  irq::enable_msix(step, world.device, false);
  EXPECT_EQ(world.raise(0xFFFF), InterruptFate::dropped);
}

TEST(MsixTable, belongs_to_one_function) {
  InterruptWorld world;
  const FunctionId other =
      world.add("other", pcie::FunctionKind::endpoint, world.port, 8, InterruptWorld::kVectors);
  Context step = world.context();
  irq::enable_msix(step, other, true);
  irq::write_entry(step, other, 0, kMessageBase, 0x60);
  irq::mask_vector(step, other, 0, false);
  world.use(0, irq::compatibility_message(0x41));
  irq::raise(step, other, 0);
  world.raise(0);
  EXPECT_EQ(world.calls(), (Vectors{0x60, 0x41}));
}

TEST(MsixTable, cannot_be_written_while_memory_is_not_decoded) {
  InterruptWorld world;
  world.use(kVector, irq::compatibility_message(0x41));
  world.devices.pcie[world.device].command = pcie::kBusMaster;
  Context step = world.context();
  EXPECT_EQ(irq::write_entry(step, world.device, kVector, kMessageBase, 0x99), 0);
  EXPECT_EQ(irq::mask_vector(step, world.device, kVector, true), 0);
  EXPECT_EQ(world.raise(kVector), InterruptFate::handled);
  EXPECT_EQ(world.calls(), Vectors{0x41});
}

TEST(MsixTable, of_a_virtual_function_needs_no_memory_bit_of_its_own) {
  InterruptWorld world;
  const FunctionId virtual_function =
      world.add("vf", pcie::FunctionKind::virtual_function, world.port, 16, 1);
  world.devices.pcie[virtual_function].physical = world.device;
  world.devices.pcie[virtual_function].command = pcie::kBusMaster;
  Context step = world.context();
  irq::write_entry(step, virtual_function, 0, kMessageBase, 0x55);
  EXPECT_EQ(world.devices.pcie.msix[world.devices.pcie[virtual_function].first_msix_entry].data,
            0x55U);
}

TEST(MsixSwitches, leave_a_record_only_when_they_change) {
  InterruptWorld world;
  Context step = world.context();
  irq::enable_msix(step, world.device, true);
  irq::enable_msix(step, world.device, true);
  irq::mask_function(step, world.device, true);
  const std::vector<sim::Record> written = world.records(DeviceRecord::msix_written);
  ASSERT_EQ(written.size(), 2U);
  EXPECT_EQ(written[0].values, (std::array<std::uint64_t, 4>{world.device.index, 1, 0, 0}));
  EXPECT_EQ(written[1].values, (std::array<std::uint64_t, 4>{world.device.index, 1, 1, 0}));
}

TEST(MsixSwitches, are_lost_on_a_function_in_reset) {
  InterruptWorld world;
  world.devices.pcie[world.device].is_in_reset = 1;
  Context step = world.context();
  irq::enable_msix(step, world.device, true);
  EXPECT_EQ(world.devices.pcie[world.device].msix_enabled, 0);
}

TEST(InterruptMessage, does_not_leave_a_function_that_may_not_send) {
  InterruptWorld world;
  world.use(kVector, irq::compatibility_message(0x41));
  world.devices.pcie[world.device].command = pcie::kMemoryEnable | pcie::kIntxDisable;
  EXPECT_EQ(world.raise(kVector), InterruptFate::blocked);
  EXPECT_EQ(world.last(DeviceRecord::interrupt_raised).values[3],
            static_cast<std::uint64_t>(DmaResult::bus_master_off));
  EXPECT_EQ(world.calls(), Vectors{});
}

TEST(InterruptMessage, is_blocked_by_a_bridge_without_bus_master) {
  InterruptWorld world;
  world.use(kVector, irq::compatibility_message(0x41));
  world.devices.pcie[world.port].command = pcie::kMemoryEnable;
  EXPECT_EQ(world.raise(kVector), InterruptFate::blocked);
  EXPECT_EQ(world.last(DeviceRecord::interrupt_raised).values[3],
            static_cast<std::uint64_t>(DmaResult::unsupported_request));
  world.devices.pcie[world.port].command |= pcie::kBusMaster;
  EXPECT_EQ(world.calls(), Vectors{});
}

TEST(InterruptMessage, does_not_come_from_a_function_that_is_off) {
  for (std::uint8_t pcie::Function::*state :
       {&pcie::Function::is_in_reset, &pcie::Function::power_state}) {
    InterruptWorld world;
    world.use(kVector, irq::compatibility_message(0x41));
    world.devices.pcie[world.device].*state = 3;
    EXPECT_EQ(world.raise(kVector), InterruptFate::blocked);
    EXPECT_EQ(world.calls(), Vectors{});
  }
}

TEST(InterruptMessage, to_an_address_of_memory_is_a_write_to_memory) {
  InterruptWorld world;
  const memory::PhysicalAddress victim{0x60'0010};
  world.memory.give({page_of(victim), 1}, InterruptWorld::kSomebody.tag(), 9);
  world.use(kVector, {victim.value, 0xABCD'1234});
  EXPECT_EQ(world.raise(kVector), InterruptFate::astray);
  EXPECT_EQ(world.memory.bytes().read_value<std::uint32_t>(victim), 0xABCD'1234U);
  const sim::Record dma = world.last(DeviceRecord::dma);
  EXPECT_EQ(dma.values[2], victim.value);
  EXPECT_EQ(dma.values[3], std::uint64_t{InterruptWorld::kSomebody.tag().hash} << 32 | 9);
  EXPECT_EQ(world.calls(), Vectors{});
}

TEST(InterruptPin, is_asserted_while_msix_is_off_and_the_pin_is_not) {
  InterruptWorld world;
  world.devices.pcie[world.device].command = pcie::kMemoryEnable;  // the pin needs no bus master
  EXPECT_EQ(world.raise(kVector), InterruptFate::pin);
  EXPECT_EQ(world.raise(0xFFFF), InterruptFate::pin);
  EXPECT_EQ(irq::pin_count(world.devices.processors, world.device), 2U);
  EXPECT_EQ(world.last(DeviceRecord::interrupt_raised).values[3], 2U);
  EXPECT_EQ(irq::pin_count(world.devices.processors, world.port), 0U);
  EXPECT_EQ(world.calls(), Vectors{});
}

TEST(InterruptPin, takes_the_event_even_from_a_function_that_latches) {
  InterruptWorld world;
  pcie::Function& function = world.devices.pcie[world.device];
  function.command = pcie::kMemoryEnable | pcie::kBusMaster;
  function.while_disabled = pcie::WhileDisabled::latch;
  EXPECT_EQ(world.raise(kVector), InterruptFate::pin);
  EXPECT_EQ(world.pending(kVector), 0);
}

TEST(InterruptPin, is_not_used_with_msix_on_nor_by_virtual_functions) {
  InterruptWorld world;
  world.devices.pcie[world.device].command = pcie::kMemoryEnable | pcie::kBusMaster;
  world.use(kVector, irq::compatibility_message(0x41));
  EXPECT_EQ(world.raise(kVector), InterruptFate::handled);
  const FunctionId virtual_function =
      world.add("vf", pcie::FunctionKind::virtual_function, world.port, 16, 1);
  world.devices.pcie[virtual_function].physical = world.device;
  Context step = world.context();
  EXPECT_EQ(irq::raise(step, virtual_function, 0), InterruptFate::dropped);
  EXPECT_TRUE(world.devices.processors.pins.empty());
}

TEST(InterruptPin, is_not_asserted_by_a_function_that_is_off) {
  InterruptWorld world;
  world.devices.pcie[world.device].command = pcie::kMemoryEnable;
  world.devices.pcie[world.device].is_present = 0;
  EXPECT_EQ(world.raise(kVector), InterruptFate::blocked);
  EXPECT_EQ(irq::pin_count(world.devices.processors, world.device), 0U);
}

TEST(InterruptPin, counts_are_sorted_by_function_and_decide_the_digest) {
  InterruptWorld world;
  const FunctionId other = world.add("other", pcie::FunctionKind::endpoint, world.port, 8);
  world.devices.pcie[world.device].command = pcie::kMemoryEnable;
  Context step = world.context();
  irq::raise(step, other, 0);
  sim::Hasher before;
  world.devices.processors.add_to(before);
  irq::raise(step, world.device, 0);
  irq::raise(step, other, 0);
  sim::Hasher after;
  world.devices.processors.add_to(after);
  ASSERT_EQ(world.devices.processors.pins.size(), 2U);
  EXPECT_EQ(world.devices.processors.pins[0].function, world.device);
  EXPECT_EQ(irq::pin_count(world.devices.processors, other), 2U);
  EXPECT_NE(before.finish(), after.finish());
}

TEST(InterruptWords, name_every_fate_and_reason_differently) {
  std::vector<std::string_view> words;
  for (std::size_t fate = 0; fate < irq::kInterruptFates; ++fate)
    words.push_back(irq::word_of(static_cast<InterruptFate>(fate)));
  for (std::uint8_t reason = 0x20; reason <= 0x27; ++reason)
    words.push_back(irq::word_of(static_cast<irq::RemappingFault>(reason)));
  std::sort(words.begin(), words.end());
  EXPECT_EQ(std::adjacent_find(words.begin(), words.end()), words.end());
  EXPECT_EQ(std::count(words.begin(), words.end(), "unknown"), 0);
  EXPECT_EQ(irq::word_of(static_cast<InterruptFate>(irq::kInterruptFates)), "unknown");
}

}  // namespace
}  // namespace luosim::device
