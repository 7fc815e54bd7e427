// SPDX-License-Identifier: Apache-2.0
//
// Flattened device trees, by libfdt, which nothing else of the model includes: the same library
// code that the kernel uses decides what fits, how nodes are ordered and what a damaged blob reads
// as.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/memory/bytes.hpp"

namespace luosim::kho {

/// The KHO root tree while it is being written into its one page, strictly in order. Every function
/// answers 0 or a libfdt error number such as -3 (no space), which KHO passes on raw (bug B34).
class RootTreePage {
 public:
  static constexpr std::size_t kBytes = memory::kPageBytes;

  /// Begins the tree: root node, `compatible`, and room for the map's address, whose place in the
  /// page is returned through `map_offset`.
  static int begin(std::span<std::byte> page, std::uint32_t& map_offset);
  /// Adds a child node with one 8-byte property `fdt`.
  static int add_child(std::span<std::byte> page, const std::string& name, std::uint64_t address);
  static int finish(std::span<std::byte> page);
};

/// Writes a whole tree front to back. Nodes and properties come out in the order of the calls.
class TreeWriter {
 public:
  /// A tree that may become `capacity` bytes long, which is also the size its header claims.
  explicit TreeWriter(std::size_t capacity);
  void begin_node(const std::string& name);
  void add_property(const std::string& name, std::span<const std::byte> value);
  void add_string(const std::string& name, const std::string& value);
  void add_word(const std::string& name, std::uint64_t value);
  void end_node();

  /// The used part of the blob, or nothing when it does not fit into the capacity.
  std::optional<std::vector<std::byte>> finish();

 private:
  template <class Write>
  void append(Write write);

  std::size_t capacity_;
  std::vector<std::byte> buffer_;
  int error_ = 0;
};

/// Reads a tree that somebody else wrote; nothing in it is believed.
class TreeReader {
 public:
  using Node = int;  ///< offset of a node, only meaningful for this tree
  static constexpr Node kRoot = 0;

  /// The tree at `address`, of which at most `limit` bytes are looked at. Not valid if there is no
  /// finished tree of a possible size.
  TreeReader(const memory::Bytes& bytes, memory::PhysicalAddress address, std::size_t limit);

  bool is_valid() const { return !blob_.empty(); }
  std::optional<Node> child(Node parent, const std::string& name) const;
  std::vector<Node> children(Node parent) const;
  std::string name(Node node) const;
  bool is_compatible(Node node, const std::string& compatible) const;
  /// The raw value of a property, if the node has it.
  std::optional<std::span<const std::byte>> property(Node node, const std::string& name) const;
  /// A property that must be exactly one 64-bit number in native byte order.
  std::optional<std::uint64_t> word(Node node, const std::string& name) const;
  /// A property read as a C string, up to its first NUL.
  std::optional<std::string> text(Node node, const std::string& name) const;
  /// All properties of a node in the order of the blob.
  std::vector<std::pair<std::string, std::span<const std::byte>>> properties(Node node) const;

  std::span<const std::byte> blob() const { return blob_; }
  /// Where in the blob the value of a property begins.
  std::optional<std::size_t> offset_of_value(Node node, const std::string& name) const;

 private:
  std::vector<std::byte> blob_;
};

}  // namespace luosim::kho
