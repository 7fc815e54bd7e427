// SPDX-License-Identifier: Apache-2.0
//
// The end of files: that nothing is released while somebody refers to it, that all of what a file
// held goes with it, and that memory which is handed over outlives its descriptors.
#include <gtest/gtest.h>

#include "model/fd/release.hpp"
#include "tests/unit/device/update_world.hpp"

namespace luosim::fd {
namespace {

constexpr std::uint64_t kPagesOf4MiB = 4 * UpdateWorld::kMiB / memory::kPageBytes;

sim::Digest128 digest_of(const kernel::Files& files) {
  sim::Hasher hasher;
  files.add_to(hasher);
  return hasher.finish();
}

TEST(ReleasedFiles, are_told_once_in_the_order_of_their_last_references) {
  kernel::Files files;
  const kernel::FileId first = files.open({}, 0, 0);
  const kernel::FileId second = files.open({}, 0, 1);
  files.get(first);
  EXPECT_FALSE(files.put(first));
  EXPECT_FALSE(files.has_released());
  EXPECT_TRUE(files.put(second));
  EXPECT_TRUE(files.put(first));
  EXPECT_TRUE(files.has_released());
  EXPECT_EQ(files.take_released(), (std::vector{second, first}));
  EXPECT_FALSE(files.has_released());
}

TEST(ReleasedFiles, decide_the_future) {
  kernel::Files files;
  files.put(files.open({}, 0, 0));
  const sim::Digest128 before = digest_of(files);
  kernel::Files taken = files;
  taken.take_released();
  EXPECT_NE(digest_of(taken), before);
  EXPECT_NE(taken, files);
}

TEST(Release, a_memfd_gives_its_memory_back) {
  UpdateWorld world;
  const kernel::FileId file = world.memfd(4 * UpdateWorld::kMiB);
  EXPECT_EQ(world.owned(kMemfdOwner), kPagesOf4MiB);
  world.core.files.get(file);
  world.close(file);
  EXPECT_EQ(world.owned(kMemfdOwner), kPagesOf4MiB) << "one reference is left";
  world.close(file);
  EXPECT_EQ(world.owned(kMemfdOwner), 0U);
}

TEST(Release, a_preserved_memfd_outlives_its_descriptors) {
  UpdateWorld world(later_phases());
  const kernel::FileId file = world.memfd(4 * UpdateWorld::kMiB);
  const std::uint64_t token = world.preserve(file);
  world.close(file);
  ASSERT_EQ(world.prepare(), 0);
  ASSERT_EQ(world.freeze(), 0);
  EXPECT_EQ(world.owned(kMemfdOwner), kPagesOf4MiB);
  world.kexec();
  const kernel::FileId restored = world.restored(token);
  EXPECT_EQ(world.owned(kMemfdOwner), kPagesOf4MiB);
  world.close(restored);
  EXPECT_EQ(world.owned(kMemfdOwner), 0U);
  EXPECT_EQ(world.finish(), 0);
}

TEST(Release, a_device_lets_go_of_all_that_it_held) {
  UpdateWorld world;
  const kernel::FileId file = world.memfd(4 * UpdateWorld::kMiB);
  const kernel::FileId space = world.iommufd();
  const kernel::FileId device = world.vfio(world.disk);
  const kernel::FileId guest = world.kvm();
  ASSERT_EQ(world.map(space, 0, file), 0);
  ASSERT_EQ(world.attach(device, space), 0);
  ASSERT_EQ(world.interrupts(device, 2, guest), 0);
  for (const kernel::FileId each : {file, space, guest}) world.close(each);
  EXPECT_NE(world.reach(world.disk, 0), std::nullopt);
  for (const kernel::FileId each : {file, space, guest})
    EXPECT_TRUE(world.core.files.is_live(each));
  world.close(device);
  EXPECT_EQ(world.reach(world.disk, 0), std::nullopt);
  for (const kernel::FileId each : {file, space, guest, device})
    EXPECT_FALSE(world.core.files.is_live(each));
  EXPECT_EQ(world.owned(kMemfdOwner), 0U);
  EXPECT_EQ(world.live_domains(), 0U);
  EXPECT_TRUE(world.drivers.iommu.tables.empty());
  EXPECT_EQ(world.fd.kvms[0].is_live, 0U);
  EXPECT_TRUE(world.fd.iommufd_mappings.empty());
}

TEST(Release, an_address_space_that_is_still_prepared_unpreserves_its_tables) {
  UpdateWorld world(later_phases());
  const kernel::FileId file = world.memfd(4 * UpdateWorld::kMiB);
  const kernel::FileId space = world.iommufd();
  ASSERT_EQ(world.map(space, 0, file), 0);
  world.preserve(file);
  world.preserve(space);
  ASSERT_EQ(world.prepare(), 0);
  world.core.files.put(space);
  world.close(space);
  EXPECT_EQ(world.live_domains(), 0U);
  EXPECT_TRUE(world.drivers.iommu.tables.empty());
  EXPECT_EQ(world.fd.memfds[0].pins, 0U);
}

TEST(Release, a_restored_address_space_leaves_a_domain_that_a_device_uses) {
  UpdateWorld world(later_phases());
  const kernel::FileId file = world.memfd(4 * UpdateWorld::kMiB);
  const kernel::FileId space = world.iommufd();
  const kernel::FileId device = world.vfio(world.disk);
  ASSERT_EQ(world.map(space, 0, file), 0);
  ASSERT_EQ(world.attach(device, space), 0);
  world.preserve(file);
  const std::uint64_t token = world.preserve(space);
  const std::uint64_t token_of_device = world.preserve(device);
  ASSERT_EQ(world.prepare(), 0);
  ASSERT_EQ(world.freeze(), 0);
  world.kexec();
  const auto before = world.reach(world.disk, 0);
  ASSERT_NE(before, std::nullopt);
  world.close(world.restored(token));
  EXPECT_EQ(world.reach(world.disk, 0), before);
  EXPECT_EQ(world.live_domains(), 1U) << "its own domain is gone";
  const kernel::FileId again = world.restored(token_of_device);
  world.close(again);
  EXPECT_EQ(world.reach(world.disk, 0), std::nullopt);
}

TEST(Release, a_restored_address_space_takes_the_domain_along_that_nobody_uses) {
  UpdateWorld world(later_phases());
  const kernel::FileId space = world.iommufd();
  const std::uint64_t token = world.preserve(space);
  ASSERT_EQ(world.prepare(), 0);
  ASSERT_EQ(world.freeze(), 0);
  world.kexec();
  const kernel::FileId restored = world.restored(token);
  EXPECT_EQ(world.live_domains(), 2U);
  world.close(restored);
  EXPECT_EQ(world.live_domains(), 0U);
}

TEST(Release, of_nothing_does_nothing) {
  UpdateWorld world;
  world.memfd(4 * UpdateWorld::kMiB);
  const State before = world.fd;
  Context now = world.context();
  release_files(now);
  EXPECT_EQ(world.fd, before);
}

}  // namespace
}  // namespace luosim::fd
