// SPDX-License-Identifier: Apache-2.0
//
// All that a kernel knows of the one before comes out of memory and its boot parameters: whoever
// damages one of them between the jump and the boot changes what the next kernel does, and in the
// way that luo-v2.md, section 8, says. Then every bit of what is handed over is damaged, one at a
// time, and the next kernel must come up or end in a way that has a name.
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "model/fd/memfd.hpp"
#include "model/fd/memfd_record.hpp"
#include "model/kernel/errno.hpp"
#include "model/kho/bitmap.hpp"
#include "model/kho/record.hpp"
#include "model/kho/tree.hpp"
#include "model/luo/v2/startup.hpp"
#include "model/luo/v2/tree.hpp"
#include "model/world/expectation.hpp"
#include "tests/unit/model/machine.hpp"

namespace luosim::world {
namespace {

using luo::v2::Phase;
using memory::PhysicalAddress;
using userspace::Verb;

Scenario one_update() {
  Scenario scenario = bare_scenario();
  add_subsystem(scenario, "net", /*preserves_page=*/true);
  add_handler(scenario, "memfd-v1", "memfd");
  add_memfd(scenario, "guest", 16 * kMiB, 4 * kMiB);
  const auto any = [](ScriptEntry made) {
    made.expect.kind = ExpectedResult::Kind::any;
    return made;
  };
  using world::Verb;
  add_actor(scenario, "agent",
            {entry(Verb::write, {"guest"}), entry(Verb::preserve, {"guest"}), entry(Verb::prepare),
             entry(Verb::reboot, {"kexec"}), any(entry(Verb::restore, {"guest"})),
             any(entry(Verb::finish))});
  return scenario;
}

// Where the old kernel left what it hands over.
struct HandedOver {
  PhysicalAddress root{};
  PhysicalAddress first_chunk{};
  PhysicalAddress tree{};
  PhysicalAddress record{};
  std::uint32_t map_offset = 0;
  kho::Tracker tracker;
  std::vector<fd::MemfdPiece> pieces;
};

// An update that has just jumped: the kexec record is written and nothing of the boot has run.
class NoBackDoor : public ::testing::Test {
 protected:
  NoBackDoor() : machine_(one_update()) {
    machine_.start();
    EXPECT_TRUE(machine_.run_until([&] { return machine_.phase() == Phase::frozen; }));
    const Kernel& kernel = machine_.world.kernel;
    old_ = {kernel.kho.root,       kernel.kho.chunks.at(0),
            kernel.luo.tree,       {kernel.luo.outgoing.at(0).word},
            kernel.kho.map_offset, kernel.kho.tracker,
            kernel.fd.pieces};
    EXPECT_TRUE(
        machine_.run_until([&] { return !machine_.records(kernel::KernelRecord::kexec).empty(); }));
    EXPECT_TRUE(machine_.records(kho::KhoRecord::memory_reserved).empty());
  }

  memory::Bytes& bytes() { return machine_.memory().bytes(); }
  std::string end() {
    machine_.run_until_quiet();
    return state_of_machine(machine_.world);
  }
  void expect_a_normal_kernel_that_lost_everything() {
    EXPECT_EQ(end(), "running");
    EXPECT_EQ(machine_.world.kernel.core.generation, 2U);
    EXPECT_EQ(machine_.phase(), Phase::normal);
    EXPECT_FALSE(machine_.world.kernel.kho.incoming);
    EXPECT_EQ(machine_.answers(Verb::restore), (std::vector{-kernel::kEBUSY}));
    EXPECT_EQ(machine_.answers(Verb::finish), (std::vector{-kernel::kEINVAL}));
    EXPECT_EQ(machine_.owned(kho::kIncomingOwner), 0U);
    for (const fd::MemfdPiece& piece : old_.pieces) {
      EXPECT_EQ(machine_.memory().at(piece.first).content, memory::kGarbage);
    }
  }

  Machine machine_;
  HandedOver old_;
};

TEST_F(NoBackDoor, undamaged_memory_brings_the_file_back) {
  EXPECT_EQ(end(), "running");
  EXPECT_EQ(machine_.phase(), Phase::normal) << "finished";
  EXPECT_EQ(machine_.answers(Verb::restore), (std::vector<std::int64_t>{0}));
  EXPECT_EQ(machine_.answers(Verb::finish), (std::vector<std::int64_t>{0}));
  EXPECT_EQ(machine_.records(userspace::UserRecord::contents_intact).size(), 1U);
}

TEST_F(NoBackDoor, without_luos_tree_the_next_kernel_panics) {
  bytes().erase({memory::page_of(old_.tree), luo::v2::kTreePages});
  EXPECT_EQ(end(), "panic luo-incompatible");
}

TEST_F(NoBackDoor, without_the_node_of_the_files_the_next_kernel_panics) {
  kho::TreeWriter writer(luo::v2::kTreeBytes);
  writer.begin_node("");
  writer.add_string("compatible", "luo-v1");
  writer.begin_node("subsystems");
  writer.add_string("compatible", "subsystems-v1");
  writer.end_node();
  writer.end_node();
  bytes().erase({memory::page_of(old_.tree), luo::v2::kTreePages});
  bytes().write(old_.tree, *writer.finish());
  EXPECT_EQ(end(), "panic files-incompatible");
}

TEST_F(NoBackDoor, without_the_root_page_the_next_kernel_is_normal_and_the_memory_is_lost) {
  bytes().erase({memory::page_of(old_.root), 1});
  expect_a_normal_kernel_that_lost_everything();
  EXPECT_EQ(machine_.records(kho::KhoRecord::root_invalid).size(), 1U);
}

TEST_F(NoBackDoor, without_boot_parameters_the_next_kernel_is_normal_and_the_memory_is_lost) {
  machine_.world.hardware.boot_parameters = {};
  expect_a_normal_kernel_that_lost_everything();
}

TEST_F(NoBackDoor, without_the_list_of_scratch_areas_the_next_kernel_is_normal) {
  bytes().erase({memory::page_of(machine_.world.hardware.boot_parameters.scratch_list), 1});
  expect_a_normal_kernel_that_lost_everything();
}

TEST_F(NoBackDoor, a_wild_pointer_to_the_map_is_an_oops) {
  const PhysicalAddress place = old_.root + old_.map_offset;
  ASSERT_EQ(bytes().read_value<std::uint64_t>(place), old_.first_chunk.value);
  bytes().write_value(place, old_.first_chunk.value ^ 1ULL << 50);
  EXPECT_EQ(end(), "oops");
}

TEST_F(NoBackDoor, a_map_that_was_freed_is_undefined_and_says_who_had_it) {
  machine_.memory().release({memory::page_of(old_.first_chunk), 1});
  EXPECT_EQ(end(), "undefined");
  EXPECT_EQ(machine_.world.kernel.core.death.cause, kho::kChunkOwner.tag().hash);
}

TEST_F(NoBackDoor, an_empty_map_loses_everything_the_root_page_included) {
  bytes().write_value(old_.root + old_.map_offset, std::uint64_t{0});
  EXPECT_EQ(end(), "running");
  EXPECT_EQ(machine_.phase(), Phase::normal);
  EXPECT_EQ(machine_.answers(Verb::restore), (std::vector{-kernel::kEBUSY}));
  EXPECT_EQ(machine_.owned(kho::kIncomingOwner), 0U);
  EXPECT_EQ(machine_.owned(luo::v2::kTreeOwner), 0U);
  EXPECT_EQ(machine_.memory().at(old_.pieces.at(0).first).content, memory::kGarbage);
}

TEST_F(NoBackDoor, one_dropped_bit_gives_a_folio_away_and_the_file_cannot_be_restored) {
  const memory::Pfn lost = old_.pieces.at(0).first;
  const std::uint64_t block = lost.value >> 9;
  for (const kho::Bitmap& bitmap : old_.tracker.bitmaps) {
    if (bitmap.order == 9 && bitmap.index == block / kho::kBlocksPerBitmap)
      kho::change_bits(bytes(), bitmap.address, block % kho::kBlocksPerBitmap, 1, false);
  }
  EXPECT_EQ(end(), "running");
  EXPECT_EQ(machine_.answers(Verb::restore), (std::vector{-kernel::kEIO}));
  EXPECT_EQ(machine_.memory().at(lost).owner, memory::kFree);
  EXPECT_EQ(machine_.memory().at(lost).content, memory::kGarbage);
  EXPECT_TRUE(machine_.records(userspace::UserRecord::contents_intact).empty());
  // The allocator gives the folio to whoever asks next.
  auto context = machine_.context();
  machine_.world.kernel.core.next_block = lost;
  const auto reused = kernel::allocate_user_pages(context, 512, 512, kernel::kKernelOwner, 0);
  ASSERT_TRUE(reused);
  EXPECT_EQ(reused->first, lost);
}

TEST_F(NoBackDoor, a_changed_word_is_the_word_that_the_next_kernel_hands_to_the_file) {
  const kho::TreeReader tree = luo::v2::read_tree(machine_.memory(), old_.tree);
  const auto files = tree.child(kho::TreeReader::kRoot, luo::v2::kFilesNode);
  const auto offset = tree.offset_of_value(*tree.child(*files, "0"), luo::v2::kData);
  ASSERT_TRUE(offset);
  bytes().write_value(old_.tree + *offset, std::uint64_t{0xDEAD'0000});
  EXPECT_EQ(end(), "running");
  EXPECT_EQ(machine_.answers(Verb::restore), (std::vector{-kernel::kEINVAL}));
}

TEST_F(NoBackDoor, contents_that_changed_in_between_are_noticed_as_lost) {
  machine_.memory().fill({old_.pieces.at(1).first, 1}, {12345});
  EXPECT_EQ(end(), "running");
  EXPECT_EQ(machine_.answers(Verb::restore), (std::vector<std::int64_t>{0}));
  EXPECT_EQ(machine_.records(userspace::UserRecord::contents_lost).size(), 1U);
}

TEST_F(NoBackDoor, the_disk_is_where_the_token_comes_from) {
  machine_.world.hardware.disk.tokens.clear();
  EXPECT_EQ(end(), "running");
  EXPECT_EQ(machine_.answers(Verb::restore), (std::vector{-kernel::kENOENT}));
}

TEST_F(NoBackDoor, the_new_image_overwrites_scratch) {
  EXPECT_EQ(end(), "running");
  ASSERT_FALSE(machine_.world.kernel.kho.scratch.empty());
  ASSERT_EQ(machine_.prepare(), 0) << "so that the next kernel takes the areas over";
  for (const memory::PageRange& area : machine_.world.kernel.kho.scratch) {
    machine_.memory().fill({area.first, 1}, {42});
    bytes().write_value(memory::address_of(area.first), std::uint64_t{42});
  }
  ASSERT_TRUE(machine_.kexec());
  ASSERT_TRUE(machine_.world.kernel.kho.incoming);
  for (const memory::PageRange& area : machine_.world.kernel.kho.scratch) {
    EXPECT_EQ(machine_.memory().at(area.first).content, memory::kGarbage);
    EXPECT_EQ(bytes().read_value<std::uint64_t>(memory::address_of(area.first)), 0U);
  }
}

TEST_F(NoBackDoor, freed_memory_loses_its_contents_at_once) {
  auto context = machine_.context();
  EXPECT_EQ(end(), "running");
  const auto page = kernel::allocate_pages(context, 1, 1, kernel::kKernelOwner);
  ASSERT_TRUE(page);
  EXPECT_EQ(machine_.memory().at(page->first).content, memory::kZeroes);
  bytes().write_value(memory::address_of(page->first), std::uint64_t{42});
  kernel::free_pages(context, *page);
  EXPECT_EQ(machine_.memory().at(page->first).content, memory::kGarbage);
  EXPECT_EQ(bytes().read_value<std::uint64_t>(memory::address_of(page->first)), 0U);
}

// What a run with one flipped bit came to, counted over all bits of a range.
struct Outcomes {
  std::uint64_t as_if_undamaged = 0;
  std::uint64_t otherwise = 0;
};

class NoBackDoorBits : public NoBackDoor {
 protected:
  // Flips each bit of `count` bytes in a copy of the world and lets the copy run to its end. A
  // death without a name, pages without an owner or a run without an end fail the test.
  Outcomes flip_each_bit(PhysicalAddress address, std::uint64_t count) {
    const World jumped = machine_.world;
    Outcomes outcomes;
    for (std::uint64_t bit = 0; bit < count * 8; ++bit) {
      machine_.world = jumped;
      machine_.trace.forget_records();
      const PhysicalAddress place = address + bit / 8;
      bytes().write_value(place, static_cast<std::uint8_t>(bytes().read_value<std::uint8_t>(place) ^
                                                           1U << bit % 8));
      const std::string ending = run_to_the_end();
      EXPECT_NE(ending, "panic unknown") << "bit " << bit;
      EXPECT_NE(ending, "endless") << "bit " << bit;
      EXPECT_NE(ending, "deadlock") << "bit " << bit;
      const bool intact =
          !machine_.records(userspace::UserRecord::contents_intact).empty() && ending == "running";
      ++(intact ? outcomes.as_if_undamaged : outcomes.otherwise);
    }
    return outcomes;
  }

 private:
  std::string run_to_the_end() {
    for (int event = 0; event < 5000; ++event)
      if (!machine_.step()) return state_of_machine(machine_.world);
    return "endless";
  }
};

TEST_F(NoBackDoorBits, of_the_root_page) {
  const std::uint64_t used =
      kho::TreeReader(bytes(), old_.root, kho::RootTreePage::kBytes).blob().size();
  const Outcomes outcomes = flip_each_bit(old_.root, used);
  EXPECT_GT(outcomes.otherwise, 500U);
  EXPECT_GT(outcomes.as_if_undamaged, 0U) << "the boot CPU, for one, matters to nobody";
}

TEST_F(NoBackDoorBits, of_luos_tree) {
  const std::uint64_t used = luo::v2::read_tree(machine_.memory(), old_.tree).blob().size();
  const Outcomes outcomes = flip_each_bit(old_.tree, used);
  EXPECT_GT(outcomes.otherwise, 1000U);
  EXPECT_GT(outcomes.as_if_undamaged, 0U);
}

TEST_F(NoBackDoorBits, of_the_first_chunk_of_the_map) {
  const Outcomes outcomes = flip_each_bit(old_.first_chunk, 64);
  EXPECT_GT(outcomes.otherwise, 200U);
}

TEST_F(NoBackDoorBits, of_the_list_of_scratch_areas) {
  const Outcomes outcomes = flip_each_bit(machine_.world.hardware.boot_parameters.scratch_list, 48);
  EXPECT_GT(outcomes.otherwise, 50U);
}

TEST_F(NoBackDoorBits, of_the_record_of_the_file) {
  const Outcomes outcomes = flip_each_bit(old_.record, 40 + 2 * sizeof(fd::RecordedRun));
  EXPECT_GT(outcomes.otherwise, 300U);
}

}  // namespace
}  // namespace luosim::world
