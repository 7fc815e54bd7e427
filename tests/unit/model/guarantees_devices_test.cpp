// SPDX-License-Identifier: Apache-2.0
//
// The guarantees about access of devices to memory: for each, a story in which it does not hold and
// one in which it does. Rows are those of devices.md, section G.
#include <cstdint>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "model/device/record.hpp"
#include "model/driver/irq/record.hpp"
#include "model/fd/memfd.hpp"
#include "model/kernel/errno.hpp"
#include "tests/unit/model/device_story.hpp"

namespace luosim::world {
namespace {

using device::DmaDirection;
using device::DmaPurpose;
using device::DmaResult;

const std::vector<std::string> kDiskAndNic = {"disk0", "nic0"};

// A record of an access that the test makes up.
sim::Record access_of(const WatchedMachine& watched, std::string_view name,
                      memory::PhysicalAddress address, DmaPurpose purpose = DmaPurpose::data,
                      DmaResult result = DmaResult::landed) {
  const device::FunctionId asking = function(watched, std::string(name));
  const memory::Extent& extent = watched.machine.world.hardware.memory.at(memory::page_of(address));
  return {.kind = device::DeviceRecord::dma,
          .subject = watched.name(name),
          .values = {asking.index | static_cast<std::uint64_t>(purpose) << 32 |
                         static_cast<std::uint64_t>(DmaDirection::write) << 40 |
                         static_cast<std::uint64_t>(result) << 48,
                     0x1000, address.value,
                     std::uint64_t{extent.owner.hash} << 32 | extent.owner_number}};
}

// The first frame of a guest's memory.
memory::PhysicalAddress memory_of(const WatchedMachine& watched, std::uint32_t vm) {
  const World& world = watched.machine.world;
  return memory::address_of(
      fd::pieces_of_memfd(world.kernel.fd, world.user.vms[vm].memfd)[0].first);
}

Scenario two_guests(Script script) {
  Scenario scenario = disk_story(std::move(script));
  add_device(scenario, "disk1");
  add_guest(scenario, "vm1", {"disk1"});
  return scenario;
}

TEST(DmaStaysWithItsOwner, fires_when_memory_that_was_mapped_is_not_handed_over) {
  Script script = {working(),
                   entry(Verb::preserve, {"vm0.iommu", "disk0", "nic0"}),
                   entry(Verb::prepare),
                   entry(Verb::pause, {"vm0"}),
                   entry(Verb::reboot, {"kexec"}),
                   working()};
  Scenario scenario = nic_story(script);
  add_fault(scenario, "iommufd.skips_checks:vm0.iommu");
  const Findings found = findings_when_fixed(scenario);
  EXPECT_TRUE(found.cause("dma-stays-with-its-owner").starts_with("nic0 of vm0 ")) << found.text();
  EXPECT_TRUE(found.cause("dma-stays-with-its-owner").ends_with("which belongs to nobody"))
      << found.text();
  EXPECT_TRUE(found.violate("mapped-memory-is-not-freed")) << found.text();
}

TEST(DmaStaysWithItsOwner, fires_when_translation_is_off_for_a_while) {
  Scenario scenario = nic_story(whole_update(kDiskAndNic));
  // Long enough for a frame to come in, and everything else short enough for the ring to last.
  scenario.timing.push_back({"pcie.configuration", sim::milliseconds(30)});
  scenario.timing.push_back({"kexec.shutdown", sim::milliseconds(1)});
  scenario.timing.push_back({"boot.base", sim::milliseconds(100)});
  scenario.devices[1].frame_every = sim::milliseconds(22);
  add_fault(scenario, "iommu.treats_as_stale");
  const Findings found = findings_when_fixed(scenario);
  EXPECT_TRUE(found.violate("dma-stays-with-its-owner")) << found.text();
}

TEST(DmaStaysWithItsOwner, fires_for_memory_of_another_guest) {
  WatchedMachine watched(two_guests({}));
  run_until_guests_work(watched);
  watched.tell(access_of(watched, "disk0", memory_of(watched, 0)));
  EXPECT_EQ(watched.findings().text(), "");
  watched.tell(access_of(watched, "disk0", memory_of(watched, 1)));
  EXPECT_TRUE(watched.findings()
                  .cause("dma-stays-with-its-owner")
                  .ends_with("(its own 0x1000), which is no memory of vm0"))
      << watched.findings().text();
}

TEST(DmaStaysWithItsOwner, fires_for_a_frame_that_was_given_back_and_has_another_guest) {
  Scenario scenario = disk_story({});
  scenario.vms[0].seals = false;
  WatchedMachine watched(scenario);
  run_until_guests_work(watched);
  Context context = watched.context();
  const memory::PhysicalAddress end = memory_of(watched, 0) + 100 * kMiB;
  ASSERT_EQ(fd::halve_memfd(context, watched.machine.file("vm0.memory")), 0);
  context.memory.give({memory::page_of(end), 1}, fd::kMemfdOwner.tag(), 7);
  watched.tell(access_of(watched, "disk0", end));
  EXPECT_TRUE(watched.findings().violate("dma-stays-with-its-owner")) << watched.findings().text();
}

TEST(DmaStaysWithItsOwner, fires_for_what_another_device_takes) {
  WatchedMachine watched(disk_story({}));
  run_until_guests_work(watched);
  watched.tell(access_of(watched, "disk0", memory_of(watched, 0), DmaPurpose::data,
                         DmaResult::taken_by_peer));
  EXPECT_EQ(watched.findings().cause("dma-stays-with-its-owner"),
            "what disk0 of vm0 sends to 0x1000 is taken by another device past the IOMMU");
}

TEST(DmaStaysWithItsOwner, holds_for_a_posted_interrupt_in_its_descriptor_only) {
  WatchedMachine watched(disk_story({}));
  run_until_guests_work(watched);
  const memory::Pfn page{memory::page_of(memory_of(watched, 0))};
  watched.machine.memory().give({page, 1}, driver::irq::kDescriptorOwner.tag(), 0);
  watched.tell(access_of(watched, "disk0", memory::address_of(page), DmaPurpose::message));
  EXPECT_EQ(watched.findings().text(), "");
  watched.machine.memory().give({page, 1}, driver::irq::kDescriptorOwner.tag(), 3);
  watched.tell(access_of(watched, "disk0", memory::address_of(page), DmaPurpose::message));
  EXPECT_TRUE(watched.findings().violate("dma-stays-with-its-owner"));
}

TEST(DmaStaysWithItsOwner, holds_for_queues_of_the_hosts_driver_only) {
  Scenario scenario = two_guests({});
  add_device(scenario, "boot");
  WatchedMachine watched(scenario);
  run_until_guests_work(watched);
  ASSERT_EQ(watched.world().kernel.drivers.disks.size(), 1U);
  const memory::PageRange queues = watched.world().kernel.drivers.disks[0].queues;
  watched.tell(access_of(watched, "boot", memory::address_of(queues.first)));
  EXPECT_EQ(watched.findings().text(), "");
  watched.tell(access_of(watched, "boot", memory_of(watched, 0)));
  EXPECT_TRUE(watched.findings().violate("dma-stays-with-its-owner"));
}

TEST(APreservedFunctionIsNotRefused, fires_when_its_context_is_cleared) {
  Scenario scenario = nic_story(whole_update(kDiskAndNic));
  add_fault(scenario, "iommu.clears_preserved:nic0");
  const std::string cause =
      findings_when_fixed(scenario).cause("a-preserved-function-is-not-refused");
  EXPECT_TRUE(cause.starts_with("the IOMMU refuses an access of nic0 of vm0 to 0x")) << cause;
  EXPECT_TRUE(cause.ends_with(" with reason 0x2, and the device is preserved")) << cause;
}

TEST(APreservedFunctionIsNotRefused, fires_when_a_bridge_does_not_forward) {
  Scenario scenario = nic_story(whole_update(kDiskAndNic));
  add_fault(scenario, "pci.clear_bus_master:nic0.port");
  const std::string cause =
      findings_when_fixed(scenario).cause("a-preserved-function-is-not-refused");
  EXPECT_TRUE(cause.starts_with("a request of nic0 of vm0 to 0x")) << cause;
  EXPECT_TRUE(cause.ends_with(" is lost, for no bridge forwards it, and the device is preserved"))
      << cause;
}

TEST(APreservedFunctionIsNotRefused, fires_while_its_guest_runs) {
  WatchedMachine watched(disk_story({}));
  run_until_guests_work(watched);
  watched.tell(
      access_of(watched, "disk0", memory_of(watched, 0), DmaPurpose::data, DmaResult::no_memory));
  EXPECT_EQ(watched.findings().cause("a-preserved-function-is-not-refused"),
            "a request of disk0 of vm0 to 0x1000 is lost, for there is no memory, and the device "
            "has a guest that runs");
}

TEST(APreservedFunctionIsNotRefused, holds_for_devices_that_nobody_preserves_or_uses) {
  WatchedMachine watched(disk_story({entry(Verb::pause, {"vm0"})}));
  run_until_guests_work(watched);
  watched.tell(access_of(watched, "disk0", memory_of(watched, 0), DmaPurpose::data,
                         DmaResult::unsupported_request));
  EXPECT_EQ(watched.findings().text(), "");
}

TEST(AnUnpreservedFunctionIsSilent, fires_when_one_writes_after_the_jump) {
  WatchedMachine watched(two_guests(until_jumped()));
  watched.start();
  watched.go_on_until([&] { return watched.world().kernel.core.generation == 2; });
  watched.tell(access_of(watched, "disk0", {0x4000'0000}));
  EXPECT_FALSE(watched.findings().violate("an-unpreserved-function-is-silent"));
  watched.tell(access_of(watched, "disk1", {0x4000'0000}));
  EXPECT_EQ(watched.findings().cause("an-unpreserved-function-is-silent"),
            "disk1 of vm1 was not preserved, no driver of this kernel has taken it, and it writes "
            "to address 0x40000000");
}

TEST(AnUnpreservedFunctionIsSilent, holds_once_a_driver_has_taken_it) {
  WatchedMachine watched(two_guests(until_jumped()));
  watched.start();
  watched.go_on_until([&] {
    return watched.world().kernel.core.generation == 2 && watched.world().user.is_started != 0;
  });
  watched.tell(access_of(watched, "disk1", {0x4000'0000}));
  EXPECT_FALSE(watched.findings().violate("an-unpreserved-function-is-silent"));
}

// Row 49.
TEST(MappedMemoryIsNotFreed, fires_when_anonymous_memory_is_handed_over_as_mapped) {
  Script script = whole_update();
  script.insert(script.begin(), entry(Verb::map, {"vm0"}));
  Scenario scenario = disk_story(script);
  add_fault(scenario, "iommufd.skips_checks:vm0.iommu");
  const std::string cause = findings_when_fixed(scenario).cause("mapped-memory-is-not-freed");
  EXPECT_TRUE(cause.starts_with("disk0 of vm0 reaches 512 pages at 0x")) << cause;
  EXPECT_TRUE(cause.ends_with(", and that was freed by the anonymous memory of iommufd 0"))
      << cause;
}

// Row 20.
TEST(MappedMemoryIsNotFreed, fires_when_a_mapped_file_shrinks) {
  Scenario scenario = disk_story({working(), entry(Verb::resize, {"vm0.memory"})});
  scenario.vms[0].seals = false;
  const std::string cause = findings_when_fixed(scenario).cause("mapped-memory-is-not-freed");
  EXPECT_TRUE(cause.starts_with("disk0 of vm0 reaches 16384 pages at 0x")) << cause;
}

TEST(MappedMemoryIsNotFreed, fires_at_the_jump_whoever_freed_it) {
  WatchedMachine watched(disk_story({}));
  run_until_guests_work(watched);
  const memory::PhysicalAddress end = memory_of(watched, 0) + 100 * kMiB;
  watched.machine.memory().release({memory::page_of(end), 1});
  watched.tell({.kind = kernel::KernelRecord::kexec});
  const std::string cause = watched.findings().cause("mapped-memory-is-not-freed");
  EXPECT_TRUE(cause.starts_with("disk0 of vm0 reaches 1 page at 0x")) << cause;
}

// Row 59.
TEST(MappedMemoryIsNotFreed, fires_when_memory_is_finished_before_its_domain) {
  Script script = until_jumped();
  script.push_back(entry(Verb::restore, {"vm0.iommu", "disk0"}));
  script.push_back(entry(Verb::finish));
  Scenario scenario = disk_story(script);
  set_knob(scenario, "unclaimed", "left_alone");
  EXPECT_TRUE(findings_when_fixed(scenario).violate("mapped-memory-is-not-freed"));
}

TEST(MappedMemoryIsNotFreed, holds_when_what_is_mapped_more_is_unmapped_again) {
  Script script = whole_update();
  script.insert(script.begin(),
                {entry(Verb::map, {"vm0"}), working(), entry(Verb::unmap, {"vm0"})});
  EXPECT_EQ(findings_when_fixed(disk_story(script)).text(), "");
}

// Row 46.
TEST(IommuTablesOutliveTheirUse, fires_when_a_page_of_a_table_is_forgotten) {
  for (const std::uint32_t page : {1U, 2U, 3U}) {
    Scenario scenario = disk_story(whole_update());
    add_fault(scenario, "iommu.forgets_page", page);
    const std::string cause = findings_when_fixed(scenario).cause("iommu-tables-outlive-their-use");
    EXPECT_TRUE(cause.starts_with("the IOMMU walks a page table of level ")) << cause;
    EXPECT_TRUE(cause.ends_with(", which belongs to nobody")) << cause;
  }
}

TEST(IommuTablesOutliveTheirUse, fires_before_anybody_calls) {
  Scenario scenario = disk_story(until_jumped());
  add_fault(scenario, "iommu.forgets_page");
  EXPECT_TRUE(findings_when_fixed(scenario).violate("iommu-tables-outlive-their-use"));
}

// Row 58.
TEST(IommuTablesOutliveTheirUse, fires_when_a_domain_is_freed_while_a_device_uses_it) {
  Script script = until_jumped();
  script.push_back(entry(Verb::restore, files_of_vm0()));
  script.push_back(entry(Verb::finish));
  Scenario scenario = disk_story(script);
  set_knob(scenario, "unclaimed", "left_alone");
  add_fault(scenario, "iommufd.finish_while_attached");
  const std::string cause = findings_when_fixed(scenario).cause("iommu-tables-outlive-their-use");
  EXPECT_TRUE(cause.starts_with("the IOMMU walks a page table of level 4 for disk0 of vm0 at 0x"))
      << cause;
}

// Row 45.
TEST(APreservedDomainDoesNotChange, fires_when_a_table_is_written_between_preserve_and_jump) {
  WatchedMachine watched(disk_story(until_jumped()));
  watched.start();
  watched.go_on_until([&] { return watched.machine.phase() == luo::v2::Phase::prepared; });
  const driver::iommu::State& iommu = watched.world().kernel.drivers.iommu;
  ASSERT_EQ(iommu.domains.size(), 1U);
  watched.machine.memory().bytes().write_value(iommu.domains[0].top + 8ULL * 300,
                                               std::uint64_t{0x1003});
  go_on_for(watched, sim::seconds(3));
  EXPECT_TRUE(watched.findings()
                  .cause("a-preserved-domain-does-not-change")
                  .ends_with("have changed between their preserve and the jump"))
      << watched.findings().text();
}

TEST(APreservedDomainDoesNotChange, fires_when_a_table_is_overwritten_over_the_jump) {
  WatchedMachine watched(disk_story(until_jumped()));
  watched.start();
  watched.go_on_until([&] { return watched.world().kernel.core.generation == 2; });
  const driver::iommu::State& iommu = watched.world().kernel.drivers.iommu;
  watched.go_on_until([&] { return !iommu.domains.empty(); });
  watched.machine.memory().bytes().write_value(iommu.domains[0].top + 8ULL * 300,
                                               std::uint64_t{0x1003});
  go_on_for(watched, sim::seconds(3));
  EXPECT_TRUE(watched.findings()
                  .cause("a-preserved-domain-does-not-change")
                  .ends_with("have changed over the jump, and they were handed over"))
      << watched.findings().text();
}

TEST(APreservedDomainDoesNotChange, holds_when_mapping_is_refused) {
  Script script = until_prepared();
  script.push_back(expecting(kernel::kEPERM, entry(Verb::map, {"vm0"})));
  script.push_back(entry(Verb::cancel));
  script.push_back(entry(Verb::map, {"vm0"}));
  script.push_back(entry(Verb::unmap, {"vm0"}));
  EXPECT_EQ(findings_when_fixed(disk_story(script)).text(), "");
}

TEST(APreservedDomainDoesNotChange, holds_for_one_that_was_given_up_and_changed) {
  Script script = until_prepared();
  for (const Verb verb : {Verb::cancel, Verb::map, Verb::pause})
    script.push_back(verb == Verb::cancel ? entry(verb) : entry(verb, {"vm0"}));
  script.push_back(entry(Verb::reboot, {"kexec"}));
  EXPECT_EQ(findings_when_fixed(disk_story(script)).text(), "");
}

// Row 54.
TEST(DomainIdsAreUnique, fires_when_an_id_is_not_reserved) {
  Scenario scenario = disk_story(whole_update());
  add_fault(scenario, "iommu.forgets_domain_id");
  EXPECT_EQ(findings_when_fixed(scenario).cause("domain-ids-are-unique"),
            "domain 1 gets the id 1, which domain 0, handed over, has");
}

// The driver has no such domain in its list; the context table has.
TEST(DomainIdsAreUnique, fires_when_a_domain_is_forgotten_that_the_tables_still_have) {
  Scenario scenario = two_guests(
      {working(), entry(Verb::preserve, {"vm0.memory", "vm0.iommu", "disk0"}),
       entry(Verb::preserve, {"vm1.memory", "vm1.iommu", "disk1"}), entry(Verb::prepare),
       entry(Verb::pause, {"vm0", "vm1"}), entry(Verb::reboot, {"kexec"}),
       entry(Verb::restore, {"vm1.memory", "vm1.iommu", "disk1"}), entry(Verb::resume, {"vm1"})});
  add_fault(scenario, "iommu.forgets_domain");
  EXPECT_EQ(findings_when_fixed(scenario).cause("domain-ids-are-unique"),
            "disk1 of vm1 and disk0 of vm0 translate by two tables that have one id, 1");
}

// Row 53.
TEST(TranslationStaysOn, fires_when_it_is_taken_for_left_over) {
  Scenario scenario = disk_story(whole_update());
  add_fault(scenario, "iommu.treats_as_stale");
  EXPECT_EQ(findings_when_fixed(scenario).cause("translation-stays-on"),
            "kernel 2 switches translation off, and disk0 of vm0 is preserved");
}

TEST(TranslationStaysOn, holds_when_nothing_is_preserved) {
  EXPECT_EQ(findings_when_fixed(disk_story({working(), entry(Verb::pause, {"vm0"}),
                                            entry(Verb::reboot, {"kexec"}), working()}))
                .text(),
            "");
}

// Row 25.
TEST(BusMasteringStaysOn, fires_for_a_device_and_for_a_bridge_above_it) {
  Scenario scenario = disk_story(whole_update());
  add_fault(scenario, "pci.clear_bus_master:disk0");
  EXPECT_EQ(findings_when_fixed(scenario).cause("bus-mastering-stays-on"),
            "disk0 of vm0 is preserved and loses its bus mastering");
  Scenario with_bridge = disk_story(whole_update());
  set_knob(with_bridge, "pci", "pci_v1");
  EXPECT_EQ(findings_when_fixed(with_bridge).cause("bus-mastering-stays-on"),
            "disk0.port loses its bus mastering, and disk0 of vm0 below it is preserved");
}

TEST(BusMasteringStaysOn, holds_when_a_device_that_nobody_wants_is_quiesced) {
  Script script = until_jumped();
  script.push_back(entry(Verb::finish));
  Scenario scenario = disk_story(script);
  EXPECT_EQ(findings_when_fixed(scenario).cause("bus-mastering-stays-on"), "held");
  EXPECT_EQ(findings_when_fixed(scenario).cause("a-preserved-function-is-not-reset"), "held");
}

// Row 28.
TEST(RequesterIdsStay, fires_when_buses_are_numbered_anew) {
  Scenario scenario = disk_story(whole_update());
  scenario.devices[0].bdf = 0x4000;
  add_fault(scenario, "pci.incoming", 2);
  add_fault(scenario, "pci.renumber", 2);
  const std::string cause = findings_when_fixed(scenario).cause("requester-ids-stay");
  EXPECT_EQ(cause, "disk0 of vm0 sends as 01:00.0 now, and did as 40:00.0 at the jump");
}

TEST(RequesterIdsStay, holds_for_numbers_that_make_little_sense) {
  Scenario scenario = disk_story(whole_update());
  scenario.devices[0].bdf = 0x4000;
  EXPECT_EQ(findings_when_fixed(scenario).text(), "");
}

// Row 29.
TEST(IsolationStays, fires_when_a_boot_writes_acs_by_its_own_policy) {
  Scenario scenario = two_guests(whole_update());
  add_fault(scenario, "pci.acs:disk0.port", 2);
  EXPECT_EQ(findings_when_fixed(scenario).cause("isolation-stays"),
            "the ACS of disk0.port, above a device that was handed over, was 0x15 at the jump and "
            "is 0x0");
}

TEST(IsolationStays, fires_when_two_groups_become_one) {
  WatchedMachine watched(two_guests(until_jumped()));
  watched.start();
  watched.go_on_until([&] { return watched.world().kernel.core.generation == 2; });
  auto& devices = watched.world().kernel.drivers.pci.devices;
  watched.go_on_until(
      [&] { return watched.machine.phase() == luo::v2::Phase::updated && devices.size() == 4; });
  for (driver::pci::Device& device : devices) device.group = 0;
  watched.tell({.kind = kernel::KernelRecord::boot_done});
  EXPECT_EQ(watched.findings().cause("isolation-stays"),
            "disk0 of vm0 and disk1 of vm1 are in one IOMMU group now, and were not at the jump");
}

// Row 52.
TEST(OnlyPreservedDevicesTranslate, fires_when_a_context_entry_is_left) {
  Scenario scenario = two_guests(whole_update());
  add_fault(scenario, "iommu.leaves_context:disk1");
  EXPECT_EQ(findings_when_fixed(scenario).cause("only-preserved-devices-translate"),
            "disk1 of vm1 is not preserved, and the IOMMU translates for it over the jump");
}

TEST(OnlyPreservedDevicesTranslate, holds_when_others_are_cut_off) {
  EXPECT_EQ(findings_when_fixed(two_guests(whole_update())).text(), "");
}

TEST(DmaGoesOnThroughTheJump, is_reached_by_frames_that_come_in_and_not_by_an_idle_disk) {
  EXPECT_TRUE(findings_when_fixed(nic_story(whole_update(kDiskAndNic)))
                  .reached.contains("dma-goes-on-through-the-jump"));
  Scenario scenario = disk_story(whole_update());
  scenario.vms[0].workload.kind = WorkloadSpec::Kind::idle;
  EXPECT_FALSE(findings_when_fixed(scenario).reached.contains("dma-goes-on-through-the-jump"));
}

}  // namespace
}  // namespace luosim::world
