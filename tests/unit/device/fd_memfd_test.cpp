// SPDX-License-Identifier: Apache-2.0
//
// memfd as devices use it: what seals and pins forbid and what they do not, what a size that
// changes does to pages that a device maps, and what of all that the next kernel sees.
#include <gtest/gtest.h>

#include "model/fd/memfd_record.hpp"
#include "tests/unit/device/memory_files_world.hpp"

namespace luosim::fd {
namespace {

using ParticipantRecord::memfd_resized;

TEST(MemfdSeals, are_added_until_the_set_is_sealed_itself) {
  MemoryFilesWorld world;
  const kernel::FileId file = world.memfd(4 * kMiB);
  EXPECT_EQ(world.seal(file, kSealShrink), 0);
  EXPECT_EQ(world.seal(file, kSealSeal), 0);
  EXPECT_EQ(world.memfd_of(file).seals, kSealShrink | kSealSeal);
  EXPECT_EQ(world.seal(file, kSealGrow), -kernel::kEPERM);
  EXPECT_EQ(world.memfd_of(file).seals, kSealShrink | kSealSeal);
}

TEST(MemfdSeals, that_nobody_knows_are_refused) {
  MemoryFilesWorld world;
  const kernel::FileId file = world.memfd(4 * kMiB);
  EXPECT_EQ(world.seal(file, kKnownSeals + 1), -kernel::kEINVAL);
  EXPECT_EQ(world.memfd_of(file).seals, 0);
  EXPECT_EQ(world.seal(world.kvm(), kSealGrow), -kernel::kEINVAL) << "another type of file";
}

TEST(MemfdSize, changes_only_where_no_seal_forbids_it) {
  MemoryFilesWorld world;
  const kernel::FileId file = world.memfd(8 * kMiB);
  ASSERT_EQ(world.seal(file, kSealShrink), 0);
  EXPECT_EQ(world.resize(file, 4 * kPagesPerMiB), -kernel::kEPERM);
  EXPECT_EQ(world.resize(file, 12 * kPagesPerMiB), 0);
  EXPECT_EQ(world.memfd_of(file).pages, 12 * kPagesPerMiB);
  ASSERT_EQ(world.seal(file, kSealGrow), 0);
  EXPECT_EQ(world.resize(file, 16 * kPagesPerMiB), -kernel::kEPERM);
  EXPECT_EQ(world.resize(file, 12 * kPagesPerMiB), 0) << "the same size is no change";
  EXPECT_EQ(world.memfd_of(file).pages, 12 * kPagesPerMiB);
}

TEST(MemfdSize, that_shrinks_frees_what_lies_behind_the_end) {
  MemoryFilesWorld world;
  const kernel::FileId file = world.memfd(8 * kMiB);
  const memory::Pfn first = world.pieces(file)[0].first;
  const std::uint64_t free_before = world.free_pages();
  Context now = world.context();
  EXPECT_EQ(halve_memfd(now, file), 0);
  EXPECT_EQ(world.free_pages(), free_before + 4 * kPagesPerMiB);
  ASSERT_EQ(world.pieces(file).size(), 1U);
  EXPECT_EQ(world.pieces(file)[0].pages, 4 * kPagesPerMiB);
  EXPECT_EQ(world.memory.at(first).owner, kMemfdOwner.tag());
  EXPECT_EQ(world.memory.at(first + 4 * kPagesPerMiB).owner, memory::kFree);
  EXPECT_EQ(world.resize(file, 0), 0);
  EXPECT_TRUE(world.pieces(file).empty());
  EXPECT_EQ(world.owned(kMemfdOwner), 0U);
}

TEST(MemfdSize, that_grows_again_reads_as_zeroes_there) {
  MemoryFilesWorld world;
  const kernel::FileId file = world.memfd(8 * kMiB);
  const kernel::FileId untouched = world.memfd(8 * kMiB);
  ASSERT_EQ(world.write(file, 1, 2, 7), 0);
  ASSERT_EQ(world.resize(file, 4 * kPagesPerMiB), 0);
  ASSERT_EQ(world.resize(file, 8 * kPagesPerMiB), 0);
  EXPECT_EQ(world.contents(file), world.contents(untouched));
}

TEST(MemfdSize, is_one_of_whole_folios) {
  MemoryFilesWorld world;
  const kernel::FileId file = world.memfd(8 * kMiB);
  EXPECT_EQ(world.resize(file, 1), 0);
  EXPECT_EQ(world.memfd_of(file).pages, 512U);
  EXPECT_EQ(world.resize(file, UINT64_MAX), -kernel::kEINVAL);
  EXPECT_EQ(world.memfd_of(file).pages, 512U);
  EXPECT_EQ(world.resize(world.kvm(), 0), -kernel::kEINVAL) << "another type of file";
}

// Hazard 20: what a device still maps is free memory, and nobody hands it over.
TEST(MemfdSize, that_shrinks_under_a_pin_frees_pages_that_a_device_maps) {
  MemoryFilesWorld world;
  const kernel::FileId file = world.memfd(8 * kMiB);
  ASSERT_EQ(world.pin(file), 0);
  const memory::Pfn mapped = world.pieces(file)[0].first + 6 * kPagesPerMiB;
  ASSERT_EQ(world.resize(file, 4 * kPagesPerMiB), 0);
  EXPECT_EQ(world.memory.at(mapped).owner, memory::kFree);
  ASSERT_EQ(world.records(memfd_resized).size(), 1U);
  EXPECT_EQ(world.records(memfd_resized)[0].values[2], 1U) << "pins";
  EXPECT_EQ(world.records(memfd_resized)[0].values[3], 4 * kPagesPerMiB) << "pages freed";
  world.preserve(file);
  ASSERT_EQ(world.prepare(), 0);
  EXPECT_FALSE(world.is_preserved(mapped));
}

TEST(MemfdSize, is_frozen_from_prepare_to_cancel) {
  MemoryFilesWorld world;
  const kernel::FileId file = world.memfd(8 * kMiB);
  world.preserve(file);
  ASSERT_EQ(world.prepare(), 0);
  EXPECT_EQ(world.resize(file, 0), -kernel::kEPERM);
  EXPECT_EQ(world.resize(file, 16 * kPagesPerMiB), -kernel::kEPERM);
  EXPECT_EQ(world.resize(file, 8 * kPagesPerMiB), 0) << "no change";
  EXPECT_EQ(world.seal(file, kSealGrow), 0) << "seals are not blocked";
  ASSERT_EQ(world.cancel(), 0);
  EXPECT_EQ(world.resize(file, 0), 0);
}

TEST(MemfdPin, gives_holes_memory_because_devices_cannot_fault) {
  MemoryFilesWorld world;
  const kernel::FileId file = world.memfd(8 * kMiB, 6 * kMiB);
  EXPECT_EQ(world.pin(file), 0);
  EXPECT_EQ(world.memfd_of(file).pins, 1U);
  EXPECT_EQ(world.owned(kMemfdOwner), 8 * kPagesPerMiB);
  EXPECT_EQ(world.pin(file), 0);
  EXPECT_EQ(world.memfd_of(file).pins, 2U);
  EXPECT_EQ(world.owned(kMemfdOwner), 8 * kPagesPerMiB);
}

TEST(MemfdPin, is_refused_for_a_hole_of_a_frozen_mapping_and_where_memory_is_short) {
  MemoryFilesWorld world;
  const kernel::FileId file = world.memfd(8 * kMiB, 6 * kMiB);
  world.memfd_of(file).is_frozen = 1;
  EXPECT_EQ(world.pin(file), -kernel::kEPERM);
  world.memfd_of(file).is_frozen = 0;
  ASSERT_EQ(world.resize(file, MemoryFilesWorld::kPages), 0);
  EXPECT_EQ(world.pin(file), -kernel::kENOMEM);
  EXPECT_EQ(world.memfd_of(file).pins, 0U);
}

TEST(MemfdPin, keeps_the_memory_of_a_file_that_is_gone) {
  MemoryFilesWorld world;
  const std::uint64_t free_before = world.free_pages();
  const kernel::FileId file = world.memfd(8 * kMiB);
  const std::uint32_t object = world.object(file);
  ASSERT_EQ(world.pin(file), 0);
  ASSERT_EQ(world.pin(file), 0);
  world.close(file);
  EXPECT_EQ(world.owned(kMemfdOwner), 8 * kPagesPerMiB);
  world.unpin(object);
  EXPECT_EQ(world.owned(kMemfdOwner), 8 * kPagesPerMiB);
  world.unpin(object);
  EXPECT_EQ(world.free_pages(), free_before);
}

TEST(MemfdRelease, frees_the_memory_of_this_file_and_no_other) {
  MemoryFilesWorld world;
  const kernel::FileId before = world.memfd(2 * kMiB);
  const kernel::FileId file = world.memfd(8 * kMiB, 4 * kMiB);
  const kernel::FileId after = world.memfd(2 * kMiB);
  ASSERT_EQ(world.write(file, 3, 4, 5), 0) << "a second piece";
  ASSERT_EQ(world.pieces(file).size(), 2U);
  world.close(file);
  EXPECT_EQ(world.owned(kMemfdOwner), 4 * kPagesPerMiB);
  EXPECT_EQ(world.pieces(before).size(), 1U);
  EXPECT_EQ(world.pieces(after).size(), 1U);
  EXPECT_TRUE(world.records(kernel::KernelRecord::memory_freed_twice).empty());
}

TEST(MemfdCreate, leaves_nothing_behind_when_memory_is_short) {
  MemoryFilesWorld world;
  const std::uint64_t free_before = world.free_pages();
  Context now = world.context();
  EXPECT_FALSE(create_memfd(now, {}, 1024 * kMiB, 2 * kMiB, 0));
  EXPECT_EQ(world.free_pages(), free_before);
}

TEST(MemfdContents, can_leave_the_first_pages_out) {
  MemoryFilesWorld world;
  const kernel::FileId one = world.memfd(8 * kMiB, 4 * kMiB);
  const kernel::FileId two = world.memfd(8 * kMiB, 4 * kMiB);
  const auto from = [&](kernel::FileId file, std::uint64_t first) {
    return contents_of(world.memory, world.fd, world.object(file), first);
  };
  world.memory.fill({world.pieces(one)[0].first, 3}, {9});
  EXPECT_NE(from(one, 0), from(two, 0));
  EXPECT_NE(from(one, 2), from(two, 2));
  EXPECT_EQ(from(one, 3), from(two, 3));
  EXPECT_EQ(from(one, 6 * kPagesPerMiB), from(two, 6 * kPagesPerMiB)) << "within the hole";
  ASSERT_EQ(world.write(one, 3, 4, 7), 0);
  ASSERT_EQ(world.write(two, 3, 4, 7), 0);
  ASSERT_EQ(world.pieces(one).size(), 2U);
  world.memory.fill({world.pieces(one)[1].first, 1}, {9});
  EXPECT_NE(from(one, 0), from(two, 0));
  EXPECT_EQ(from(one, 7 * kPagesPerMiB), from(two, 7 * kPagesPerMiB)) << "within the second piece";
  ASSERT_EQ(world.write(two, 3, 4, 8), 0);
  EXPECT_NE(from(one, 7 * kPagesPerMiB), from(two, 7 * kPagesPerMiB));
}

TEST(MemfdWrite, leaves_the_first_pages_alone) {
  MemoryFilesWorld world;
  const kernel::FileId file = world.memfd(4 * kMiB);
  Context now = world.context();
  const memory::Pfn first = world.pieces(file)[0].first;
  EXPECT_EQ(write_memfd(now, world.object(file), 0, 2, {5}, 3), 0);
  EXPECT_EQ(world.memory.at(first + 2).content, memory::kZeroes);
  EXPECT_EQ(world.memory.at(first + 3).content, memory::Content{5});
  EXPECT_EQ(world.memory.at(first + 511).content, memory::Content{5});
  EXPECT_EQ(world.memory.at(first + 512).content, memory::kZeroes);
  EXPECT_EQ(write_memfd(now, world.object(file), 0, 2, {6}, 512), 0);
  EXPECT_EQ(world.memory.at(first + 3).content, memory::Content{5});
  const kernel::FileId hole = world.memfd(4 * kMiB, 4 * kMiB);
  EXPECT_EQ(write_memfd(now, world.object(hole), 0, 2, {6}, 512), 0);
  EXPECT_TRUE(world.pieces(hole).empty()) << "what is not written needs no memory";
}

TEST(MemfdUpdate, frees_no_page_that_is_somebody_elses) {
  MemoryFilesWorld world;
  const kernel::FileId file = world.memfd(4 * kMiB);
  const memory::Pfn page = world.pieces(file)[0].first + 5;
  world.preserve(file);
  ASSERT_EQ(world.update(), 0);
  world.memory.give({page, 1}, kernel::kKernelOwner.tag());
  ASSERT_EQ(world.finish(), 0);
  EXPECT_EQ(world.memory.at(page).owner, kernel::kKernelOwner.tag());
}

TEST(MemfdUpdate, keeps_seals_in_the_second_version_only) {
  for (const std::uint8_t version : {driver::kMemfdV1, driver::kMemfdV2}) {
    MemoryFilesWorld world({{driver::kMemfd, version}});
    const kernel::FileId file = world.memfd(8 * kMiB);
    ASSERT_EQ(world.write(file, 1, 2, 42), 0);
    ASSERT_EQ(world.seal(file, kAllSizeSeals), 0);
    const sim::Digest128 before = world.contents(file);
    const std::uint64_t token = world.preserve(file);
    ASSERT_EQ(world.update(), 0);
    const kernel::FileId restored = world.restored(token);
    EXPECT_EQ(world.contents(restored), before);
    EXPECT_EQ(world.memfd_of(restored).seals, version == driver::kMemfdV2 ? kAllSizeSeals : 0);
    EXPECT_EQ(world.memfd_of(restored).pins, 0U);
    EXPECT_EQ(world.memfd_of(restored).is_frozen, 0U);
  }
}

TEST(MemfdUpdate, loses_a_seal_that_is_added_after_prepare) {
  MemoryFilesWorld world;
  const kernel::FileId file = world.memfd(8 * kMiB);
  const std::uint64_t token = world.preserve(file);
  ASSERT_EQ(world.prepare(), 0);
  ASSERT_EQ(world.seal(file, kAllSizeSeals), 0);
  ASSERT_EQ(world.freeze(), 0);
  world.jump();
  EXPECT_EQ(world.memfd_of(world.restored(token)).seals, 0);
}

TEST(MemfdUpdate, refuses_seals_it_does_not_know_and_files_that_are_too_large) {
  for (const std::uint8_t version : {driver::kMemfdV1, driver::kMemfdV2}) {
    const bool checks = version == driver::kMemfdV2;
    MemoryFilesWorld world({{driver::kMemfd, version}});
    const kernel::FileId file = world.memfd(2 * kMiB);
    world.preserve(file);
    world.memfd_of(file).seals = 0x40;
    EXPECT_EQ(world.prepare(), checks ? -kernel::kEOPNOTSUPP : 0);
    EXPECT_EQ(world.memfd_of(file).is_frozen, checks ? 0U : 1U);
    if (!checks) continue;
    world.memfd_of(file).seals = 0;
    ASSERT_EQ(world.resize(file, 1ULL << 32), 0);
    EXPECT_EQ(world.prepare(), -kernel::kEFBIG);
    EXPECT_EQ(world.memfd_of(file).is_frozen, 0U);
  }
}

TEST(MemfdUpdate, is_of_shmem_only) {
  MemoryFilesWorld world({}, 4);
  const kernel::FileId kvm = world.kvm();
  world.faults.add({.site = luo::kFileCanPreserveSite.id(),
                    .instance = sim::name_hash("huge-memfd-v1"),
                    .times = sim::FaultRule::kForever});
  world.faults.add({.site = luo::kFileCanPreserveSite.id(),
                    .instance = sim::name_hash("guest-memfd-v1"),
                    .times = sim::FaultRule::kForever});
  EXPECT_EQ(world.try_preserve(*world.hugetlb(2 * kMiB)).status, -kernel::kENOENT);
  EXPECT_EQ(world.try_preserve(world.guest_memfd(kvm, kMiB)).status, -kernel::kENOENT);
  EXPECT_EQ(world.try_preserve(world.memfd(2 * kMiB)).status, 0);
}

// The first version of the record, byte by byte: what other kernels have written stays readable.
TEST(MemfdRecord, of_the_first_version_is_laid_out_as_ever) {
  memory::Bytes bytes;
  const memory::PhysicalAddress address{1 << 20};
  const MemfdPiece piece{.index = 512, .first = {1024}, .pages = 512};
  const Memfd file{.pages = 1024, .order = 9, .seals = kAllSizeSeals};
  store_record(bytes, address, {.file = file, .record_pages = 1}, std::span(&piece, 1));
  const std::uint64_t expected[] = {0x31'64'66'6D'65'6DULL, 1024, 9, 1, 1, 512, 1024, 512};
  for (std::size_t word = 0; word < std::size(expected); ++word)
    EXPECT_EQ(bytes.read_value<std::uint64_t>(address + 8 * word), expected[word]) << word;
  const auto loaded = load_record(bytes, address, 4096);
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->file.seals, 0);
  EXPECT_FALSE(loaded->keeps_seals);
  bytes.write_value(address + 20, std::uint16_t{kSealGrow});
  EXPECT_FALSE(load_record(bytes, address, 4096)) << "it has no seals";
}

TEST(MemfdRecord, takes_the_same_room_in_both_versions) {
  EXPECT_EQ(record_pages({.pages = 253}, 253, 1), 1U);
  EXPECT_EQ(record_pages({.pages = 254}, 254, 1), 2U);
  EXPECT_EQ(record_pages({.pages = 512, .order = 9}, 512, 1), 1U);
  EXPECT_EQ(record_pages({.pages = 1 << 20}, 1 << 20, 1), 4097U);
}

struct Damage {
  const char* what;
  std::uint64_t offset;
  std::uint64_t value;
};
TEST(MemfdRecord, is_not_believed_when_it_cannot_be) {
  const memory::PhysicalAddress address{1 << 20};
  const MemfdPiece pieces[] = {{.index = 0, .first = {512}, .pages = 512},
                               {.index = 512, .first = {1024}, .pages = 512}};
  const Memfd file{.pages = 1024, .order = 9, .seals = kAllSizeSeals};
  const Damage kDamages[] = {
      {"another magic", 0, 5},
      {"more pages than memory has", 8, 8192},
      {"not whole folios", 8, 1025},
      {"an order that no folio has", 16, 63},
      {"an unknown seal", 16, 9 | std::uint64_t{0x40} << 32},
      {"no room for itself", 24, 0},
      {"more room than memory", 24, 8192},
      {"more runs than room", 32, 200},
      {"more runs than bytes in memory", 32, 169},
      {"a run that is past the end", 40, 1024},
      {"runs that overlap", 64, 0},
      {"a frame that does not exist", 48, 4096},
      {"a frame that is no folio", 48, 513},
      {"a run without pages", 56, 0},
      {"a run of a part of a folio", 56, 1},
      {"a run beyond all numbers", 40, UINT64_MAX - 511},
  };
  for (const Damage& damage : kDamages) {
    memory::Bytes bytes;
    store_record(bytes, address, {.file = file, .record_pages = 1, .keeps_seals = true}, pieces);
    ASSERT_TRUE(load_record(bytes, address, 4096));
    bytes.write_value(address + damage.offset, damage.value);
    EXPECT_FALSE(load_record(bytes, address, 4096)) << damage.what;
  }
}

TEST(MemfdRecord, that_claims_more_runs_than_there_can_be_costs_nothing) {
  memory::Bytes bytes;
  const memory::PhysicalAddress address{1 << 20};
  constexpr std::uint64_t kHugeMemory = 1ULL << 50;
  const MemfdPiece piece{.first = {512}, .pages = 512};
  store_record(bytes, address, {.file = {.pages = 512, .order = 9}, .record_pages = kHugeMemory},
               std::span(&piece, 1));
  ASSERT_TRUE(load_record(bytes, address, kHugeMemory));
  bytes.write_value(address + 32, kHugeMemory);
  EXPECT_FALSE(load_record(bytes, address, kHugeMemory));
  const std::vector<MemfdPiece> pieces = [] {
    std::vector<MemfdPiece> all;
    for (std::uint64_t index = 0; index < 200; ++index)
      all.push_back({.index = 2 * index, .first = {2 * index}, .pages = 1});
    return all;
  }();
  store_record(bytes, address, {.file = {.pages = 400}, .record_pages = 2}, pieces);
  ASSERT_TRUE(load_record(bytes, address, 4096));
  store_record(bytes, address, {.file = {.pages = 400}, .record_pages = 1}, pieces);
  EXPECT_FALSE(load_record(bytes, address, 4096)) << "they go on behind its page";
}

TEST(MemfdRecord, of_another_kind_is_refused_by_the_handler) {
  MemoryFilesWorld world;
  const kernel::FileId file = world.memfd(2 * kMiB);
  const std::uint64_t token = world.preserve(file);
  ASSERT_EQ(world.prepare(), 0);
  // "hugetlb1"
  world.memory.bytes().write_value(world.word_of(token), std::uint64_t{0x31'62'6C'74'65'67'75'68});
  world.memory.bytes().write_value(world.word_of(token) + 20, std::uint16_t{0});
  ASSERT_TRUE(load_record(world.memory.bytes(), world.word_of(token), MemoryFilesWorld::kPages));
  ASSERT_EQ(world.freeze(), 0);
  world.jump();
  EXPECT_EQ(world.restore(token).status, -kernel::kEINVAL);
}

}  // namespace
}  // namespace luosim::fd
