// SPDX-License-Identifier: Apache-2.0
//
// Any bytes as a flattened tree in memory. A reader never looks outside of what it copied, and its
// answers agree with one another, whatever the header claims. So does who writes it as source text.
#include <cstring>
#include <span>

#include "app/report/dts.hpp"
#include "model/kho/tree.hpp"
#include "tests/fuzz/fuzz_target.hpp"

namespace luosim::fuzz {

namespace {

constexpr memory::PhysicalAddress kAddress{0x10000};
constexpr std::size_t kLimit = 64 * 1024;
// A damaged tree may nest for as long as it has bytes; deeper than this teaches nothing new.
constexpr int kDepth = 8;

void walk(const kho::TreeReader& tree, kho::TreeReader::Node node, int depth) {
  for (const auto& [name, value] : tree.properties(node)) {
    // The names may repeat: then the first one is found.
    const auto found = tree.property(node, name);
    if (found) {
      const auto offset = tree.offset_of_value(node, name);
      expect(offset && *offset + found->size() <= tree.blob().size());
    }
    tree.word(node, name);
    tree.text(node, name);
  }
  tree.is_compatible(node, "luo-v1");
  if (depth == kDepth) return;
  for (const kho::TreeReader::Node child : tree.children(node)) {
    const std::string name = tree.name(child);
    tree.child(node, name);
    walk(tree, child, depth + 1);
  }
}

}  // namespace

}  // namespace luosim::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace luosim;
  memory::Bytes bytes;
  bytes.write(fuzz::kAddress, std::as_bytes(std::span(data, size)));
  const kho::TreeReader tree(bytes, fuzz::kAddress, fuzz::kLimit);
  fuzz::expect(tree.blob().size() <= fuzz::kLimit);
  fuzz::walk(tree, kho::TreeReader::kRoot, 0);
  const auto source = app::device_tree_source(std::as_bytes(std::span(data, size)));
  fuzz::expect(source.has_value() || !source.error().empty());
  return 0;
}
