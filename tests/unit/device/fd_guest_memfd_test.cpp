// SPDX-License-Identifier: Apache-2.0
//
// guest_memfd over a jump: holes stay holes and are refused while the mapping is frozen, and the
// file comes back only with its virtual machine.
#include <gtest/gtest.h>

#include "model/fd/memfd_record.hpp"
#include "tests/unit/device/memory_files_world.hpp"

namespace luosim::fd {
namespace {

class GuestMemfd : public testing::Test {
 protected:
  MemoryFilesWorld world;
  kernel::FileId kvm = world.kvm();
  kernel::FileId file = world.guest_memfd(kvm, 4 * kMiB, 2 * kMiB);
};

TEST_F(GuestMemfd, is_made_of_single_pages_for_a_virtual_machine) {
  EXPECT_EQ(world.memfd_of(file).order, 0U);
  EXPECT_EQ(world.memfd_of(file).kvm, kvm);
  EXPECT_EQ(world.owned(kGuestMemfdOwner), 2 * kPagesPerMiB);
  Context now = world.context();
  EXPECT_FALSE(create_guest_memfd(now, {}, world.memfd(2 * kMiB), kMiB, 0));
}

TEST_F(GuestMemfd, has_neither_seals_nor_a_size_to_change) {
  EXPECT_EQ(world.seal(file, kSealGrow), -kernel::kEINVAL);
  EXPECT_EQ(world.resize(file, 0), -kernel::kEINVAL);
  EXPECT_EQ(world.memfd_of(file).pages, 4 * kPagesPerMiB);
}

TEST_F(GuestMemfd, keeps_its_holes_when_it_is_prepared) {
  world.preserve(file);
  const std::uint64_t before = world.preserved();
  ASSERT_EQ(world.prepare(), 0);
  EXPECT_EQ(world.owned(kGuestMemfdOwner), 2 * kPagesPerMiB);
  EXPECT_EQ(world.pieces(file).size(), 1U);
  EXPECT_TRUE(world.is_preserved(world.pieces(file)[0].first));
  EXPECT_TRUE(world.is_preserved(world.pieces(file)[0].first + (2 * kPagesPerMiB - 1)));
  EXPECT_GE(world.preserved() - before, 2 * kPagesPerMiB);
  EXPECT_EQ(world.owned(kGuestMemfdRecordOwner), 3U) << "16 bytes for each of 512 pages, a header";
}

// Hazard 23.
TEST_F(GuestMemfd, refuses_a_hole_while_it_is_frozen_and_says_so) {
  world.preserve(file);
  ASSERT_EQ(world.prepare(), 0);
  EXPECT_EQ(world.write(file, 0, 2, 5), 0);
  EXPECT_TRUE(world.records(ParticipantRecord::hole_refused).empty());
  EXPECT_EQ(world.write(file, 3, 4, 5), -kernel::kEPERM);
  const auto refused = world.records(ParticipantRecord::hole_refused);
  ASSERT_EQ(refused.size(), 1U);
  EXPECT_EQ(refused[0].values[1], 3 * kPagesPerMiB);
  EXPECT_EQ(refused[0].values[2], kPagesPerMiB);
  EXPECT_EQ(world.pin(file), -kernel::kEPERM);
  ASSERT_EQ(world.cancel(), 0);
  EXPECT_EQ(world.write(file, 3, 4, 5), 0);
  EXPECT_EQ(world.owned(kGuestMemfdOwner), 3 * kPagesPerMiB);
}

TEST_F(GuestMemfd, without_a_size_is_refused) {
  const kernel::FileId empty = world.guest_memfd(kvm, 0);
  world.preserve(empty);
  EXPECT_EQ(world.prepare(), -kernel::kEINVAL);
  EXPECT_EQ(world.memfd_of(empty).is_frozen, 0U);
}

TEST_F(GuestMemfd, stops_the_update_unless_its_virtual_machine_is_handed_over) {
  world.preserve(file);
  ASSERT_EQ(world.prepare(), 0);
  EXPECT_EQ(world.freeze(), -kernel::kENOENT);
}

TEST_F(GuestMemfd, does_not_mind_which_of_the_two_is_preserved_first) {
  for (const bool memory_first : {true, false}) {
    MemoryFilesWorld other;
    const kernel::FileId vm = other.kvm();
    const kernel::FileId memory_file = other.guest_memfd(vm, 4 * kMiB);
    other.preserve(memory_first ? memory_file : vm);
    other.preserve(memory_first ? vm : memory_file);
    ASSERT_EQ(other.prepare(), 0) << memory_first;
    EXPECT_EQ(other.freeze(), 0) << memory_first;
  }
}

TEST_F(GuestMemfd, comes_back_with_its_contents_its_holes_and_its_virtual_machine) {
  ASSERT_EQ(world.write(file, 0, 4, 77), 0);
  const sim::Digest128 before = world.contents(file);
  const std::uint64_t memory_token = world.preserve(file);
  const std::uint64_t machine_token = world.preserve(kvm);
  const std::vector<MemfdPiece> pieces(world.pieces(file).begin(), world.pieces(file).end());
  ASSERT_EQ(world.update(), 0);
  const kernel::FileId machine = world.restored(machine_token);
  const kernel::FileId restored = world.restored(memory_token);
  EXPECT_EQ(world.contents(restored), before);
  EXPECT_EQ(world.memfd_of(restored).kvm, machine);
  EXPECT_EQ(world.memfd_of(restored).kind, MemoryKind::guest_memfd);
  ASSERT_EQ(world.pieces(restored).size(), pieces.size());
  EXPECT_EQ(world.pieces(restored)[0].first, pieces[0].first) << "the same frames";
  EXPECT_EQ(world.write(restored, 3, 4, 5), 0) << "the hole can be filled again";
  EXPECT_EQ(world.finish(), 0);
  EXPECT_EQ(world.owned(kho::kIncomingOwner), luo::v2::kTreePages) << "the records are free";
  EXPECT_EQ(world.owned(kGuestMemfdOwner), 3 * kPagesPerMiB);
}

TEST_F(GuestMemfd, cannot_be_restored_before_its_virtual_machine) {
  const std::uint64_t memory_token = world.preserve(file);
  const std::uint64_t machine_token = world.preserve(kvm);
  ASSERT_EQ(world.update(), 0);
  EXPECT_EQ(world.restore(memory_token).status, -kernel::kENOENT);
  EXPECT_EQ(world.owned(kGuestMemfdOwner), 0U);
  EXPECT_EQ(world.restore(machine_token).status, 0);
}

TEST_F(GuestMemfd, cannot_be_restored_with_something_else_for_a_virtual_machine) {
  const std::uint64_t memory_token = world.preserve(file);
  const std::uint64_t other_token = world.preserve(world.memfd(2 * kMiB));
  world.preserve(kvm);
  ASSERT_EQ(world.prepare(), 0);
  ASSERT_EQ(world.freeze(), 0);
  store_machine_token(world.memory.bytes(), world.word_of(memory_token), other_token);
  world.jump();
  world.restored(other_token);
  EXPECT_EQ(world.restore(memory_token).status, -kernel::kEINVAL);
  EXPECT_EQ(world.owned(kGuestMemfdOwner), 0U);
}

TEST_F(GuestMemfd, is_eio_when_a_page_of_it_did_not_arrive) {
  const std::uint64_t memory_token = world.preserve(file);
  const std::uint64_t machine_token = world.preserve(kvm);
  ASSERT_EQ(world.prepare(), 0);
  ASSERT_EQ(world.freeze(), 0);
  const memory::Pfn page = world.pieces(file)[0].first + 100;
  world.jump();
  ASSERT_EQ(world.memory.at(page).owner, kho::kIncomingOwner.tag());
  world.memory.give({page, 1}, kernel::kKernelOwner.tag());
  world.restored(machine_token);
  EXPECT_EQ(world.restore(memory_token).status, -kernel::kEIO);
  EXPECT_EQ(world.owned(kGuestMemfdOwner), 0U);
}

TEST_F(GuestMemfd, that_nobody_takes_is_freed_by_finish) {
  world.preserve(file);
  world.preserve(kvm);
  ASSERT_EQ(world.update(), 0);
  ASSERT_EQ(world.finish(), 0);
  EXPECT_EQ(world.owned(kho::kIncomingOwner), luo::v2::kTreePages);
  const auto dropped = world.records(ParticipantRecord::memfd_dropped);
  ASSERT_EQ(dropped.size(), 1U);
  EXPECT_EQ(dropped[0].values[0], 2 * kPagesPerMiB);
}

TEST_F(GuestMemfd, gives_everything_back_when_the_update_is_cancelled) {
  world.preserve(file);
  world.preserve(kvm);
  const std::uint64_t free_before = world.free_pages();
  for (int round = 0; round < 2; ++round) {
    ASSERT_EQ(world.prepare(), 0);
    EXPECT_LT(world.free_pages(), free_before);
    ASSERT_EQ(world.cancel(), 0);
    EXPECT_EQ(world.free_pages(), free_before);
    EXPECT_EQ(world.preserved(), 0U);
    EXPECT_EQ(world.memfd_of(file).is_frozen, 0U);
  }
}

TEST_F(GuestMemfd, unwinds_a_prepare_that_fails) {
  world.preserve(file);
  world.fail(kernel::kAllocationSite, kGuestMemfdRecordOwner.name);
  EXPECT_EQ(world.prepare(), -kernel::kENOMEM);
  EXPECT_EQ(world.memfd_of(file).is_frozen, 0U);
  EXPECT_EQ(world.preserved(), 0U);
  world.fail(luo::kFilePrepareSite, "guest");
  EXPECT_EQ(world.prepare(), luo::kFilePrepareSite.value);
  EXPECT_EQ(world.prepare(), 0);
}

TEST_F(GuestMemfd, fails_where_a_scenario_says_so) {
  const std::uint64_t memory_token = world.preserve(file);
  const std::uint64_t machine_token = world.preserve(kvm);
  world.fail(luo::kFileFreezeSite, "guest");
  ASSERT_EQ(world.prepare(), 0);
  EXPECT_EQ(world.freeze(), luo::kFileFreezeSite.value);
  MemoryFilesWorld other;
  const kernel::FileId vm = other.kvm();
  ASSERT_EQ(other.preserve(other.guest_memfd(vm, kMiB)), memory_token);
  ASSERT_EQ(other.preserve(vm), machine_token);
  ASSERT_EQ(other.update(), 0);
  other.restored(machine_token);
  other.fail(luo::kFileRetrieveSite, "guest-memfd-v1");
  EXPECT_EQ(other.restore(memory_token).status, luo::kFileRetrieveSite.value);
}

TEST_F(GuestMemfd, goes_with_its_last_reference) {
  world.close(file);
  EXPECT_EQ(world.owned(kGuestMemfdOwner), 0U);
}

}  // namespace
}  // namespace luosim::fd
