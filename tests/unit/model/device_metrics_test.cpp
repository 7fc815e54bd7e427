// SPDX-License-Identifier: Apache-2.0
//
// Figures of devices from records made by hand: two guests with a disk each, and a disk of the
// host.
#include "model/world/device_metrics.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include "model/device/dma.hpp"
#include "model/device/irq/message.hpp"
#include "model/device/record.hpp"
#include "model/driver/nvme/disk.hpp"
#include "model/fd/guest_memfd.hpp"
#include "model/fd/hugetlb.hpp"
#include "model/fd/memfd.hpp"
#include "model/fd/record.hpp"
#include "model/kernel/allocator.hpp"
#include "model/kernel/record.hpp"
#include "model/kho/state.hpp"
#include "model/userspace/record.hpp"

namespace luosim::world {
namespace {

using device::DmaDirection;
using device::DmaPurpose;
using device::DmaResult;
using device::irq::InterruptFate;
using Figures = std::map<std::string, std::int64_t>;

constexpr std::uint32_t kDiskOfVm0 = 0;
constexpr std::uint32_t kDiskOfVm1 = 1;
constexpr std::uint32_t kDiskOfHost = 2;

class DeviceFigures : public ::testing::Test {
 protected:
  DeviceFigures() {
    blueprint_.devices.pcie.functions.resize(3);
    for (const std::uint32_t vm : {kDiskOfVm0, kDiskOfVm1}) {
      userspace::VmPlan plan;
      plan.name = blueprint_.names.intern(vm == 0 ? "vm0" : "vm1");
      plan.devices.push_back({.function = {vm}});
      blueprint_.cast.vms.push_back(plan);
    }
  }

  sim::Record about(sim::RecordKind kind, std::string_view subject = {}) const {
    return {.kind = kind, .subject = blueprint_.names.find(subject)};
  }
  static sim::Record access(std::uint32_t function, memory::OwnerName owner,
                            std::uint32_t owner_number = 0,
                            DmaDirection direction = DmaDirection::write,
                            DmaResult result = DmaResult::landed,
                            DmaPurpose purpose = DmaPurpose::data) {
    const std::uint64_t what = std::uint64_t{function} | static_cast<std::uint64_t>(purpose) << 32 |
                               static_cast<std::uint64_t>(direction) << 40 |
                               static_cast<std::uint64_t>(result) << 48;
    const std::uint64_t page = std::uint64_t{owner.tag().hash} << 32 | owner_number;
    return {.kind = device::DeviceRecord::dma, .values = {what, 0x1000, 0x2000, page}};
  }
  static sim::Record interrupt(std::uint32_t function, InterruptFate fate) {
    return {.kind = device::DeviceRecord::interrupt_raised,
            .values = {function, 0, static_cast<std::uint64_t>(fate), 0}};
  }
  sim::Record pause(std::string_view vm) const {
    return about(userspace::UserRecord::vm_paused, vm);
  }
  sim::Record resume(std::string_view vm) const {
    return about(userspace::UserRecord::vm_resumed, vm);
  }

  Figures figures_after(const std::vector<sim::Record>& records, const World& end = {}) const {
    DeviceMetrics metrics(blueprint_);
    for (const sim::Record& record : records) metrics.take(record);
    Figures figures;
    metrics.add_to(figures, end);
    return figures;
  }
  std::int64_t figure_after(const std::string& name,
                            const std::vector<sim::Record>& records) const {
    return figures_after(records).at(name);
  }

  Blueprint blueprint_;
};

TEST_F(DeviceFigures, are_there_and_zero_when_nothing_happened) {
  const Figures figures = figures_after({});
  EXPECT_EQ(figures.size(), 14U);
  for (const auto& [name, value] : figures) EXPECT_EQ(value, 0) << name;
}

TEST_F(DeviceFigures, are_not_there_on_a_machine_without_devices) {
  blueprint_.devices.pcie.functions.clear();
  blueprint_.cast.vms.clear();
  EXPECT_TRUE(
      figures_after({access(0, fd::kMemfdOwner), interrupt(0, InterruptFate::dropped)}).empty());
}

TEST_F(DeviceFigures, count_accesses_while_the_guest_of_the_device_stands_still) {
  const sim::Record of_vm0 = access(kDiskOfVm0, fd::kMemfdOwner);
  const sim::Record of_vm1 = access(kDiskOfVm1, fd::kMemfdOwner);
  EXPECT_EQ(figure_after("dma.during_blackout",
                         {of_vm0, pause("vm0"), of_vm0, of_vm1, of_vm0, resume("vm0"), of_vm0}),
            2);
  const sim::Record stopped = about(userspace::UserRecord::vm_stopped_hard, "vm1");
  EXPECT_EQ(figure_after("dma.during_blackout", {stopped, of_vm0, of_vm1}), 1);
}

TEST_F(DeviceFigures, count_accesses_of_the_hosts_devices_from_the_jump_to_the_next_boot) {
  const sim::Record of_host = access(kDiskOfHost, driver::nvme::kQueueOwner);
  const sim::Record jump = about(kernel::KernelRecord::kexec);
  const sim::Record booted = about(kernel::KernelRecord::boot_done);
  EXPECT_EQ(figure_after("dma.during_blackout",
                         {of_host, pause("vm0"), of_host, jump, of_host, booted, of_host}),
            1);
  // A guest that runs on has no blackout, whatever the kernel does.
  EXPECT_EQ(figure_after("dma.during_blackout", {jump, access(kDiskOfVm0, fd::kMemfdOwner)}), 0);
}

TEST_F(DeviceFigures, count_interrupts_in_a_blackout_whatever_becomes_of_them) {
  EXPECT_EQ(figure_after("irq.during_blackout",
                         {interrupt(kDiskOfVm0, InterruptFate::handled), pause("vm0"),
                          interrupt(kDiskOfVm0, InterruptFate::posted),
                          interrupt(kDiskOfVm0, InterruptFate::dropped),
                          interrupt(kDiskOfVm1, InterruptFate::dropped)}),
            2);
}

TEST_F(DeviceFigures, count_an_interrupt_as_lost_if_nobody_is_ever_told) {
  const std::vector<InterruptFate> lost = {InterruptFate::dropped, InterruptFate::blocked,
                                           InterruptFate::refused, InterruptFate::nobody_listens};
  for (std::size_t number = 0; number < device::irq::kInterruptFates; ++number) {
    const auto fate = static_cast<InterruptFate>(number);
    const bool is_lost = std::find(lost.begin(), lost.end(), fate) != lost.end();
    EXPECT_EQ(figure_after("irq.lost", {interrupt(kDiskOfVm0, fate)}), is_lost ? 1 : 0)
        << word_of(fate);
  }
  EXPECT_EQ(figure_after("irq.lost", {about(fd::ParticipantRecord::interrupt_lost)}), 1)
      << "one that a handler took for a guest that is gone";
}

TEST_F(DeviceFigures, count_writes_to_what_is_no_guests_and_no_queue) {
  for (const memory::OwnerName owner : {fd::kMemfdOwner, fd::kHugetlbOwner, fd::kGuestMemfdOwner,
                                        kho::kIncomingOwner, driver::nvme::kQueueOwner})
    EXPECT_EQ(figure_after("dma.to_unowned_pages", {access(kDiskOfVm0, owner)}), 0) << owner.name;
  EXPECT_EQ(figure_after("dma.to_unowned_pages", {access(kDiskOfVm0, kernel::kKernelOwner)}), 1);
  EXPECT_EQ(
      figure_after("dma.to_unowned_pages", {access(kDiskOfVm0, fd::kHugetlbOwner, fd::kInPool)}), 1)
      << "a huge page that nobody uses";
  EXPECT_EQ(figure_after("dma.to_unowned_pages",
                         {access(kDiskOfVm0, kernel::kKernelOwner, 0, DmaDirection::read)}),
            0);
}

TEST_F(DeviceFigures, count_only_accesses_that_landed_and_no_messages) {
  for (const DmaResult result :
       {DmaResult::function_off, DmaResult::bus_master_off, DmaResult::unsupported_request,
        DmaResult::translation_fault, DmaResult::no_memory, DmaResult::taken_by_peer}) {
    const Figures figures = figures_after(
        {pause("vm0"), access(kDiskOfVm0, kernel::kKernelOwner, 0, DmaDirection::write, result)});
    EXPECT_EQ(figures.at("dma.during_blackout"), 0);
    EXPECT_EQ(figures.at("dma.to_unowned_pages"), 0);
    EXPECT_EQ(figures.at("dma.faulted"), result == DmaResult::translation_fault ? 1 : 0);
  }
  const Figures figures =
      figures_after({pause("vm0"), access(kDiskOfVm0, kernel::kKernelOwner, 0, DmaDirection::write,
                                          DmaResult::landed, DmaPurpose::message)});
  EXPECT_EQ(figures.at("dma.during_blackout"), 0);
  EXPECT_EQ(figures.at("dma.to_unowned_pages"), 0);
}

TEST_F(DeviceFigures, add_the_commands_of_all_guests) {
  World end;
  end.ledger.io.resize(2);
  end.ledger.io[0] = {.submitted = 10, .completed = 8, .failed = 1, .corrupted = 2, .lost = 1};
  end.ledger.io[1] = {.submitted = 5, .completed = 5, .duplicated = 3, .lost = 2, .late = 4};
  const Figures figures = figures_after({}, end);
  EXPECT_EQ(figures.at("io.submitted"), 15);
  EXPECT_EQ(figures.at("io.completed"), 13);
  EXPECT_EQ(figures.at("io.failed"), 1);
  EXPECT_EQ(figures.at("io.corrupted"), 2);
  EXPECT_EQ(figures.at("io.duplicated"), 3);
  EXPECT_EQ(figures.at("io.lost"), 3);
  EXPECT_EQ(figures.at("io.late"), 4);
}

}  // namespace
}  // namespace luosim::world
