// SPDX-License-Identifier: Apache-2.0
//
// Flattened trees: how much fits into KHO's one page (bug B34), and that a reader survives whatever
// somebody left at an address: every truncation and every single flipped bit of a real blob.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "model/fd/test_participant.hpp"
#include "model/kho/client.hpp"
#include "model/kho/tracker.hpp"
#include "model/kho/tree.hpp"
#include "tests/unit/model/machine.hpp"

namespace luosim::kho {
namespace {

using world::Machine;

constexpr memory::PhysicalAddress kAddress{0x10000};
constexpr int kNoSpace = -3;  // FDT_ERR_NOSPACE, which user space sees raw
constexpr std::size_t kCapacity = 64 * 1024;

TEST(RootTreePage, is_a_tree_with_the_place_of_the_map_and_a_node_for_each_client) {
  std::vector<std::byte> page(RootTreePage::kBytes);
  std::uint32_t map_offset = 0;
  ASSERT_EQ(RootTreePage::begin(page, map_offset), 0);
  ASSERT_EQ(RootTreePage::add_child(page, "LUO", 0x1234000), 0);
  const std::uint64_t map = 0xABCD000;
  std::memcpy(page.data() + map_offset, &map, sizeof(map));
  ASSERT_EQ(RootTreePage::finish(page), 0);

  memory::Bytes bytes;
  bytes.write(kAddress, page);
  const TreeReader tree(bytes, kAddress, RootTreePage::kBytes);
  ASSERT_TRUE(tree.is_valid());
  EXPECT_TRUE(tree.is_compatible(TreeReader::kRoot, "kho-v1"));
  EXPECT_FALSE(tree.is_compatible(TreeReader::kRoot, "kho-v2"));
  EXPECT_EQ(tree.word(TreeReader::kRoot, "preserved-memory-map"), map);
  const auto child = tree.child(TreeReader::kRoot, "LUO");
  ASSERT_TRUE(child);
  EXPECT_EQ(tree.word(*child, "fdt"), 0x1234000U);
  EXPECT_FALSE(tree.child(TreeReader::kRoot, "LU"));
}

TEST(RootTreePage, an_unfinished_tree_is_not_one_for_a_reader) {
  std::vector<std::byte> page(RootTreePage::kBytes);
  std::uint32_t map_offset = 0;
  ASSERT_EQ(RootTreePage::begin(page, map_offset), 0);
  memory::Bytes bytes;
  bytes.write(kAddress, page);
  EXPECT_FALSE(TreeReader(bytes, kAddress, RootTreePage::kBytes).is_valid());
}

// A machine with a client in front of LUO that adds so many subtrees of its own.
void add_client(Machine& machine, std::uint32_t subtrees) {
  auto context = machine.context();
  const sim::Symbol name = machine.blueprint.names.intern("other");
  context.fd.test_clients.push_back({.name = name, .subtrees = subtrees});
  register_client(context, {.name = name, .priority = 1, .notify = fd::kTestClientNotify});
}

TEST(RootTreePage, holds_108_foreign_subtrees_beside_the_one_of_luo) {
  Machine machine(world::bare_scenario());
  machine.switch_on();
  add_client(machine, 108);
  EXPECT_EQ(machine.prepare(), 0);
  EXPECT_EQ(machine.phase(), luo::v2::Phase::prepared);
  EXPECT_TRUE(machine.kexec());
  EXPECT_EQ(machine.phase(), luo::v2::Phase::updated);
}

TEST(RootTreePage, does_not_hold_109_and_prepare_fails_with_the_raw_number_of_libfdt) {
  Machine machine(world::bare_scenario());
  machine.switch_on();
  add_client(machine, 109);
  EXPECT_EQ(machine.prepare(), kNoSpace);
  EXPECT_EQ(machine.phase(), luo::v2::Phase::normal);
  EXPECT_FALSE(machine.world.kernel.kho.finalized);
  EXPECT_EQ(preserved_pages(machine.memory(), machine.world.kernel.kho.tracker), 0U);
}

TEST(TreeWriter, keeps_nodes_and_properties_in_the_order_of_the_calls) {
  TreeWriter writer(kCapacity);
  writer.begin_node("");
  for (const char* name : {"zebra", "ant", "monkey"}) {
    writer.begin_node(name);
    writer.add_word("second", 2);
    writer.add_string("first", name);
    writer.end_node();
  }
  writer.end_node();
  const auto blob = writer.finish();
  ASSERT_TRUE(blob);
  memory::Bytes bytes;
  bytes.write(kAddress, *blob);
  const TreeReader tree(bytes, kAddress, kCapacity);
  std::vector<std::string> names;
  for (const TreeReader::Node node : tree.children(TreeReader::kRoot)) {
    names.push_back(tree.name(node));
    const auto properties = tree.properties(node);
    ASSERT_EQ(properties.size(), 2U);
    EXPECT_EQ(properties[0].first, "second");
    EXPECT_EQ(properties[1].first, "first");
    EXPECT_EQ(tree.text(node, "first"), names.back());
  }
  EXPECT_EQ(names, (std::vector<std::string>{"zebra", "ant", "monkey"}));
}

TEST(TreeWriter, gives_nothing_when_the_tree_is_larger_than_its_capacity) {
  const auto written = [](std::size_t capacity) {
    TreeWriter writer(capacity);
    writer.begin_node("");
    writer.add_string("text", std::string(3000, 'x'));
    writer.end_node();
    return writer.finish();
  };
  EXPECT_FALSE(written(2048));
  const auto blob = written(4096);
  ASSERT_TRUE(blob);
  memory::Bytes bytes;
  bytes.write(kAddress, *blob);
  EXPECT_TRUE(TreeReader(bytes, kAddress, 4096).is_valid());
  EXPECT_FALSE(TreeReader(bytes, kAddress, 4095).is_valid()) << "its header claims the capacity";
}

TEST(TreeReader, believes_a_word_only_if_it_is_eight_bytes_and_a_text_up_to_its_end) {
  TreeWriter writer(kCapacity);
  writer.begin_node("");
  writer.add_property("short", std::vector<std::byte>(7));
  writer.add_property("long", std::vector<std::byte>(9));
  writer.add_property("open", std::vector<std::byte>(3, std::byte{'a'}));
  writer.end_node();
  memory::Bytes bytes;
  bytes.write(kAddress, *writer.finish());
  const TreeReader tree(bytes, kAddress, kCapacity);
  EXPECT_FALSE(tree.word(TreeReader::kRoot, "short"));
  EXPECT_FALSE(tree.word(TreeReader::kRoot, "long"));
  EXPECT_FALSE(tree.word(TreeReader::kRoot, "absent"));
  EXPECT_EQ(tree.text(TreeReader::kRoot, "open"), "aaa");
}

// A tree as LUO writes one, with several levels, words and texts.
std::vector<std::byte> sample() {
  TreeWriter writer(kCapacity);
  writer.begin_node("");
  writer.add_string("compatible", "luo-v1");
  writer.begin_node("subsystems");
  writer.add_word("net", 0x10010);
  writer.add_string("compatible", "subsystems-v1");
  writer.end_node();
  writer.begin_node("file-descriptors");
  for (const char* token : {"0x1", "0"}) {
    writer.begin_node(token);
    writer.add_word("data", 7);
    writer.add_string("compatible", "memfd-v1");
    writer.end_node();
  }
  writer.end_node();
  writer.end_node();
  return *writer.finish();
}

struct Seen {
  std::size_t nodes = 0;
  std::size_t properties = 0;
};

// Asks a reader everything there is to ask; what it answers must lie within its blob.
void look_at_all(const TreeReader& tree, TreeReader::Node node, Seen& seen) {
  ASSERT_LT(++seen.nodes, 10'000U) << "a tree cannot have more nodes than bytes";
  const std::byte* begin = tree.blob().data();
  for (const auto& [name, value] : tree.properties(node)) {
    ++seen.properties;
    ASSERT_GE(value.data(), begin);
    ASSERT_LE(value.data() + value.size(), begin + tree.blob().size());
    tree.word(node, name);
    tree.text(node, name);
    tree.offset_of_value(node, name);
  }
  tree.name(node);
  tree.is_compatible(node, "luo-v1");
  for (const char* name : {"subsystems", "0x1", ""}) tree.child(node, name);
  for (const TreeReader::Node child : tree.children(node)) look_at_all(tree, child, seen);
}

Seen look_at(const std::vector<std::byte>& blob) {
  memory::Bytes bytes;
  bytes.write(kAddress, blob);
  const TreeReader tree(bytes, kAddress, kCapacity);
  Seen seen;
  if (tree.is_valid()) look_at_all(tree, TreeReader::kRoot, seen);
  return seen;
}

TEST(TreeReader, finds_everything_in_a_whole_blob) {
  const Seen seen = look_at(sample());
  EXPECT_EQ(seen.nodes, 5U);
  EXPECT_EQ(seen.properties, 7U);
}

TEST(TreeReader, survives_every_truncation) {
  const std::vector<std::byte> whole = sample();
  std::size_t readable = 0;
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const Seen seen = look_at({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length)});
    if (seen.nodes > 0) ++readable;
    if (length < 24) {
      EXPECT_EQ(seen.nodes, 0U) << "there is no version in " << length << " bytes";
    }
  }
  EXPECT_GT(readable, 0U) << "otherwise nothing but the header was ever looked at";
}

TEST(TreeReader, survives_every_single_flipped_bit) {
  const std::vector<std::byte> whole = sample();
  std::size_t refused = 0;
  std::size_t read_otherwise = 0;
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    std::vector<std::byte> damaged = whole;
    damaged[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
    const Seen seen = look_at(damaged);
    if (seen.nodes == 0) ++refused;
    if (seen.nodes > 0 && seen.properties != 7) ++read_otherwise;
  }
  EXPECT_GT(refused, 0U);
  EXPECT_GT(read_otherwise, 0U);
}

TEST(TreeReader, survives_a_blob_that_lies_in_the_last_bytes_of_its_limit) {
  const std::vector<std::byte> whole = sample();
  memory::Bytes bytes;
  bytes.write(kAddress, whole);
  for (std::size_t limit = 0; limit < 100; ++limit)
    EXPECT_FALSE(TreeReader(bytes, kAddress, limit).is_valid());
}

}  // namespace
}  // namespace luosim::kho
