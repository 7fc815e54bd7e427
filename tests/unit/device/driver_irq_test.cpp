// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "model/driver/irq/hand_over.hpp"
#include "model/kho/tracker.hpp"
#include "tests/unit/device/driver_iommu_world.hpp"

namespace luosim::driver {
namespace {

namespace hardware = device::irq;
using hardware::InterruptFate;
using kernel::kEINVAL;
using kernel::kENOMEM;
using kernel::kENOSPC;

constexpr device::FunctionId kNvme = IommuWorld::kNvmeFunction;
constexpr device::FunctionId kNic = IommuWorld::kNicFunction;
constexpr std::uint64_t kToken = 0x77;

sim::KnobValues preserved() {
  sim::KnobValues knobs;
  knobs.set(kIrq, kIrqPreserved);
  return knobs;
}

struct Machine {
  IommuWorld world;
  Context context = world.context();

  explicit Machine(sim::KnobValues knobs) : world(std::move(knobs)) { world.boot(); }
  std::int64_t request(device::FunctionId function, std::uint16_t entry,
                       std::uint64_t argument = 0) {
    return irq::request(context, function, entry, kHandlerProgram.id(), argument, entry);
  }
  InterruptFate raise(device::FunctionId function, std::uint16_t entry) {
    const InterruptFate fate = hardware::raise(context, function, entry);
    world.run_until_idle();
    return fate;
  }
  std::size_t handled() const { return world.records(kHandled).size(); }
  const device::pcie::MsixEntry& msix(device::FunctionId function, std::uint16_t entry) {
    return world.devices.pcie.msix[world.devices.pcie[function].first_msix_entry + entry];
  }
  /// A whole update in which nvme0 is preserved.
  void update() {
    world.attached_domain(IommuWorld::kNvme, 0, IommuWorld::kGuest);
    ASSERT_EQ(world.preserve(IommuWorld::kNvme, kToken), 0);
    ASSERT_EQ(world.update(), 0);
    ASSERT_EQ(world.start_result, 0);
  }
};

struct IrqVector : testing::Test, Machine {
  IrqVector() : Machine({}) {}
};
struct IrqPreserved : testing::Test, Machine {
  IrqPreserved() : Machine(preserved()) {}
};

TEST_F(IrqVector, calls_its_handler_with_its_arguments) {
  ASSERT_EQ(request(kNvme, 1, 99), 0);
  EXPECT_EQ(raise(kNvme, 1), InterruptFate::handled);
  const auto handled = world.records(kHandled);
  ASSERT_EQ(handled.size(), 1U);
  EXPECT_EQ(handled[0].values[0], 99U);
  EXPECT_EQ(handled[0].values[1], 1U);
  EXPECT_EQ(world.drivers.irq.stray, 0U);
}

TEST_F(IrqVector, is_one_of_its_own_for_each_entry) {
  ASSERT_EQ(request(kNvme, 0, 10), 0);
  ASSERT_EQ(request(kNvme, 1, 11), 0);
  ASSERT_EQ(request(kNic, 0, 12), 0);
  raise(kNic, 0);
  raise(kNvme, 1);
  raise(kNvme, 0);
  const auto handled = world.records(kHandled);
  ASSERT_EQ(handled.size(), 3U);
  EXPECT_EQ(handled[0].values[0], 12U);
  EXPECT_EQ(handled[1].values[0], 11U);
  EXPECT_EQ(handled[2].values[0], 10U);
}

TEST_F(IrqVector, is_kept_when_it_is_requested_again) {
  ASSERT_EQ(request(kNvme, 0, 1), 0);
  const std::size_t vectors = world.drivers.irq.vectors.size();
  ASSERT_EQ(request(kNvme, 0, 2), 0);
  EXPECT_EQ(world.drivers.irq.vectors.size(), vectors);
  raise(kNvme, 0);
  ASSERT_EQ(handled(), 1U);
  EXPECT_EQ(world.records(kHandled)[0].values[0], 2U);
}

TEST_F(IrqVector, sends_what_waited_for_it) {
  ASSERT_EQ(raise(kNvme, 0), InterruptFate::pending);
  ASSERT_EQ(request(kNvme, 0), 0);
  world.run_until_idle();
  EXPECT_EQ(handled(), 1U);
}

TEST_F(IrqVector, takes_no_message_of_another_function) {
  ASSERT_EQ(request(kNvme, 0), 0);
  const device::pcie::MsixEntry stolen = msix(kNvme, 0);
  hardware::write_entry(context, kNic, 0, stolen.address, stolen.data);
  hardware::mask_vector(context, kNic, 0, false);
  EXPECT_EQ(raise(kNic, 0), InterruptFate::refused);
  EXPECT_EQ(handled(), 0U);
}

TEST_F(IrqVector, is_refused_where_there_is_no_entry_or_function) {
  EXPECT_EQ(request(kNvme, 4), -kEINVAL);
  EXPECT_EQ(request({77}, 0), -kEINVAL);
  EXPECT_TRUE(world.drivers.irq.vectors.empty());
}

TEST_F(IrqVector, is_refused_when_all_are_in_use) {
  world.drivers.irq.vectors.resize(irq::kVectors);
  for (irq::Vector& vector : world.drivers.irq.vectors) vector = {.is_used = 1, .function = kNic};
  EXPECT_EQ(request(kNvme, 0), -kENOSPC);
  world.drivers.irq.vectors[77] = {};
  EXPECT_EQ(request(kNvme, 0), 0);
  EXPECT_EQ(world.drivers.irq.vectors[77].function, kNvme);
  EXPECT_EQ(request(kNvme, 1), -kENOSPC);
}

TEST_F(IrqVector, is_masked_and_forgotten_with_its_function) {
  ASSERT_EQ(request(kNvme, 0), 0);
  ASSERT_EQ(request(kNvme, 3), 0);
  ASSERT_EQ(request(kNic, 0), 0);
  irq::free_all(context, kNvme);
  EXPECT_EQ(raise(kNvme, 3), InterruptFate::pending);
  // And what leaves it nevertheless finds no entry.
  hardware::mask_vector(context, kNvme, 0, false);
  EXPECT_EQ(raise(kNvme, 0), InterruptFate::refused);
  EXPECT_EQ(raise(kNic, 0), InterruptFate::handled);
  EXPECT_EQ(handled(), 1U);
}

// The mask is read back, and a message is a posted write like any other: it is there before.
TEST_F(IrqVector, is_freed_only_when_what_was_on_its_way_has_arrived) {
  ASSERT_EQ(request(kNvme, 1, 99), 0);
  hardware::raise(context, kNvme, 1);
  hardware::raise(context, kNvme, 1);
  irq::free_all(context, kNvme);
  ASSERT_EQ(request(kNic, 0, 77), 0);
  world.run_until_idle();
  EXPECT_EQ(world.drivers.irq.stray, 0U);
  ASSERT_EQ(handled(), 1U) << "both are one, and neither is of the next owner of the vector";
  EXPECT_EQ(world.records(kHandled)[0].values[0], 99U);
}

TEST_F(IrqVector, is_freed_whatever_is_on_its_way_to_others) {
  ASSERT_EQ(request(kNvme, 0, 10), 0);
  ASSERT_EQ(request(kNic, 0, 11), 0);
  hardware::raise(context, kNic, 0);
  irq::free_all(context, kNvme);
  world.run_until_idle();
  ASSERT_EQ(handled(), 1U);
  EXPECT_EQ(world.records(kHandled)[0].values[0], 11U);
}

TEST_F(IrqVector, that_nobody_asked_for_is_stray) {
  world.devices.iommu.remaps_interrupts = 0;
  const hardware::Message message = hardware::compatibility_message(200);
  hardware::write_entry(context, kNvme, 0, message.address, message.data);
  hardware::mask_vector(context, kNvme, 0, false);
  EXPECT_EQ(raise(kNvme, 0), InterruptFate::handled);
  EXPECT_EQ(world.drivers.irq.stray, 1U);
  const auto stray = world.records(irq::IrqRecord::stray);
  ASSERT_EQ(stray.size(), 1U);
  EXPECT_EQ(stray[0].values[0], 200U);
  EXPECT_EQ(handled(), 0U);
  // Any number may arrive.
  hardware::write_entry(context, kNvme, 0, message.address, 0xFFFF'FFFF);
  raise(kNvme, 0);
  EXPECT_EQ(world.drivers.irq.stray, 2U);
}

TEST_F(IrqVector, is_unknown_to_the_next_kernel) {
  ASSERT_EQ(request(kNvme, 0), 0);
  update();
  EXPECT_TRUE(world.drivers.irq.vectors.empty());
  EXPECT_EQ(world.devices.iommu.remaps_interrupts, 1);
  EXPECT_EQ(raise(kNvme, 0), InterruptFate::refused);
  EXPECT_EQ(handled(), 0U);
}

TEST_F(IrqVector, table_is_where_the_hardware_looks) {
  EXPECT_EQ(world.devices.iommu.remapping_table, memory::address_of(world.drivers.irq.table.first));
  EXPECT_EQ(world.devices.iommu.remapping_entries, irq::kVectors);
  EXPECT_EQ(world.devices.processors.listens, 1U);
  EXPECT_EQ(world.devices.processors.kernel_group, sim::kBackgroundGroup);
  ASSERT_EQ(world.shut_down(), 0);
  EXPECT_EQ(world.devices.iommu.remaps_interrupts, 0);
}

TEST(IrqStart, without_memory_for_a_table_has_no_vectors) {
  IommuWorld world;
  world.fail(kernel::kAllocationSite, irq::kTableOwner.name);
  world.boot();
  Context context = world.context();
  EXPECT_EQ(world.devices.iommu.remaps_interrupts, 0);
  EXPECT_EQ(irq::request(context, kNvme, 0, kHandlerProgram.id(), 0, 0), -kENOSPC);
}

TEST(IrqStart, without_memory_for_a_table_uses_none_that_is_left_over) {
  IommuWorld world;
  world.boot();
  world.fail(kernel::kAllocationSite, irq::kTableOwner.name);
  world.boot_parameters = {};
  world.boot();  // nobody shut anything down, as after a crash
  EXPECT_EQ(world.devices.iommu.remaps_interrupts, 0);
}

TEST_F(IrqPreserved, is_told_of_without_a_new_entry) {
  ASSERT_EQ(request(kNvme, 2, 5), 0);
  ASSERT_EQ(request(kNic, 0, 6), 0);
  const device::pcie::MsixEntry before = msix(kNvme, 2);
  update();
  EXPECT_EQ(world.owned(irq::kTableOwner), irq::kTablePages);
  ASSERT_EQ(request(kNvme, 2, 7), 0);
  EXPECT_EQ(msix(kNvme, 2), before);
  EXPECT_EQ(world.records(irq::IrqRecord::requested).back().values[3], 1U);
  EXPECT_EQ(raise(kNvme, 2), InterruptFate::handled);
  ASSERT_EQ(handled(), 1U);
  EXPECT_EQ(world.records(kHandled)[0].values[0], 7U);
  // The other function was not preserved: its entry is gone.
  EXPECT_EQ(raise(kNic, 0), InterruptFate::refused);
}

TEST_F(IrqPreserved, stays_masked_if_it_was) {
  ASSERT_EQ(request(kNvme, 2), 0);
  hardware::mask_vector(context, kNvme, 2, true);
  update();
  ASSERT_EQ(request(kNvme, 2), 0);
  EXPECT_EQ(raise(kNvme, 2), InterruptFate::pending);
}

TEST_F(IrqPreserved, is_written_anew_for_who_wants_it_otherwise) {
  ASSERT_EQ(irq::request_posted(context, kNvme, 1, 3, 50), 0);
  update();
  ASSERT_EQ(request(kNvme, 1, 7), 0);
  EXPECT_EQ(world.records(irq::IrqRecord::requested).back().values[3], 0U);
  EXPECT_EQ(raise(kNvme, 1), InterruptFate::handled);
  EXPECT_EQ(handled(), 1U);
}

TEST_F(IrqPreserved, keeps_an_interrupt_for_who_asks_later) {
  ASSERT_EQ(request(kNvme, 2), 0);
  update();
  EXPECT_EQ(raise(kNvme, 2), InterruptFate::handled);
  raise(kNvme, 2);
  EXPECT_EQ(handled(), 0U);
  EXPECT_EQ(world.drivers.irq.stray, 2U);
  ASSERT_EQ(request(kNvme, 2, 5), 0);
  world.run_until_idle();
  EXPECT_EQ(handled(), 1U) << "both collapse into one";
}

TEST_F(IrqPreserved, that_nobody_asked_for_is_freed_when_what_was_on_its_way_has_arrived) {
  ASSERT_EQ(request(kNvme, 2), 0);
  update();
  hardware::raise(context, kNvme, 2);
  irq::free_what_nobody_took(context);
  world.run_until_idle();
  const auto stray = world.records(irq::IrqRecord::stray);
  ASSERT_EQ(stray.size(), 1U);
  EXPECT_EQ(stray[0].values[1], 1U) << "it was still handed over";
}

TEST_F(IrqPreserved, leaves_remapping_on_over_the_jump) {
  ASSERT_EQ(request(kNvme, 0), 0);
  world.attached_domain(IommuWorld::kNvme, 0, IommuWorld::kGuest);
  ASSERT_EQ(world.preserve(IommuWorld::kNvme, kToken), 0);
  ASSERT_EQ(world.prepare_and_freeze(), 0);
  const auto table = world.devices.iommu.remapping_table;
  ASSERT_EQ(world.shut_down(), 0);
  EXPECT_EQ(world.devices.iommu.remaps_interrupts, 1);
  world.jump();
  EXPECT_EQ(world.devices.iommu.remaps_interrupts, 1);
  EXPECT_EQ(world.devices.iommu.remapping_table, table);
}

TEST_F(IrqPreserved, without_a_record_is_switched_off_all_the_same) {
  ASSERT_EQ(request(kNvme, 0), 0);
  world.kexec();
  EXPECT_EQ(world.owned(irq::kTableOwner), irq::kTablePages);
  EXPECT_TRUE(world.drivers.irq.vectors.empty());
  EXPECT_EQ(raise(kNvme, 0), InterruptFate::refused);
}

TEST_F(IrqPreserved, of_a_device_that_was_preserved_without_a_record_is_off_too) {
  ASSERT_EQ(request(kNvme, 0), 0);
  world.attached_domain(IommuWorld::kNvme, 0, IommuWorld::kGuest);
  ASSERT_EQ(world.preserve(IommuWorld::kNvme, kToken), 0);
  ASSERT_EQ(world.shut_down(), 0);
  EXPECT_EQ(world.devices.iommu.remaps_interrupts, 0);
}

// devices.md, G.4 row 76: the next kernel learns of the vector no more than of the device.
TEST_F(IrqPreserved, of_a_device_whose_domain_is_forgotten_is_nobodys) {
  ASSERT_EQ(request(kNvme, 2), 0);
  world.fail(iommu::kForgetsDomainSite);
  update();
  EXPECT_TRUE(world.drivers.irq.vectors.empty());
  EXPECT_EQ(raise(kNvme, 2), InterruptFate::handled);
  ASSERT_EQ(world.records(irq::IrqRecord::stray).size(), 1U);
  EXPECT_EQ(world.records(irq::IrqRecord::stray)[0].values[1], 0U);
}

// Row 80: entries are numbered for the table that they are in.
TEST_F(IrqPreserved, in_a_table_of_another_size_is_lost_with_it) {
  ASSERT_EQ(request(kNvme, 2), 0);
  ASSERT_EQ(irq::request_posted(context, kNic, 1, 3, 50), 0);
  world.fail(irq::kOtherTableSizeSite);
  update();
  EXPECT_EQ(world.devices.iommu.remapping_entries, 1024U);
  EXPECT_EQ(world.owned(irq::kTableOwner), 4U);
  EXPECT_EQ(world.owned(irq::kDescriptorOwner), 0U);
  EXPECT_EQ(raise(kNvme, 2), InterruptFate::refused);
  ASSERT_EQ(request(kNvme, 2), 0);
  EXPECT_EQ(raise(kNvme, 2), InterruptFate::handled);
}

TEST(IrqTable, has_no_more_vectors_than_entries) {
  Machine machine({});
  machine.world.fail(irq::kOtherTableSizeSite);
  machine.world.boot();
  machine.world.drivers.irq.vectors.resize(1023, {.is_used = 1, .function = {77}});
  EXPECT_EQ(machine.request(kNvme, 0), 0);
  EXPECT_EQ(machine.request(kNvme, 1), -kENOSPC);
}

// Row 79: what another function sends by the message of a vector.
TEST_F(IrqVector, is_of_one_function_unless_its_entry_checks_nobody) {
  for (const bool is_checked : {true, false}) {
    if (!is_checked)
      world.fail(irq::kSkipsSourceCheckSite, world.names.text(world.devices.pcie[kNvme].name));
    ASSERT_EQ(request(kNvme, 2), 0);
    ASSERT_EQ(request(kNic, 0), 0);
    const device::pcie::MsixEntry message = msix(kNvme, 2);
    hardware::write_entry(context, kNic, 0, message.address, message.data);
    EXPECT_EQ(raise(kNic, 0), is_checked ? InterruptFate::refused : InterruptFate::handled);
  }
}

TEST_F(IrqPreserved, is_posted_into_memory_of_somebody_else_if_the_descriptor_is_forgotten) {
  ASSERT_EQ(irq::request_posted(context, kNvme, 1, /*vm=*/3, /*guest_vector=*/50), 0);
  const memory::PhysicalAddress descriptor = irq::descriptor_of(world.drivers.irq, 3);
  world.fail(irq::kForgetsDescriptorSite);
  update();
  EXPECT_EQ(irq::descriptor_of(world.drivers.irq, 3).value, 0U);
  EXPECT_NE(world.memory.at(memory::page_of(descriptor)).owner, irq::kDescriptorOwner.tag());
  EXPECT_EQ(raise(kNvme, 1), InterruptFate::posted);
}

TEST_F(IrqVector, posted_is_taken_once_and_then_told_of_again) {
  ASSERT_EQ(irq::request_posted(context, kNvme, 1, 3, 50), 0);
  raise(kNvme, 1);
  EXPECT_EQ(irq::take_posted(context, 3), 1ULL << 50);
  EXPECT_EQ(irq::take_posted(context, 3), 0U);
  const memory::PhysicalAddress control =
      irq::descriptor_of(world.drivers.irq, 3) + hardware::kDescriptorControl;
  EXPECT_EQ(world.memory.bytes().read_value<std::uint64_t>(control) & hardware::kOutstanding, 0U);
  EXPECT_EQ(irq::take_posted(context, 4), 0U);
}

// devices.md, G.4 row 78: the page has to stay the descriptor's.
TEST_F(IrqPreserved, posts_into_the_descriptor_of_a_guest_over_the_jump) {
  ASSERT_EQ(irq::request_posted(context, kNvme, 1, /*vm=*/3, /*guest_vector=*/50), 0);
  const memory::PhysicalAddress descriptor = irq::descriptor_of(world.drivers.irq, 3);
  ASSERT_NE(descriptor.value, 0U);
  update();
  EXPECT_EQ(irq::descriptor_of(world.drivers.irq, 3), descriptor);
  EXPECT_EQ(world.memory.at(memory::page_of(descriptor)).owner, irq::kDescriptorOwner.tag());
  EXPECT_EQ(world.memory.at(memory::page_of(descriptor)).owner_number, 3U);
  EXPECT_EQ(world.drivers.irq.vectors.back().flags, irq::kHandedOver | irq::kPosted);
  EXPECT_EQ(raise(kNvme, 1), InterruptFate::posted);
  EXPECT_EQ(world.memory.bytes().read_value<std::uint64_t>(descriptor), 1ULL << 50);
  ASSERT_EQ(irq::request_posted(context, kNvme, 1, 3, 50), 0);
  EXPECT_EQ(world.records(irq::IrqRecord::requested).back().values[3], 1U);
  ASSERT_EQ(irq::request_posted(context, kNvme, 1, 3, 51), 0);
  EXPECT_EQ(world.records(irq::IrqRecord::requested).back().values[3], 0U);
  raise(kNvme, 1);
  EXPECT_EQ(world.memory.bytes().read_value<std::uint64_t>(descriptor), 3ULL << 50);
}

TEST_F(IrqPreserved, whose_table_was_not_preserved_is_the_end) {
  ASSERT_EQ(request(kNvme, 0), 0);
  world.attached_domain(IommuWorld::kNvme, 0, IommuWorld::kGuest);
  ASSERT_EQ(world.preserve(IommuWorld::kNvme, kToken), 0);
  ASSERT_EQ(world.prepare_and_freeze(), 0);
  world.kho.finalized = false;
  kho::unpreserve_range(context, memory::address_of(world.drivers.irq.table.first),
                        irq::kTablePages * memory::kPageBytes);
  world.kho.finalized = true;
  world.shut_down();
  world.jump();
  EXPECT_TRUE(world.panicked(iommu::kPagesMissing));
}

TEST_F(IrqPreserved, is_unpreserved_by_cancel) {
  ASSERT_EQ(irq::request_posted(context, kNvme, 1, 3, 50), 0);
  ASSERT_EQ(world.prepare_and_freeze(), 0);
  ASSERT_EQ(world.run(kho::kAbort), 0);
  EXPECT_EQ(kho::preserved_pages(world.memory, world.kho.tracker), 0U);
}

TEST_F(IrqVector, descriptor_is_made_once_and_freed) {
  world.fail(kernel::kAllocationSite, irq::kDescriptorOwner.name);
  EXPECT_EQ(irq::request_posted(context, kNvme, 0, 3, 50), -kENOMEM);
  EXPECT_EQ(irq::request_posted(context, kNvme, 0, 3, 50), 0);
  EXPECT_EQ(irq::request_posted(context, kNvme, 1, 3, 51), 0);
  EXPECT_EQ(irq::request_posted(context, kNvme, 2, 1, 51), 0);
  EXPECT_EQ(world.owned(irq::kDescriptorOwner), 2U);
  irq::free_all(context, kNvme);
  irq::free_descriptor(context, 3);
  irq::free_descriptor(context, 1);
  irq::free_descriptor(context, 1);
  EXPECT_EQ(world.owned(irq::kDescriptorOwner), 0U);
  EXPECT_EQ(irq::descriptor_of(world.drivers.irq, 3).value, 0U);
}

TEST(IrqUnclaimed, is_masked_at_finish_where_devices_are_quiesced) {
  sim::KnobValues knobs = preserved();
  knobs.set(kUnclaimed, kUnclaimedQuiesced);
  Machine machine(knobs);
  ASSERT_EQ(machine.request(kNvme, 0), 0);
  machine.update();
  ASSERT_EQ(machine.world.run(luo::v2::kFinish), 0);
  EXPECT_EQ(machine.raise(kNvme, 0), InterruptFate::pending);
}

}  // namespace
}  // namespace luosim::driver
