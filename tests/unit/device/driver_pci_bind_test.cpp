// SPDX-License-Identifier: Apache-2.0
//
// Who drives what: binding at boot and through sysfs, and what the host's nvme driver does to a
// controller (devices.md, C.5 and F.7; G.2 rows 32 and 33, G.5 rows 91 and 92).
#include <gtest/gtest.h>

#include "model/driver/nvme/programs.hpp"
#include "model/driver/pci/fault_sites.hpp"
#include "model/kernel/errno.hpp"
#include "tests/unit/device/driver_world.hpp"

namespace luosim::driver {
namespace {

namespace nvm = device::nvme;
namespace pcie = device::pcie;
using device::FunctionId;
using device::kNoFunction;
using pci::Driver;
using pcie::FunctionKind;

constexpr memory::OwnerName kGuestOwner{"test.guest"};

/// A disk, a network port and something else below a root port.
struct Machine : DriverWorld {
  explicit Machine(const std::vector<KnobSetting>& settings = {}) : DriverWorld(settings) {
    nvm::Controller controller;
    controller.function = disk;
    controller.blocks = 1 << 20;
    devices.controllers.push_back(controller);
    devices.ports.push_back({.function = nic});
  }
  FunctionId port = add("port", FunctionKind::root_port);
  FunctionId disk = add("disk", FunctionKind::endpoint, port, 0, 4);
  FunctionId nic = add("nic", FunctionKind::endpoint, port, 1, 4);
  FunctionId plain = add("plain", FunctionKind::endpoint, port, 2);

  nvm::Controller& controller() { return devices.controllers[0]; }
  Driver driver(FunctionId function) { return device(function)->driver; }
  void write(std::uint64_t offset, std::uint64_t value) {
    Context now = context();
    nvm::write_register(now, disk, offset, value);
  }

  // Pages that a guest has for its queues and data; they are preserved as a guest's memory is.
  static constexpr std::uint64_t kGuestPage = 0x8000;
  static std::uint64_t guest_address(std::uint64_t page) {
    return memory::address_of({kGuestPage + page}).value;
  }
  /// A guest enables the controller, makes a pair of queues and leaves a command in flight.
  void let_a_guest_use_the_disk() {
    memory.give({{kGuestPage}, 16}, kGuestOwner.tag());
    write(nvm::kAdminQueueAttributes, 31U << 16 | 31U);
    write(nvm::kAdminSubmissionBase, guest_address(0));
    write(nvm::kAdminCompletionBase, guest_address(1));
    write(nvm::kConfiguration, nvm::kEntrySizes | nvm::kEnableBit);
    run();
    nvm::SubmissionEntry entry{.opcode = nvm::kCreateCompletionQueue, .prp1 = guest_address(3)};
    entry.dw10 = 1U | 15U << 16;
    entry.dw11 = 1;
    memory.bytes().write_value({guest_address(0)}, entry);
    write(nvm::submission_doorbell(0), 1);
    run();
    entry.opcode = nvm::kCreateSubmissionQueue;
    entry.prp1 = guest_address(2);
    entry.dw11 = 1U | 1U << 16;
    memory.bytes().write_value({guest_address(0) + sizeof(entry)}, entry);
    write(nvm::submission_doorbell(0), 2);
    run();
  }
  /// The guest asks for a block; the command takes a while.
  void submit_a_read() {
    nvm::SubmissionEntry read{.opcode = nvm::kRead, .command_id = 7, .prp1 = guest_address(4)};
    memory.bytes().write_value({guest_address(2)}, read);
    write(nvm::submission_doorbell(1), 1);
  }
  bool guest_has_its_queues() {
    return controller().state == nvm::ControllerState::ready &&
           controller().submission_queues.size() > 1 &&
           controller().submission_queues[1].base == guest_address(2) &&
           controller().submission_queues[1].size != 0;
  }
  bool guest_has_a_completion() {
    const auto entry = memory.bytes().read_value<nvm::CompletionEntry>({guest_address(3)});
    return (entry.status_and_phase & 1) != 0;
  }
};

TEST(PciBind, binds_what_the_image_says_and_bridges_by_themselves) {
  Machine machine;
  machine.bindings = {
      {machine.disk, Driver::nvme}, {machine.nic, Driver::vfio_pci}, {machine.plain, Driver::none}};
  machine.boot();
  EXPECT_EQ(machine.driver(machine.port), Driver::port);
  EXPECT_EQ(machine.driver(machine.disk), Driver::nvme);
  EXPECT_EQ(machine.driver(machine.nic), Driver::vfio_pci);
  EXPECT_EQ(machine.driver(machine.plain), Driver::none);
  EXPECT_EQ(machine.records(DriverRecord::driver_bound).size(), 3U);
}

TEST(PciBind, a_driver_that_refuses_stops_nobody_else) {
  Machine machine;
  machine.bindings = {{machine.disk, Driver::nic}, {machine.nic, Driver::nic}};
  machine.boot();
  EXPECT_EQ(machine.driver(machine.disk), Driver::none);
  EXPECT_EQ(machine.driver(machine.nic), Driver::nic);
}

TEST(PciBind, after_a_power_cycle_drivers_switch_functions_on) {
  Machine machine;
  machine.bindings = {{machine.disk, Driver::nvme}, {machine.nic, Driver::vfio_pci}};
  machine.boot_cold();
  EXPECT_TRUE(machine.may_send(machine.port));
  EXPECT_TRUE(machine.may_send(machine.disk));
  EXPECT_FALSE(machine.may_send(machine.nic));
  EXPECT_EQ(machine.controller().state, nvm::ControllerState::ready);
}

TEST(PciBind, what_does_not_exist_cannot_be_bound) {
  Machine machine;
  machine.boot();
  EXPECT_EQ(machine.bind({99}, Driver::vfio_pci), -kernel::kENODEV);
  EXPECT_EQ(machine.call(kBind, {.values = {machine.disk.index, 77, 0, 0}}), -kernel::kENODEV);
  Context now = machine.context();
  pcie::remove(now, machine.plain);
  EXPECT_EQ(machine.bind(machine.plain, Driver::vfio_pci), -kernel::kENODEV);
}

TEST(PciBind, a_driver_takes_only_what_it_is_for) {
  Machine machine;
  machine.boot();
  EXPECT_EQ(machine.bind(machine.nic, Driver::nvme), -kernel::kENODEV);
  EXPECT_EQ(machine.bind(machine.disk, Driver::nic), -kernel::kENODEV);
  EXPECT_EQ(machine.bind(machine.disk, Driver::port), -kernel::kENODEV);
  EXPECT_EQ(machine.bind(machine.port, Driver::none), 0);
  EXPECT_EQ(machine.bind(machine.port, Driver::vfio_pci), -kernel::kENODEV);
  EXPECT_EQ(machine.bind(machine.port, Driver::port), 0);
}

TEST(PciBind, one_driver_at_a_time) {
  Machine machine;
  machine.boot();
  EXPECT_EQ(machine.bind(machine.disk, Driver::vfio_pci), 0);
  EXPECT_EQ(machine.bind(machine.disk, Driver::nvme), -kernel::kEBUSY);
  EXPECT_EQ(machine.bind(machine.disk, Driver::none), 0);
  EXPECT_EQ(machine.bind(machine.disk, Driver::none), -kernel::kENODEV);
  EXPECT_EQ(machine.bind(machine.disk, Driver::nvme), 0);
  EXPECT_EQ(machine.driver(machine.disk), Driver::nvme);
}

TEST(PciBind, files_keep_their_driver_unless_it_is_forced) {
  Machine machine;
  machine.boot();
  ASSERT_EQ(machine.bind(machine.disk, Driver::vfio_pci), 0);
  machine.device(machine.disk)->users = 1;
  EXPECT_EQ(machine.bind(machine.disk, Driver::none), -kernel::kEBUSY);
  EXPECT_EQ(machine.driver(machine.disk), Driver::vfio_pci);
  machine.fail(pci::kUnbindBusySite, "disk");
  EXPECT_EQ(machine.bind(machine.disk, Driver::none), 0);
  EXPECT_EQ(machine.driver(machine.disk), Driver::none);
}

TEST(PciBind, a_network_port_stops_receiving_when_the_host_takes_it_or_shuts_down) {
  Machine machine;
  machine.bindings = {{machine.nic, Driver::nic}};
  machine.devices.ports[0].receives = 1;
  machine.boot();
  EXPECT_EQ(machine.devices.ports[0].receives, 0U);
  machine.devices.ports[0].receives = 1;
  machine.shut_down();
  EXPECT_EQ(machine.devices.ports[0].receives, 0U);
}

TEST(HostNvme, a_probe_sets_up_admin_queues_in_pages_of_its_own) {
  Machine machine;
  machine.boot();
  ASSERT_EQ(machine.bind(machine.disk, Driver::nvme), 0);
  ASSERT_EQ(machine.drivers.disks.size(), 1U);
  const nvme::Disk& disk = machine.drivers.disks[0];
  EXPECT_EQ(disk.is_ready, 1U);
  EXPECT_EQ(machine.owned(nvme::kQueueOwner), 2U);
  const std::uint64_t address = memory::address_of(disk.queues.first).value;
  EXPECT_EQ(machine.controller().state, nvm::ControllerState::ready);
  EXPECT_EQ(machine.controller().admin_submission_base, address);
  EXPECT_EQ(machine.controller().admin_completion_base, address + memory::kPageBytes);
}

TEST(HostNvme, its_queues_work) {
  for (const bool has_iommu : {false, true}) {
    Machine machine;
    machine.has_iommu = has_iommu;
    machine.bindings = {{machine.disk, Driver::nvme}};
    machine.boot();
    ASSERT_EQ(machine.driver(machine.disk), Driver::nvme);
    EXPECT_EQ(machine.devices.iommu.translates, has_iommu ? 1 : 0);
    const nvme::Disk& disk = machine.drivers.disks[0];
    const memory::PhysicalAddress queue = memory::address_of(disk.queues.first);
    nvm::SubmissionEntry entry{.opcode = nvm::kSetFeatures, .dw10 = nvm::kNumberOfQueues};
    machine.memory.bytes().write_value(queue, entry);
    machine.write(nvm::submission_doorbell(0), 1);
    machine.run();
    const auto completion =
        machine.memory.bytes().read_value<nvm::CompletionEntry>(queue + memory::kPageBytes);
    EXPECT_EQ(completion.status_and_phase & 1, 1) << has_iommu;
    EXPECT_EQ(machine.devices.iommu.faults, 0U);
  }
}

TEST(HostNvme, that_asks_too_late_replaces_the_domain_of_somebody_in_this_kernel) {
  Machine machine;
  machine.has_iommu = true;
  machine.boot();
  Context now = machine.context();
  const std::uint32_t left = iommu::create_domain(now);
  ASSERT_EQ(iommu::attach(now, machine.bdf(machine.disk), left), 0);
  ASSERT_EQ(machine.bind(machine.disk, Driver::nvme), -kernel::kEBUSY);
  machine.fail(pci::kBindClaimedSite, "disk");
  ASSERT_EQ(machine.bind(machine.disk, Driver::nvme), 0);
  const iommu::Attachment* attachment =
      iommu::attachment_of(machine.drivers.iommu, machine.bdf(machine.disk));
  ASSERT_NE(attachment, nullptr);
  EXPECT_EQ(attachment->domain, machine.drivers.disks[0].domain);
  EXPECT_NE(attachment->domain, left);
}

TEST(PciEnable, opens_the_bridges_above_and_leaves_bus_mastering_to_the_driver) {
  Machine machine;
  machine.boot_cold();
  ASSERT_EQ(machine.bind(machine.port, Driver::none), 0);
  machine.registers(machine.port).command = 0;
  Context now = machine.context();
  pci::enable(now, machine.plain);
  EXPECT_EQ(machine.registers(machine.port).command, pcie::kMemoryEnable | pcie::kBusMaster);
  EXPECT_EQ(machine.registers(machine.plain).command, pcie::kMemoryEnable);
  pci::set_bus_master(now, machine.plain, true);
  EXPECT_EQ(pcie::admit(machine.devices.pcie, machine.plain), device::DmaResult::landed);
  pci::set_bus_master(now, machine.plain, false);
  EXPECT_EQ(machine.registers(machine.plain).command, pcie::kMemoryEnable);
}

TEST(HostNvme, a_controller_that_is_not_ready_in_time_is_given_up) {
  Machine machine;
  machine.boot();
  machine.timing.set(timing::Cost::nvme_enable, sim::seconds(60));
  const sim::SimTime before = machine.schedule.now();
  EXPECT_EQ(machine.bind(machine.disk, Driver::nvme), -kernel::kENODEV);
  const sim::Duration taken = machine.schedule.now() - before;
  EXPECT_GE(taken.ns, sim::milliseconds(500 * (nvm::kTimeoutHalfSeconds + 1)).ns);
  EXPECT_LT(taken.ns, sim::seconds(60).ns);
  EXPECT_EQ(machine.driver(machine.disk), Driver::none);
  EXPECT_EQ(machine.owned(nvme::kQueueOwner), 0U);
  EXPECT_TRUE(machine.drivers.disks.empty());
  EXPECT_FALSE(machine.may_send(machine.disk));
  EXPECT_EQ(machine.records(DriverRecord::probe_failed).size(), 1U);
  EXPECT_EQ(machine.records(DriverRecord::nvme_timed_out).size(), 1U);
}

TEST(HostNvme, a_controller_that_cannot_be_disabled_is_given_up) {
  Machine machine;
  machine.boot();
  machine.let_a_guest_use_the_disk();
  machine.timing.set(timing::Cost::nvme_disable, sim::seconds(60));
  EXPECT_EQ(machine.bind(machine.disk, Driver::nvme), -kernel::kENODEV);
  EXPECT_EQ(machine.owned(nvme::kQueueOwner), 0U);
}

TEST(HostNvme, a_controller_that_does_not_answer_is_given_up) {
  Machine machine;
  machine.boot();
  machine.registers(machine.disk).is_in_reset = 1;
  EXPECT_EQ(machine.bind(machine.disk, Driver::nvme), -kernel::kENODEV);
  EXPECT_TRUE(machine.drivers.disks.empty());
}

TEST(HostNvme, one_that_disappears_while_it_is_enabled_is_given_up) {
  Machine machine;
  machine.boot();
  const sim::TaskId task = machine.spawn(
      kBind, {.values = {machine.disk.index, static_cast<std::uint64_t>(Driver::nvme), 0, 0}});
  while (machine.controller().state != nvm::ControllerState::enabling) ASSERT_TRUE(machine.step());
  Context now = machine.context();
  pcie::remove(now, machine.disk);
  while (!machine.schedule.has_ended(task)) ASSERT_TRUE(machine.step());
  EXPECT_EQ(machine.schedule.collect(task), -kernel::kENODEV);
  EXPECT_EQ(machine.owned(nvme::kQueueOwner), 0U);
}

TEST(HostNvme, without_memory_for_queues_it_gives_up) {
  Machine machine;
  machine.boot();
  machine.fail(kernel::kAllocationSite, nvme::kQueueOwner.name);
  EXPECT_EQ(machine.bind(machine.disk, Driver::nvme), -kernel::kENOMEM);
  EXPECT_EQ(machine.driver(machine.disk), Driver::none);
  EXPECT_FALSE(machine.may_send(machine.disk));
}

TEST(HostNvme, unbinding_shuts_the_controller_down_and_frees_its_queues) {
  for (const bool has_iommu : {false, true}) {
    Machine machine;
    machine.has_iommu = has_iommu;
    machine.boot();
    ASSERT_EQ(machine.bind(machine.disk, Driver::nvme), 0);
    const std::size_t domains = machine.drivers.iommu.attachments.size();
    EXPECT_EQ(domains, has_iommu ? 1U : 0U);
    ASSERT_EQ(machine.bind(machine.disk, Driver::none), 0);
    EXPECT_EQ(machine.controller().state, nvm::ControllerState::disabled);
    EXPECT_EQ(machine.owned(nvme::kQueueOwner), 0U);
    EXPECT_TRUE(machine.drivers.disks.empty());
    EXPECT_TRUE(machine.drivers.iommu.attachments.empty());
    EXPECT_EQ(machine.owned(iommu::kTableOwner), 0U);
    EXPECT_FALSE(machine.may_send(machine.disk));
    EXPECT_EQ(machine.bind(machine.disk, Driver::nvme), 0);
  }
}

TEST(HostNvme, shutdown_tells_its_controller_and_waits) {
  Machine machine;
  machine.bindings = {{machine.disk, Driver::nvme}};
  machine.boot();
  const sim::SimTime before = machine.schedule.now();
  machine.shut_down();
  EXPECT_EQ(machine.controller().state, nvm::ControllerState::shut_down);
  EXPECT_GE((machine.schedule.now() - before).ns,
            machine.timing.of(timing::Cost::nvme_shutdown).ns);
  EXPECT_EQ(machine.drivers.disks[0].is_ready, 0U);
}

TEST(HostNvme, shutdown_waits_five_seconds_and_no_longer) {
  Machine machine;
  machine.bindings = {{machine.disk, Driver::nvme}};
  machine.boot();
  machine.timing.set(timing::Cost::nvme_shutdown, sim::seconds(60));
  const sim::SimTime before = machine.schedule.now();
  machine.shut_down();
  const sim::Duration taken = machine.schedule.now() - before;
  EXPECT_GE(taken.ns, sim::seconds(5).ns);
  EXPECT_LT(taken.ns, sim::seconds(6).ns);
  EXPECT_FALSE(machine.may_send(machine.disk));
}

TEST(HostNvme, the_next_kernel_takes_its_disk_again) {
  Machine machine;
  machine.has_iommu = true;
  machine.bindings = {{machine.disk, Driver::nvme}};
  machine.boot();
  ASSERT_EQ(machine.update(), 0);
  EXPECT_EQ(machine.driver(machine.disk), Driver::nvme);
  EXPECT_EQ(machine.controller().state, nvm::ControllerState::ready);
  EXPECT_EQ(machine.owned(nvme::kQueueOwner), 2U);
}

// Nothing is done to a guest's disk in either kernel.
TEST(HostNvme, a_guests_queues_survive_an_update_under_vfio) {
  Machine machine;
  machine.bindings = {{machine.disk, Driver::vfio_pci}};
  machine.boot();
  machine.let_a_guest_use_the_disk();
  ASSERT_TRUE(machine.guest_has_its_queues());
  ASSERT_EQ(machine.preserve(machine.disk), 0);
  ASSERT_EQ(machine.update(), 0);
  EXPECT_EQ(machine.driver(machine.disk), Driver::vfio_pci);
  EXPECT_TRUE(machine.guest_has_its_queues());
}

// G.2 row 32.
TEST(HostNvme, bound_to_a_preserved_function_it_destroys_a_guests_queues) {
  Machine machine;
  machine.bindings = {{machine.disk, Driver::vfio_pci}};
  machine.boot();
  machine.let_a_guest_use_the_disk();
  ASSERT_EQ(machine.preserve(machine.disk), 0);
  ASSERT_EQ(machine.prepare(), 0);
  ASSERT_EQ(machine.freeze(), 0);
  machine.shut_down();
  machine.jump();
  ASSERT_TRUE(machine.guest_has_its_queues());
  machine.bindings = {{machine.disk, Driver::nvme}};
  machine.boot();
  EXPECT_EQ(machine.device(machine.disk)->incoming, 1);
  EXPECT_EQ(machine.driver(machine.disk), Driver::nvme);
  EXPECT_FALSE(machine.guest_has_its_queues());
}

TEST(HostNvme, a_guests_command_in_flight_is_lost_to_a_probe) {
  for (const bool is_probed : {false, true}) {
    Machine machine;
    machine.boot();
    machine.let_a_guest_use_the_disk();
    machine.submit_a_read();
    ASSERT_FALSE(machine.guest_has_a_completion());
    // Slower than the driver.
    if (is_probed) {
      EXPECT_EQ(machine.bind(machine.disk, Driver::nvme), 0);
    }
    machine.run();
    EXPECT_EQ(machine.guest_has_a_completion(), !is_probed);
  }
}

/// The disk translates by a domain of a process, and vfio-pci has just let it go.
struct Attached : Machine {
  Attached() {
    has_iommu = true;
    bindings = {{disk, Driver::vfio_pci}};
    boot();
    Context now = context();
    const std::uint32_t domain = iommu::create_domain(now);
    EXPECT_EQ(iommu::map(now, domain, {guest_address(0)}, {{kGuestPage}, 16}, 0, true), 0);
    EXPECT_EQ(iommu::attach(now, bdf(disk), domain), 0);
    let_a_guest_use_the_disk();
    EXPECT_EQ(bind(disk, Driver::none), 0);
  }
};

// G.5 row 91: a driver stops the controller first, so it must not get so far.
TEST(HostNvme, is_refused_before_it_stops_the_controller_of_a_guest) {
  Attached machine;
  EXPECT_EQ(machine.bind(machine.disk, Driver::nvme), -kernel::kEBUSY);
  EXPECT_TRUE(machine.guest_has_its_queues());
  Context now = machine.context();
  ASSERT_EQ(iommu::detach(now, machine.bdf(machine.disk)), 0);
  EXPECT_EQ(machine.bind(machine.disk, Driver::nvme), 0);
}

TEST(HostNvme, that_asks_too_late_has_stopped_it_by_then) {
  Attached machine;
  machine.fail(pci::kBindClaimedSite, "disk");
  machine.bind(machine.disk, Driver::nvme);
  EXPECT_FALSE(machine.guest_has_its_queues());
}

/// The disk translates by a domain that is handed over.
struct Claimed : Machine {
  Claimed() {
    has_iommu = true;
    bindings = {{disk, Driver::vfio_pci}};
    boot();
    Context now = context();
    const std::uint32_t domain = iommu::create_domain(now);
    EXPECT_EQ(iommu::map(now, domain, {guest_address(0)}, {{kGuestPage}, 16}, 0, true), 0);
    EXPECT_EQ(iommu::attach(now, bdf(disk), domain), 0);
    let_a_guest_use_the_disk();
    EXPECT_TRUE(guest_has_its_queues());
    EXPECT_EQ(iommu::preserve_domain(now, domain, 5), 0);
    EXPECT_EQ(iommu::preserve_device(now, bdf(disk)), 0);
    EXPECT_EQ(preserve(disk), 0);
    EXPECT_EQ(prepare(), 0);
    EXPECT_EQ(freeze(), 0);
    shut_down();
    jump();
    bindings = {{disk, Driver::nvme}};
  }
};

// G.3 row 65.
TEST(HostNvme, is_refused_where_dma_is_claimed_for_the_guest) {
  Claimed machine;
  machine.boot();
  EXPECT_EQ(machine.driver(machine.disk), Driver::none);
  EXPECT_TRUE(machine.guest_has_its_queues());
  EXPECT_EQ(machine.bind(machine.disk, Driver::nvme), -kernel::kEBUSY);
  EXPECT_EQ(machine.bind(machine.disk, Driver::vfio_pci), 0);
}

TEST(HostNvme, destroys_a_guests_queues_if_it_does_not_ask_for_the_claim) {
  Claimed machine;
  machine.fail(pci::kBindClaimedSite, "disk");
  machine.boot();
  EXPECT_EQ(machine.driver(machine.disk), Driver::nvme);
  EXPECT_FALSE(machine.guest_has_its_queues());
}

TEST(DriverLayer, every_fault_site_has_a_name_of_its_own_and_says_what_it_is) {
  std::vector<std::uint32_t> ids;
  for (const sim::FaultSite& site : fault_sites()) {
    EXPECT_FALSE(site.about.empty()) << site.name;
    for (const std::uint32_t id : ids) EXPECT_NE(id, site.id().hash) << site.name;
    ids.push_back(site.id().hash);
  }
  EXPECT_GE(ids.size(), pci::fault_sites().size());
}

TEST(DriverLayer, every_program_that_the_kernel_calls_exists) {
  const sim::Programs all(programs());
  for (const sim::ProgramId id : {kEnumerate, kStartIommu, kBindDrivers, kShutDown, kBind})
    EXPECT_TRUE(all.contains(id));
  for (const luo::Callback callback : {luo::Callback::prepare, luo::Callback::freeze,
                                       luo::Callback::cancel, luo::Callback::finish})
    EXPECT_TRUE(all.contains(pci::kPciSubsystemType.program(callback)));
}

}  // namespace
}  // namespace luosim::driver
