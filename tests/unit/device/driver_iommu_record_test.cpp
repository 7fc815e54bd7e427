// SPDX-License-Identifier: Apache-2.0
//
// The record in memory may be anything by the time somebody reads it.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "model/driver/iommu/hand_over.hpp"
#include "tests/unit/device/driver_iommu_world.hpp"

namespace luosim::driver {
namespace {

using iommu::HandOver;
using iommu::Reading;
using memory::PhysicalAddress;

constexpr device::Bdf kNvme = IommuWorld::kNvme;
constexpr device::Bdf kNic = IommuWorld::kNic;
constexpr std::uint64_t kRecordBytes = 1024;  // that a test damages

// Words of the record's header.
enum Word : std::uint64_t {
  magic,
  version,
  record_pages,
  root,
  remapping_table,
  remapping_entries,
  contexts,
  domains,
  devices,
  tables,
  vectors,
  descriptors,
  first_context_bus,
};

// A machine between shutdown and jump: what is handed over lies in memory.
struct Stopped {
  IommuWorld world;
  PhysicalAddress record{};

  Stopped() {
    world.boot();
    world.attached_domain(kNvme, 0, IommuWorld::kGuest);
    world.attached_domain(kNic, 0, {{0xD000}, 600});
    world.attached_domain(IommuWorld::kOther, 0, {{0xE000}, 1});
    world.preserve(kNvme, 1);
    world.preserve(kNic, 2);
    world.prepare_and_freeze();
    world.shut_down();
    record = memory::address_of(world.state().record.first);
  }
  std::uint64_t read(std::uint64_t word) const {
    return world.memory.bytes().read_value<std::uint64_t>(record + word * 8);
  }
  void write(std::uint64_t word, std::uint64_t value) {
    world.memory.bytes().write_value(record + word * 8, value);
  }
};

struct IommuRecordInMemory : testing::Test, Stopped {};

TEST_F(IommuRecordInMemory, is_read_back_as_it_was_written) {
  HandOver contents;
  ASSERT_EQ(iommu::load(world.memory, record, iommu::kRecordOwner.tag(), contents),
            Reading::complete);
  EXPECT_EQ(contents.root, world.state().root);
  EXPECT_EQ(contents.record_pages, 1U);
  ASSERT_EQ(contents.contexts.size(), 2U);
  EXPECT_EQ(contents.contexts[0].bus, 1U);
  EXPECT_EQ(contents.contexts[1].bus, 2U);
  ASSERT_EQ(contents.domains.size(), 2U);
  EXPECT_EQ(contents.domains[0].token, 1U);
  EXPECT_EQ(contents.domains[1].token, 2U);
  EXPECT_EQ(contents.domains[0].pages + contents.domains[1].pages, contents.tables.size());
  EXPECT_EQ(contents.tables.size(), 3U + 4U) << "those of the domains that are preserved";
  ASSERT_EQ(contents.devices.size(), 2U);
  EXPECT_EQ(contents.devices[0].bdf, kNvme.value);
  EXPECT_EQ(contents.devices[1].domain, 1U);
}

TEST_F(IommuRecordInMemory, is_not_read_from_pages_of_somebody_else) {
  HandOver contents;
  EXPECT_EQ(iommu::load(world.memory, record, kho::kIncomingOwner.tag(), contents),
            Reading::not_there);
  const PhysicalAddress beyond = memory::address_of({IommuWorld::kPages});
  EXPECT_EQ(iommu::load(world.memory, beyond, iommu::kRecordOwner.tag(), contents),
            Reading::not_there);
  EXPECT_EQ(iommu::load(world.memory, record + 8, iommu::kRecordOwner.tag(), contents),
            Reading::damaged);
}

TEST_F(IommuRecordInMemory, of_an_unknown_version_is_the_end) {
  write(version, 2);
  world.jump();
  EXPECT_TRUE(world.panicked(iommu::kRecordVersionUnknown));
}

TEST_F(IommuRecordInMemory, that_is_none_is_the_end) {
  write(magic, 0);
  world.jump();
  EXPECT_TRUE(world.panicked(iommu::kRecordDamaged));
}

TEST_F(IommuRecordInMemory, of_other_tables_than_the_hardware_has_is_the_end) {
  write(root, read(root) + memory::kPageBytes);
  world.jump();
  EXPECT_TRUE(world.panicked(iommu::kRecordDamaged));
}

TEST_F(IommuRecordInMemory, that_claims_more_than_it_holds_is_the_end) {
  for (const Word word : {contexts, domains, devices, tables, vectors, descriptors}) {
    for (const std::uint64_t value : {std::uint64_t{0x1000}, ~std::uint64_t{0}}) {
      Stopped other;
      other.write(word, value);
      other.world.jump();
      EXPECT_TRUE(other.world.panicked(iommu::kRecordDamaged)) << word << " " << value;
    }
  }
}

TEST_F(IommuRecordInMemory, with_a_page_that_was_not_preserved_is_the_end) {
  const memory::Pfn page = world.state().tables[1].page;
  Context context = world.context();
  world.kho.finalized = false;
  kho::unpreserve_folios(context, page, 0, 1);
  world.kho.finalized = true;
  world.jump();
  EXPECT_TRUE(world.panicked(iommu::kPagesMissing));
}

TEST_F(IommuRecordInMemory, that_was_not_preserved_itself_is_the_end) {
  Context context = world.context();
  world.kho.finalized = false;
  kho::unpreserve_folios(context, memory::page_of(record), 0, 1);
  world.kho.finalized = true;
  world.jump();
  EXPECT_TRUE(world.panicked(iommu::kPagesMissing));
}

TEST_F(IommuRecordInMemory, that_claims_pages_of_others_is_the_end) {
  write(record_pages, 1000);
  world.jump();
  EXPECT_TRUE(world.panicked(iommu::kPagesMissing));
}

// One page twice would be in two domains.
TEST_F(IommuRecordInMemory, with_a_page_twice_is_the_end) {
  HandOver contents;
  iommu::load(world.memory, record, iommu::kRecordOwner.tag(), contents);
  contents.tables[1] = contents.tables[0];
  iommu::store(world.memory.bytes(), record, contents);
  world.jump();
  EXPECT_TRUE(world.panicked(iommu::kPagesMissing));
}

TEST_F(IommuRecordInMemory, is_refused_where_its_parts_contradict_each_other) {
  HandOver good;
  iommu::load(world.memory, record, iommu::kRecordOwner.tag(), good);
  std::vector<HandOver> bad(10, good);
  bad[0].domains[0].id = 0;
  bad[1].domains[0].id = bad[1].domains[1].id;
  bad[2].domains[0].pages -= 1;
  bad[3].domains[0].top += 8;
  bad[4].devices[0].domain = 2;
  bad[5].devices[0].bdf = bad[5].devices[1].bdf;
  bad[6].devices[0].bdf = 0x300;  // on a bus without a context table
  bad[7].contexts[0].bus = 256;
  bad[8].vectors.push_back({.vector = 40});
  bad[9].domains[0].pages = good.tables.size() + 1;
  bad[9].domains[1].pages = ~0ULL;  // the sum is right again, modulo 2^64
  for (const HandOver& contents : bad) {
    iommu::store(world.memory.bytes(), record, contents);
    HandOver read;
    EXPECT_EQ(iommu::load(world.memory, record, iommu::kRecordOwner.tag(), read), Reading::damaged);
  }
  iommu::store(world.memory.bytes(), record, good);
  HandOver read;
  EXPECT_EQ(iommu::load(world.memory, record, iommu::kRecordOwner.tag(), read), Reading::complete);
}

// The lists of a driver are sorted, whatever the order in the record.
TEST_F(IommuRecordInMemory, may_be_in_any_order) {
  HandOver contents;
  iommu::load(world.memory, record, iommu::kRecordOwner.tag(), contents);
  std::swap(contents.contexts[0], contents.contexts[1]);
  std::swap(contents.devices[0], contents.devices[1]);
  std::swap(contents.tables[0], contents.tables[1]);
  iommu::store(world.memory.bytes(), record, contents);
  world.jump();
  ASSERT_EQ(world.start_result, 0);
  for (const device::Bdf bdf : {kNvme, kNic}) {
    const iommu::Attachment* attachment = iommu::attachment_of(world.state(), bdf);
    ASSERT_NE(attachment, nullptr);
    EXPECT_EQ(attachment->domain, iommu::restored_domain(world.state(), bdf == kNvme ? 1 : 2));
  }
  EXPECT_LT(world.state().tables[0].page, world.state().tables[1].page);
  EXPECT_EQ(world.state().contexts[0].bus, 1U);
}

RC_GTEST_PROP(IommuRecordProperty, ends_in_a_panic_or_in_a_kernel_whatever_it_contains, ()) {
  Stopped stopped;
  const auto flips = *rc::gen::inRange(1, 6);
  for (int flip = 0; flip < flips; ++flip) {
    const auto bit = *rc::gen::inRange<std::uint64_t>(0, kRecordBytes * 8);
    const PhysicalAddress at = stopped.record + bit / 8;
    const auto byte = stopped.world.memory.bytes().read_value<std::uint8_t>(at);
    stopped.world.memory.bytes().write_value(at, static_cast<std::uint8_t>(byte ^ 1U << bit % 8));
  }
  stopped.world.jump();
  const IommuWorld& world = stopped.world;
  if (world.is_dead()) {
    RC_ASSERT(world.panicked(iommu::kRecordDamaged) || world.panicked(iommu::kPagesMissing) ||
              world.panicked(iommu::kRecordVersionUnknown));
  } else {
    RC_ASSERT(world.start_result == 0);
    for (const iommu::TablePage& table : world.state().tables)
      RC_ASSERT(world.memory.at(table.page).owner == iommu::kTableOwner.tag());
    for (const iommu::Attachment& attachment : world.state().attachments)
      RC_ASSERT(attachment.domain < world.state().domains.size());
  }
}

}  // namespace
}  // namespace luosim::driver
