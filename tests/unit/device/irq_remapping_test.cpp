// SPDX-License-Identifier: Apache-2.0
//
// Interrupt remapping: which messages pass, why the others do not, and what becomes of a table that
// is somebody else's page by now.
#include <gtest/gtest.h>

#include "model/device/irq/remapping.hpp"
#include "tests/unit/device/interrupt_world.hpp"

namespace luosim::device {
namespace {

using irq::InterruptFate;
using irq::RemappingFault;

constexpr std::uint16_t kHandle = 5;

// A world whose vector 0 names entry kHandle of the table.
struct RemappedWorld : InterruptWorld {
  RemappedWorld() {
    remap();
    use(0, irq::encode_message(kHandle));
  }

  irq::RemappingEntry good_entry() const {
    return {.is_present = true, .vector = 0x51, .source = requester()};
  }

  void expect_refused(RemappingFault reason) {
    const std::size_t before = records(DeviceRecord::remapping_fault).size();
    EXPECT_EQ(raise(0), InterruptFate::refused);
    EXPECT_EQ(last(DeviceRecord::interrupt_raised).values[3], static_cast<std::uint64_t>(reason))
        << irq::word_of(reason);
    ASSERT_EQ(records(DeviceRecord::remapping_fault).size(), before + 1);
    const sim::Record fault = last(DeviceRecord::remapping_fault);
    EXPECT_EQ(fault.values[0], requester().value);
    EXPECT_EQ(fault.values[1], devices.pcie.msix[0].address);
    EXPECT_EQ(fault.values[2], static_cast<std::uint64_t>(reason));
    EXPECT_EQ(calls(), Vectors{});
  }
};

TEST(InterruptRemapping, gives_the_vector_of_the_entry) {
  RemappedWorld world;
  world.write_remapping_entry(kHandle, world.good_entry());
  EXPECT_EQ(world.raise(0), InterruptFate::handled);
  EXPECT_EQ(world.calls(), Vectors{0x51});
  EXPECT_TRUE(world.records(DeviceRecord::remapping_fault).empty());
}

TEST(InterruptRemapping, that_is_off_lets_the_data_through_as_the_vector) {
  RemappedWorld world;
  world.devices.iommu.remaps_interrupts = 0;
  EXPECT_EQ(world.raise(0), InterruptFate::handled);
  EXPECT_EQ(world.calls(), Vectors{0});
}

TEST(InterruptRemapping, blocks_the_compatibility_format) {
  RemappedWorld world;
  world.use(0, irq::compatibility_message(0x41));
  world.expect_refused(RemappingFault::compatibility_blocked);
}

TEST(InterruptRemapping, refuses_an_index_beyond_the_table) {
  RemappedWorld world;
  world.write_remapping_entry(InterruptWorld::kTableEntries - 1, world.good_entry());
  world.use(0, irq::encode_message(InterruptWorld::kTableEntries - 1));
  EXPECT_EQ(world.raise(0), InterruptFate::handled);
  EXPECT_EQ(world.calls(), Vectors{0x51});
  world.trace.forget_records();
  world.use(0, irq::encode_message(InterruptWorld::kTableEntries));
  world.expect_refused(RemappingFault::index_too_large);
}

TEST(InterruptRemapping, refuses_an_entry_that_is_not_present) {
  RemappedWorld world;
  world.expect_refused(RemappingFault::not_present);
}

TEST(InterruptRemapping, refuses_a_table_where_no_memory_is) {
  RemappedWorld world;
  for (const std::uint64_t table :
       {std::uint64_t{DeviceWorld::kPages * memory::kPageBytes}, ~std::uint64_t{0},
        ~std::uint64_t{0} << 12, std::uint64_t{1} << 63}) {
    world.devices.iommu.remapping_table = {table};
    world.expect_refused(RemappingFault::table_unreadable);
  }
}

TEST(InterruptRemapping, refuses_the_part_of_a_table_that_lies_beyond_memory) {
  RemappedWorld world;
  world.devices.iommu.remapping_table = {(DeviceWorld::kPages - 1) * memory::kPageBytes};
  world.devices.iommu.remapping_entries = 0x1'0000;
  world.use(0, irq::encode_message(256));
  world.expect_refused(RemappingFault::table_unreadable);
  world.use(0, irq::encode_message(255));
  world.expect_refused(RemappingFault::not_present);
}

TEST(InterruptRemapping, does_not_wrap_around_from_a_table_at_the_end_of_all_addresses) {
  RemappedWorld world;
  world.devices.iommu.remapping_table = {~std::uint64_t{0} << 12};
  world.devices.iommu.remapping_entries = 0x1'0000;
  const irq::RawEntry raw = irq::encode(world.good_entry());
  memory::write_raw(world.memory, {0}, std::as_bytes(std::span(&raw, 1)));
  world.use(0, irq::encode_message(256));
  world.expect_refused(RemappingFault::table_unreadable);
}

TEST(InterruptRemapping, refuses_reserved_bits_of_either_format) {
  RemappedWorld world;
  irq::RemappingEntry posted = world.good_entry();
  posted.is_posted = true;
  posted.descriptor = InterruptWorld::kDescriptor;
  const irq::RawEntry remapped = irq::encode(world.good_entry());
  const irq::RawEntry raw_posted = irq::encode(posted);
  const irq::RawEntry bad[] = {
      {remapped.low | 1U << 12, remapped.high},
      {remapped.low | 1U << 14, remapped.high},
      {remapped.low, remapped.high | 1ULL << 20},
      {remapped.low, remapped.high | 1ULL << 63},
      {remapped.low, remapped.high | 3U << 18},  // a check that does not exist
      {raw_posted.low | 1U << 2, raw_posted.high},
      {raw_posted.low | 1U << 24, raw_posted.high},  // the ninth bit of a guest's vector
      {raw_posted.low | 1ULL << 37, raw_posted.high},
      {raw_posted.low, raw_posted.high | 1U << 31},
  };
  for (const irq::RawEntry& raw : bad) {
    world.write_raw_entry(kHandle, raw);
    world.expect_refused(RemappingFault::reserved_bits);
  }
  EXPECT_FALSE(irq::has_reserved_bits(remapped));
  EXPECT_FALSE(irq::has_reserved_bits(raw_posted));
}

TEST(InterruptRemapping, refuses_the_entry_of_another_source) {
  RemappedWorld world;
  irq::RemappingEntry entry = world.good_entry();
  entry.source.value ^= 1;
  world.write_remapping_entry(kHandle, entry);
  world.expect_refused(RemappingFault::wrong_source);
}

TEST(InterruptRemapping, refuses_a_source_whose_bus_was_renumbered) {
  RemappedWorld world;
  world.write_remapping_entry(kHandle, world.good_entry());
  world.devices.pcie[world.port].secondary = 9;
  world.devices.pcie[world.port].subordinate = 9;
  world.expect_refused(RemappingFault::wrong_source);
}

TEST(InterruptRemapping, refuses_a_malformed_message) {
  RemappedWorld world;
  irq::Message message = irq::encode_message(kHandle);
  message.address |= 1U << 3;
  message.data = 0x1'0000;
  world.use(0, message);
  world.expect_refused(RemappingFault::malformed);
}

TEST(InterruptRemapping, adds_the_subhandle_where_the_message_says_so) {
  RemappedWorld world;
  world.write_remapping_entry(kHandle + 2, world.good_entry());
  irq::Message message = irq::encode_message(kHandle);
  message.data = 2;
  world.use(0, message);
  world.expect_refused(RemappingFault::not_present);
  message.address |= 1U << 3;
  world.use(0, message);
  EXPECT_EQ(world.raise(0), InterruptFate::handled);
  EXPECT_EQ(world.calls(), Vectors{0x51});
}

TEST(InterruptRemapping, logs_the_first_refusal_and_that_more_came) {
  RemappedWorld world;
  world.raise(0);
  const iommu::FaultLog& log = world.devices.iommu.log;
  EXPECT_EQ(log.is_set, 1);
  EXPECT_EQ(log.overflowed, 0);
  EXPECT_EQ(static_cast<std::uint8_t>(log.reason), 0x22);
  EXPECT_EQ(log.requester, world.requester().value);
  world.use(0, irq::compatibility_message(0x41));
  world.raise(0);
  EXPECT_EQ(log.overflowed, 1);
  EXPECT_EQ(static_cast<std::uint8_t>(log.reason), 0x22);
  EXPECT_EQ(world.devices.iommu.faults, 2U);
}

TEST(InterruptRemapping, leaves_the_log_alone_if_the_entry_says_so) {
  RemappedWorld world;
  world.write_remapping_entry(kHandle, {.is_log_disabled = true});
  world.expect_refused(RemappingFault::not_present);
  EXPECT_EQ(world.devices.iommu.log, iommu::FaultLog{});
  EXPECT_EQ(world.devices.iommu.faults, 1U);
}

TEST(InterruptRemapping, is_walked_as_the_page_is_by_now) {
  RemappedWorld world;
  world.write_remapping_entry(kHandle, world.good_entry());
  // The page goes to somebody else, who has a table of another device in the same place.
  world.memory.release({page_of(InterruptWorld::kTable), 1});
  world.memory.give({page_of(InterruptWorld::kTable), 1}, InterruptWorld::kSomebody.tag());
  EXPECT_EQ(world.raise(0), InterruptFate::handled);
  EXPECT_EQ(world.calls(), Vectors{0x51});
  world.memory.fill({page_of(InterruptWorld::kTable), 1}, memory::kZeroes);
  irq::RemappingEntry other = world.good_entry();
  other.vector = 0x99;
  world.write_remapping_entry(kHandle, other);
  EXPECT_EQ(world.raise(0), InterruptFate::handled);
  EXPECT_EQ(world.calls(), (Vectors{0x51, 0x99}));
  world.memory.fill({page_of(InterruptWorld::kTable), 1}, memory::kZeroes);
  world.trace.forget_records();
  world.expect_refused(RemappingFault::not_present);
}

TEST(InterruptRemapping, survives_any_garbage_in_the_page_and_does_the_same_each_time) {
  std::array<std::uint32_t, irq::kInterruptFates> fates{};
  for (std::uint64_t version = 1; version <= 40; ++version) {
    RemappedWorld world;
    RemappedWorld again;
    for (RemappedWorld* each : {&world, &again})
      each->memory.fill({page_of(InterruptWorld::kTable), 1}, {version * 1'000'003});
    for (std::uint16_t handle = 0; handle < InterruptWorld::kTableEntries; ++handle) {
      for (RemappedWorld* each : {&world, &again}) each->use(0, irq::encode_message(handle));
      const InterruptFate fate = world.raise(0);
      EXPECT_EQ(again.raise(0), fate);
      ++fates[static_cast<std::size_t>(fate)];
    }
    EXPECT_EQ(world.calls(), again.calls());
    EXPECT_EQ(world.trace.hash(), again.trace.hash());
  }
  // Most are refused; some are taken for good, and nobody notices.
  EXPECT_GT(fates[static_cast<std::size_t>(InterruptFate::refused)], 5'000U);
  EXPECT_GT(fates[static_cast<std::size_t>(InterruptFate::handled)], 0U);
}

TEST(RemappingEntry, comes_back_from_its_bits) {
  const irq::RemappingEntry remapped{.is_present = true,
                                     .vector = 0xA5C3,
                                     .source = {0x1234},
                                     .source_check = irq::SourceCheck::bus_range,
                                     .ignored_bits = 2,
                                     .is_log_disabled = true};
  EXPECT_EQ(irq::decode(irq::encode(remapped)), remapped);
  const irq::RemappingEntry posted{.is_present = true,
                                   .is_posted = true,
                                   .vector = 0xA5,
                                   .source = {0xFFFF},
                                   .descriptor = {0xFEDC'BA98'7654'3240},
                                   .source_check = irq::SourceCheck::none};
  EXPECT_EQ(irq::decode(irq::encode(posted)), posted);
  EXPECT_EQ(irq::decode({}), irq::RemappingEntry{.source_check = irq::SourceCheck::none});
  EXPECT_EQ(irq::decode({0, 3U << 18}).source_check, irq::SourceCheck::none);
}

TEST(RemappingEntry, has_its_bits_where_the_hardware_looks) {
  const irq::RawEntry raw = irq::encode({.is_present = true,
                                         .is_posted = true,
                                         .vector = 0x42,
                                         .source = {0x0108},
                                         .descriptor = {0x12'3456'7FC0}});
  EXPECT_EQ(raw.low, 0x3456'7FC0'0042'8001U);
  EXPECT_EQ(raw.high, 0x0000'0012'0004'0108U);
}

TEST(RemappingEntry, takes_the_sources_that_its_check_allows) {
  constexpr Bdf kSource = bdf_of(4, 0b101);
  const auto takes = [](irq::SourceCheck check, std::uint8_t ignored, Bdf source, Bdf requester) {
    return irq::takes({.source = source, .source_check = check, .ignored_bits = ignored},
                      requester);
  };
  using enum irq::SourceCheck;
  EXPECT_TRUE(takes(none, 0, kSource, bdf_of(200, 3)));
  EXPECT_TRUE(takes(requester, 0, kSource, kSource));
  EXPECT_FALSE(takes(requester, 0, kSource, bdf_of(4, 0b001)));
  EXPECT_TRUE(takes(requester, 1, kSource, bdf_of(4, 0b001)));
  EXPECT_FALSE(takes(requester, 1, kSource, bdf_of(4, 0b111)));
  EXPECT_TRUE(takes(requester, 2, kSource, bdf_of(4, 0b011)));
  EXPECT_FALSE(takes(requester, 2, kSource, bdf_of(4, 0b100)));
  EXPECT_TRUE(takes(requester, 3, kSource, bdf_of(4, 0b000)));
  EXPECT_FALSE(takes(requester, 3, kSource, bdf_of(4, 0b1101)));
  constexpr Bdf kBuses = bdf_of(4, 6);  // buses 4 to 6
  EXPECT_FALSE(takes(bus_range, 0, kBuses, bdf_of(3, 0xFF)));
  EXPECT_TRUE(takes(bus_range, 0, kBuses, bdf_of(4, 0)));
  EXPECT_TRUE(takes(bus_range, 0, kBuses, bdf_of(6, 0xFF)));
  EXPECT_FALSE(takes(bus_range, 0, kBuses, bdf_of(7, 0)));
}

TEST(RemappableMessage, names_each_of_all_handles) {
  RemappedWorld world;
  world.devices.iommu.remapping_table = {0x100'0000};
  world.devices.iommu.remapping_entries = 0x1'0000;
  for (std::uint32_t handle = 0; handle <= 0xFFFF; handle += 0x1111) {
    const irq::RawEntry raw = irq::encode({.is_present = true,
                                           .vector = static_cast<std::uint16_t>(handle),
                                           .source = world.requester()});
    memory::write_raw(world.memory, {0x100'0000 + 16ULL * handle},
                      std::as_bytes(std::span(&raw, 1)));
    const irq::Message message = irq::encode_message(static_cast<std::uint16_t>(handle));
    EXPECT_TRUE(is_message_address(message.address));
    const irq::Remapped remapped =
        irq::remap(world.devices.iommu, world.memory, world.requester(), message);
    EXPECT_EQ(remapped.reason, RemappingFault::none);
    EXPECT_EQ(remapped.entry.vector, handle);
  }
}

}  // namespace
}  // namespace luosim::device
