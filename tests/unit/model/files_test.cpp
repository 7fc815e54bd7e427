// SPDX-License-Identifier: Apache-2.0
//
// Open files and descriptors of one kernel: numbers are given out as POSIX says, references are
// counted, and a released file's number stays recognisable as released.
#include <cstdint>
#include <map>
#include <optional>
#include <utility>

#include <gtest/gtest.h>

#include "model/kernel/file.hpp"
#include "sim/core/random.hpp"
#include "tests/unit/model/machine.hpp"

namespace luosim::kernel {
namespace {

TEST(Files, a_new_file_has_one_reference_and_keeps_what_it_is) {
  Files files;
  const FileId first = files.open({5}, 1, 9);
  const FileId second = files.open({6}, 0, 0);
  EXPECT_NE(first, second);
  EXPECT_EQ(files[first], (File{{5}, 1, 9, 1}));
  EXPECT_TRUE(files.is_live(first));
  EXPECT_FALSE(files.is_live(kNoFile));
}

TEST(Files, the_last_reference_releases_a_file_and_its_number_is_not_used_again) {
  Files files;
  const FileId file = files.open({}, 0, 0);
  files.get(file);
  EXPECT_FALSE(files.put(file));
  EXPECT_TRUE(files.is_live(file));
  EXPECT_TRUE(files.put(file));
  EXPECT_FALSE(files.is_live(file));
  EXPECT_NE(files.open({}, 0, 0), file);
}

TEST(Files, dropping_a_reference_that_nobody_holds_is_a_mistake_of_the_model) {
  Files files;
  const FileId file = files.open({}, 0, 0);
  files.put(file);
  EXPECT_EXIT(files.put(file), ::testing::ExitedWithCode(4), "reference");
}

TEST(Files, descriptors_begin_behind_the_standard_streams_and_fill_gaps) {
  Files files;
  const FileId file = files.open({}, 0, 0);
  EXPECT_EQ(files.install(1, file), 3);
  EXPECT_EQ(files.install(1, file), 4);
  EXPECT_EQ(files.install(1, file), 5);
  EXPECT_EQ(files.remove(1, 4), file);
  EXPECT_EQ(files.find(1, 4), std::nullopt);
  EXPECT_EQ(files.install(1, file), 4);
  EXPECT_EQ(files.install(1, file), 6);
}

TEST(Files, descriptors_belong_to_one_process) {
  Files files;
  const FileId mine = files.open({}, 0, 0);
  const FileId theirs = files.open({}, 0, 1);
  EXPECT_EQ(files.install(2, theirs), 3);
  EXPECT_EQ(files.install(1, mine), 3);
  EXPECT_EQ(files.find(1, 3), mine);
  EXPECT_EQ(files.find(2, 3), theirs);
  EXPECT_FALSE(files.find(3, 3));
  EXPECT_FALSE(files.remove(1, 4));
  EXPECT_EQ(files.remove(1, 3), mine);
  EXPECT_EQ(files.find(2, 3), theirs);
}

TEST(Files, a_rename_changes_the_name_alone) {
  Files files;
  const FileId file = files.open({1}, 2, 3);
  files.rename(file, {7});
  EXPECT_EQ(files[file], (File{{7}, 2, 3, 1}));
}

TEST(Files, descriptors_agree_with_a_map_over_random_installs_and_removals) {
  sim::RandomStream random(3, "descriptors");
  Files files;
  std::map<std::pair<std::uint32_t, std::int32_t>, FileId> plain;
  for (int round = 0; round < 3000; ++round) {
    const auto process = static_cast<std::uint32_t>(random.below(3));
    if (random.below(5) < 3) {
      const FileId file = files.open({}, 0, 0);
      std::int32_t lowest = 3;
      while (plain.contains({process, lowest})) ++lowest;
      ASSERT_EQ(files.install(process, file), lowest);
      plain[{process, lowest}] = file;
    } else {
      const auto number = static_cast<std::int32_t>(random.below(40));
      const auto known = plain.find({process, number});
      const auto removed = files.remove(process, number);
      ASSERT_EQ(removed.has_value(), known != plain.end());
      if (!removed) continue;
      ASSERT_EQ(*removed, known->second);
      plain.erase(known);
    }
    ASSERT_EQ(files.descriptors().size(), plain.size());
  }
  for (const auto& [key, file] : plain) EXPECT_EQ(files.find(key.first, key.second), file);
}

TEST(Files, preserving_takes_a_reference_that_unpreserving_does_not_drop) {
  world::Scenario scenario = world::bare_scenario();
  add_handler(scenario, "blob-v1", "blob");
  add_test_file(scenario, "disk", "blob");
  world::Machine machine(scenario);
  machine.switch_on();
  const FileId disk = machine.file("disk");
  const auto references = [&] { return machine.world.kernel.core.files[disk].references; };
  EXPECT_EQ(references(), 1U);
  EXPECT_EQ(machine.preserve("disk").word, 0U);
  EXPECT_EQ(references(), 2U);
  EXPECT_EQ(machine.unpreserve(0).status, 0);
  EXPECT_EQ(references(), 2U) << "the posted code leaks it (B13)";
  machine.fail(kAllocationSite, "luo_register_file");
  EXPECT_EQ(machine.preserve("disk").status, -12);
  EXPECT_EQ(references(), 2U) << "a failed preserve gives its reference back";
}

}  // namespace
}  // namespace luosim::kernel
