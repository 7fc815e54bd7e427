// SPDX-License-Identifier: Apache-2.0
//
// iommufd: what can be mapped and when, what prepare demands of it, and how the page tables of one
// kernel come into the hands of the next (devices.md, D.3, and G.3 rows 45 to 50, 58, 59 and 70).
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "model/fd/iommufd.hpp"
#include "model/fd/iommufd_record.hpp"
#include "model/fd/preserved_file.hpp"
#include "model/fd/record_pages.hpp"
#include "model/kernel/errno.hpp"
#include "model/luo/fault_sites.hpp"
#include "tests/unit/device/update_world.hpp"

namespace luosim::fd {
namespace {

using driver::iommu::kNoDomain;

constexpr std::uint64_t kMiB = UpdateWorld::kMiB;

// A memfd that is mapped into an iommufd that a function is attached to.
class Mapped : public UpdateWorld {
 public:
  explicit Mapped(const sim::KnobValues& knobs = later_phases()) : UpdateWorld(knobs) {
    memory_file = memfd(4 * kMiB);
    space = iommufd();
    EXPECT_EQ(map(space, kIova, memory_file), 0);
    device = vfio(disk);
    EXPECT_EQ(attach(device, space), 0);
  }
  void preserve_memory_and_space() {
    memory_token = UpdateWorld::preserve(memory_file);
    space_token = UpdateWorld::preserve(space);
  }
  void preserve_all() {
    preserve_memory_and_space();
    device_token = UpdateWorld::preserve(device);
  }
  // Into the next kernel.
  void update() {
    preserve_all();
    EXPECT_EQ(prepare(), 0);
    EXPECT_EQ(freeze(), 0);
    kexec();
  }

  static constexpr std::uint64_t kIova = 1ULL << 32;
  kernel::FileId memory_file{};
  kernel::FileId space{};
  kernel::FileId device{};
  std::uint64_t memory_token = 0;
  std::uint64_t space_token = 0;
  std::uint64_t device_token = 0;
};

TEST(Iommufd, leads_a_device_to_the_pages_of_the_file) {
  Mapped world;
  const auto first = memory::address_of(world.first_page(world.memory_file));
  EXPECT_EQ(world.reach(world.disk, Mapped::kIova), first);
  EXPECT_EQ(world.reach(world.disk, Mapped::kIova + 3 * kMiB + 8), first + (3 * kMiB + 8));
  EXPECT_EQ(world.reach(world.disk, Mapped::kIova + 4 * kMiB), std::nullopt);
  EXPECT_EQ(world.unmap(world.space, Mapped::kIova), 0);
  EXPECT_EQ(world.reach(world.disk, Mapped::kIova), std::nullopt);
}

TEST(Iommufd, a_mapping_pins_the_memory_and_keeps_the_file_open) {
  UpdateWorld world;
  const kernel::FileId file = world.memfd(4 * kMiB, kAllSizeSeals, 2 * kMiB);
  const kernel::FileId space = world.iommufd();
  ASSERT_EQ(world.map(space, 0x200000, file), 0);
  EXPECT_EQ(world.fd.memfds[world.object(file)].pins, 1U);
  EXPECT_EQ(world.owned(kMemfdOwner), 4 * kMiB / memory::kPageBytes) << "the hole got memory";
  world.close(file);
  EXPECT_TRUE(world.core.files.is_live(file));
  EXPECT_EQ(world.owned(kMemfdOwner), 4 * kMiB / memory::kPageBytes);
  EXPECT_EQ(world.unmap(space, 0x200000), 0);
  EXPECT_EQ(world.fd.memfds[world.object(file)].pins, 0U);
  EXPECT_FALSE(world.core.files.is_live(file));
}

TEST(Iommufd, refuses_what_cannot_be_mapped) {
  Mapped world;
  const kernel::FileId more = world.memfd(2 * kMiB);
  EXPECT_EQ(world.map(world.space, Mapped::kIova, more), -kernel::kEEXIST);
  EXPECT_EQ(world.map(world.space, Mapped::kIova + 2 * kMiB, more), -kernel::kEEXIST);
  EXPECT_EQ(world.map(world.space, Mapped::kIova - kMiB, more), -kernel::kEEXIST);
  EXPECT_EQ(world.map(world.space, Mapped::kIova + 5, more), -kernel::kEINVAL);
  EXPECT_EQ(world.map(world.space, (1ULL << 48) - kMiB, more), -kernel::kEINVAL);
  EXPECT_EQ(world.map(world.space, ~0ULL << 12, more), -kernel::kEINVAL);
  EXPECT_EQ(world.map(world.space, 0, world.device), -kernel::kEBADF);
  EXPECT_EQ(world.map(world.device, 0, more), -kernel::kEBADF);
  EXPECT_EQ(world.map(world.space, 0, kernel::kNoFile), -kernel::kEBADF);
  EXPECT_EQ(world.unmap(world.space, Mapped::kIova + kMiB), -kernel::kENOENT);
  EXPECT_EQ(world.fd.memfds[world.object(more)].pins, 0U);
  EXPECT_EQ(world.core.files[more].references, 1U);
  EXPECT_NE(world.reach(world.disk, Mapped::kIova + 2 * kMiB), std::nullopt) << "still there";
  EXPECT_EQ(world.map(world.space, Mapped::kIova + 4 * kMiB, more), 0) << "it fits behind it";
  EXPECT_EQ(world.map(world.space, Mapped::kIova - 2 * kMiB, more), 0) << "and before it";
}

TEST(Iommufd, maps_a_part_of_whole_folios) {
  Mapped world;
  constexpr std::uint64_t kFolio = 2 * kMiB / memory::kPageBytes;
  const kernel::FileId file = world.memfd(8 * kMiB);
  const auto map_part = [&](FilePart part) {
    Context now = world.context();
    return map_file(now, world.space, {0}, file, part);
  };
  for (const FilePart part :
       {FilePart{1, kFolio}, FilePart{0, kFolio + 1}, FilePart{0, 0}, FilePart{0, 5 * kFolio},
        FilePart{4 * kFolio, kFolio}, FilePart{kFolio, ~0ULL - kFolio + 1}}) {
    EXPECT_EQ(map_part(part), -kernel::kEINVAL) << part.first << " " << part.pages;
  }
  ASSERT_EQ(map_part({kFolio, 2 * kFolio}), 0);
  const auto first = memory::address_of(world.first_page(file));
  EXPECT_EQ(world.reach(world.disk, 0), first + 2 * kMiB);
  EXPECT_EQ(world.reach(world.disk, 4 * kMiB - 8), first + (6 * kMiB - 8));
  EXPECT_EQ(world.reach(world.disk, 4 * kMiB), std::nullopt);
  EXPECT_EQ(world.unmap(world.space, 0), 0);
  EXPECT_EQ(world.reach(world.disk, 0), std::nullopt);
}

TEST(Iommufd, keeps_the_mappings_of_one_address_space_from_those_of_another) {
  Mapped world;
  const kernel::FileId second = world.iommufd();
  EXPECT_EQ(world.map(second, Mapped::kIova, world.memory_file), 0);
  EXPECT_EQ(world.unmap(second, Mapped::kIova), 0);
  EXPECT_NE(world.reach(world.disk, Mapped::kIova), std::nullopt);
}

TEST(Iommufd, a_mapping_for_whose_tables_there_is_no_memory_leaves_nothing) {
  Mapped world;
  Context now = world.context();
  const auto file = create_memfd(now, {}, 4 * kMiB, memory::kPageBytes, 0);
  ASSERT_TRUE(file);
  const std::size_t tables = world.drivers.iommu.tables.size();
  // Small pages from the middle of one table to that of another: the last of the tables is missing.
  world.faults.add({.site = kernel::kAllocationSite.id(),
                    .instance = sim::name_hash(driver::iommu::kTableOwner.name),
                    .skip = 3,
                    .value = -12});
  EXPECT_EQ(world.map(world.space, kMiB, *file), -kernel::kENOMEM);
  EXPECT_EQ(world.reach(world.disk, kMiB), std::nullopt);
  EXPECT_EQ(world.fd.memfds[world.object(*file)].pins, 0U);
  EXPECT_EQ(world.core.files[*file].references, 1U);
  EXPECT_EQ(world.fd.iommufd_mappings.size(), 1U);
  EXPECT_EQ(world.drivers.iommu.tables.size(), tables);
  EXPECT_EQ(world.map(world.space, kMiB, *file), 0);
  EXPECT_NE(world.reach(world.disk, kMiB), std::nullopt);
}

TEST(Iommufd, anonymous_memory_goes_with_its_mapping) {
  UpdateWorld world;
  const kernel::FileId space = world.iommufd();
  Context now = world.context();
  EXPECT_EQ(map_anonymous(now, space, {0x10000}, 3), 0);
  EXPECT_EQ(map_anonymous(now, space, {0x12000}, 1), -kernel::kEEXIST);
  EXPECT_EQ(map_anonymous(now, space, {0x20000}, 1ULL << 30), -kernel::kENOMEM);
  EXPECT_EQ(map_anonymous(now, space, {0x20000}, 0), -kernel::kEINVAL);
  EXPECT_EQ(world.owned(kAnonymousOwner), 3U);
  EXPECT_EQ(world.unmap(space, 0x10000), 0);
  EXPECT_EQ(world.owned(kAnonymousOwner), 0U);
}

TEST(IommufdPrepare, makes_the_address_space_immutable_until_cancel) {
  Mapped world;
  const kernel::FileId more = world.memfd(2 * kMiB);
  world.preserve_memory_and_space();
  ASSERT_EQ(world.prepare(), 0);
  EXPECT_EQ(world.map(world.space, 0, more), -kernel::kEPERM);
  EXPECT_EQ(world.unmap(world.space, Mapped::kIova), -kernel::kEPERM);
  Context now = world.context();
  EXPECT_EQ(map_anonymous(now, world.space, {0}, 1), -kernel::kEPERM);
  ASSERT_EQ(world.cancel(), 0);
  EXPECT_EQ(world.map(world.space, 0, more), 0);
  EXPECT_EQ(world.owned(kIommufdRecordOwner), 0U);
  EXPECT_EQ(world.preserved(), 0U);
}

TEST(IommufdPrepare, preserves_every_page_of_the_tables) {
  Mapped world;
  world.preserve_memory_and_space();
  ASSERT_EQ(world.prepare(), 0);
  const std::uint32_t domain = world.space_of(world.space).domain;
  std::size_t checked = 0;
  for (const driver::iommu::TablePage& table : world.drivers.iommu.tables) {
    if (table.domain != domain) continue;
    EXPECT_TRUE(kho::is_preserved(world.memory, world.kho.tracker, {table.page, 1}));
    ++checked;
  }
  EXPECT_GE(checked, 3U);
}

// What prepare answers for one that has this mapped besides a file as it should be.
std::int64_t prepare_with(std::uint16_t seals, bool seals_late, bool is_preserved, bool is_first) {
  Mapped world;
  world.unmap(world.space, Mapped::kIova);
  const kernel::FileId file = world.memfd(2 * kMiB, seals);
  EXPECT_EQ(world.map(world.space, 0, file), 0);
  if (seals_late) {
    Context now = world.context();
    EXPECT_EQ(add_seals(now, file, kAllSizeSeals), 0);
  }
  if (is_preserved && is_first) world.preserve(file);
  world.preserve(world.space);
  if (is_preserved && !is_first) world.preserve(file);
  const std::int64_t answer = world.prepare();
  EXPECT_EQ(world.space_of(world.space).is_immutable, answer == 0 ? 1U : 0U);
  EXPECT_EQ(world.owned(kIommufdRecordOwner), answer == 0 ? 1U : 0U);
  return answer;
}

TEST(IommufdPrepare, demands_sealed_files_that_are_preserved_before_it) {
  EXPECT_EQ(prepare_with(kAllSizeSeals, false, true, true), 0);
  EXPECT_EQ(prepare_with(0, false, true, true), -kernel::kEINVAL);
  EXPECT_EQ(prepare_with(kSealGrow | kSealShrink, false, true, true), -kernel::kEINVAL);
  EXPECT_EQ(prepare_with(0, true, true, true), -kernel::kEINVAL) << "sealed too late";
  EXPECT_EQ(prepare_with(kAllSizeSeals, false, false, true), -kernel::kENOENT);
  EXPECT_EQ(prepare_with(kAllSizeSeals, false, true, false), -kernel::kENOENT) << "order reversed";
}

TEST(IommufdPrepare, refuses_anonymous_memory) {
  Mapped world;
  Context now = world.context();
  ASSERT_EQ(map_anonymous(now, world.space, {0}, 1), 0);
  world.preserve_memory_and_space();
  EXPECT_EQ(world.prepare(), -kernel::kEINVAL);
  EXPECT_EQ(world.space_of(world.space).is_immutable, 0U);
}

TEST(IommufdPrepare, without_its_checks_leads_the_device_to_memory_that_nobody_kept) {
  Mapped world;
  Context now = world.context();
  ASSERT_EQ(map_anonymous(now, world.space, {0}, 1), 0);
  const auto page = world.reach(world.disk, 0);
  ASSERT_NE(page, std::nullopt);
  world.fail(kSkipsChecksSite);
  world.update();
  EXPECT_EQ(world.reach(world.disk, 0), page) << "hazard 49";
  EXPECT_EQ(world.memory.at(memory::page_of(*page)).owner, memory::kFree);
}

TEST(IommufdPrepare, undoes_what_was_done_when_something_fails) {
  struct Case {
    const sim::FaultSite& site;
    std::string_view instance;
  };
  const Case cases[] = {
      {luo::kFilePrepareSite, "space"},
      {kernel::kAllocationSite, kIommufdRecordOwner.name},
  };
  for (const Case& each : cases) {
    Mapped world;
    world.preserve_memory_and_space();
    world.faults.add(
        {.site = each.site.id(), .instance = sim::name_hash(each.instance), .value = -12});
    EXPECT_EQ(world.prepare(), -kernel::kENOMEM) << each.instance;
    EXPECT_EQ(world.space_of(world.space).is_immutable, 0U);
    EXPECT_EQ(world.drivers.iommu.domains[world.space_of(world.space).domain].is_preserved, 0U);
    EXPECT_EQ(world.preserved(), 0U) << each.instance;
    EXPECT_EQ(world.owned(kIommufdRecordOwner), 0U);
    EXPECT_EQ(world.prepare(), 0) << "it can be tried again";
  }
}

TEST(RecordPages, that_kho_does_not_take_are_freed) {
  UpdateWorld world;
  Context now = world.context();
  memory::PhysicalAddress address;
  world.kho.finalized = true;
  EXPECT_EQ(preserve_record(now, 3, kIommufdRecordOwner, 0, address), -kernel::kEBUSY);
  EXPECT_EQ(world.owned(kIommufdRecordOwner), 0U);
  world.kho.finalized = false;
  ASSERT_EQ(preserve_record(now, 3, kIommufdRecordOwner, 0, address), 0);
  EXPECT_TRUE(belongs_to(world.memory, address, 3, kIommufdRecordOwner));
  drop_record(now, address, 3);
  EXPECT_EQ(world.preserved(), 0U);
  EXPECT_FALSE(belongs_to(world.memory, address, 1, kIommufdRecordOwner));
}

TEST(RecordPages, a_word_that_is_not_their_address_is_no_record) {
  UpdateWorld world;
  Context now = world.context();
  memory::PhysicalAddress address;
  ASSERT_EQ(preserve_record(now, 2, kIommufdRecordOwner, 0, address), 0);
  EXPECT_FALSE(belongs_to(world.memory, address + 8, 1, kIommufdRecordOwner));
  EXPECT_FALSE(belongs_to(world.memory, address, 3, kIommufdRecordOwner)) << "one too many";
  EXPECT_FALSE(belongs_to(world.memory, address, ~0ULL, kIommufdRecordOwner));
  EXPECT_FALSE(belongs_to(world.memory, {~0ULL << 12}, 1, kIommufdRecordOwner));
  EXPECT_FALSE(was_handed_over(world.memory, address, 1));
}

TEST(IommufdPrepare, records_what_is_mapped_where_by_token) {
  Mapped world;
  const kernel::FileId more = world.memfd(2 * kMiB);
  ASSERT_EQ(world.map(world.space, 0, more), 0);
  const std::uint64_t token_of_more = world.preserve(more);
  world.preserve_memory_and_space();
  ASSERT_EQ(world.prepare(), 0);
  const std::uint64_t word = luo::v2::find_record(world.luo.outgoing, world.space_token)->word;
  const auto record = load_iommufd_record(world.memory.bytes(), {word}, world.memory.pages());
  ASSERT_TRUE(record);
  const std::vector<RecordedMapping> expected{
      {token_of_more, 0, 2 * kMiB / memory::kPageBytes},
      {world.memory_token, Mapped::kIova, 4 * kMiB / memory::kPageBytes}};
  EXPECT_EQ(record->mappings, expected);
  EXPECT_EQ(record->record_pages, 1U);
  EXPECT_EQ(world.drivers.iommu.domains[world.space_of(world.space).domain].token,
            record->domain_token);
}

TEST(PreservedFile, knows_who_has_a_token_and_who_is_prepared) {
  Mapped world;
  Context now = world.context();
  EXPECT_EQ(token_of(now, world.space), std::nullopt);
  EXPECT_EQ(token_of(now, kernel::kNoFile), std::nullopt);
  world.preserve_memory_and_space();
  EXPECT_EQ(token_of(now, world.space), world.space_token);
  EXPECT_FALSE(is_prepared(now, world.space));
  ASSERT_EQ(world.prepare(), 0);
  EXPECT_TRUE(is_prepared(now, world.space));
  EXPECT_FALSE(is_prepared(now, world.device));
  ASSERT_EQ(world.cancel(), 0);
  EXPECT_FALSE(is_prepared(now, world.space));
}

TEST(IommufdRetrieve, the_device_goes_on_and_nobody_has_its_domain_yet) {
  Mapped world;
  const auto page = memory::address_of(world.first_page(world.memory_file));
  world.update();
  EXPECT_EQ(world.reach(world.disk, Mapped::kIova + 64), page + 64);
  EXPECT_TRUE(world.fd.iommufds.empty());
}

TEST(IommufdRetrieve, gives_a_file_without_mappings_and_with_the_old_domain) {
  Mapped world;
  world.update();
  const std::uint32_t old = world.domain_of(world.disk);
  Context now = world.context();
  EXPECT_EQ(restored_file(now, world.space_token), std::nullopt);
  const kernel::FileId space = world.restored(world.space_token);
  EXPECT_EQ(restored_file(now, world.space_token), space);
  EXPECT_EQ(world.space_of(space).handed_over, old);
  EXPECT_NE(world.space_of(space).domain, old);
  EXPECT_NE(world.space_of(space).domain, kNoDomain);
  EXPECT_TRUE(world.fd.iommufd_mappings.empty());
  world.close(space);
  EXPECT_EQ(restored_file(now, world.space_token), std::nullopt);
}

TEST(IommufdRetrieve, is_not_supported_in_phase_one) {
  sim::KnobValues knobs = later_phases();
  knobs.set(driver::kIommu, driver::kIommuPhase1);
  Mapped world(knobs);
  world.update();
  EXPECT_EQ(world.restore(world.space_token).status, -kernel::kEOPNOTSUPP);
  EXPECT_NE(world.reach(world.disk, Mapped::kIova), std::nullopt);
  EXPECT_EQ(world.finish(), 0);
  EXPECT_NE(world.domain_of(world.disk), kNoDomain) << "nobody can ever replace it";
}

TEST(IommufdRetrieve, refuses_a_damaged_record) {
  Mapped world;
  world.update();
  world.restore(world.memory_token);  // builds the list
  const std::uint64_t word = luo::v2::find_record(world.luo.incoming, world.space_token)->word;
  world.memory.bytes().write_value(memory::PhysicalAddress{word}, std::uint64_t{1});
  EXPECT_EQ(world.restore(world.space_token).status, -kernel::kEINVAL);
  EXPECT_TRUE(world.fd.iommufds.empty());
}

TEST(IommufdRecord, is_refused_if_it_does_not_fit_into_memory_or_itself) {
  memory::Bytes bytes;
  const memory::PhysicalAddress at{0x5000};
  const IommufdRecord record{
      .domain_token = 7, .record_pages = 1, .mappings = {{1, 2, 3}, {4, 5, 6}}};
  store_iommufd_record(bytes, at, record);
  EXPECT_EQ(load_iommufd_record(bytes, at, 100), record);
  constexpr std::uint64_t kVersion = 8, kPagesAt = 24, kCount = 32;
  const std::pair<std::uint64_t, std::uint64_t> damages[] = {
      {0, 0}, {kVersion, 2}, {kPagesAt, 0}, {kPagesAt, 101}, {kCount, ~0ULL}, {kCount, 170}};
  for (const auto& [offset, value] : damages) {
    memory::Bytes damaged = bytes;
    damaged.write_value(at + offset, value);
    EXPECT_EQ(load_iommufd_record(damaged, at, 100), std::nullopt) << offset << " " << value;
  }
  EXPECT_EQ(iommufd_record_pages(169), 1U);
  EXPECT_EQ(iommufd_record_pages(170), 2U);
}

// The device's own way to the new address space.
void hotswap(Mapped& world, kernel::FileId& space, kernel::FileId& device) {
  const kernel::FileId file = world.restored(world.memory_token);
  space = world.restored(world.space_token);
  ASSERT_EQ(world.map(space, Mapped::kIova, file), 0);
  device = world.restored(world.device_token);
  ASSERT_EQ(world.attach(device, space), 0);
}

TEST(IommufdFinish, after_a_hotswap_frees_the_old_domain) {
  Mapped world;
  const auto page = memory::address_of(world.first_page(world.memory_file));
  world.update();
  const std::uint32_t old = world.domain_of(world.disk);
  kernel::FileId space{}, device{};
  hotswap(world, space, device);
  EXPECT_EQ(world.reach(world.disk, Mapped::kIova + 8), page + 8);
  EXPECT_EQ(world.domain_of(world.disk), world.space_of(space).domain);
  EXPECT_EQ(world.finish(), 0);
  EXPECT_EQ(world.drivers.iommu.domains[old].id, 0U);
  EXPECT_EQ(world.space_of(space).handed_over, kNoDomain);
  EXPECT_EQ(world.reach(world.disk, Mapped::kIova + 8), page + 8);
  EXPECT_EQ(world.owned(kho::kIncomingOwner), luo::v2::kTreePages) << "the tree is LUO's to free";
}

TEST(IommufdFinish, leaves_a_domain_that_a_device_still_uses) {
  Mapped world;
  const auto page = memory::address_of(world.first_page(world.memory_file));
  world.update();
  const std::uint32_t old = world.domain_of(world.disk);
  world.restored(world.memory_token);
  const kernel::FileId space = world.restored(world.space_token);
  EXPECT_EQ(world.finish(), 0);
  EXPECT_EQ(world.domain_of(world.disk), old);
  EXPECT_EQ(world.reach(world.disk, Mapped::kIova), page);
  EXPECT_EQ(world.space_of(space).handed_over, old);
}

TEST(IommufdFinish, that_does_not_look_frees_tables_under_a_device) {
  Mapped world;
  world.update();
  const std::uint32_t old = world.domain_of(world.disk);
  std::vector<memory::Pfn> tables;
  for (const driver::iommu::TablePage& table : world.drivers.iommu.tables)
    if (table.domain == old) tables.push_back(table.page);
  ASSERT_FALSE(tables.empty());
  world.restored(world.memory_token);
  world.restored(world.space_token);
  world.fail(kFinishWhileAttachedSite);
  EXPECT_EQ(world.finish(), 0);
  for (const memory::Pfn table : tables)
    EXPECT_EQ(world.memory.at(table).owner, memory::kFree) << "hazard 58";
  // The device is led astray or refused, but the model goes on.
  world.reach(world.disk, Mapped::kIova);
}

TEST(IommufdUpdate, goes_through_a_second_update_after_a_hotswap) {
  Mapped world;
  const auto page = memory::address_of(world.first_page(world.memory_file));
  world.update();
  kernel::FileId space{}, device{};
  hotswap(world, space, device);
  EXPECT_EQ(world.finish(), 0);
  world.memory_file = *restored_file(world.context(), world.memory_token);
  Context now = world.context();
  add_seals(now, world.memory_file, kAllSizeSeals);
  world.unmap(space, Mapped::kIova);
  ASSERT_EQ(world.map(space, Mapped::kIova, world.memory_file), 0);
  world.space = space;
  world.device = device;
  world.update();
  EXPECT_EQ(world.reach(world.disk, Mapped::kIova), page);
  hotswap(world, space, device);
  EXPECT_EQ(world.finish(), 0);
  EXPECT_EQ(world.reach(world.disk, Mapped::kIova), page);
  EXPECT_EQ(world.live_domains(), 1U);
}

}  // namespace
}  // namespace luosim::fd
