// SPDX-License-Identifier: Apache-2.0
//
// Reads and writes: what they must refuse, where their data lie, and what happens to memory and
// media when something happens between two pages.
#include <gtest/gtest.h>

#include "tests/unit/device/nvme_world.hpp"

namespace luosim::device::nvme {
namespace {

constexpr std::uint64_t kListPage = 500;  // data page
constexpr std::uint64_t kNowhere = NvmeWorld::kPages * memory::kPageBytes;

void put_pointer(NvmeWorld& world, std::uint64_t address, std::uint64_t pointer) {
  world.memory.bytes().write_value({address}, pointer);
}

/// A command of `blocks` blocks at data page `page` and up, with a list at `list`.
SubmissionEntry with_list(NvmeWorld& world, std::uint8_t opcode, std::uint64_t block,
                          std::uint64_t page, std::uint32_t blocks,
                          std::uint64_t list = NvmeWorld::data_at(kListPage)) {
  for (std::uint64_t index = 1; index < blocks; ++index)
    put_pointer(world, list + 8 * (index - 1), NvmeWorld::data_at(page + index));
  SubmissionEntry entry = NvmeWorld::io(opcode, block, page, blocks);
  entry.prp2 = list;
  return entry;
}

class NvmeIo : public ::testing::Test {
 protected:
  void SetUp() override { world.start(); }
  std::uint16_t code(const SubmissionEntry& entry) {
    return NvmeWorld::code_of(world.execute(1, entry));
  }
  void fill(std::uint64_t page, std::uint64_t pages, std::uint64_t version) {
    for (std::uint64_t index = 0; index < pages; ++index) world.fill(page + index, version + index);
  }
  std::size_t accesses() const { return world.records(DeviceRecord::dma).size(); }
  NvmeWorld world;
};

TEST_F(NvmeIo, reads_what_was_written_whichever_page_it_came_from) {
  world.fill(0, 42);
  EXPECT_EQ(code(NvmeWorld::io(kWrite, 7, 0)), 0U);
  EXPECT_EQ(code(NvmeWorld::io(kRead, 7, 3)), 0U);
  EXPECT_EQ(world.version(3), 42U);
}

TEST_F(NvmeIo, reads_zeroes_from_what_was_never_written) {
  world.fill(0, 42);
  EXPECT_EQ(code(NvmeWorld::io(kRead, 7, 0)), 0U);
  EXPECT_EQ(world.version(0), 0U);
}

TEST_F(NvmeIo, bytes_in_a_page_are_contents_too) {
  world.memory.bytes().write_value<std::uint64_t>({NvmeWorld::data_at(0)}, 1);
  Context step = world.context();
  const std::uint64_t value = 5;
  write_by_dma(step, world.disk, {NvmeWorld::data_at(0)}, std::as_bytes(std::span(&value, 1)),
               DmaPurpose::data);
  EXPECT_EQ(code(NvmeWorld::io(kWrite, 1, 0)), 0U);
  EXPECT_NE(block_at(world.controller(), 1).current, 0U);
}

TEST_F(NvmeIo, two_pages_need_no_list) {
  fill(0, 2, 10);
  EXPECT_EQ(code(NvmeWorld::io(kWrite, 7, 0, 2)), 0U);
  EXPECT_EQ(code(NvmeWorld::io(kRead, 7, 20, 2)), 0U);
  EXPECT_EQ(world.version(20), 10U);
  EXPECT_EQ(world.version(21), 11U);
}

TEST_F(NvmeIo, more_pages_come_from_a_list) {
  fill(0, 128, 1000);
  EXPECT_EQ(code(with_list(world, kWrite, 7, 0, 128)), 0U);
  EXPECT_EQ(code(with_list(world, kRead, 7, 200, 128)), 0U);
  for (std::uint64_t page = 0; page < 128; ++page)
    EXPECT_EQ(world.version(200 + page), 1000 + page);
}

TEST_F(NvmeIo, a_list_may_begin_inside_a_page_and_chains_to_the_next) {
  // Room for three pointers: two of data, and the one to the rest of the list.
  const std::uint64_t list = NvmeWorld::data_at(kListPage + 1) - 24;
  SubmissionEntry entry = NvmeWorld::io(kRead, 0, 0, 6);
  entry.prp2 = list;
  put_pointer(world, list, NvmeWorld::data_at(11));
  put_pointer(world, list + 8, NvmeWorld::data_at(12));
  put_pointer(world, list + 16, NvmeWorld::data_at(kListPage + 5));
  for (std::uint64_t index = 0; index < 3; ++index)
    put_pointer(world, NvmeWorld::data_at(kListPage + 5) + 8 * index,
                NvmeWorld::data_at(13 + index));
  entry.prp1 = NvmeWorld::data_at(10);
  fill(40, 6, 70);
  EXPECT_EQ(code(with_list(world, kWrite, 0, 40, 6, NvmeWorld::data_at(600))), 0U);
  EXPECT_EQ(code(entry), 0U);
  for (std::uint64_t page = 0; page < 6; ++page) EXPECT_EQ(world.version(10 + page), 70 + page);
}

TEST_F(NvmeIo, the_last_pointer_of_a_list_page_is_data_if_no_more_are_needed) {
  const std::uint64_t list = NvmeWorld::data_at(kListPage + 1) - 16;
  fill(40, 3, 70);
  EXPECT_EQ(code(with_list(world, kWrite, 0, 40, 3, list)), 0U);
  EXPECT_EQ(block_at(world.controller(), 2).current, 72U);
}

TEST_F(NvmeIo, an_offset_takes_part_of_one_page_more) {
  fill(0, 3, 10);
  SubmissionEntry entry = NvmeWorld::io(kWrite, 0, 0, 1);
  entry.prp1 += 512;
  const std::size_t before = accesses();
  EXPECT_EQ(code(entry), 0U);
  EXPECT_EQ(accesses() - before, 4U);  // command, two pages, completion
  const std::uint64_t joined = block_at(world.controller(), 0).current;
  EXPECT_NE(joined, 10U);
  EXPECT_NE(joined, 11U);
  // The same bytes from the same place are the same contents, from another place others.
  entry.dw10 = 1;
  EXPECT_EQ(code(entry), 0U);
  EXPECT_EQ(block_at(world.controller(), 1).current, joined);
  entry.prp1 += 512;
  EXPECT_EQ(code(entry), 0U);
  EXPECT_NE(block_at(world.controller(), 1).current, joined);
}

TEST_F(NvmeIo, a_read_to_an_offset_changes_part_of_both_pages) {
  fill(0, 2, 10);
  fill(5, 1, 99);
  EXPECT_EQ(code(NvmeWorld::io(kWrite, 0, 5)), 0U);
  SubmissionEntry entry = NvmeWorld::io(kRead, 0, 0);
  entry.prp1 += 512;
  EXPECT_EQ(code(entry), 0U);
  EXPECT_NE(world.version(0), 10U);
  EXPECT_NE(world.version(0), 99U);
  EXPECT_NE(world.version(1), 11U);
  EXPECT_NE(world.version(1), world.version(0));
}

TEST_F(NvmeIo, an_offset_makes_of_two_blocks_three_pages_and_needs_a_list) {
  fill(0, 3, 10);
  SubmissionEntry entry = NvmeWorld::io(kWrite, 0, 0, 2);
  entry.prp1 += 8;
  entry.prp2 = NvmeWorld::data_at(kListPage);
  put_pointer(world, entry.prp2, NvmeWorld::data_at(1));
  put_pointer(world, entry.prp2 + 8, NvmeWorld::data_at(2));
  EXPECT_EQ(code(entry), 0U);
  EXPECT_EQ(world.controller().media.size(), 2U);
}

TEST_F(NvmeIo, zeroes_at_an_offset_are_zeroes) {
  SubmissionEntry entry = NvmeWorld::io(kWrite, 0, 0, 1);
  entry.prp1 += 512;
  EXPECT_EQ(code(entry), 0U);
  EXPECT_EQ(block_at(world.controller(), 0).current, 0U);
}

TEST_F(NvmeIo, refuses_pointers_with_wrong_offsets) {
  SubmissionEntry entry = NvmeWorld::io(kRead, 0, 0, 1);
  entry.prp1 += 2;
  EXPECT_EQ(code(entry), status_code::kInvalidPrpOffset);
  entry = NvmeWorld::io(kRead, 0, 0, 2);
  entry.prp2 += 8;
  EXPECT_EQ(code(entry), status_code::kInvalidPrpOffset);
  entry = with_list(world, kRead, 0, 0, 4);
  entry.prp2 += 4;
  EXPECT_EQ(code(entry), status_code::kInvalidPrpOffset);
  entry = with_list(world, kRead, 0, 0, 4);
  put_pointer(world, entry.prp2 + 8, NvmeWorld::data_at(1) + 512);
  EXPECT_EQ(code(entry), status_code::kInvalidPrpOffset);
}

TEST_F(NvmeIo, a_list_that_cannot_be_fetched_is_a_transfer_error) {
  SubmissionEntry entry = with_list(world, kRead, 0, 0, 4);
  entry.prp2 = kNowhere;
  EXPECT_EQ(NvmeWorld::status_of(world.execute(1, entry)), status_code::kDataTransferError);
  EXPECT_EQ(world.read(kStatus), kReadyBit);
}

TEST_F(NvmeIo, a_page_that_cannot_be_reached_is_a_transfer_error) {
  SubmissionEntry entry = NvmeWorld::io(kRead, 0, 0);
  entry.prp1 = kNowhere;
  EXPECT_EQ(NvmeWorld::status_of(world.execute(1, entry)), status_code::kDataTransferError);
}

// Hazard 89: the page of the list was private memory of a driver, and is somebody else's by now.
TEST_F(NvmeIo, a_list_whose_page_was_lost_sends_data_anywhere) {
  fill(40, 4, 70);
  EXPECT_EQ(code(with_list(world, kWrite, 0, 40, 4)), 0U);
  const SubmissionEntry entry = with_list(world, kRead, 0, 0, 4);
  world.memory.bytes().erase({{NvmeWorld::kFirstDataPage + kListPage}, 1});
  put_pointer(world, entry.prp2, NvmeWorld::data_at(900));  // other data that look like pointers
  EXPECT_EQ(code(entry), 0U);
  EXPECT_EQ(world.version(0), 70U);
  EXPECT_EQ(world.version(900), 71U);
  EXPECT_EQ(world.version(1), 0U);                       // where it should have gone
  EXPECT_EQ(world.memory.at({0}).content.version, 73U);  // zeroes are an address as well
}

TEST_F(NvmeIo, a_list_whose_page_is_garbage_fails_or_goes_astray_but_ends) {
  const SubmissionEntry entry = with_list(world, kRead, 0, 0, 128);
  world.memory.fill({NvmeWorld::data_page(kListPage), 1}, memory::kGarbage);
  EXPECT_NE(code(entry), 0x3FFFU);
  EXPECT_TRUE(world.schedule.is_idle());
}

TEST_F(NvmeIo, refuses_blocks_beyond_the_end) {
  const auto at = [](std::uint64_t block, std::uint32_t blocks) {
    return NvmeWorld::io(kRead, block, 0, blocks);
  };
  EXPECT_EQ(code(at(NvmeWorld::kBlocks, 1)), status_code::kOutOfRange);
  EXPECT_EQ(code(at(NvmeWorld::kBlocks - 1, 2)), status_code::kOutOfRange);
  EXPECT_EQ(code(at(~0ULL, 1)), status_code::kOutOfRange);
  EXPECT_EQ(code(at(NvmeWorld::kBlocks - 2, 2)), status_code::kSuccess);
}

TEST_F(NvmeIo, refuses_what_it_does_not_support) {
  SubmissionEntry entry = NvmeWorld::io(kRead, 0, 0);
  entry.flags = 1;  // fused
  EXPECT_EQ(code(entry), status_code::kInvalidField);
  entry.flags = 0x40;  // SGL
  EXPECT_EQ(code(entry), status_code::kInvalidField);
  entry.flags = 0;
  entry.namespace_id = 2;
  EXPECT_EQ(code(entry), status_code::kInvalidNamespace);
  entry.namespace_id = 0xFFFF'FFFF;
  EXPECT_EQ(code(entry), status_code::kInvalidNamespace);
  EXPECT_EQ(code(NvmeWorld::io(kRead, 0, 0, 129)), status_code::kInvalidField);
  EXPECT_EQ(code(NvmeWorld::admin(3)), status_code::kInvalidOpcode);
  SubmissionEntry flush = NvmeWorld::flush();
  flush.namespace_id = 0xFFFF'FFFF;
  EXPECT_EQ(code(flush), 0U);
}

// What is read into a page is decided when it moves, and so is where it goes.
TEST_F(NvmeIo, data_go_where_the_address_leads_when_they_move) {
  world.fill(9, 5);
  EXPECT_EQ(code(NvmeWorld::io(kWrite, 0, 9)), 0U);
  world.submit_and_ring(1, NvmeWorld::io(kRead, 0, 0));
  world.run_for(sim::microseconds(3));
  EXPECT_EQ(world.controller().submission_queues[1].outstanding, 1U);
  world.devices.pcie[world.port].command = 0;  // the way to memory is gone meanwhile
  world.run();
  EXPECT_EQ(world.version(0), 0U);
}

// Hazard 84: a driver that has given up on a command does not stop the device.
TEST_F(NvmeIo, data_of_a_command_that_software_gave_up_still_come) {
  world.fill(9, 5);
  EXPECT_EQ(code(NvmeWorld::io(kWrite, 0, 9)), 0U);
  world.submit_and_ring(1, NvmeWorld::io(kRead, 0, 0));
  world.run_for(sim::microseconds(3));
  world.fill(0, 1234);  // the buffer is somebody else's now
  world.run();
  EXPECT_EQ(world.version(0), 5U);
  EXPECT_TRUE(world.consume(1));
}

// Hazard 81: the blocks before the reset are written and the others are not.
TEST_F(NvmeIo, a_write_that_a_reset_breaks_off_is_torn_between_blocks) {
  fill(0, 8, 10);
  EXPECT_EQ(code(with_list(world, kWrite, 0, 0, 8)), 0U);
  fill(0, 8, 100);
  world.submit_and_ring(1, with_list(world, kWrite, 0, 0, 8));
  world.run_for(world.timing.of(timing::Cost::nvme_doorbell) +
                world.timing.of(timing::Cost::nvme_fetch) * 2 +
                world.timing.of(timing::Cost::nvme_page) * 3);
  world.reset();
  world.run();
  std::size_t written = 0;
  for (std::uint64_t block = 0; block < 8; ++block) {
    const std::uint64_t version = block_at(world.controller(), block).current;
    EXPECT_TRUE(version == 10 + block || version == 100 + block);
    if (version == 100 + block) ++written;
  }
  EXPECT_EQ(written, 4U);
  EXPECT_EQ(block_at(world.controller(), 3).current, 103U);
  EXPECT_EQ(block_at(world.controller(), 4).current, 14U);
}

TEST_F(NvmeIo, a_durable_write_that_the_power_breaks_off_is_torn_between_blocks) {
  fill(0, 8, 100);
  SubmissionEntry entry = with_list(world, kWrite, 0, 0, 8);
  entry.dw12 |= kForceUnitAccess;
  world.submit_and_ring(1, entry);
  world.run_for(world.timing.of(timing::Cost::nvme_doorbell) +
                world.timing.of(timing::Cost::nvme_fetch) * 2 +
                world.timing.of(timing::Cost::nvme_page) * 3);
  world.reset(pcie::ResetKind::power);
  EXPECT_EQ(block_at(world.controller(), 3).current, 103U);
  EXPECT_EQ(block_at(world.controller(), 4).current, 0U);
}

TEST_F(NvmeIo, a_write_that_fails_half_way_has_written_the_first_half) {
  fill(0, 2, 10);
  SubmissionEntry entry = NvmeWorld::io(kWrite, 0, 0, 2);
  entry.prp2 = kNowhere;
  EXPECT_EQ(NvmeWorld::status_of(world.execute(1, entry)), status_code::kDataTransferError);
  EXPECT_EQ(block_at(world.controller(), 0).current, 10U);
  EXPECT_EQ(block_at(world.controller(), 1).current, 0U);
}

// Whatever lies in a queue is executed or refused.
TEST_F(NvmeIo, garbage_in_the_queue_ends_with_completions) {
  world.memory.fill({{NvmeWorld::submissions_at(1) / memory::kPageBytes}, 1}, memory::kGarbage);
  world.write(submission_doorbell(1), 40);
  world.run();
  EXPECT_EQ(world.consume_all(1).size(), 40U);
}

}  // namespace
}  // namespace luosim::device::nvme
