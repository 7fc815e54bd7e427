// SPDX-License-Identifier: Apache-2.0
//
// From one kernel to the next: the record of preserved devices and what its reader makes of it
// (devices.md, C.3, C.5 and C.8; G.2 rows 24, 27 to 31, 36, 39).
#include <memory>

#include <gtest/gtest.h>

#include "model/driver/pci/fault_sites.hpp"
#include "model/driver/pci/handover.hpp"
#include "model/driver/pci/incoming.hpp"
#include "model/kernel/errno.hpp"
#include "model/kho/tracker.hpp"
#include "model/luo/fault_sites.hpp"
#include "tests/unit/device/switch_world.hpp"

namespace luosim::driver {
namespace {

namespace pcie = device::pcie;
using device::FunctionId;
using pcie::FunctionKind;

/// A disk below a switch, a network port below its other port, and another disk elsewhere.
struct Machine : SwitchWorld {
  using SwitchWorld::SwitchWorld;
  FunctionId disk = add("disk", FunctionKind::endpoint, left, 0, 4);
  FunctionId nic = add("nic", FunctionKind::endpoint, right, 0, 4);
  FunctionId other = add("other", FunctionKind::endpoint, second, 0, 4);

  int incoming(FunctionId function) { return device(function)->incoming; }
  std::size_t count(sim::RecordKind kind) const { return records(kind).size(); }
};

/// Booted, with the disk preserved.
std::unique_ptr<Machine> with_disk_preserved(const std::vector<KnobSetting>& settings = {}) {
  auto machine = std::make_unique<Machine>(settings);
  machine->boot();
  EXPECT_EQ(machine->preserve(machine->disk), 0);
  return machine;
}

TEST(PciHandover, the_next_kernel_knows_the_device_and_its_bridges) {
  const auto machine = with_disk_preserved();
  EXPECT_EQ(machine->preserve(machine->nic), 0);
  ASSERT_EQ(machine->update(), 0);
  EXPECT_EQ(machine->incoming(machine->disk), 1);
  EXPECT_EQ(machine->incoming(machine->nic), 1);
  EXPECT_EQ(machine->incoming(machine->left), 1);
  EXPECT_EQ(machine->incoming(machine->upstream), 2);
  EXPECT_EQ(machine->incoming(machine->first), 2);
  EXPECT_EQ(machine->incoming(machine->second), 0);
  EXPECT_EQ(machine->device(machine->disk)->was_preserved, 1);
  EXPECT_EQ(machine->device(machine->disk)->outgoing, 0);
  EXPECT_EQ(machine->count(DriverRecord::pci_incoming_differs), 0U);
  EXPECT_EQ(machine->count(DriverRecord::pci_incoming_lost), 0U);
}

TEST(PciHandover, finish_counts_down_what_was_counted) {
  const auto machine = with_disk_preserved();
  EXPECT_EQ(machine->preserve(machine->nic), 0);
  ASSERT_EQ(machine->update(), 0);
  EXPECT_EQ(machine->finish(machine->disk), 0);
  EXPECT_EQ(machine->incoming(machine->left), 0);
  EXPECT_EQ(machine->incoming(machine->first), 1);
  EXPECT_EQ(machine->finish(machine->disk), -kernel::kEINVAL);
  EXPECT_EQ(machine->finish(machine->nic), 0);
  EXPECT_EQ(machine->incoming(machine->first), 0);
  EXPECT_EQ(machine->count(DriverRecord::pci_count_corrupt), 0U);
  EXPECT_EQ(machine->device(machine->disk)->was_preserved, 1);
}

TEST(PciHandover, in_v1_only_endpoints_are_handed_over) {
  const auto machine = with_disk_preserved({{kPci, kPciV1}});
  ASSERT_EQ(machine->update(), 0);
  EXPECT_EQ(machine->incoming(machine->disk), 1);
  EXPECT_EQ(machine->incoming(machine->left), 0);
  EXPECT_EQ(machine->count(DriverRecord::pci_incoming_differs), 0U);
  EXPECT_EQ(machine->finish(machine->disk), 0);
  EXPECT_EQ(machine->count(DriverRecord::pci_count_corrupt), 0U);
}

TEST(PciHandover, nothing_is_incoming_without_an_update) {
  const auto machine = with_disk_preserved();
  machine->shut_down();
  machine->jump();
  machine->boot();
  EXPECT_EQ(machine->incoming(machine->disk), 0);
  EXPECT_EQ(machine->count(DriverRecord::pci_record_unusable), 0U);
}

TEST(PciHandover, a_kernel_whose_names_lack_the_subsystem_does_not_look) {
  DriverWorld world;
  world.names = sim::Names();
  const FunctionId disk = world.add("disk", FunctionKind::endpoint);
  world.has_pci_subsystem = false;
  world.boot();
  EXPECT_NE(world.device(disk), nullptr);
}

// G.2 row 24.
TEST(PciHandover, a_record_of_an_unknown_version_makes_ordinary_devices_that_still_send) {
  const auto machine = with_disk_preserved();
  machine->fail(pci::kRecordVersionSite, {}, 1);  // the one that freeze writes
  ASSERT_EQ(machine->update(), 0);
  EXPECT_EQ(machine->incoming(machine->disk), 0);
  EXPECT_TRUE(machine->may_send(machine->disk));
  const auto unknown = machine->records(DriverRecord::pci_record_unknown);
  ASSERT_EQ(unknown.size(), 1U);
  EXPECT_EQ(unknown[0].values[0], 99U);
}

TEST(PciHandover, a_record_that_cannot_be_fetched_makes_ordinary_devices) {
  const auto machine = with_disk_preserved();
  machine->fail(pci::kIncomingSite, {}, 0);
  // The first boot has asked already.
  ASSERT_EQ(machine->update(), 0);
  EXPECT_EQ(machine->incoming(machine->disk), 0);
  EXPECT_EQ(machine->count(DriverRecord::pci_record_unusable), 1U);
}

/// Stops between the kernels, where the record is bytes.
struct BetweenKernels : testing::Test {
  BetweenKernels() : machine(with_disk_preserved()) {
    EXPECT_EQ(machine->prepare(), 0);
    EXPECT_EQ(machine->freeze(), 0);
    record = memory::address_of(machine->drivers.pci.record.first);
    machine->shut_down();
    machine->jump();
  }
  template <class T>
  void overwrite(std::uint64_t offset, T value) {
    machine->memory.bytes().write_value(record + offset, value);
  }
  void expect_unusable() {
    machine->boot();
    EXPECT_EQ(machine->incoming(machine->disk), 0);
    EXPECT_EQ(machine->count(DriverRecord::pci_record_unusable), 1U);
    EXPECT_EQ(machine->drivers.pci.incoming_record.count, 0U);
  }
  static constexpr std::uint64_t kRoomAt = 8;
  static constexpr std::uint64_t kCountAt = 16;
  static constexpr std::uint64_t kSlotsAt = 24;

  std::unique_ptr<Machine> machine;
  memory::PhysicalAddress record{};
};

TEST_F(BetweenKernels, the_record_is_eight_bytes_a_device) {
  memory::Bytes& bytes = machine->memory.bytes();
  EXPECT_EQ(bytes.read_value<std::uint64_t>(record), pci::kVersion2);
  EXPECT_EQ(bytes.read_value<std::uint64_t>(record + kCountAt), 4U);
  const auto slot = bytes.read_value<pci::HandedOver>(record + kSlotsAt);
  EXPECT_EQ(slot.domain, 0U);
  EXPECT_EQ(slot.count, 1);
}

TEST_F(BetweenKernels, more_devices_than_room_are_damage) {
  overwrite<std::uint64_t>(kCountAt, 1000);
  expect_unusable();
}

TEST_F(BetweenKernels, more_room_than_a_domain_has_addresses_is_damage) {
  overwrite<std::uint64_t>(kRoomAt, ~0ULL);
  expect_unusable();
}

TEST_F(BetweenKernels, room_beyond_what_was_handed_over_is_damage) {
  overwrite<std::uint64_t>(kRoomAt, 0xF000);
  expect_unusable();
}

TEST_F(BetweenKernels, a_count_that_drifted_is_damage) {
  overwrite<std::uint64_t>(kCountAt, 3);
  expect_unusable();
}

TEST_F(BetweenKernels, an_address_twice_is_damage) {
  const auto slot = machine->memory.bytes().read_value<pci::HandedOver>(record + kSlotsAt);
  overwrite(kSlotsAt + 8, slot);
  expect_unusable();
}

TEST_F(BetweenKernels, a_device_of_another_domain_is_lost_and_the_rest_is_used) {
  const std::uint64_t slot = kSlotsAt + 3 * 8;  // the disk has the highest address
  overwrite<std::uint32_t>(slot, 7);
  machine->boot();
  EXPECT_EQ(machine->incoming(machine->disk), 0);
  EXPECT_EQ(machine->incoming(machine->left), 1);
  ASSERT_EQ(machine->count(DriverRecord::pci_incoming_lost), 1U);
  EXPECT_EQ(machine->records(DriverRecord::pci_incoming_lost)[0].values[0] >> 16, 7U);
}

TEST_F(BetweenKernels, a_device_that_is_gone_is_reported) {
  Context now = machine->context();
  pcie::remove(now, machine->disk);
  machine->boot();
  EXPECT_EQ(machine->count(DriverRecord::pci_incoming_lost), 1U);
  // The three bridges above are counted for nobody.
  EXPECT_EQ(machine->count(DriverRecord::pci_incoming_differs), 3U);
  EXPECT_EQ(machine->incoming(machine->first), 1);
}

TEST_F(BetweenKernels, a_device_of_another_kind_is_reported) {
  machine->registers(machine->disk).kind = FunctionKind::switch_upstream;
  machine->boot();
  bool is_reported = false;
  for (const sim::Record& differs : machine->records(DriverRecord::pci_incoming_differs))
    is_reported |= differs.values[0] == machine->disk.index;
  EXPECT_TRUE(is_reported);
}

TEST_F(BetweenKernels, an_endpoint_that_was_counted_often_is_reported_and_finished_once) {
  overwrite<std::uint16_t>(kSlotsAt + 3 * 8 + 6, 5);
  machine->boot();
  EXPECT_EQ(machine->incoming(machine->disk), 5);
  EXPECT_EQ(machine->count(DriverRecord::pci_incoming_differs), 1U);
  EXPECT_EQ(machine->finish(machine->disk), 0);
  EXPECT_EQ(machine->incoming(machine->disk), 0);
}

TEST_F(BetweenKernels, all_bridges_keep_their_numbers_even_if_told_to_renumber) {
  machine->registers(machine->second).secondary = 0x40;
  machine->registers(machine->second).subordinate = 0x41;
  machine->fail(pci::kRenumberSite);
  machine->boot();
  EXPECT_EQ(machine->registers(machine->second).secondary, 0x40);
  EXPECT_EQ(machine->bdf(machine->other), device::bdf_of(0x40, 0));
}

TEST_F(BetweenKernels, broken_numbers_are_cleared_and_what_is_below_is_not_found) {
  machine->registers(machine->second).subordinate = 0;
  machine->boot();
  EXPECT_EQ(machine->registers(machine->second).secondary, 0);
  EXPECT_EQ(machine->device(machine->other), nullptr);
  EXPECT_EQ(machine->device(machine->second)->numbers, pci::BusNumbers::none);
  EXPECT_EQ(machine->incoming(machine->disk), 1);
  ASSERT_EQ(machine->count(DriverRecord::pci_bridge_skipped), 1U);
}

TEST_F(BetweenKernels, acs_and_ari_of_a_preserved_port_are_adopted) {
  machine->registers(machine->left).acs = 0;
  machine->registers(machine->left).ari_forwarding = 0;
  machine->registers(machine->second).acs = 0;
  machine->registers(machine->second).ari_forwarding = 0;
  machine->boot();
  EXPECT_EQ(machine->registers(machine->left).acs, 0);
  EXPECT_EQ(machine->registers(machine->left).ari_forwarding, 0);
  EXPECT_NE(machine->registers(machine->second).acs, 0);
  EXPECT_EQ(machine->registers(machine->second).ari_forwarding, 1);
}

TEST_F(BetweenKernels, acs_and_ari_of_a_preserved_port_can_be_overwritten_by_mistake) {
  machine->fail(pci::kAcsSite, "left");
  machine->fail(pci::kAriSite, "left");
  machine->boot();
  EXPECT_EQ(machine->registers(machine->left).acs, 0);
  EXPECT_EQ(machine->registers(machine->left).ari_forwarding, 0);
}

TEST_F(BetweenKernels, groups_and_numbers_are_those_of_before) {
  const FunctionId disk = machine->disk;
  const std::uint16_t requester = pcie::requester_id(machine->devices.pcie, disk).value;
  machine->boot();
  EXPECT_EQ(machine->bdf(disk).value, requester);
  EXPECT_NE(machine->device(disk)->group, machine->device(machine->nic)->group);
}

TEST_F(BetweenKernels, addresses_are_not_protected) {
  const std::uint64_t before = machine->registers(machine->disk).bars[0];
  machine->fail(pci::kMoveBarsSite);
  machine->boot();
  EXPECT_EQ(machine->incoming(machine->disk), 1);
  EXPECT_NE(machine->registers(machine->disk).bars[0], before);
}

TEST_F(BetweenKernels, interrupts_are_switched_off_all_the_same) {
  machine->registers(machine->disk).msix_enabled = 1;
  machine->boot();
  EXPECT_EQ(machine->registers(machine->disk).msix_enabled, 0);
}

TEST(PciHandover, interrupts_stay_on_where_they_are_preserved) {
  const auto machine = with_disk_preserved({{kIrq, kIrqPreserved}});
  machine->registers(machine->disk).msix_enabled = 1;
  machine->registers(machine->other).msix_enabled = 1;
  ASSERT_EQ(machine->update(), 0);
  EXPECT_EQ(machine->registers(machine->disk).msix_enabled, 1);
  EXPECT_EQ(machine->registers(machine->other).msix_enabled, 0);
}

TEST(PciSubsystem, the_record_is_preserved_while_it_is_prepared_and_freed_by_cancel) {
  const auto machine = with_disk_preserved();
  ASSERT_EQ(machine->prepare(), 0);
  const memory::PageRange record = machine->drivers.pci.record;
  EXPECT_EQ(machine->owned(pci::kRecordOwner), record.count);
  EXPECT_TRUE(kho::is_preserved(machine->memory, machine->kho.tracker, record));
  ASSERT_EQ(machine->cancel(), 0);
  EXPECT_EQ(machine->owned(pci::kRecordOwner), 0U);
  EXPECT_EQ(machine->drivers.pci.record.count, 0U);
  EXPECT_EQ(machine->device(machine->disk)->outgoing, 1);
}

TEST(PciSubsystem, prepare_fails_without_memory_and_leaves_nothing) {
  const auto machine = with_disk_preserved();
  machine->fail(kernel::kAllocationSite, pci::kRecordOwner.name);
  EXPECT_EQ(machine->prepare(), -kernel::kENOMEM);
  EXPECT_EQ(machine->owned(pci::kRecordOwner), 0U);
}

TEST(PciSubsystem, prepare_and_freeze_fail_where_a_scenario_says_so) {
  const auto machine = with_disk_preserved();
  machine->fail(luo::kSubsystemPrepareSite, kPciSubsystem);
  EXPECT_EQ(machine->prepare(), -kernel::kEIO);
  EXPECT_EQ(machine->owned(pci::kRecordOwner), 0U);
  machine->fail(luo::kSubsystemFreezeSite, kPciSubsystem);
  ASSERT_EQ(machine->prepare(), 0);
  EXPECT_EQ(machine->freeze(), -kernel::kEIO);
}

TEST(PciSubsystem, a_change_after_prepare_is_in_the_record) {
  const auto machine = with_disk_preserved();
  ASSERT_EQ(machine->prepare(), 0);
  EXPECT_EQ(machine->unpreserve(machine->disk), 0);
  EXPECT_EQ(machine->preserve(machine->other), 0);
  ASSERT_EQ(machine->freeze(), 0);
  machine->shut_down();
  machine->jump();
  machine->boot();
  EXPECT_EQ(machine->incoming(machine->disk), 0);
  EXPECT_EQ(machine->incoming(machine->other), 1);
  EXPECT_EQ(machine->incoming(machine->first), 0);
}

TEST(PciSubsystem, freeze_fails_if_there_are_more_devices_than_room) {
  const auto machine = with_disk_preserved();
  ASSERT_EQ(machine->prepare(), 0);
  const std::uint64_t room = pci::room_of_record(machine->drivers.pci.record.count);
  for (std::uint32_t number = 0; number <= room; ++number) {
    machine->drivers.pci.devices.push_back({.function = {number},
                                            .bdf = {static_cast<std::uint16_t>(0x8000 + number)},
                                            .outgoing = 1});
  }
  EXPECT_EQ(machine->freeze(), -kernel::kENOSPC);
}

TEST(PciSubsystem, the_record_grows_with_the_devices_that_are_there) {
  const auto machine = with_disk_preserved();
  for (std::uint32_t number = 0; number < 1000; ++number) {
    machine->drivers.pci.devices.push_back({.function = {number},
                                            .bdf = {static_cast<std::uint16_t>(0x8000 + number)},
                                            .outgoing = 1});
  }
  ASSERT_EQ(machine->prepare(), 0);
  EXPECT_EQ(machine->drivers.pci.record.count, 2U);
}

TEST(PciSubsystem, finish_gives_the_record_back_and_reports_what_nobody_took) {
  const auto machine = with_disk_preserved();
  EXPECT_EQ(machine->preserve(machine->other), 0);
  ASSERT_EQ(machine->update(), 0);
  const memory::PageRange record = machine->drivers.pci.incoming_record;
  EXPECT_EQ(machine->memory.at(record.first).owner, kho::kIncomingOwner.tag());
  EXPECT_EQ(machine->finish(machine->other), 0);
  ASSERT_EQ(machine->finish(), 0);
  EXPECT_EQ(machine->memory.at(record.first).owner, memory::kFree);
  EXPECT_EQ(machine->drivers.pci.incoming_record.count, 0U);
  // The disk and the three bridges above it.
  EXPECT_EQ(machine->count(DriverRecord::pci_unclaimed), 4U);
  EXPECT_EQ(machine->incoming(machine->disk), 1);
  EXPECT_TRUE(machine->may_send(machine->disk));
}

TEST(PciSubsystem, finish_quiesces_what_nobody_took_if_the_protocol_says_so) {
  const auto machine = with_disk_preserved({{kUnclaimed, kUnclaimedQuiesced}});
  EXPECT_EQ(machine->preserve(machine->other), 0);
  ASSERT_EQ(machine->update(), 0);
  EXPECT_EQ(machine->finish(machine->other), 0);
  const std::uint32_t resets =
      static_cast<std::uint32_t>(machine->count(device::DeviceRecord::reset_begins));
  ASSERT_EQ(machine->finish(), 0);
  EXPECT_FALSE(machine->may_send(machine->disk));
  EXPECT_TRUE(machine->may_send(machine->other));
  EXPECT_EQ(machine->count(device::DeviceRecord::reset_begins), resets + 1);
  EXPECT_EQ(machine->incoming(machine->disk), 0);
  EXPECT_EQ(machine->incoming(machine->first), 0);
  EXPECT_EQ(machine->count(DriverRecord::pci_unclaimed), 1U);
  EXPECT_EQ(machine->registers(machine->disk).is_in_reset, 0);
}

TEST_F(BetweenKernels, quiescing_ends_if_the_endpoint_of_a_counted_bridge_is_gone) {
  Machine next({{kUnclaimed, kUnclaimedQuiesced}});
  next.boot();
  next.device(next.first)->incoming = 3;
  EXPECT_EQ(next.call(pci::kPciSubsystemType.finish), 0);
  EXPECT_EQ(next.device(next.first)->incoming, 0);
  EXPECT_EQ(next.records(DriverRecord::pci_unclaimed).size(), 1U);
}

TEST(PciSubsystem, two_updates_in_a_row) {
  const auto machine = with_disk_preserved();
  ASSERT_EQ(machine->update(), 0);
  EXPECT_EQ(machine->finish(machine->disk), 0);
  ASSERT_EQ(machine->finish(), 0);
  EXPECT_EQ(machine->preserve(machine->disk), 0);
  ASSERT_EQ(machine->update(), 0);
  EXPECT_EQ(machine->incoming(machine->disk), 1);
  EXPECT_EQ(machine->incoming(machine->first), 1);
}

TEST(PciRecord, is_read_only_where_it_was_handed_over) {
  memory::PhysicalMemory memory(64);
  const pci::HandedOver device{.bdf = {0x100}, .count = 1};
  memory.give({{8}, 1}, kho::kIncomingOwner.tag());
  pci::store_record(memory, {{8}, 1}, pci::kVersion2, {&device, 1});
  EXPECT_EQ(pci::load_record(memory, {8 * 4096}, pci::kVersion2).reading, pci::Reading::good);
  EXPECT_EQ(pci::load_record(memory, {8 * 4096}, pci::kVersion2).devices.size(), 1U);
  EXPECT_EQ(pci::load_record(memory, {8 * 4096}, pci::kVersion1).reading,
            pci::Reading::unknown_version);
  for (const std::uint64_t address : {9ULL * 4096, 8ULL * 4096 + 8, 0ULL, 64ULL * 4096, ~0ULL})
    EXPECT_EQ(pci::load_record(memory, {address}, pci::kVersion2).reading,
              pci::Reading::not_handed_over);
}

}  // namespace
}  // namespace luosim::driver
