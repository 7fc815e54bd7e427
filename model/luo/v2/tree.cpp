// SPDX-License-Identifier: Apache-2.0
//
// The kernel inserts every new node and property in front of its siblings, so that a blob lists
// them in reverse. Writing the same blob front to back gives the same bytes in linear time, where
// inserting moves everything behind it each time.
#include "model/luo/v2/tree.hpp"

#include <charconv>

#include <fmt/format.h>

namespace luosim::luo::v2 {

namespace {

using kho::TreeReader;
using kho::TreeWriter;

void write_subsystems(const Context& context, TreeWriter& tree) {
  const State& luo = context.luo;
  tree.begin_node(kSubsystemsNode);
  // A subsystem that calls itself "compatible" overwrites the node's own property (bug B19).
  bool overwritten = false;
  for (std::size_t index = luo.subsystems.size(); index-- > 0;) {
    const SubsystemObject& object = luo.subsystem_objects[luo.subsystems[index]];
    const std::string& name = context.names.text(object.name);
    if (name == kCompatible) {
      overwritten = true;
    } else {
      tree.add_word(name, 0);
    }
  }
  if (overwritten) {
    tree.add_word(kCompatible, 0);
  } else {
    tree.add_string(kCompatible, kSubsystemsCompatible);
  }
  tree.end_node();
}

void write_files(const Context& context, TreeWriter& tree) {
  const State& luo = context.luo;
  tree.begin_node(kFilesNode);
  tree.add_string(kCompatible, kFilesCompatible);
  for (std::size_t index = luo.outgoing.size(); index-- > 0;) {
    const FileRecord& record = luo.outgoing[index];
    tree.begin_node(node_name_of(record.token));
    tree.add_word(kData, 0);
    tree.add_string(kCompatible,
                    context.names.text(luo.handler_objects[record.handler].compatible));
    tree.end_node();
  }
  tree.end_node();
}

// Overwrites a property of the tree in place; its size stays.
void store_word(Context& context, const TreeReader& tree, TreeReader::Node node,
                const std::string& property, std::uint64_t word) {
  const auto value = tree.property(node, property);
  if (!value || value->size() != sizeof(word)) return;
  const auto offset = static_cast<std::uint64_t>(value->data() - tree.blob().data());
  context.memory.bytes().write_value(context.luo.tree + offset, word);
}

}  // namespace

std::string tree_compatible(const Context& context) {
  const std::uint32_t image = context.kernel.options.image;
  const bool is_named =
      image < context.image_notes.size() && context.image_notes[image].compatible != sim::Symbol{};
  return is_named ? context.names.text(context.image_notes[image].compatible) : kTreeCompatible;
}

std::string node_name_of(std::uint64_t token) {
  return token == 0 ? "0" : fmt::format("0x{:x}", token);
}

std::optional<std::uint64_t> token_of(const std::string& node_name) {
  std::string_view digits = node_name;
  int base = 10;
  if (digits.starts_with("0x") || digits.starts_with("0X")) {
    base = 16;
    digits.remove_prefix(2);
  } else if (digits.size() > 1 && digits.front() == '0') {
    base = 8;
  }
  std::uint64_t token = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), token, base);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return token;
}

bool write_tree(Context& context, memory::PhysicalAddress tree) {
  TreeWriter writer(kTreeBytes);
  writer.begin_node("");
  writer.add_string(kCompatible, tree_compatible(context));
  write_subsystems(context, writer);
  write_files(context, writer);
  writer.end_node();
  const auto blob = writer.finish();
  if (!blob) return false;
  context.memory.bytes().erase({memory::page_of(tree), kTreePages});
  context.memory.bytes().write(tree, *blob);
  return true;
}

void commit_file_words(Context& context) {
  const TreeReader tree = read_tree(context.memory, context.luo.tree);
  const auto files = tree.child(TreeReader::kRoot, kFilesNode);
  if (!files) return;
  for (const TreeReader::Node node : tree.children(*files)) {
    const auto token = token_of(tree.name(node));
    const FileRecord* record = token ? find_record(context.luo.outgoing, *token) : nullptr;
    if (record != nullptr) store_word(context, tree, node, kData, record->word);
  }
}

void commit_subsystem_words(Context& context) {
  const TreeReader tree = read_tree(context.memory, context.luo.tree);
  const auto node = tree.child(TreeReader::kRoot, kSubsystemsNode);
  if (!node) return;
  for (const std::uint32_t index : context.luo.subsystems) {
    const SubsystemObject& object = context.luo.subsystem_objects[index];
    store_word(context, tree, *node, context.names.text(object.name), object.word);
  }
}

TreeReader read_tree(const memory::PhysicalMemory& memory, memory::PhysicalAddress tree) {
  return {memory.bytes(), tree, kTreeBytes};
}

}  // namespace luosim::luo::v2
