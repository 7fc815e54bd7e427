// SPDX-License-Identifier: Apache-2.0
//
// memfd through a live update: what prepare does to its holes and its mapping, what cancel gives
// back, and that its contents arrive in the next kernel or, when a page did not, that nobody gets a
// file with a hole where data was.
#include "model/fd/memfd.hpp"

#include <cstdint>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "model/fd/file_type.hpp"
#include "model/fd/record.hpp"
#include "model/kernel/errno.hpp"
#include "model/kho/bitmap.hpp"
#include "model/kho/tracker.hpp"
#include "model/luo/fault_sites.hpp"
#include "tests/unit/model/machine.hpp"

namespace luosim::fd {
namespace {

using luo::v2::Phase;
using world::kGiB;
using world::kMiB;
using world::kTiB;
using world::Machine;

constexpr std::uint64_t kPagesPerMiB = kMiB / memory::kPageBytes;

world::Scenario with_memfd(std::uint64_t bytes, std::uint64_t hole_bytes,
                           std::uint64_t memory_bytes = 4 * kGiB) {
  world::Scenario scenario = world::bare_scenario(memory_bytes);
  add_handler(scenario, "memfd-v1", "memfd");
  add_memfd(scenario, "guest", bytes, hole_bytes);
  return scenario;
}

class MemfdMachine : public Machine {
 public:
  explicit MemfdMachine(const world::Scenario& scenario) : Machine(scenario) { switch_on(); }

  const State& fd() const { return world.kernel.fd; }
  std::int64_t write(std::uint64_t part, std::uint64_t parts, std::uint64_t version) {
    auto made = context();
    return write_memfd(made, 0, part, parts, {version});
  }
  sim::Digest128 contents(std::uint32_t memfd = 0) { return contents_of(memory(), fd(), memfd); }
  std::uint64_t preserved() { return kho::preserved_pages(memory(), world.kernel.kho.tracker); }
  std::uint64_t backed_pages() const {
    std::uint64_t pages = 0;
    for (const MemfdPiece& piece : fd().pieces) pages += piece.pages;
    return pages;
  }
};

TEST(Memfd, has_memory_for_what_was_written_and_none_for_its_hole) {
  MemfdMachine machine(with_memfd(8 * kMiB, 4 * kMiB));
  EXPECT_EQ(machine.fd().memfds[0].pages, 8 * kPagesPerMiB);
  EXPECT_EQ(machine.fd().memfds[0].order, 9U);
  EXPECT_EQ(machine.backed_pages(), 4 * kPagesPerMiB);
  EXPECT_EQ(machine.owned(kMemfdOwner), 4 * kPagesPerMiB);
  EXPECT_EQ(machine.fd().pieces[0].first.value % 512, 0U) << "a folio is aligned";
}

TEST(Memfd, writing_to_a_hole_gives_it_memory) {
  MemfdMachine machine(with_memfd(8 * kMiB, 8 * kMiB));
  EXPECT_EQ(machine.backed_pages(), 0U);
  EXPECT_EQ(machine.write(1, 4, 9), 0);
  EXPECT_EQ(machine.backed_pages(), 2 * kPagesPerMiB);
  EXPECT_EQ(machine.fd().pieces[0].index, 2 * kPagesPerMiB);
  EXPECT_EQ(machine.memory().at(machine.fd().pieces[0].first).content, memory::Content{9});
}

TEST(Memfd, what_it_contains_does_not_depend_on_where_its_memory_lies) {
  world::Scenario scenario = with_memfd(8 * kMiB, 8 * kMiB);
  add_memfd(scenario, "other", 8 * kMiB, 0);
  MemfdMachine machine(scenario);
  EXPECT_EQ(machine.contents(0), machine.contents(1)) << "a hole reads as zeroes";
  EXPECT_EQ(machine.write(1, 4, 9), 0);
  EXPECT_NE(machine.contents(0), machine.contents(1));
  auto context = machine.context();
  EXPECT_EQ(write_memfd(context, 1, 1, 4, {9}), 0);
  EXPECT_EQ(machine.contents(0), machine.contents(1));
  EXPECT_EQ(write_memfd(context, 1, 1, 4, {8}), 0);
  EXPECT_NE(machine.contents(0), machine.contents(1));
}

TEST(Memfd, prepare_fills_the_holes_and_preserves_every_folio) {
  MemfdMachine machine(with_memfd(8 * kMiB, 6 * kMiB));
  ASSERT_EQ(machine.preserve("guest").status, 0);
  const sim::Digest128 before = machine.contents();
  ASSERT_EQ(machine.prepare(), 0);
  EXPECT_EQ(machine.backed_pages(), 8 * kPagesPerMiB);
  EXPECT_EQ(machine.contents(), before) << "a filled hole reads as zeroes still";
  for (const MemfdPiece& piece : machine.fd().pieces) {
    EXPECT_TRUE(kho::is_preserved(machine.memory(), machine.world.kernel.kho.tracker,
                                  {piece.first, piece.pages}));
  }
  // Tree, root page, the folios and one page of record.
  EXPECT_EQ(machine.preserved(), 257 + 8 * kPagesPerMiB + 1);
}

TEST(Memfd, a_frozen_mapping_takes_writes_where_it_has_memory_and_refuses_holes) {
  MemfdMachine machine(with_memfd(8 * kMiB, 4 * kMiB));
  ASSERT_EQ(machine.preserve("guest").status, 0);
  machine.spawn(uapi::kIoctl, {.values = {1, uapi::kEventPrepare, 0, 0}});
  ASSERT_TRUE(machine.run_until([&] { return machine.fd().memfds[0].is_frozen != 0; }));
  ASSERT_EQ(machine.backed_pages(), 4 * kPagesPerMiB) << "the holes are filled a step later";
  EXPECT_EQ(machine.write(3, 4, 5), -kernel::kEPERM);
  EXPECT_EQ(machine.write(0, 1, 5), -kernel::kEPERM) << "a part of the range is a hole";
  EXPECT_EQ(machine.write(0, 4, 5), 0);
  machine.run_until_quiet();
  EXPECT_EQ(machine.phase(), Phase::prepared);
  EXPECT_EQ(machine.write(3, 4, 5), 0) << "no holes are left";
}

TEST(Memfd, cancel_gives_back_everything_that_prepare_took) {
  MemfdMachine machine(with_memfd(8 * kMiB, 0));
  ASSERT_EQ(machine.preserve("guest").status, 0);
  ASSERT_EQ(machine.write(2, 4, 77), 0);
  const sim::Digest128 before = machine.contents();
  const std::uint64_t free_before = machine.memory().count_owned(memory::kFree);
  for (int round = 0; round < 3; ++round) {
    ASSERT_EQ(machine.prepare(), 0);
    EXPECT_LT(machine.memory().count_owned(memory::kFree), free_before);
    EXPECT_EQ(machine.fd().memfds[0].is_frozen, 1U);
    ASSERT_EQ(machine.cancel(), 0);
    EXPECT_EQ(machine.memory().count_owned(memory::kFree), free_before);
    EXPECT_EQ(machine.fd().memfds[0].is_frozen, 0U);
    EXPECT_EQ(machine.preserved(), 0U);
    EXPECT_EQ(machine.contents(), before);
  }
}

struct FailingStep {
  const char* function;
  std::int64_t status;
};
TEST(Memfd, a_failed_prepare_thaws_the_mapping_and_leaves_nothing_preserved) {
  const FailingStep kSteps[] = {{"memfd", -kernel::kENOMEM}, {"memfd_record", -kernel::kENOMEM}};
  for (const FailingStep& failing : kSteps) {
    MemfdMachine machine(with_memfd(8 * kMiB, 4 * kMiB));
    ASSERT_EQ(machine.preserve("guest").status, 0);
    machine.fail(kernel::kAllocationSite, failing.function);
    EXPECT_EQ(machine.prepare(), failing.status) << failing.function;
    EXPECT_EQ(machine.fd().memfds[0].is_frozen, 0U) << failing.function;
    EXPECT_EQ(machine.preserved(), 0U) << failing.function;
    EXPECT_EQ(machine.owned(kMemfdRecordOwner), 0U) << failing.function;
    EXPECT_EQ(machine.phase(), Phase::normal) << failing.function;
    EXPECT_EQ(machine.prepare(), 0) << "the next attempt succeeds after " << failing.function;
  }
}

TEST(Memfd, its_own_prepare_can_fail_by_the_name_of_the_file) {
  MemfdMachine machine(with_memfd(8 * kMiB, 0));
  ASSERT_EQ(machine.preserve("guest").status, 0);
  machine.fail(luo::kFilePrepareSite, "guest");
  EXPECT_EQ(machine.prepare(), -kernel::kEIO);
  EXPECT_EQ(machine.fd().memfds[0].is_frozen, 0U);
}

TEST(Memfd, contents_survive_a_kexec_in_place) {
  MemfdMachine machine(with_memfd(16 * kMiB, 4 * kMiB));
  for (std::uint64_t part = 0; part < 6; ++part) ASSERT_EQ(machine.write(part, 8, 100 + part), 0);
  ASSERT_EQ(machine.preserve("guest").status, 0);
  ASSERT_EQ(machine.prepare(), 0);
  const sim::Digest128 before = machine.contents();
  const std::vector<MemfdPiece> pieces = machine.fd().pieces;
  ASSERT_TRUE(machine.kexec());
  EXPECT_EQ(machine.owned(kMemfdOwner), 0U) << "nobody has it yet";
  const Machine::Answer restored = machine.restore(0);
  ASSERT_EQ(restored.status, 0);
  EXPECT_EQ(machine.contents(), before);
  EXPECT_EQ(machine.fd().pieces, pieces) << "the same frames at the same places";
  EXPECT_EQ(machine.owned(kMemfdOwner), 16 * kPagesPerMiB);
  EXPECT_EQ(machine.finish(), 0);
  EXPECT_EQ(machine.contents(), before);
  EXPECT_EQ(machine.owned(kho::kIncomingOwner), luo::v2::kTreePages) << "the record is free";
}

TEST(Memfd, can_be_handed_on_by_every_kernel_to_the_next) {
  MemfdMachine machine(with_memfd(8 * kMiB, 0));
  ASSERT_EQ(machine.write(1, 2, 42), 0);
  const sim::Digest128 before = machine.contents();
  auto descriptor = machine.descriptor_of("guest");
  for (int generation = 0; generation < 4; ++generation) {
    ASSERT_EQ(machine.ioctl(uapi::kFdPreserve, uapi::pack_descriptor(descriptor, 0)).status, 0);
    ASSERT_EQ(machine.prepare(), 0);
    ASSERT_TRUE(machine.kexec());
    const Machine::Answer restored = machine.restore(0);
    ASSERT_EQ(restored.status, 0);
    descriptor = static_cast<std::int32_t>(restored.word);
    ASSERT_EQ(machine.finish(), 0);
    EXPECT_EQ(machine.contents(), before);
    EXPECT_EQ(machine.owned(kMemfdOwner), 8 * kPagesPerMiB);
  }
}

TEST(Memfd, writes_between_prepare_and_the_jump_are_not_lost) {
  MemfdMachine machine(with_memfd(8 * kMiB, 0));
  ASSERT_EQ(machine.preserve("guest").status, 0);
  ASSERT_EQ(machine.prepare(), 0);
  ASSERT_EQ(machine.write(0, 4, 7), 0);
  const sim::Digest128 before = machine.contents();
  ASSERT_TRUE(machine.kexec());
  ASSERT_EQ(machine.restore(0).status, 0);
  EXPECT_EQ(machine.contents(), before);
}

TEST(Memfd, finish_frees_what_nobody_took_back) {
  MemfdMachine machine(with_memfd(8 * kMiB, 0));
  ASSERT_EQ(machine.preserve("guest").status, 0);
  ASSERT_EQ(machine.prepare(), 0);
  ASSERT_TRUE(machine.kexec());
  EXPECT_EQ(machine.finish(), 0);
  EXPECT_EQ(machine.owned(kho::kIncomingOwner), luo::v2::kTreePages);
  const auto dropped = machine.records(ParticipantRecord::memfd_dropped);
  ASSERT_EQ(dropped.size(), 1U);
  EXPECT_EQ(dropped[0].values[0], 8 * kPagesPerMiB);
}

TEST(Memfd, is_eio_when_a_page_of_it_was_not_handed_over) {
  MemfdMachine machine(with_memfd(8 * kMiB, 4 * kMiB));
  ASSERT_EQ(machine.preserve("guest").status, 0);
  ASSERT_EQ(machine.prepare(), 0);
  ASSERT_EQ(machine.fd().pieces.size(), 2U);
  // The last folio of the second piece: the first piece is taken and must be given back.
  const MemfdPiece lost = machine.fd().pieces[1];
  const std::uint64_t block = (lost.first.value + lost.pages - 1) >> 9;
  for (const kho::Bitmap& bitmap : machine.world.kernel.kho.tracker.bitmaps) {
    if (bitmap.order == 9 && bitmap.index == block / kho::kBlocksPerBitmap)
      kho::change_bits(machine.memory().bytes(), bitmap.address, block % kho::kBlocksPerBitmap, 1,
                       false);
  }
  ASSERT_TRUE(machine.kexec());
  EXPECT_EQ(machine.restore(0).status, -kernel::kEIO);
  EXPECT_EQ(machine.owned(kMemfdOwner), 0U);
  EXPECT_TRUE(machine.fd().pieces.empty());
  EXPECT_EQ(machine.restore(0).status, -kernel::kEINVAL) << "it stays marked as tried (B14)";
}

TEST(Memfd, is_refused_when_its_record_is_not_one) {
  MemfdMachine machine(with_memfd(8 * kMiB, 0));
  ASSERT_EQ(machine.preserve("guest").status, 0);
  ASSERT_EQ(machine.prepare(), 0);
  const memory::PhysicalAddress record{machine.world.kernel.luo.outgoing[0].word};
  machine.memory().bytes().erase({memory::page_of(record), 1});
  ASSERT_TRUE(machine.kexec());
  EXPECT_EQ(machine.restore(0).status, -kernel::kEINVAL);
  EXPECT_EQ(machine.finish(), 0);
  EXPECT_EQ(machine.owned(kMemfdOwner), 0U);
}

TEST(Memfd, of_terabytes_costs_little) {
  MemfdMachine machine(with_memfd(8 * kTiB, 1 * kTiB, 12 * kTiB));
  ASSERT_EQ(machine.preserve("guest").status, 0);
  ASSERT_EQ(machine.write(17, 64, 3), 0);
  machine.trace.forget_records();
  const std::uint64_t written_before = machine.trace.written();
  ASSERT_EQ(machine.prepare(), 0);
  EXPECT_LT(machine.trace.written() - written_before, 1000U) << "steps";
  EXPECT_LT(machine.memory().extents().size(), 40U);
  EXPECT_LT(machine.memory().bytes().stored_bytes(), 2 * kMiB);
  EXPECT_EQ(machine.preserved() >> 18, 8 * kTiB >> 30);
  const sim::Digest128 before = machine.contents();
  ASSERT_TRUE(machine.kexec());
  ASSERT_EQ(machine.restore(0).status, 0);
  EXPECT_EQ(machine.contents(), before);
  EXPECT_LT(machine.memory().extents().size(), 40U);
}

TEST(Memfd, a_record_takes_the_room_of_the_real_one) {
  // 16 bytes a folio: 2^18 folios of 4 KiB in a gibibyte are 4 MiB and a header.
  world::Scenario scenario = world::bare_scenario();
  add_handler(scenario, "memfd-v1", "memfd");
  add_memfd(scenario, "guest", kGiB, 0, memory::kPageBytes);
  MemfdMachine machine(scenario);
  ASSERT_EQ(machine.preserve("guest").status, 0);
  ASSERT_EQ(machine.prepare(), 0);
  EXPECT_EQ(machine.owned(kMemfdRecordOwner), 1025U);
}

TEST(Memfd, two_of_them_never_share_a_page) {
  world::Scenario scenario = with_memfd(8 * kMiB, 2 * kMiB);
  add_memfd(scenario, "other", 6 * kMiB, 6 * kMiB, 64 * 1024);
  MemfdMachine machine(scenario);
  ASSERT_EQ(machine.preserve("guest").status, 0);
  ASSERT_EQ(machine.preserve("other").status, 0);
  ASSERT_EQ(machine.prepare(), 0);
  EXPECT_EQ(machine.owned(kMemfdOwner), machine.backed_pages());
  for (const MemfdPiece& piece : machine.fd().pieces) {
    const memory::Extent& extent = machine.memory().at(piece.first);
    EXPECT_EQ(extent.owner, kMemfdOwner.tag());
    EXPECT_EQ(extent.owner_number, piece.memfd);
  }
}

}  // namespace
}  // namespace luosim::fd
