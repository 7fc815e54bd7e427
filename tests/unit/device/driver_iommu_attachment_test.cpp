// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/unit/device/driver_iommu_world.hpp"

namespace luosim::driver {
namespace {

using device::iommu::FaultReason;
using iommu::kNoDomain;
using kernel::kEBUSY;
using kernel::kEINVAL;
using kernel::kENOENT;
using kernel::kENOMEM;

constexpr device::Bdf kNvme = IommuWorld::kNvme;
constexpr device::Bdf kNic = IommuWorld::kNic;
constexpr device::Bdf kOther = IommuWorld::kOther;
constexpr memory::PageRange kGuest = IommuWorld::kGuest;
constexpr std::uint64_t kGuestAddress = memory::address_of(kGuest.first).value;

struct IommuAttachment : testing::Test {
  IommuWorld world;
  Context context = world.context();
  IommuAttachment() { world.boot(); }
};

TEST_F(IommuAttachment, lets_no_device_reach_memory_before) {
  EXPECT_EQ(world.walk(kNvme, kGuestAddress).reason, FaultReason::root_not_present);
  world.attached_domain(kNvme, 0, kGuest);
  EXPECT_EQ(world.walk(kNvme, 0).address.value, kGuestAddress);
  EXPECT_EQ(world.walk(kNic, 0).reason, FaultReason::context_not_present);
  EXPECT_EQ(world.walk(kOther, 0).reason, FaultReason::root_not_present);
}

TEST_F(IommuAttachment, shares_the_context_table_of_a_bus) {
  world.attached_domain(kNvme, 0, kGuest);
  world.attached_domain(kNic, 0, kGuest);
  EXPECT_EQ(world.owned(iommu::kContextOwner), 1U);
  world.attached_domain(kOther, 0, kGuest);
  EXPECT_EQ(world.owned(iommu::kContextOwner), 2U);
  EXPECT_EQ(world.walk(kOther, 0).address.value, kGuestAddress);
}

TEST_F(IommuAttachment, is_replaced_by_a_new_one_and_invalidated) {
  const std::uint32_t old = world.attached_domain(kNvme, 0, kGuest);
  ASSERT_EQ(world.translate(kNvme, 0).address.value, kGuestAddress);
  const std::uint32_t fresh = world.attached_domain(kNvme, 0, {{0xD000}, 1});
  EXPECT_EQ(world.translate(kNvme, 0).address.value, 0xD000ULL << 12);
  EXPECT_EQ(iommu::attachment_of(world.state(), kNvme)->domain, fresh);
  EXPECT_EQ(world.domain(old).attachments, 0U);
  EXPECT_EQ(world.domain(fresh).attachments, 1U);
  EXPECT_EQ(world.state().attachments.size(), 1U);
}

TEST_F(IommuAttachment, that_is_replaced_without_a_flush_still_leads_to_the_old_memory) {
  world.attached_domain(kNvme, 0, kGuest);
  ASSERT_EQ(world.translate(kNvme, 0).address.value, kGuestAddress);
  world.fail(iommu::kForgetsFlushSite);
  world.attached_domain(kNvme, 0, {{0xD000}, 1});
  EXPECT_EQ(world.translate(kNvme, 0).address.value, kGuestAddress);
}

TEST_F(IommuAttachment, to_the_same_domain_changes_nothing) {
  const std::uint32_t domain = world.attached_domain(kNvme, 0, kGuest);
  const iommu::State before = world.state();
  EXPECT_EQ(iommu::attach(context, kNvme, domain), 0);
  EXPECT_EQ(world.state(), before);
}

TEST_F(IommuAttachment, ends_with_detach) {
  const std::uint32_t domain = world.attached_domain(kNvme, 0, kGuest);
  world.translate(kNvme, 0);
  EXPECT_EQ(iommu::detach(context, kNvme), 0);
  EXPECT_EQ(world.translate(kNvme, 0).reason, FaultReason::context_not_present);
  EXPECT_EQ(world.domain(domain).attachments, 0U);
  EXPECT_EQ(iommu::attachment_of(world.state(), kNvme), nullptr);
  EXPECT_EQ(iommu::detach(context, kNvme), -kENOENT);
}

TEST_F(IommuAttachment, needs_a_domain_and_memory_for_a_context_table) {
  EXPECT_EQ(iommu::attach(context, kNvme, 0), -kEINVAL);
  EXPECT_EQ(iommu::attach(context, kNvme, kNoDomain), -kEINVAL);
  const std::uint32_t domain = iommu::create_domain(context);
  world.fail(kernel::kAllocationSite, iommu::kContextOwner.name);
  EXPECT_EQ(iommu::attach(context, kNvme, domain), -kENOMEM);
  EXPECT_EQ(world.domain(domain).attachments, 0U);
  EXPECT_EQ(iommu::attach(context, kNvme, domain), 0);
}

TEST_F(IommuAttachment, is_preserved_only_with_a_preserved_domain) {
  EXPECT_EQ(iommu::preserve_device(context, kNvme), -kEINVAL);
  const std::uint32_t domain = world.attached_domain(kNvme, 0, kGuest);
  EXPECT_EQ(iommu::preserve_device(context, kNvme), -kEINVAL);
  ASSERT_EQ(iommu::preserve_domain(context, domain, 7), 0);
  EXPECT_EQ(iommu::preserve_device(context, kNvme), 0);
  EXPECT_EQ(iommu::preserve_device(context, kNvme), -kEINVAL);
  EXPECT_EQ(iommu::unpreserve_device(context, kNvme), 0);
  EXPECT_EQ(iommu::unpreserve_device(context, kNvme), -kEINVAL);
}

TEST_F(IommuAttachment, does_not_change_while_it_is_preserved) {
  world.attached_domain(kNvme, 0, kGuest);
  ASSERT_EQ(world.preserve(kNvme, 7), 0);
  const std::uint32_t other = iommu::create_domain(context, 7);
  EXPECT_EQ(iommu::attach(context, kNvme, other), -kEBUSY);
  EXPECT_EQ(iommu::detach(context, kNvme), -kEBUSY);
  EXPECT_EQ(world.walk(kNvme, 0).address.value, kGuestAddress);
}

// Without an IOMMU nothing is attached and everything is reached.
TEST(IommuStart, without_memory_for_a_root_table_leaves_translation_off) {
  IommuWorld world;
  world.fail(kernel::kAllocationSite, iommu::kRootOwner.name);
  world.boot();
  Context context = world.context();
  EXPECT_EQ(world.start_result, -kENOMEM);
  EXPECT_EQ(world.devices.iommu.translates, 0);
  EXPECT_EQ(iommu::create_domain(context), kNoDomain);
  EXPECT_EQ(world.devices.processors.listens, 1U) << "interrupts have nothing to do with it";
  EXPECT_EQ(world.prepare_and_freeze(), 0);
  EXPECT_EQ(world.luo.subsystem_objects[0].word, 0U);
}

TEST(IommuStart, switches_translation_on_when_its_tables_are_there) {
  IommuWorld world;
  world.boot();
  EXPECT_EQ(world.start_result, 0);
  EXPECT_EQ(world.devices.iommu.translates, 1);
  EXPECT_EQ(world.devices.iommu.root_table, world.state().root);
  EXPECT_EQ(world.owned(iommu::kRootOwner), 1U);
  const auto switched = world.records(device::DeviceRecord::translation_switched);
  ASSERT_EQ(switched.size(), 1U);
  EXPECT_EQ(switched[0].values[1], 1U);
}

// devices.md, G.3 row 53: the gap exists, for who was handed nothing.
TEST(IommuStart, switches_translation_that_nobody_handed_over_off_first) {
  IommuWorld world;
  world.boot();
  world.attached_domain(kNvme, 0, kGuest);
  world.boot_parameters = {};
  world.boot();  // nobody shut anything down, as after a crash
  EXPECT_EQ(world.state().took_over, 0U);
  const auto switched = world.records(device::DeviceRecord::translation_switched);
  ASSERT_EQ(switched.size(), 3U);
  EXPECT_EQ(switched[1].values[1], 0U);
  EXPECT_EQ(switched[2].values[1], 1U);
  EXPECT_GT(switched[2].time, switched[1].time);
  EXPECT_EQ(world.walk(kNvme, 0).reason, FaultReason::root_not_present);
}

}  // namespace
}  // namespace luosim::driver
