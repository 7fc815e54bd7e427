// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "model/driver/iommu/hand_over.hpp"
#include "model/kho/tracker.hpp"
#include "tests/unit/device/driver_iommu_world.hpp"

namespace luosim::driver {
namespace {

using device::iommu::FaultReason;
using iommu::kNoDomain;
using kernel::kEBUSY;
using kernel::kENOMEM;
using kernel::kEPERM;

constexpr device::Bdf kNvme = IommuWorld::kNvme;
constexpr device::Bdf kNic = IommuWorld::kNic;
constexpr device::Bdf kOther = IommuWorld::kOther;
constexpr memory::PageRange kGuest = IommuWorld::kGuest;
constexpr std::uint64_t kGuestAddress = memory::address_of(kGuest.first).value;
constexpr std::uint64_t kToken = 0x77;

struct IommuHandOver : testing::Test {
  IommuWorld world;
  Context context = world.context();
  std::uint32_t domain = kNoDomain;

  IommuHandOver() {
    world.boot();
    domain = world.attached_domain(kNvme, 0, kGuest);
  }
  void expect_that_nvme_works() {
    EXPECT_EQ(world.devices.iommu.translates, 1);
    EXPECT_EQ(world.walk(kNvme, 5).address.value, kGuestAddress + 5);
    EXPECT_EQ(world.walk(kNvme, 4096ULL * 1023).address.value, kGuestAddress + 4096ULL * 1023);
  }
  std::size_t times_switched(bool on) const {
    std::size_t times = 0;
    for (const sim::Record& record : world.records(device::DeviceRecord::translation_switched))
      times += record.values[1] == (on ? 1U : 0U) ? 1 : 0;
    return times;
  }
};

TEST_F(IommuHandOver, lets_a_preserved_device_work_on_all_the_while) {
  ASSERT_EQ(world.preserve(kNvme, kToken), 0);
  ASSERT_EQ(world.prepare_and_freeze(), 0);
  ASSERT_EQ(world.shut_down(), 0);
  expect_that_nvme_works();
  const std::uint64_t root = world.devices.iommu.root_table.value;
  world.jump();
  EXPECT_EQ(world.start_result, 0);
  expect_that_nvme_works();
  EXPECT_EQ(world.devices.iommu.root_table.value, root);
  EXPECT_EQ(world.state().root.value, root);
  EXPECT_EQ(world.state().took_over, 1U);
  EXPECT_EQ(times_switched(false), 0U) << "translation may never be off";
  EXPECT_EQ(times_switched(true), 1U);
}

TEST_F(IommuHandOver, rebuilds_domains_and_attachments_in_the_next_kernel) {
  const std::uint16_t id = world.domain(domain).id;
  const std::uint64_t tables = world.owned(iommu::kTableOwner);
  ASSERT_EQ(world.preserve(kNvme, kToken), 0);
  ASSERT_EQ(world.update(), 0);
  const std::uint32_t restored = iommu::restored_domain(world.state(), kToken);
  ASSERT_NE(restored, kNoDomain);
  EXPECT_EQ(world.domain(restored).id, id);
  EXPECT_EQ(world.domain(restored).is_restored, 1);
  EXPECT_EQ(world.domain(restored).is_preserved, 0);
  EXPECT_EQ(world.domain(restored).attachments, 1U);
  const iommu::Attachment* attachment = iommu::attachment_of(world.state(), kNvme);
  ASSERT_NE(attachment, nullptr);
  EXPECT_EQ(attachment->domain, restored);
  EXPECT_EQ(attachment->is_handed_over, 1);
  EXPECT_EQ(iommu::restored_domain(world.state(), kToken + 1), kNoDomain);
  EXPECT_EQ(world.owned(iommu::kTableOwner), tables);
  EXPECT_EQ(world.owned(iommu::kRootOwner), 1U);
  EXPECT_EQ(world.owned(iommu::kContextOwner), 1U);
  EXPECT_EQ(world.owned(iommu::kRecordOwner), 1U);
}

TEST_F(IommuHandOver, leaves_nobody_a_page_of_the_tables) {
  ASSERT_EQ(world.preserve(kNvme, kToken), 0);
  ASSERT_EQ(world.update(), 0);
  while (kernel::allocate_user_pages(context, 1, 1, kernel::kKernelOwner, 0)) {
  }
  expect_that_nvme_works();
}

TEST_F(IommuHandOver, forgets_in_the_next_kernel_what_was_cached_meanwhile) {
  ASSERT_EQ(world.preserve(kNvme, kToken), 0);
  ASSERT_EQ(world.prepare_and_freeze(), 0);
  ASSERT_EQ(world.shut_down(), 0);
  ASSERT_EQ(world.translate(kNvme, 0).reason, FaultReason::none);
  world.jump();
  EXPECT_TRUE(world.devices.iommu.cache.empty());
}

TEST_F(IommuHandOver, does_not_let_a_restored_domain_change) {
  ASSERT_EQ(world.preserve(kNvme, kToken), 0);
  ASSERT_EQ(world.update(), 0);
  const std::uint32_t restored = iommu::restored_domain(world.state(), kToken);
  EXPECT_EQ(iommu::map(context, restored, {1ULL << 30}, kGuest, 0, true), -kEPERM);
  EXPECT_EQ(iommu::unmap(context, restored, {0}, 1), -kEPERM);
  EXPECT_EQ(iommu::free_domain(context, restored), -kEBUSY);
}

// devices.md, G.3 rows 54 and 65, and D.3 for the replacement.
TEST_F(IommuHandOver, lets_only_who_knows_the_token_replace_the_domain) {
  ASSERT_EQ(world.preserve(kNvme, kToken), 0);
  ASSERT_EQ(world.update(), 0);
  const std::uint32_t restored = iommu::restored_domain(world.state(), kToken);
  const std::uint32_t stranger = iommu::create_domain(context);
  const std::uint32_t wrong = iommu::create_domain(context, kToken + 1);
  EXPECT_EQ(iommu::attach(context, kNvme, stranger), -kEBUSY);
  EXPECT_EQ(iommu::attach(context, kNvme, wrong), -kEBUSY);
  expect_that_nvme_works();
  const std::uint32_t heir = iommu::create_domain(context, kToken);
  ASSERT_EQ(iommu::map(context, heir, {0}, kGuest, 9, true), 0);
  ASSERT_EQ(world.translate(kNvme, 0).domain_id, world.domain(restored).id);
  EXPECT_EQ(iommu::attach(context, kNvme, heir), 0);
  EXPECT_EQ(world.translate(kNvme, 0).domain_id, world.domain(heir).id);
  expect_that_nvme_works();
  EXPECT_EQ(iommu::attachment_of(world.state(), kNvme)->is_handed_over, 0);
  EXPECT_EQ(iommu::attach(context, kNvme, stranger), 0) << "it is this kernel's own by now";
  EXPECT_EQ(iommu::free_domain(context, restored), 0);
}

TEST_F(IommuHandOver, without_a_token_is_for_nobody_to_replace) {
  ASSERT_EQ(world.preserve(kNvme, 0), 0);
  ASSERT_EQ(world.update(), 0);
  EXPECT_EQ(iommu::attach(context, kNvme, iommu::create_domain(context)), -kEBUSY);
}

TEST_F(IommuHandOver, reserves_the_ids_of_restored_domains) {
  ASSERT_EQ(world.preserve(kNvme, kToken), 0);
  ASSERT_EQ(world.update(), 0);
  const std::uint16_t id = world.domain(iommu::restored_domain(world.state(), kToken)).id;
  EXPECT_NE(world.domain(iommu::create_domain(context)).id, id);
}

TEST_F(IommuHandOver, that_forgets_an_id_gives_it_to_two_domains) {
  ASSERT_EQ(world.preserve(kNvme, kToken), 0);
  world.fail(iommu::kForgetsDomainIdSite);
  ASSERT_EQ(world.update(), 0);
  const std::uint16_t id = world.domain(iommu::restored_domain(world.state(), kToken)).id;
  EXPECT_EQ(world.domain(iommu::create_domain(context)).id, id);
}

TEST_F(IommuHandOver, that_is_taken_for_stale_has_a_gap) {
  ASSERT_EQ(world.preserve(kNvme, kToken), 0);
  world.fail(iommu::kTreatsAsStaleSite);
  ASSERT_EQ(world.update(), 0);
  const auto switched = world.records(device::DeviceRecord::translation_switched);
  ASSERT_EQ(switched.size(), 3U);
  EXPECT_EQ(switched[1].values[1], 0U);
  EXPECT_EQ(switched[2].values[1], 1U);
  EXPECT_GT(switched[2].time, switched[1].time);
  expect_that_nvme_works();
}

// The next kernel gives the page away, and the hardware walks what is there by then.
TEST(IommuHandOverFault, that_forgets_any_page_lets_the_device_go_astray) {
  for (std::uint32_t page = 0; page < 3; ++page) {
    IommuWorld world;
    world.boot();
    world.attached_domain(kNvme, 0, kGuest);
    world.fail(iommu::kForgetsPageSite, {}, page);
    ASSERT_EQ(world.preserve(kNvme, kToken), 0);
    ASSERT_EQ(world.prepare_and_freeze(), 0);
    ASSERT_EQ(world.shut_down(), 0);
    ASSERT_EQ(world.walk(kNvme, 5).address.value, kGuestAddress + 5);
    world.jump();
    ASSERT_FALSE(world.is_dead()) << "nobody notices";
    const device::iommu::Translation walked = world.walk(kNvme, 5);
    EXPECT_TRUE(walked.reason != FaultReason::none || walked.address.value != kGuestAddress + 5);
    EXPECT_EQ(world.owned(iommu::kTableOwner), 2U) << "of three";
  }
}

TEST_F(IommuHandOver, that_forgets_a_domain_leaves_its_device_to_nobody) {
  world.attached_domain(kNic, 0, {{0xD000}, 1});
  world.fail(iommu::kForgetsDomainSite);
  ASSERT_EQ(world.preserve(kNvme, kToken), 0);
  ASSERT_EQ(world.preserve(kNic, kToken + 1), 0);
  ASSERT_EQ(world.update(), 0);
  expect_that_nvme_works();
  EXPECT_EQ(iommu::restored_domain(world.state(), kToken), kNoDomain);
  EXPECT_EQ(iommu::attachment_of(world.state(), kNvme), nullptr);
  EXPECT_NE(iommu::restored_domain(world.state(), kToken + 1), kNoDomain);
  EXPECT_EQ(world.owned(kho::kIncomingOwner), luo::v2::kTreePages + 3)
      << "its tables are reserved for nobody, beside LUO's own tree";
}

TEST_F(IommuHandOver, cuts_off_a_device_that_is_not_preserved) {
  world.attached_domain(kNic, 0, kGuest);
  world.attached_domain(kOther, 0, kGuest);
  ASSERT_EQ(world.preserve(kNvme, kToken), 0);
  ASSERT_EQ(world.prepare_and_freeze(), 0);
  world.translate(kNic, 0);
  ASSERT_EQ(world.shut_down(), 0);
  EXPECT_EQ(world.translate(kNic, 0).reason, FaultReason::context_not_present);
  EXPECT_EQ(world.translate(kOther, 0).reason, FaultReason::context_not_present);
  world.jump();
  EXPECT_EQ(world.walk(kNic, 0).reason, FaultReason::context_not_present);
  EXPECT_EQ(world.walk(kOther, 0).reason, FaultReason::context_not_present);
  expect_that_nvme_works();
  EXPECT_EQ(iommu::attachment_of(world.state(), kNic), nullptr);
}

// A rollback that goes from the front gives the domain up before its device.
TEST_F(IommuHandOver, cuts_off_a_device_whose_domain_was_given_up) {
  ASSERT_EQ(world.preserve(kNvme, kToken), 0);
  ASSERT_EQ(iommu::unpreserve_domain(context, domain), 0);
  ASSERT_EQ(world.update(), 0);
  EXPECT_EQ(world.walk(kNvme, 0).reason, FaultReason::context_not_present);
  EXPECT_TRUE(world.state().attachments.empty());
}

// Translation stays on for it all the same, but leads nowhere after the jump.
TEST_F(IommuHandOver, without_a_record_leads_a_preserved_device_nowhere) {
  ASSERT_EQ(world.preserve(kNvme, kToken), 0);
  ASSERT_EQ(world.shut_down(), 0);
  EXPECT_EQ(world.devices.iommu.translates, 1);
  EXPECT_EQ(world.walk(kNvme, 0).reason, FaultReason::root_not_present);
}

TEST_F(IommuHandOver, that_leaves_a_context_lets_a_device_go_on_through_freed_tables) {
  world.attached_domain(kNic, 0, kGuest);
  ASSERT_EQ(world.preserve(kNvme, kToken), 0);
  world.fail(iommu::kLeavesContextSite, "nic0");
  ASSERT_EQ(world.prepare_and_freeze(), 0);
  ASSERT_EQ(world.shut_down(), 0);
  EXPECT_EQ(world.walk(kNic, 0).address.value, kGuestAddress);
  world.jump();
  EXPECT_NE(world.walk(kNic, 0).reason, FaultReason::context_not_present);
}

TEST_F(IommuHandOver, that_clears_a_preserved_context_stops_the_device) {
  ASSERT_EQ(world.preserve(kNvme, kToken), 0);
  world.fail(iommu::kClearsPreservedSite, "nvme0");
  ASSERT_EQ(world.update(), 0);
  EXPECT_EQ(world.walk(kNvme, 0).reason, FaultReason::context_not_present);
  EXPECT_NE(iommu::attachment_of(world.state(), kNvme), nullptr);
}

TEST_F(IommuHandOver, stops_the_page_requests_of_preserved_devices) {
  world.attached_domain(kNic, 0, kGuest);
  ASSERT_EQ(world.preserve(kNvme, kToken), 0);
  ASSERT_EQ(world.prepare_and_freeze(), 0);
  ASSERT_EQ(world.shut_down(), 0);
  EXPECT_EQ(world.devices.pcie[IommuWorld::kNvmeFunction].page_requests_enabled, 0);
  EXPECT_EQ(world.devices.pcie[IommuWorld::kNicFunction].page_requests_enabled, 1);
}

TEST_F(IommuHandOver, of_nothing_switches_translation_off) {
  world.translate(kNvme, 0);
  ASSERT_EQ(world.shut_down(), 0);
  EXPECT_EQ(world.devices.iommu.translates, 0);
  EXPECT_EQ(world.devices.iommu.remaps_interrupts, 0);
  EXPECT_TRUE(world.devices.iommu.cache.empty());
  EXPECT_EQ(world.walk(kNvme, 0).address.value, 0U);
}

TEST_F(IommuHandOver, of_no_device_takes_empty_tables_over) {
  ASSERT_EQ(world.update(), 0);
  EXPECT_EQ(world.start_result, 0);
  EXPECT_EQ(world.state().took_over, 1U);
  EXPECT_TRUE(world.state().domains.empty());
  EXPECT_EQ(world.walk(kNvme, 0).reason, FaultReason::context_not_present);
  EXPECT_EQ(world.owned(iommu::kTableOwner), 0U);
}

TEST_F(IommuHandOver, is_taken_back_by_cancel) {
  const std::uint64_t root_pages = kho::preserved_pages(world.memory, world.kho.tracker);
  ASSERT_EQ(world.preserve(kNvme, kToken), 0);
  ASSERT_EQ(world.prepare_and_freeze(), 0);
  EXPECT_EQ(world.owned(iommu::kRecordOwner), 1U);
  ASSERT_EQ(world.run(kho::kAbort), 0);
  EXPECT_EQ(world.owned(iommu::kRecordOwner), 0U);
  EXPECT_EQ(world.state().record.count, 0U);
  EXPECT_EQ(world.state().root_is_preserved, 0U);
  EXPECT_EQ(world.luo.subsystem_objects[0].word, 0U);
  EXPECT_EQ(iommu::unpreserve_device(context, kNvme), 0);
  EXPECT_NE(iommu::unpreserve_domain(context, domain), -kernel::kEINVAL);
  EXPECT_EQ(kho::preserved_pages(world.memory, world.kho.tracker), root_pages);
  EXPECT_EQ(iommu::unmap(context, domain, {0}, kGuest.count), 0);
}

// While KHO is not finalized, so that its answer counts and not that the tracker goes as a whole.
TEST(IommuSubsystem, cancel_unpreserves_all_that_prepare_preserved) {
  for (const std::uint8_t interrupts : {kIrqSpurious, kIrqPreserved}) {
    sim::KnobValues knobs;
    knobs.set(kIrq, interrupts);
    IommuWorld world(knobs);
    world.boot();
    world.attached_domain(kNvme, 0, kGuest);
    ASSERT_EQ(world.run(iommu::kIommuSubsystemType.prepare), 0);
    EXPECT_EQ(kho::preserved_pages(world.memory, world.kho.tracker),
              3U + interrupts * irq::kTablePages);
    ASSERT_EQ(world.run(iommu::kIommuSubsystemType.cancel), 0);
    EXPECT_EQ(kho::preserved_pages(world.memory, world.kho.tracker), 0U);
    EXPECT_EQ(world.owned(iommu::kRecordOwner), 0U);
  }
}

TEST_F(IommuHandOver, preserves_again_what_a_cancelled_update_had_preserved) {
  ASSERT_EQ(world.prepare_and_freeze(), 0);
  ASSERT_EQ(world.run(kho::kAbort), 0);
  ASSERT_EQ(world.preserve(kNvme, kToken), 0);
  ASSERT_EQ(world.update(), 0);
  expect_that_nvme_works();
}

TEST_F(IommuHandOver, that_lacks_memory_fails_prepare_and_leaves_nothing) {
  world.fail(kernel::kAllocationSite, iommu::kRecordOwner.name);
  EXPECT_EQ(world.run(kho::kFinalize), -kENOMEM);
  EXPECT_EQ(world.owned(iommu::kRecordOwner), 0U);
  EXPECT_EQ(world.state().root_is_preserved, 0U);
  EXPECT_EQ(world.state().contexts[0].is_preserved, 0U);
  world.fail(luo::kSubsystemPrepareSite, kIommuSubsystem);
  EXPECT_EQ(world.run(kho::kFinalize), luo::kSubsystemPrepareSite.value);
  EXPECT_EQ(world.prepare_and_freeze(), 0);
}

// A device that comes in between, on a bus of its own: its context table is not preserved.
TEST_F(IommuHandOver, cuts_off_the_context_table_of_a_bus_that_came_too_late) {
  ASSERT_EQ(world.preserve(kNvme, kToken), 0);
  ASSERT_EQ(world.run(kho::kFinalize), 0);
  world.attached_domain(kOther, 0, kGuest);
  ASSERT_EQ(world.run(luo::v2::kFreeze), 0);
  ASSERT_EQ(world.shut_down(), 0);
  EXPECT_EQ(world.walk(kOther, 0).reason, FaultReason::root_not_present);
  world.jump();
  EXPECT_EQ(world.walk(kOther, 0).reason, FaultReason::root_not_present);
  expect_that_nvme_works();
}

TEST_F(IommuHandOver, is_refused_where_it_would_cut_off_a_preserved_device) {
  ASSERT_EQ(world.preserve(kNvme, kToken), 0);
  ASSERT_EQ(world.run(kho::kFinalize), 0);
  ASSERT_EQ(iommu::attach(context, kOther, domain), 0);
  ASSERT_EQ(iommu::preserve_device(context, kOther), 0);
  EXPECT_EQ(world.run(luo::v2::kFreeze), -kEBUSY);
}

// As after an abort whose clients were not asked: the tracker is gone.
TEST_F(IommuHandOver, does_not_take_for_preserved_what_was_once) {
  ASSERT_EQ(world.run(kho::kFinalize), 0);
  kho::free_tracker(context);
  world.kho.finalized = false;
  world.luo.phase = luo::v2::Phase::normal;
  ASSERT_EQ(world.run(kho::kFinalize), 0);
  EXPECT_TRUE(
      kho::is_preserved(world.memory, world.kho.tracker, {world.state().contexts[0].page, 1}));
}

// What is given up after prepare is not in the record that freeze writes.
TEST_F(IommuHandOver, sees_what_changed_between_prepare_and_freeze) {
  world.attached_domain(kNic, 0, {{0xD000}, 1});
  ASSERT_EQ(world.preserve(kNvme, kToken), 0);
  ASSERT_EQ(world.preserve(kNic, kToken + 1), 0);
  ASSERT_EQ(world.run(kho::kFinalize), 0);
  ASSERT_EQ(iommu::unpreserve_device(context, kNic), 0);
  ASSERT_EQ(world.run(luo::v2::kFreeze), 0);
  ASSERT_EQ(world.shut_down(), 0);
  world.jump();
  EXPECT_NE(iommu::attachment_of(world.state(), kNvme), nullptr);
  EXPECT_EQ(iommu::attachment_of(world.state(), kNic), nullptr);
  EXPECT_EQ(world.walk(kNic, 0).reason, FaultReason::context_not_present);
}

}  // namespace
}  // namespace luosim::driver
