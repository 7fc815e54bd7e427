// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/unit/device/driver_iommu_world.hpp"

namespace luosim::driver {
namespace {

using device::iommu::FaultReason;
using iommu::kNoDomain;

constexpr device::Bdf kNvme = IommuWorld::kNvme;
constexpr memory::PageRange kGuest = IommuWorld::kGuest;
constexpr std::uint64_t kGuestAddress = memory::address_of(kGuest.first).value;
constexpr std::uint64_t kToken = 0x77;

// A kernel that took a device and its domain over.
struct IommuFinish : testing::Test {
  IommuWorld world;
  Context context = world.context();

  void SetUp() override {
    world.boot();
    world.attached_domain(kNvme, 0, kGuest);
    ASSERT_EQ(world.preserve(kNvme, kToken), 0);
    ASSERT_EQ(world.update(), 0);
  }
  void expect_that_nvme_works() {
    EXPECT_EQ(world.walk(kNvme, 5).address.value, kGuestAddress + 5);
  }
};

TEST_F(IommuFinish, frees_what_nobody_uses_any_more) {
  const std::uint32_t heir = iommu::create_domain(context, kToken);
  const std::uint32_t idle = iommu::create_domain(context);
  ASSERT_EQ(iommu::attach(context, kNvme, heir), 0);
  ASSERT_EQ(world.run(luo::v2::kFinish), 0);
  EXPECT_EQ(iommu::restored_domain(world.state(), kToken), kNoDomain);
  EXPECT_EQ(world.owned(iommu::kTableOwner), 2U) << "those of this kernel's own two domains";
  EXPECT_NE(world.domain(idle).id, 0);
  EXPECT_EQ(world.owned(iommu::kRecordOwner), 0U);
  EXPECT_EQ(world.owned(kho::kIncomingOwner), luo::v2::kTreePages) << "LUO's own tree";
  EXPECT_TRUE(world.records(kernel::KernelRecord::memory_freed_twice).empty());
}

TEST_F(IommuFinish, leaves_what_a_device_still_uses) {
  ASSERT_EQ(world.run(luo::v2::kFinish), 0);
  expect_that_nvme_works();
  EXPECT_NE(iommu::restored_domain(world.state(), kToken), kNoDomain);
  EXPECT_EQ(world.owned(iommu::kRecordOwner), 0U);
  // The next update gives the device up.
  ASSERT_EQ(world.update(), 0);
  EXPECT_EQ(world.walk(kNvme, 0).reason, FaultReason::context_not_present);
  EXPECT_EQ(world.owned(iommu::kTableOwner), 0U);
}

TEST_F(IommuFinish, lets_what_is_left_be_handed_on_once_more_without_being_taken_over) {
  ASSERT_EQ(world.run(luo::v2::kFinish), 0);
  ASSERT_EQ(world.preserve(kNvme, kToken), 0);
  ASSERT_EQ(world.update(), 0);
  expect_that_nvme_works();
  EXPECT_NE(iommu::restored_domain(world.state(), kToken), kNoDomain);
}

TEST(IommuFinishKnob, quiesces_what_nobody_took) {
  sim::KnobValues knobs;
  knobs.set(kUnclaimed, kUnclaimedQuiesced);
  IommuWorld world(knobs);
  world.boot();
  world.attached_domain(kNvme, 0, kGuest);
  ASSERT_EQ(world.preserve(kNvme, kToken), 0);
  ASSERT_EQ(world.update(), 0);
  world.translate(kNvme, 0);
  ASSERT_EQ(world.run(luo::v2::kFinish), 0);
  EXPECT_EQ(world.translate(kNvme, 0).reason, FaultReason::context_not_present);
  EXPECT_EQ(iommu::attachment_of(world.state(), kNvme), nullptr);
  EXPECT_EQ(world.owned(iommu::kTableOwner), 0U);
  EXPECT_EQ(world.records(iommu::IommuRecord::quiesced).size(), 1U);
}

}  // namespace
}  // namespace luosim::driver
