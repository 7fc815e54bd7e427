// SPDX-License-Identifier: Apache-2.0
//
// vfio files while their kernel runs: who can open what, what attaching and interrupts do to the
// function, and what a reset takes and the kernel gives back (devices.md, D.2 and E.2).
#include <gtest/gtest.h>

#include "model/device/irq/message.hpp"
#include "model/device/nvme/controller.hpp"
#include "model/driver/pci/fault_sites.hpp"
#include "model/fd/vfio.hpp"
#include "model/kernel/errno.hpp"
#include "tests/unit/device/update_world.hpp"

namespace luosim::fd {
namespace {

using device::irq::InterruptFate;
namespace pcie = device::pcie;

// A function that is open and attached, and a virtual machine.
class Driven : public UpdateWorld {
 public:
  Driven() : UpdateWorld(later_phases()) {
    device = vfio(disk);
    space = iommufd();
    guest = kvm();
    EXPECT_EQ(attach(device, space), 0);
  }
  InterruptFate raise(std::uint16_t vector) {
    Context now = context();
    const InterruptFate fate = device::irq::raise(now, disk, vector);
    run();
    return fate;
  }
  std::uint64_t pending() { return pending_vectors(context(), object(guest)); }
  std::int64_t reset() {
    Context now = context();
    return reset_vfio(now, device);
  }

  kernel::FileId device{};
  kernel::FileId space{};
  kernel::FileId guest{};
};

std::int64_t open(UpdateWorld& world, device::FunctionId function) {
  Context now = world.context();
  kernel::FileId file{};
  return open_vfio(now, {}, function, file);
}

TEST(VfioOpen, needs_a_function_that_vfio_pci_drives_and_nobody_has) {
  UpdateWorld world;
  EXPECT_EQ(open(world, world.port), -kernel::kENODEV);
  EXPECT_EQ(open(world, {99}), -kernel::kENODEV);
  EXPECT_EQ(open(world, world.disk), 0);
  EXPECT_EQ(open(world, world.disk), -kernel::kEBUSY);
  EXPECT_EQ(open(world, world.other), 0);
  Context now = world.context();
  pcie::remove(now, world.other);
  EXPECT_EQ(open(world, world.other), -kernel::kENODEV);
}

TEST(VfioOpen, keeps_the_driver_bound) {
  UpdateWorld world;
  const kernel::FileId file = world.vfio(world.disk);
  const sim::Arguments unbind{.values = {world.disk.index, 0, 0, 0}};
  EXPECT_EQ(world.call(driver::kBind, unbind).status, -kernel::kEBUSY);
  world.close(file);
  EXPECT_EQ(world.call(driver::kBind, unbind).status, 0);
  EXPECT_EQ(open(world, world.disk), -kernel::kENODEV);
}

// devices.md, C.4: what keeps the driver bound is the file; without that the file is worth nothing.
TEST(VfioOpen, is_over_when_the_driver_is_taken_all_the_same) {
  Driven world;
  ASSERT_EQ(world.interrupts(world.device, 2, world.guest), 0);
  world.fail(driver::pci::kUnbindBusySite);
  EXPECT_EQ(world.call(driver::kBind, {.values = {world.disk.index, 0, 0, 0}}).status, 0);
  EXPECT_EQ(world.at(world.disk).command & pcie::kBusMaster, 0);
  EXPECT_EQ(world.at(world.disk).msix_enabled, 0U);
  EXPECT_EQ(world.domain_of(world.disk), driver::iommu::kNoDomain);
  EXPECT_EQ(world.core.files[world.space].references, 1U);
  EXPECT_EQ(world.attach(world.device, world.space), -kernel::kENODEV);
  EXPECT_EQ(world.interrupts(world.device, 1, world.guest), -kernel::kENODEV);
  EXPECT_EQ(world.reset(), -kernel::kENODEV);
  world.close(world.device);
  EXPECT_EQ(world.known(world.disk).users, 0U);
}

TEST(VfioPower, of_a_function_asleep_lets_nothing_through_until_a_reset) {
  Driven world;
  const auto suspend = [&](kernel::FileId file) {
    Context now = world.context();
    return suspend_vfio(now, file);
  };
  EXPECT_EQ(suspend(world.space), -kernel::kEINVAL);
  EXPECT_EQ(suspend(world.device), 0);
  EXPECT_EQ(world.at(world.disk).power_state, 3U);
  EXPECT_EQ(world.raise(0), InterruptFate::blocked);
  ASSERT_EQ(world.reset(), 0);
  world.run();
  EXPECT_EQ(world.at(world.disk).power_state, 0U);
}

TEST(VfioAttach, lets_the_function_send_and_answer) {
  UpdateWorld world;
  const kernel::FileId device = world.vfio(world.disk);
  const kernel::FileId space = world.iommufd();
  const kernel::FileId file = world.memfd(2 * UpdateWorld::kMiB);
  ASSERT_EQ(world.map(space, 0, file), 0);
  EXPECT_EQ(world.reach(world.disk, 0), std::nullopt);
  ASSERT_EQ(world.attach(device, space), 0);
  EXPECT_EQ(world.reach(world.disk, 0), memory::address_of(world.first_page(file)));
  EXPECT_TRUE(pcie::decodes_memory(world.at(world.disk)));
}

TEST(VfioAttach, holds_the_iommufd_and_lets_the_one_before_go) {
  Driven world;
  EXPECT_EQ(world.core.files[world.space].references, 2U);
  const kernel::FileId second = world.iommufd();
  EXPECT_EQ(world.attach(world.device, world.space), 0);
  EXPECT_EQ(world.core.files[world.space].references, 2U) << "attached twice";
  EXPECT_EQ(world.attach(world.device, second), 0);
  EXPECT_EQ(world.core.files[world.space].references, 1U);
  EXPECT_EQ(world.core.files[second].references, 2U);
  EXPECT_EQ(world.domain_of(world.disk), world.space_of(second).domain);
}

TEST(VfioAttach, refuses_other_files) {
  Driven world;
  EXPECT_EQ(world.attach(world.device, world.guest), -kernel::kEINVAL);
  EXPECT_EQ(world.attach(world.space, world.space), -kernel::kEINVAL);
  EXPECT_EQ(world.attach(kernel::kNoFile, world.space), -kernel::kEINVAL);
}

TEST(VfioInterrupts, reach_the_guest_by_their_number) {
  Driven world;
  ASSERT_EQ(world.interrupts(world.device, 3, world.guest), 0);
  EXPECT_EQ(world.raise(2), InterruptFate::handled);
  EXPECT_EQ(world.pending(), 4U);
  EXPECT_EQ(world.raise(3), InterruptFate::pending) << "was not asked for: masked";
  Context now = world.context();
  ASSERT_EQ(set_interrupts(now, world.device, 2, world.guest, 10), 0);
  EXPECT_EQ(world.raise(1), InterruptFate::handled);
  EXPECT_EQ(world.pending(), 4U | 1U << 11);
}

TEST(VfioInterrupts, that_are_posted_reach_the_guest_without_its_kernel) {
  Driven world;
  Context now = world.context();
  ASSERT_EQ(set_interrupts(now, world.device, 2, world.guest, 10, /*is_posted=*/true), 0);
  EXPECT_EQ(world.raise(1), InterruptFate::posted);
  EXPECT_EQ(world.pending(), 1U << 11);
  EXPECT_EQ(world.raise(0), InterruptFate::posted) << "and tells again";
  EXPECT_EQ(world.pending(), 3U << 10);
  EXPECT_EQ(world.drivers.irq.descriptors.size(), 1U);
  world.close(world.device);
  world.close(world.guest);
  EXPECT_EQ(world.drivers.irq.descriptors.size(), 0U);
}

TEST(VfioInterrupts, hold_the_virtual_machine_until_they_are_off) {
  Driven world;
  ASSERT_EQ(world.interrupts(world.device, 2, world.guest), 0);
  ASSERT_EQ(world.interrupts(world.device, 4, world.guest), 0);
  EXPECT_EQ(world.core.files[world.guest].references, 2U);
  EXPECT_EQ(world.device_of(world.device).interrupts, 4U);
  ASSERT_EQ(world.interrupts(world.device, 0, kernel::kNoFile), 0);
  EXPECT_EQ(world.core.files[world.guest].references, 1U);
  EXPECT_EQ(world.at(world.disk).msix_enabled, 0U);
  EXPECT_EQ(world.device_of(world.device).interrupts, 0U);
  for (const driver::irq::Vector& vector : world.drivers.irq.vectors) EXPECT_EQ(vector.is_used, 0U);
}

TEST(VfioInterrupts, that_are_on_their_way_reach_the_guest_before_they_are_off) {
  Driven world;
  ASSERT_EQ(world.interrupts(world.device, 2, world.guest), 0);
  Context now = world.context();
  EXPECT_EQ(device::irq::raise(now, world.disk, 1), InterruptFate::handled);
  ASSERT_EQ(world.interrupts(world.device, 0, kernel::kNoFile), 0);
  world.run();
  EXPECT_EQ(world.pending(), 2U);
  EXPECT_EQ(world.drivers.irq.stray, 0U);
}

TEST(VfioInterrupts, refuse_what_is_not_there) {
  Driven world;
  EXPECT_EQ(world.interrupts(world.device, 5, world.guest), -kernel::kEINVAL);
  EXPECT_EQ(world.interrupts(world.device, 1, world.space), -kernel::kEINVAL);
  EXPECT_EQ(world.interrupts(world.space, 1, world.guest), -kernel::kEINVAL);
  Context now = world.context();
  EXPECT_EQ(set_interrupts(now, world.device, 2, world.guest, 63), -kernel::kEINVAL);
  EXPECT_EQ(set_interrupts(now, world.device, 1, world.guest, 63), 0);
}

TEST(VfioInterrupts, that_find_no_vector_leave_none) {
  Driven world;
  world.drivers.irq.vectors.resize(driver::irq::kVectors - 1, {.is_used = 1, .function = {77}});
  world.drivers.irq.vectors.back() = {};
  EXPECT_EQ(world.interrupts(world.device, 4, world.guest), -kernel::kENOSPC);
  EXPECT_EQ(world.at(world.disk).msix_enabled, 0U);
  EXPECT_EQ(world.core.files[world.guest].references, 1U);
  EXPECT_EQ(world.device_of(world.device).interrupts, 0U);
  for (const driver::irq::Vector& vector : world.drivers.irq.vectors)
    EXPECT_NE(vector.function, world.disk);
}

TEST(VfioInterrupts, never_come_by_the_pin) {
  Driven world;
  EXPECT_EQ(world.raise(0), InterruptFate::dropped);
  ASSERT_EQ(world.interrupts(world.device, 2, world.guest), 0);
  ASSERT_EQ(world.interrupts(world.device, 0, kernel::kNoFile), 0);
  EXPECT_EQ(world.raise(0), InterruptFate::dropped);
  EXPECT_EQ(device::irq::pin_count(world.devices.processors, world.disk), 0U);
}

// devices.md, G.4 row 77.
TEST(VfioInterrupts, come_by_the_pin_if_nobody_disables_it) {
  UpdateWorld world;
  world.fail(kLeavesPinSite);
  world.vfio(world.disk);
  Context now = world.context();
  EXPECT_EQ(device::irq::raise(now, world.disk, 0), InterruptFate::pin);
}

TEST(VfioReset, gives_registers_and_interrupts_back) {
  Driven world;
  ASSERT_EQ(world.interrupts(world.device, 2, world.guest), 0);
  const pcie::Function before = world.at(world.disk);
  const auto entries = world.devices.pcie.msix;
  ASSERT_NE(before.bars[0], 0U);
  ASSERT_EQ(world.reset(), 0);
  EXPECT_EQ(world.at(world.disk).is_in_reset, 1U);
  EXPECT_EQ(world.at(world.disk).command, 0U);
  EXPECT_EQ(world.reset(), -kernel::kEAGAIN);
  world.run();
  EXPECT_EQ(world.at(world.disk).bars, before.bars);
  EXPECT_EQ(world.at(world.disk).command, before.command);
  EXPECT_EQ(world.devices.pcie.msix, entries);
  EXPECT_EQ(world.raise(1), InterruptFate::handled);
  EXPECT_EQ(world.reset(), 0);
}

TEST(VfioReset, an_attachment_meanwhile_is_not_lost) {
  UpdateWorld world;
  const kernel::FileId device = world.vfio(world.disk);
  Context now = world.context();
  ASSERT_EQ(reset_vfio(now, device), 0);
  ASSERT_EQ(world.attach(device, world.iommufd()), 0);
  EXPECT_EQ(world.at(world.disk).command & pcie::kBusMaster, 0);
  world.run();
  EXPECT_NE(world.at(world.disk).command & pcie::kBusMaster, 0);
}

TEST(VfioReset, of_a_function_that_never_answers_ends) {
  Driven world;
  world.fail(pcie::kResetFault);
  ASSERT_EQ(world.reset(), 0);
  world.run();
  EXPECT_EQ(world.device_of(world.device).is_resetting, 0U);
  EXPECT_TRUE(world.schedule.is_idle());
}

TEST(VfioRelease, leaves_an_ordinary_function_that_can_be_opened_again) {
  Driven world;
  ASSERT_EQ(world.interrupts(world.device, 2, world.guest), 0);
  const auto bars = world.at(world.disk).bars;
  world.close(world.device);
  EXPECT_EQ(world.at(world.disk).is_in_reset, 1U);
  EXPECT_EQ(world.domain_of(world.disk), driver::iommu::kNoDomain);
  EXPECT_EQ(world.core.files[world.space].references, 1U);
  EXPECT_EQ(world.core.files[world.guest].references, 1U);
  EXPECT_EQ(open(world, world.disk), -kernel::kEBUSY) << "the reset is not over";
  world.run();
  EXPECT_EQ(world.at(world.disk).bars, bars);
  EXPECT_EQ(world.at(world.disk).command & pcie::kBusMaster, 0);
  EXPECT_EQ(world.at(world.disk).msix_enabled, 0U);
  EXPECT_EQ(open(world, world.disk), 0);
}

TEST(VfioRelease, during_a_reset_takes_bus_mastering_for_good) {
  Driven world;
  ASSERT_EQ(world.reset(), 0);
  world.close(world.device);
  world.run();
  EXPECT_EQ(world.at(world.disk).command & pcie::kBusMaster, 0);
  EXPECT_NE(world.at(world.disk).bars[0], 0U);
}

TEST(VfioBar, leads_to_the_registers_of_the_device_until_the_file_is_frozen) {
  Driven world;
  Context now = world.context();
  EXPECT_EQ(read_bar(now, world.object(world.device), 0), ~0ULL) << "a function without a device";
  world.devices.controllers.emplace_back().function = world.disk;
  const std::uint32_t object = world.object(world.device);
  EXPECT_NE(read_bar(now, object, device::nvme::kCap), ~0ULL);
  write_bar(now, object, device::nvme::kAdminSubmissionBase, 0x5000);
  EXPECT_EQ(read_bar(now, object, device::nvme::kAdminSubmissionBase), 0x5000U);
  world.device_of(world.device).is_frozen = 1;
  EXPECT_EQ(read_bar(now, object, device::nvme::kAdminSubmissionBase), ~0ULL);
  write_bar(now, object, device::nvme::kAdminSubmissionBase, 0x7000);
  world.device_of(world.device).is_frozen = 0;
  EXPECT_EQ(read_bar(now, object, device::nvme::kAdminSubmissionBase), 0x5000U);
}

TEST(Vfio, of_nobody_reads_as_all_ones_and_takes_no_writes) {
  Driven world;
  Context context = world.context();
  EXPECT_EQ(read_bar(context, kNoVfio, 0), ~0ULL);
  write_bar(context, kNoVfio, 0, 1);
  EXPECT_EQ(read_bar(context, kNoVfio, 0), ~0ULL);
}

}  // namespace
}  // namespace luosim::fd
