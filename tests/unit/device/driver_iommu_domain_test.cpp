// SPDX-License-Identifier: Apache-2.0
#include <map>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "model/kho/tracker.hpp"
#include "tests/unit/device/driver_iommu_world.hpp"

namespace luosim::driver {
namespace {

using device::iommu::FaultReason;
using iommu::kNoDomain;
using kernel::kEBUSY;
using kernel::kEEXIST;
using kernel::kEINVAL;
using kernel::kENOMEM;
using kernel::kEPERM;
using memory::kPageBytes;

constexpr std::uint64_t kMiB = 1ULL << 20;
constexpr std::uint64_t kGiB = 1ULL << 30;
constexpr device::Bdf kNvme = IommuWorld::kNvme;

struct IommuDomain : testing::Test {
  IommuWorld world;
  Context context = world.context();
  std::uint32_t domain = kNoDomain;

  IommuDomain() {
    world.boot();
    domain = iommu::create_domain(context);
    iommu::attach(context, kNvme, domain);
  }
  sim::Digest128 digest() const {
    sim::Hasher hasher;
    world.memory.add_to(hasher);
    world.drivers.add_to(hasher);
    return hasher.finish();
  }
  std::uint64_t tables() const { return world.owned(iommu::kTableOwner); }
};

TEST_F(IommuDomain, leads_the_device_to_what_is_mapped_and_nowhere_else) {
  ASSERT_EQ(iommu::map(context, domain, {0x10000}, {{0x5000}, 3}, 0, true), 0);
  EXPECT_EQ(world.walk(kNvme, 0x10123).address.value, 0x5000'123ULL);
  EXPECT_EQ(world.walk(kNvme, 0x12FFF).address.value, 0x5002'FFFULL);
  EXPECT_EQ(world.walk(kNvme, 0xF000).reason, FaultReason::not_writable);
  EXPECT_EQ(world.walk(kNvme, 0x13000).reason, FaultReason::not_writable);
  EXPECT_EQ(world.walk(kNvme, 0x10000).domain_id, world.domain(domain).id);
  EXPECT_EQ(world.walk(IommuWorld::kNic, 0x10000).reason, FaultReason::context_not_present);
}

TEST_F(IommuDomain, lets_nobody_write_where_only_reading_is_allowed) {
  ASSERT_EQ(iommu::map(context, domain, {0}, {{0x5000}, 512}, 9, false), 0);
  EXPECT_EQ(world.walk(kNvme, 0, true).reason, FaultReason::not_writable);
  EXPECT_EQ(world.walk(kNvme, 0, false).reason, FaultReason::none);
}

// The top table, and one for each level above the pages that are used.
TEST_F(IommuDomain, uses_pages_as_large_as_it_may) {
  const std::uint64_t before = tables();
  ASSERT_EQ(before, 1U);
  ASSERT_EQ(iommu::map(context, domain, {kGiB}, {{512}, 512}, 8, true), 0);
  EXPECT_EQ(tables(), before + 3);
  ASSERT_EQ(iommu::map(context, domain, {2 * kGiB}, {{512}, 1024}, 9, true), 0);
  EXPECT_EQ(tables(), before + 4);
  EXPECT_EQ(world.walk(kNvme, 2 * kGiB + 3 * kMiB).address.value, 5 * kMiB);
}

TEST(IommuDomainLarge, uses_pages_of_a_gigabyte) {
  IommuWorld world({}, 4 * kGiB / kPageBytes);
  world.boot();
  Context context = world.context();
  const std::uint32_t domain = iommu::create_domain(context);
  iommu::attach(context, kNvme, domain);
  ASSERT_EQ(iommu::map(context, domain, {kGiB}, {{kGiB / kPageBytes}, kGiB / kPageBytes}, 18, true),
            0);
  EXPECT_EQ(world.owned(iommu::kTableOwner), 2U);
  EXPECT_EQ(world.walk(kNvme, kGiB + 5).address.value, kGiB + 5);
}

TEST_F(IommuDomain, uses_small_pages_up_to_where_a_large_one_begins) {
  const memory::PageRange range{{0x3FF}, 1 + 512 + 1};
  ASSERT_EQ(iommu::map(context, domain, {0x3FF * kPageBytes}, range, 9, true), 0);
  EXPECT_EQ(tables(), 5U);
  for (std::uint64_t page = 0x3FF; page < 0x601; ++page)
    ASSERT_EQ(world.walk(kNvme, page * kPageBytes).address.value, page * kPageBytes);
}

TEST_F(IommuDomain, refuses_to_map_over_a_mapping_and_changes_nothing) {
  ASSERT_EQ(iommu::map(context, domain, {4 * kMiB}, {{512}, 512}, 9, true), 0);
  const sim::Digest128 before = digest();
  EXPECT_EQ(iommu::map(context, domain, {2 * kMiB}, {{1024}, 513}, 9, true), -kEEXIST);
  EXPECT_EQ(iommu::map(context, domain, {5 * kMiB}, {{1024}, 1}, 0, true), -kEEXIST);
  EXPECT_EQ(digest(), before);
  EXPECT_EQ(iommu::map(context, domain, {2 * kMiB}, {{1024}, 512}, 9, true), 0);
}

TEST_F(IommuDomain, refuses_what_is_no_range) {
  const sim::Digest128 before = digest();
  EXPECT_EQ(iommu::map(context, domain, {0x10}, {{512}, 1}, 9, true), -kEINVAL);
  EXPECT_EQ(iommu::map(context, domain, {0}, {{512}, 0}, 9, true), -kEINVAL);
  EXPECT_EQ(iommu::map(context, domain, {1ULL << 48}, {{512}, 1}, 9, true), -kEINVAL);
  EXPECT_EQ(iommu::map(context, domain, {(1ULL << 48) - kPageBytes}, {{512}, 2}, 9, true),
            -kEINVAL);
  EXPECT_EQ(iommu::map(context, domain, {0}, {{IommuWorld::kPages - 1}, 2}, 9, true), -kEINVAL);
  EXPECT_EQ(iommu::map(context, domain + 1, {0}, {{512}, 1}, 9, true), -kEINVAL);
  EXPECT_EQ(iommu::unmap(context, domain, {0}, ~0ULL), -kEINVAL);
  EXPECT_EQ(iommu::unmap(context, kNoDomain, {0}, 1), -kEINVAL);
  EXPECT_EQ(digest(), before);
}

TEST_F(IommuDomain, unmaps_and_gives_empty_tables_back) {
  ASSERT_EQ(iommu::map(context, domain, {0}, {{0x5000}, 1024}, 0, true), 0);
  ASSERT_EQ(tables(), 5U);
  EXPECT_EQ(iommu::unmap(context, domain, {0}, 512), 0);
  EXPECT_EQ(tables(), 4U);
  EXPECT_EQ(world.walk(kNvme, 0).reason, FaultReason::not_writable);
  EXPECT_EQ(world.walk(kNvme, 2 * kMiB).address.value, 0x5200ULL * kPageBytes);
  EXPECT_EQ(iommu::unmap(context, domain, {0}, 4096), 0);
  EXPECT_EQ(tables(), 1U);
}

TEST_F(IommuDomain, can_use_a_large_page_where_small_ones_were) {
  ASSERT_EQ(iommu::map(context, domain, {0}, {{0x5000}, 1}, 0, true), 0);
  ASSERT_EQ(iommu::unmap(context, domain, {0}, 1), 0);
  ASSERT_EQ(iommu::map(context, domain, {0}, {{512}, 512}, 9, true), 0);
  EXPECT_EQ(tables(), 3U);
}

TEST_F(IommuDomain, does_not_split_a_large_page) {
  ASSERT_EQ(iommu::map(context, domain, {2 * kMiB}, {{512}, 512}, 9, true), 0);
  const sim::Digest128 before = digest();
  EXPECT_EQ(iommu::unmap(context, domain, {2 * kMiB}, 1), -kEINVAL);
  EXPECT_EQ(iommu::unmap(context, domain, {0}, 1023), -kEINVAL);
  EXPECT_EQ(iommu::unmap(context, domain, {3 * kMiB}, 1024), -kEINVAL);
  EXPECT_EQ(digest(), before);
}

TEST_F(IommuDomain, keeps_what_it_had_mapped_when_memory_ran_short) {
  world.fail(kernel::kAllocationSite, iommu::kTableOwner.name, 3);
  EXPECT_EQ(iommu::map(context, domain, {0}, {{0x5000}, 1024}, 0, true), -kENOMEM);
  EXPECT_EQ(world.walk(kNvme, 511 * kPageBytes).reason, FaultReason::none);
  EXPECT_EQ(world.walk(kNvme, 512 * kPageBytes).reason, FaultReason::not_writable);
  EXPECT_EQ(iommu::unmap(context, domain, {0}, 1024), 0);
  EXPECT_EQ(tables(), 1U);
}

TEST_F(IommuDomain, keeps_no_empty_table_when_memory_ran_short) {
  world.fail(kernel::kAllocationSite, iommu::kTableOwner.name, 2);
  EXPECT_EQ(iommu::map(context, domain, {0}, {{0x5000}, 1}, 0, true), -kENOMEM);
  EXPECT_EQ(tables(), 1U);
  EXPECT_EQ(world.state().tables.size(), 1U);
}

TEST_F(IommuDomain, invalidates_what_it_unmaps) {
  iommu::map(context, domain, {0}, {{0x5000}, 1}, 0, true);
  ASSERT_EQ(world.translate(kNvme, 0).reason, FaultReason::none);
  iommu::unmap(context, domain, {0}, 1);
  EXPECT_EQ(world.translate(kNvme, 0).reason, FaultReason::not_writable);
}

TEST_F(IommuDomain, that_forgets_to_flush_lets_the_device_reach_what_was_unmapped) {
  iommu::map(context, domain, {0}, {{0x5000}, 1}, 0, true);
  ASSERT_EQ(world.translate(kNvme, 0).reason, FaultReason::none);
  world.fail(iommu::kForgetsFlushSite);
  iommu::unmap(context, domain, {0}, 1);
  EXPECT_EQ(world.walk(kNvme, 0).reason, FaultReason::not_writable);
  EXPECT_EQ(world.translate(kNvme, 0).address.value, 0x5000ULL * kPageBytes);
}

TEST_F(IommuDomain, leaves_no_page_behind_when_it_is_freed) {
  iommu::map(context, domain, {0}, {{0x4000}, 2048}, 0, true);
  const std::uint32_t other = iommu::create_domain(context);
  iommu::map(context, other, {0}, {{0x4000}, 1}, 0, true);
  EXPECT_EQ(iommu::free_domain(context, domain), -kEBUSY);
  ASSERT_EQ(iommu::detach(context, kNvme), 0);
  EXPECT_EQ(iommu::free_domain(context, domain), 0);
  EXPECT_EQ(tables(), 4U);
  EXPECT_EQ(iommu::free_domain(context, other), 0);
  EXPECT_EQ(tables(), 0U);
  EXPECT_TRUE(world.state().tables.empty());
  EXPECT_TRUE(world.records(kernel::KernelRecord::memory_freed_twice).empty());
  EXPECT_EQ(iommu::free_domain(context, domain), -kEINVAL);
}

TEST_F(IommuDomain, has_an_id_of_its_own_and_gives_it_back) {
  const std::uint32_t second = iommu::create_domain(context);
  const std::uint32_t third = iommu::create_domain(context);
  EXPECT_NE(world.domain(second).id, world.domain(domain).id);
  EXPECT_NE(world.domain(second).id, world.domain(third).id);
  const std::uint16_t id = world.domain(second).id;
  iommu::free_domain(context, second);
  const std::uint32_t fourth = iommu::create_domain(context);
  EXPECT_EQ(world.domain(fourth).id, id);
  EXPECT_NE(fourth, second) << "whoever still has the old number must not get another domain";
}

TEST_F(IommuDomain, is_not_made_without_memory) {
  world.fail(kernel::kAllocationSite, "iommu_domain_alloc");
  EXPECT_EQ(iommu::create_domain(context), kNoDomain);
  world.fail(kernel::kAllocationSite, iommu::kTableOwner.name);
  EXPECT_EQ(iommu::create_domain(context), kNoDomain);
  EXPECT_EQ(world.state().domains.size(), 1U);
}

TEST_F(IommuDomain, does_not_change_while_it_is_preserved) {
  iommu::map(context, domain, {0}, {{0x5000}, 4}, 0, true);
  ASSERT_EQ(iommu::preserve_domain(context, domain, 7), 0);
  const sim::Digest128 before = digest();
  EXPECT_EQ(iommu::map(context, domain, {kMiB}, {{0x5000}, 1}, 0, true), -kEPERM);
  EXPECT_EQ(iommu::unmap(context, domain, {0}, 4), -kEPERM);
  EXPECT_EQ(iommu::free_domain(context, domain), -kEBUSY);
  EXPECT_EQ(iommu::preserve_domain(context, domain, 8), -kEBUSY);
  EXPECT_EQ(digest(), before);
  ASSERT_EQ(iommu::unpreserve_domain(context, domain), 0);
  EXPECT_EQ(iommu::unmap(context, domain, {0}, 4), 0);
  EXPECT_EQ(iommu::unpreserve_domain(context, domain), -kEINVAL);
}

TEST_F(IommuDomain, preserves_every_page_of_its_tables_and_no_other) {
  const std::uint32_t other = iommu::create_domain(context);
  iommu::map(context, domain, {0}, {{0x5000}, 1024}, 0, true);
  ASSERT_EQ(iommu::preserve_domain(context, domain, 7), 0);
  EXPECT_EQ(kho::preserved_pages(world.memory, world.kho.tracker), 5U);
  for (const iommu::TablePage& table : world.state().tables)
    EXPECT_EQ(kho::is_preserved(world.memory, world.kho.tracker, {table.page, 1}),
              table.domain != other);
  ASSERT_EQ(iommu::unpreserve_domain(context, domain), 0);
  EXPECT_EQ(kho::preserved_pages(world.memory, world.kho.tracker), 0U);
}

// The second table lies far away, so that KHO needs a second bitmap for it.
TEST_F(IommuDomain, is_preserved_as_a_whole_or_not_at_all) {
  world.kernel.next_page = {0x8000};
  iommu::map(context, domain, {0}, {{0x5000}, 1024}, 0, true);
  world.fail(kernel::kAllocationSite, kho::kBitmapOwner.name, 2);
  EXPECT_EQ(iommu::preserve_domain(context, domain, 7), -kENOMEM);
  EXPECT_EQ(world.records(sim::EngineRecord::fault_fired).size(), 1U);
  EXPECT_EQ(kho::preserved_pages(world.memory, world.kho.tracker), 0U);
  EXPECT_EQ(iommu::unmap(context, domain, {0}, 1), 0);
}

TEST_F(IommuDomain, is_not_freed_while_it_is_preserved) {
  const std::uint32_t idle = iommu::create_domain(context);
  ASSERT_EQ(iommu::preserve_domain(context, idle, 7), 0);
  EXPECT_EQ(iommu::free_domain(context, idle), -kEBUSY);
  ASSERT_EQ(iommu::unpreserve_domain(context, idle), 0);
  EXPECT_EQ(iommu::free_domain(context, idle), 0);
}

TEST_F(IommuDomain, is_not_preserved_once_kho_is_finalized) {
  ASSERT_EQ(world.run(kho::kFinalize), 0);
  EXPECT_EQ(iommu::preserve_domain(context, domain, 7), -kEBUSY);
}

TEST(IommuDomainLarge, maps_a_guest_of_64_gibibytes_with_few_tables) {
  IommuWorld world({}, 80 * kGiB / kPageBytes);
  world.boot();
  Context context = world.context();
  const std::uint32_t domain = iommu::create_domain(context);
  iommu::attach(context, kNvme, domain);
  const std::uint64_t pages = 64 * kGiB / kPageBytes;
  ASSERT_EQ(iommu::map(context, domain, {0}, {{8 * kGiB / kPageBytes}, pages}, 9, true), 0);
  EXPECT_EQ(world.owned(iommu::kTableOwner), 1U + 1U + 64U);
  EXPECT_EQ(world.walk(kNvme, 64 * kGiB - 1).address.value, 72 * kGiB - 1);
  EXPECT_LT(world.memory.bytes().stored_bytes(), 80U * kPageBytes);
  ASSERT_EQ(iommu::unmap(context, domain, {0}, pages), 0);
  EXPECT_EQ(world.owned(iommu::kTableOwner), 1U);
}

// The reference: which frame each page of the address space leads to.
using Pages = std::map<std::uint64_t, std::uint64_t>;
constexpr std::uint64_t kSpace = 2048;  // pages that are looked at, around 1 GiB
constexpr std::uint64_t kBase = kGiB / kPageBytes - kSpace / 2;

struct Change {
  bool is_map = true;
  std::uint64_t at = 0;
  std::uint64_t pages = 1;
  std::uint64_t frame = 0;
  std::uint32_t order = 0;
};

Change any_change() {
  const auto at = *rc::gen::weightedOneOf<std::uint64_t>(
      {{1, rc::gen::inRange<std::uint64_t>(0, kSpace - 1)},
       {2, rc::gen::element<std::uint64_t>(0, 512, 1024, 1536)}});
  const auto pages = *rc::gen::weightedOneOf<std::uint64_t>(
      {{1, rc::gen::inRange<std::uint64_t>(1, kSpace)},
       {2, rc::gen::element<std::uint64_t>(1, 2, 512, 513, 1024)}});
  return {.is_map = *rc::gen::inRange(0, 3) != 0,
          .at = at,
          .pages = std::min(pages, kSpace - at),
          .frame = *rc::gen::element<std::uint64_t>(0x2000, 0x2001, 0x2200, 0x4000),
          .order = *rc::gen::element<std::uint32_t>(0, 9, 18)};
}

// What a change may answer, and what it makes of the reference.
void follow(const Change& change, std::int64_t answer, Pages& pages) {
  const auto first = pages.lower_bound(kBase + change.at);
  const auto last = pages.lower_bound(kBase + change.at + change.pages);
  if (change.is_map) {
    RC_ASSERT(answer == (first == last ? 0 : -kEEXIST));
    if (answer != 0) return;
    for (std::uint64_t page = 0; page < change.pages; ++page)
      pages[kBase + change.at + page] = change.frame + page;
  } else if (answer == 0) {
    pages.erase(first, last);
  } else {
    RC_ASSERT(answer == -kEINVAL);  // part of a large page
  }
}

RC_GTEST_PROP(IommuDomainProperty, walks_to_what_was_mapped_after_any_changes, ()) {
  IommuWorld world;
  world.boot();
  Context context = world.context();
  const std::uint32_t domain = iommu::create_domain(context);
  iommu::attach(context, kNvme, domain);
  Pages pages;
  const int changes = *rc::gen::inRange(1, 12);
  for (int number = 0; number < changes; ++number) {
    const Change change = any_change();
    const device::Iova iova{(kBase + change.at) * kPageBytes};
    const std::int64_t answer =
        change.is_map
            ? iommu::map(context, domain, iova, {{change.frame}, change.pages}, change.order, true)
            : iommu::unmap(context, domain, iova, change.pages);
    follow(change, answer, pages);
  }
  for (std::uint64_t page = kBase; page < kBase + kSpace; ++page) {
    const auto mapped = pages.find(page);
    const device::iommu::Translation walked = world.walk(kNvme, page * kPageBytes);
    RC_ASSERT((walked.reason == FaultReason::none) == (mapped != pages.end()));
    if (mapped != pages.end()) RC_ASSERT(walked.address.value == mapped->second * kPageBytes);
  }
  RC_ASSERT(world.state().tables.size() == world.owned(iommu::kTableOwner));
  iommu::detach(context, kNvme);
  RC_ASSERT(iommu::free_domain(context, domain) == 0);
  RC_ASSERT(world.owned(iommu::kTableOwner) == 0U);
}

}  // namespace
}  // namespace luosim::driver
