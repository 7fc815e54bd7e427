// SPDX-License-Identifier: Apache-2.0
//
// LUO's handover tree as luo-v2.md, section 7, describes it: names, order, words, and the number of
// files that fit into its mebibyte.
#include <cstdint>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "model/kernel/errno.hpp"
#include "model/luo/v2/record.hpp"
#include "model/luo/v2/tree.hpp"
#include "tests/unit/model/machine.hpp"

namespace luosim::luo::v2 {
namespace {

using kho::TreeReader;
using world::Machine;

// Page 2 GiB of a machine with four: free, aligned, and used by nobody else.
constexpr memory::PhysicalAddress kTree{2 * world::kGiB};

// Fills LUO's state by hand: what a tree looks like depends on nothing else.
class LuoTree : public ::testing::Test {
 protected:
  LuoTree() { machine_.switch_on(); }

  sim::Symbol symbol(const std::string& text) { return machine_.blueprint.names.intern(text); }
  State& luo() { return machine_.world.kernel.luo; }
  void add_subsystem(const std::string& name, std::uint64_t word = 0) {
    luo().subsystems.push_back(static_cast<std::uint32_t>(luo().subsystem_objects.size()));
    luo().subsystem_objects.push_back({.name = symbol(name), .word = word});
  }
  void add_files(std::uint64_t count, const std::string& compatible) {
    luo().handler_objects.push_back({.compatible = symbol(compatible)});
    const auto handler = static_cast<std::uint32_t>(luo().handler_objects.size() - 1);
    for (std::uint64_t file = 0; file < count; ++file)
      luo().outgoing.push_back({.token = luo().next_token++, .handler = handler});
  }
  bool write() {
    auto context = machine_.context();
    luo().tree = kTree;
    return write_tree(context, kTree);
  }
  TreeReader tree() { return read_tree(machine_.memory(), kTree); }

  Machine machine_{world::bare_scenario()};
};

TEST_F(LuoTree, has_the_layout_of_the_specification) {
  add_subsystem("net");
  add_subsystem("pci");
  add_files(1, "memfd-v1");
  ASSERT_TRUE(write());
  const TreeReader reader = tree();
  EXPECT_EQ(reader.text(TreeReader::kRoot, "compatible"), "luo-v1");
  EXPECT_EQ(reader.properties(TreeReader::kRoot).size(), 1U) << "no version and no phase";
  EXPECT_EQ(reader.children(TreeReader::kRoot).size(), 2U);

  const auto files = reader.child(TreeReader::kRoot, "file-descriptors");
  ASSERT_TRUE(files);
  EXPECT_EQ(reader.text(*files, "compatible"), "file-descriptors-v1");
  const auto file = reader.child(*files, "0");
  ASSERT_TRUE(file);
  EXPECT_EQ(reader.text(*file, "compatible"), "memfd-v1");
  EXPECT_EQ(reader.word(*file, "data"), 0U);

  const auto subsystems = reader.child(TreeReader::kRoot, "subsystems");
  ASSERT_TRUE(subsystems);
  EXPECT_EQ(reader.text(*subsystems, "compatible"), "subsystems-v1");
  EXPECT_EQ(reader.word(*subsystems, "net"), 0U);
  EXPECT_EQ(reader.word(*subsystems, "pci"), 0U);
  EXPECT_TRUE(reader.children(*subsystems).empty());
}

TEST_F(LuoTree, lists_nodes_and_properties_in_reverse_of_their_insertion) {
  add_subsystem("first");
  add_subsystem("second");
  add_files(18, "abc");
  ASSERT_TRUE(write());
  const TreeReader reader = tree();
  std::vector<std::string> names;
  for (const auto node : reader.children(*reader.child(TreeReader::kRoot, "file-descriptors")))
    names.push_back(reader.name(node));
  ASSERT_EQ(names.size(), 18U);
  EXPECT_EQ(names.front(), "0x11");
  EXPECT_EQ(names[1], "0x10");
  EXPECT_EQ(names[2], "0xf");
  EXPECT_EQ(names[16], "0x1");
  EXPECT_EQ(names.back(), "0");
  names.clear();
  for (const auto& [name, value] :
       reader.properties(*reader.child(TreeReader::kRoot, "subsystems")))
    names.push_back(name);
  EXPECT_EQ(names, (std::vector<std::string>{"second", "first", "compatible"}));
}

TEST_F(LuoTree, claims_its_whole_mebibyte) {
  ASSERT_TRUE(write());
  const auto claimed = machine_.memory().bytes().read_value<std::uint32_t>(kTree + 4);
  EXPECT_EQ(__builtin_bswap32(claimed), kTreeBytes);
}

TEST_F(LuoTree, holds_20161_files_of_a_handler_with_three_letters) {
  add_files(20161, "abc");
  ASSERT_TRUE(write());
  const TreeReader reader = tree();
  EXPECT_EQ(reader.children(*reader.child(TreeReader::kRoot, "file-descriptors")).size(), 20161U);
}

TEST_F(LuoTree, does_not_hold_one_more) {
  add_files(20162, "abc");
  EXPECT_FALSE(write());
}

TEST_F(LuoTree, holds_fewer_files_when_the_handlers_string_is_longer_or_a_subsystem_is_there) {
  add_files(20161, "abcd");
  EXPECT_FALSE(write()) << "four letters and their NUL take four bytes more";
  luo().outgoing.clear();
  luo().next_token = 0;
  add_files(20161, "abc");
  ASSERT_TRUE(write());
  for (int subsystem = 0; subsystem < 4; ++subsystem)
    add_subsystem("subsystem" + std::to_string(subsystem));
  EXPECT_FALSE(write());
}

TEST_F(LuoTree, commits_words_of_files_and_of_subsystems_apart) {
  add_subsystem("net", 0x1111);
  add_files(2, "abc");
  luo().outgoing[0].word = 0xAAAA;
  luo().outgoing[1].word = ~0ULL;
  ASSERT_TRUE(write());
  auto context = machine_.context();
  const auto word_of_file = [&](const char* name) {
    const TreeReader reader = tree();
    const auto files = reader.child(TreeReader::kRoot, "file-descriptors");
    return reader.word(*reader.child(*files, name), "data");
  };
  const auto word_of_net = [&] {
    const TreeReader reader = tree();
    return reader.word(*reader.child(TreeReader::kRoot, "subsystems"), "net");
  };
  EXPECT_EQ(word_of_file("0"), 0U) << "a tree is written with zero words";
  commit_file_words(context);
  EXPECT_EQ(word_of_file("0"), 0xAAAAU);
  EXPECT_EQ(word_of_file("0x1"), ~0ULL);
  EXPECT_EQ(word_of_net(), 0U);
  commit_subsystem_words(context);
  EXPECT_EQ(word_of_net(), 0x1111U);
}

TEST_F(LuoTree, a_subsystem_called_compatible_destroys_the_node_for_the_next_kernel) {
  add_subsystem("compatible", 5);
  ASSERT_TRUE(write());
  const TreeReader reader = tree();
  const auto subsystems = reader.child(TreeReader::kRoot, "subsystems");
  ASSERT_TRUE(subsystems);
  EXPECT_FALSE(reader.is_compatible(*subsystems, "subsystems-v1")) << "bug B19";
}

TEST_F(LuoTree, takes_any_name_of_a_subsystem) {
  for (const char* name : {"", "/", "MixedCase", "with space"}) add_subsystem(name, 3);
  ASSERT_TRUE(write());
  auto context = machine_.context();
  commit_subsystem_words(context);
  const TreeReader reader = tree();
  const auto subsystems = reader.child(TreeReader::kRoot, "subsystems");
  for (const char* name : {"", "/", "MixedCase", "with space"})
    EXPECT_EQ(reader.word(*subsystems, name), 3U) << "'" << name << "'";
}

TEST(LuoToken, is_written_in_hexadecimal_but_zero_is_bare) {
  EXPECT_EQ(node_name_of(0), "0");
  EXPECT_EQ(node_name_of(1), "0x1");
  EXPECT_EQ(node_name_of(0xABC), "0xabc");
  EXPECT_EQ(node_name_of(~0ULL), "0xffffffffffffffff");
}

TEST(LuoToken, is_read_with_the_base_that_its_prefix_says) {
  for (const std::uint64_t token : {0ULL, 1ULL, 15ULL, 16ULL, 20161ULL, ~0ULL})
    EXPECT_EQ(token_of(node_name_of(token)), token);
  EXPECT_EQ(token_of("10"), 10U);
  EXPECT_EQ(token_of("010"), 8U);
  EXPECT_EQ(token_of("0X1F"), 31U);
}

TEST(LuoToken, is_not_a_number_with_anything_else_in_it) {
  for (const char* name : {"", "x", "0x", "0xg", "1 ", " 1", "-1", "08", "0x1ffffffffffffffff"})
    EXPECT_FALSE(token_of(name)) << "'" << name << "'";
}

// A machine with one preserved file, whose record is repeated until so many are there.
void preserve_many(Machine& machine, std::uint64_t files) {
  machine.switch_on();
  ASSERT_EQ(machine.preserve("disk").status, 0);
  State& luo = machine.world.kernel.luo;
  while (luo.outgoing.size() < files) {
    FileRecord record = luo.outgoing.front();
    record.token = luo.next_token++;
    luo.outgoing.push_back(record);
  }
}

world::Scenario with_one_file() {
  world::Scenario scenario = world::bare_scenario();
  world::add_handler(scenario, "abc", "blob");
  world::add_test_file(scenario, "disk", "blob");
  return scenario;
}

TEST(LuoCapacity, one_file_too_many_fails_prepare_with_enospc_and_calls_nobody) {
  Machine machine(with_one_file());
  preserve_many(machine, 20162);
  machine.trace.forget_records();
  EXPECT_EQ(machine.prepare(), -kernel::kENOSPC);
  EXPECT_EQ(machine.phase(), Phase::normal);
  EXPECT_FALSE(machine.world.kernel.kho.finalized);
  EXPECT_TRUE(machine.records(LuoRecord::callback).empty());
  EXPECT_EQ(machine.owned(kTreeOwner), 0U) << "the buffer is freed";
}

TEST(LuoCapacity, as_many_files_as_fit_are_prepared_and_found_by_the_next_kernel) {
  Machine machine(with_one_file());
  preserve_many(machine, 20161);
  ASSERT_EQ(machine.prepare(), 0);
  ASSERT_TRUE(machine.kexec());
  EXPECT_EQ(machine.restore(0x4EC0).status, 0) << "the last token";
  EXPECT_EQ(machine.world.kernel.luo.incoming.size(), 20161U);
  EXPECT_EQ(machine.restore(0x4EC1).status, -kernel::kENOENT);
}

}  // namespace
}  // namespace luosim::luo::v2
