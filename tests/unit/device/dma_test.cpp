// SPDX-License-Identifier: Apache-2.0
//
// One access from a device to memory: how far it comes, whose page it hits, what bytes it reads
// from pages that have none, and how a write shows to who compares contents.
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "model/memory/raw_word.hpp"
#include "tests/unit/device/device_world.hpp"
#include "tests/unit/device/iommu_tables.hpp"

namespace luosim::device {
namespace {

constexpr memory::OwnerName kGuest{"guest"};
constexpr memory::OwnerName kVictim{"victim"};
constexpr Iova kIova{0x7000'0000};

std::span<const std::byte> as_contents(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

class Dmas : public ::testing::Test {
 protected:
  Dma start(Iova iova, DmaDirection direction = DmaDirection::write,
            DmaPurpose purpose = DmaPurpose::data) {
    Context context = world.context();
    return start_dma(context, disk, iova, 8, direction, purpose);
  }
  DmaResult write(Iova iova, std::string_view text) {
    Context context = world.context();
    return write_by_dma(context, disk, iova, as_contents(text), DmaPurpose::completion);
  }
  std::string read(Iova iova, std::size_t length) {
    Context context = world.context();
    std::string text(length, '?');
    read_by_dma(context, disk, iova, std::as_writable_bytes(std::span(text)), DmaPurpose::command);
    return text;
  }
  sim::Record last(sim::RecordKind kind) const {
    const std::vector<sim::Record> found = world.records(kind);
    return found.empty() ? sim::Record{} : found.back();
  }
  /// Translation on, and the disk attached to domain 5.
  iommu::Tables& translated() {
    tables.attach(pcie::requester_id(world.devices.pcie, disk), 5);
    world.devices.iommu.root_table = tables.root;
    world.devices.iommu.translates = 1;
    return tables;
  }
  memory::Content content_at(std::uint64_t page) const { return world.memory.at({page}).content; }

  DeviceWorld world;
  FunctionId port = world.add("root port", pcie::FunctionKind::root_port, kNoFunction, 0x08);
  FunctionId disk = world.add("disk", pcie::FunctionKind::endpoint, port, 0x00);
  iommu::Tables tables{world.memory, {0x100}};
};

TEST_F(Dmas, land_at_the_address_itself_without_translation) {
  const Dma dma = start({0x5008});
  EXPECT_TRUE(dma.landed());
  EXPECT_EQ(dma.address.value, 0x5008U);
}

TEST_F(Dmas, land_where_the_tables_lead) {
  translated().map(kIova, {0x333});
  EXPECT_EQ(start(kIova + 8).address.value, 0x333008U);
}

TEST_F(Dmas, leave_a_record_with_all_about_them) {
  translated().map(kIova, {0x333});
  world.memory.give({{0x333}, 1}, kGuest.tag(), 12);
  start(kIova + 8, DmaDirection::write, DmaPurpose::completion);
  const sim::Record record = last(DeviceRecord::dma);
  EXPECT_EQ(world.names.text(record.subject), "disk");
  EXPECT_EQ(record.values[0], disk.index | 3ULL << 32 | 1ULL << 40 | 0ULL << 48);
  EXPECT_EQ(record.values[1], kIova.value + 8);
  EXPECT_EQ(record.values[2], 0x333008U);
  EXPECT_EQ(record.values[3], std::uint64_t{kGuest.tag().hash} << 32 | 12);
}

TEST_F(Dmas, land_in_a_page_of_somebody_else_whose_name_the_record_keeps) {
  world.memory.give({{0x333}, 1}, kGuest.tag(), 1);
  translated().map(kIova, {0x333});
  EXPECT_TRUE(start(kIova).landed());
  world.memory.release({{0x333}, 1});
  EXPECT_TRUE(start(kIova).landed()) << "nothing in between knows that the page was freed";
  EXPECT_EQ(last(DeviceRecord::dma).values[3], 0U);
  world.memory.give({{0x333}, 1}, kVictim.tag(), 2);
  EXPECT_TRUE(start(kIova).landed());
  EXPECT_EQ(last(DeviceRecord::dma).values[3], std::uint64_t{kVictim.tag().hash} << 32 | 2);
}

TEST_F(Dmas, are_refused_by_the_tables_with_a_record_and_a_log) {
  translated().map(kIova, {0x333}, iommu::kReadable);
  world.memory.give({{0x333}, 1}, kGuest.tag());
  EXPECT_EQ(start(kIova + 8).result, DmaResult::translation_fault);
  const sim::Record fault = last(DeviceRecord::translation_fault);
  EXPECT_EQ(world.names.text(fault.subject), "disk");
  EXPECT_EQ(fault.values[0], disk.index);
  EXPECT_EQ(fault.values[1], pcie::requester_id(world.devices.pcie, disk).value);
  EXPECT_EQ(fault.values[2], 5U);
  EXPECT_EQ(fault.values[3], kIova.value + 8);
  EXPECT_EQ(world.devices.iommu.log.reason, iommu::FaultReason::not_writable);
  EXPECT_EQ(last(DeviceRecord::dma).values[0] >> 48,
            static_cast<std::uint64_t>(DmaResult::translation_fault));
  EXPECT_EQ(last(DeviceRecord::dma).values[3], 0U) << "it landed in no page";
  EXPECT_TRUE(start(kIova, DmaDirection::read).landed());
}

TEST_F(Dmas, find_nothing_beyond_memory) {
  EXPECT_EQ(start({DeviceWorld::kPages << 12}).result, DmaResult::no_memory);
  EXPECT_EQ(start({0xFFFF'FFFF'FFFF'F000}).result, DmaResult::no_memory);
  EXPECT_TRUE(start({(DeviceWorld::kPages << 12) - 8}).landed());
  translated().map(kIova, {DeviceWorld::kPages + 1});
  EXPECT_EQ(start(kIova).result, DmaResult::no_memory);
  EXPECT_EQ(last(DeviceRecord::dma).values[2], (DeviceWorld::kPages + 1) << 12);
}

TEST_F(Dmas, do_not_leave_a_function_that_is_off_or_may_not_send) {
  world.devices.pcie[disk].command = pcie::kMemoryEnable;
  EXPECT_EQ(start({0x5000}).result, DmaResult::bus_master_off);
  world.devices.pcie[disk].is_in_reset = 1;
  EXPECT_EQ(start({0x5000}).result, DmaResult::function_off);
  EXPECT_EQ(world.records(DeviceRecord::dma).size(), 2U) << "each access leaves its record";
}

TEST_F(Dmas, stop_at_a_bridge_before_the_tables_are_asked) {
  translated();
  world.devices.pcie[port].command = 0;
  EXPECT_EQ(start(kIova).result, DmaResult::unsupported_request);
  EXPECT_EQ(world.devices.iommu.faults, 0U);
}

TEST_F(Dmas, are_messages_and_never_memory_in_the_message_range) {
  translated();
  EXPECT_EQ(start({kMessageBase}).result, DmaResult::no_memory);
  EXPECT_EQ(start({kMessageBase}, DmaDirection::read, DmaPurpose::message).result,
            DmaResult::no_memory);
  EXPECT_TRUE(start({kMessageBase}, DmaDirection::write, DmaPurpose::message).landed());
  EXPECT_EQ(last(DeviceRecord::dma).values[3], 0U) << "a message lands in no page";
  EXPECT_EQ(world.devices.iommu.faults, 0U) << "interrupt remapping judges it, not these tables";
}

TEST_F(Dmas, are_not_stored_when_they_are_messages) {
  world.memory = memory::PhysicalMemory(1ULL << 20);  // 4 GiB: there is a page at the address
  Context context = world.context();
  const memory::PhysicalMemory before = world.memory;
  EXPECT_EQ(write_by_dma(context, disk, {kMessageBase}, as_contents("1234"), DmaPurpose::message),
            DmaResult::landed);
  EXPECT_EQ(world.memory, before);
}

TEST_F(Dmas, cross_pages_that_lie_apart_in_memory) {
  translated().map(kIova, {0x333});
  tables.map(kIova + 0x1000, {0x222});
  EXPECT_EQ(write(kIova + 0xFFE, "abcd"), DmaResult::landed);
  EXPECT_EQ(read(kIova + 0xFFD, 6), std::string("\0abcd\0", 6));
  EXPECT_EQ(memory::read_word(world.memory, {0x333FF8}), 0x6261'0000'0000'0000U);
  EXPECT_EQ(memory::read_word(world.memory, {0x222000}), 0x6463U);
}

TEST_F(Dmas, stop_at_the_first_page_that_is_refused) {
  translated().map(kIova, {0x333});
  EXPECT_EQ(write(kIova + 0xFFE, "abcd"), DmaResult::translation_fault);
  EXPECT_EQ(memory::read_word(world.memory, {0x333FF8}), 0x6261'0000'0000'0000U);
  EXPECT_EQ(read(kIova + 0xFFE, 4), "ab??");
}

TEST_F(Dmas, wrap_around_the_end_of_addresses_without_harm) {
  EXPECT_EQ(write({~0ULL}, "ab"), DmaResult::no_memory);
  EXPECT_EQ(read({~0ULL - 1}, 4), "????");
}

TEST_F(Dmas, of_nothing_land_without_a_record) {
  EXPECT_EQ(write({0x5000}, ""), DmaResult::landed);
  EXPECT_TRUE(world.records(DeviceRecord::dma).empty());
}

TEST_F(Dmas, fetch_garbage_from_a_page_that_was_freed) {
  write({0x5000}, "command!");
  EXPECT_EQ(read({0x5000}, 8), "command!");
  world.memory.fill({{5}, 1}, memory::kGarbage);
  const std::string fetched = read({0x5000}, 64);
  EXPECT_NE(fetched, std::string(64, '\0'));
  EXPECT_EQ(fetched.find("command!"), std::string::npos);
  EXPECT_EQ(read({0x5000}, 64), fetched) << "the same garbage each time";
  world.memory.fill({{5}, 1}, memory::kZeroes);
  EXPECT_EQ(read({0x5000}, 64), std::string(64, '\0'));
}

TEST_F(Dmas, change_the_version_of_a_page_that_had_only_that) {
  for (const memory::Content content : {memory::kZeroes, memory::kGarbage, memory::Content{77}}) {
    world.memory.fill({{5}, 1}, content);
    write({0x5010}, "x");
    EXPECT_NE(content_at(5), content);
    EXPECT_EQ(read({0x5010}, 1), "x");
  }
  EXPECT_EQ(content_at(4), memory::kZeroes) << "the neighbours keep theirs";
  EXPECT_EQ(content_at(6), memory::kZeroes);
}

TEST_F(Dmas, to_a_ring_leave_its_pages_in_one_extent) {
  for (std::uint64_t entry = 0; entry < 1024; ++entry) write({0x8000 + entry * 16}, "entry");
  EXPECT_EQ(world.memory.at({8}).count, 4U);
}

// A second port whose window begins with the BAR of a card.
FunctionId add_peer(DeviceWorld& world, Iova window) {
  const FunctionId other =
      world.add("other port", pcie::FunctionKind::root_port, kNoFunction, 0x10);
  const FunctionId card = world.add("card", pcie::FunctionKind::endpoint, other, 0x00);
  world.devices.pcie[other].window_base = window.value;
  world.devices.pcie[other].window_limit = window.value + 0xFFF'FFFF;
  world.devices.pcie[card].bars[0] = window.value;
  return card;
}

TEST_F(Dmas, to_a_peer_never_get_to_memory) {
  constexpr Iova kWindow{0x4000};
  const FunctionId card = add_peer(world, kWindow);
  translated();
  EXPECT_EQ(start(kWindow).result, DmaResult::taken_by_peer);
  EXPECT_EQ(write(kWindow, "x"), DmaResult::taken_by_peer);
  EXPECT_EQ(last(DeviceRecord::dma).values[3], 0U);
  EXPECT_EQ(memory::read_word(world.memory, {kWindow.value}), 0U);
  world.devices.pcie[card].command = 0;
  EXPECT_EQ(start(kWindow).result, DmaResult::unsupported_request);
  EXPECT_EQ(start({0x800'0000}).result, DmaResult::unsupported_request) << "no BAR is there";
  EXPECT_EQ(world.devices.iommu.faults, 0U) << "the IOMMU has seen none of it";
}

TEST_F(Dmas, go_through_the_tables_if_the_port_redirects_them) {
  constexpr Iova kWindow{0x4000};
  add_peer(world, kWindow);
  world.devices.pcie[port].acs = pcie::kAcsRequestRedirect;
  translated().map(kWindow, {0x333});
  EXPECT_EQ(start(kWindow).address.value, 0x333000U);
}

}  // namespace
}  // namespace luosim::device
