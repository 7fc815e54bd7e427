// SPDX-License-Identifier: Apache-2.0
#include "model/kho/tree.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include <libfdt.h>

namespace luosim::kho {

namespace {

// Long enough for the fixed parts and any one node or property that a caller adds at once.
constexpr std::size_t kFirstBuffer = 1024;

std::span<const std::byte> bytes_of(const void* data, int length) {
  return {static_cast<const std::byte*>(data), static_cast<std::size_t>(length)};
}

}  // namespace

int RootTreePage::begin(std::span<std::byte> page, std::uint32_t& map_offset) {
  void* blob = page.data();
  void* map = nullptr;
  int error = fdt_create(blob, static_cast<int>(page.size()));
  error |= fdt_finish_reservemap(blob);
  error |= fdt_begin_node(blob, "");
  error |= fdt_property_string(blob, "compatible", "kho-v1");
  error |= fdt_property_placeholder(blob, "preserved-memory-map", sizeof(std::uint64_t), &map);
  if (error != 0) return error;
  map_offset = static_cast<std::uint32_t>(static_cast<std::byte*>(map) - page.data());
  return 0;
}

int RootTreePage::add_child(std::span<std::byte> page, const std::string& name,
                            std::uint64_t address) {
  void* blob = page.data();
  int error = fdt_begin_node(blob, name.c_str());
  error |= fdt_property(blob, "fdt", &address, sizeof(address));
  error |= fdt_end_node(blob);
  return error;
}

int RootTreePage::finish(std::span<std::byte> page) {
  int error = fdt_end_node(page.data());
  error |= fdt_finish(page.data());
  return error;
}

TreeWriter::TreeWriter(std::size_t capacity) : capacity_(capacity), buffer_(kFirstBuffer) {
  error_ = fdt_create(buffer_.data(), static_cast<int>(buffer_.size()));
  if (error_ == 0) error_ = fdt_finish_reservemap(buffer_.data());
}

template <class Write>
void TreeWriter::append(Write write) {
  while (error_ == 0) {
    const int error = write(buffer_.data());
    if (error != -FDT_ERR_NOSPACE) {
      error_ = error;
      return;
    }
    // The buffer grows with the tree; whether the tree fits its capacity is decided at the end.
    std::vector<std::byte> larger(buffer_.size() * 2);
    error_ = fdt_resize(buffer_.data(), larger.data(), static_cast<int>(larger.size()));
    buffer_.swap(larger);
  }
}

void TreeWriter::begin_node(const std::string& name) {
  append([&](void* blob) { return fdt_begin_node(blob, name.c_str()); });
}

void TreeWriter::add_property(const std::string& name, std::span<const std::byte> value) {
  append([&](void* blob) {
    return fdt_property(blob, name.c_str(), value.data(), static_cast<int>(value.size()));
  });
}

void TreeWriter::add_string(const std::string& name, const std::string& value) {
  add_property(name, std::as_bytes(std::span(value.c_str(), value.size() + 1)));
}

void TreeWriter::add_word(const std::string& name, std::uint64_t value) {
  add_property(name, std::as_bytes(std::span(&value, 1)));
}

void TreeWriter::end_node() {
  append([](void* blob) { return fdt_end_node(blob); });
}

std::optional<std::vector<std::byte>> TreeWriter::finish() {
  append([](void* blob) { return fdt_finish(blob); });
  if (error_ != 0) return std::nullopt;
  const std::size_t used = fdt_totalsize(buffer_.data());
  if (used > capacity_) return std::nullopt;
  buffer_.resize(used);
  // The kernel keeps the tree open for changes: its header claims the whole buffer.
  fdt_set_totalsize(buffer_.data(), static_cast<std::uint32_t>(capacity_));
  return std::move(buffer_);
}

TreeReader::TreeReader(const memory::Bytes& bytes, memory::PhysicalAddress address,
                       std::size_t limit) {
  fdt_header header{};
  bytes.read(address, std::as_writable_bytes(std::span(&header, 1)));
  if (fdt_check_header(&header) != 0) return;
  const std::size_t total = fdt_totalsize(&header);
  const std::size_t used = std::max<std::size_t>(
      {sizeof(header), std::size_t{fdt_off_dt_struct(&header)} + fdt_size_dt_struct(&header),
       std::size_t{fdt_off_dt_strings(&header)} + fdt_size_dt_strings(&header)});
  if (total > limit || used > total) return;
  // Only the used part is copied; a reader never goes beyond it, and libfdt's checks need the
  // header to say so.
  blob_.resize(used);
  bytes.read(address, blob_);
  fdt_set_totalsize(blob_.data(), static_cast<std::uint32_t>(used));
}

std::optional<TreeReader::Node> TreeReader::child(Node parent, const std::string& name) const {
  if (!is_valid()) return std::nullopt;
  const int node =
      fdt_subnode_offset_namelen(blob_.data(), parent, name.data(), static_cast<int>(name.size()));
  return node < 0 ? std::nullopt : std::optional(node);
}

std::vector<TreeReader::Node> TreeReader::children(Node parent) const {
  std::vector<Node> found;
  if (!is_valid()) return found;
  for (int node = fdt_first_subnode(blob_.data(), parent); node >= 0;
       node = fdt_next_subnode(blob_.data(), node)) {
    found.push_back(node);
  }
  return found;
}

std::string TreeReader::name(Node node) const {
  int length = 0;
  const char* text = is_valid() ? fdt_get_name(blob_.data(), node, &length) : nullptr;
  return text == nullptr ? std::string() : std::string(text, static_cast<std::size_t>(length));
}

bool TreeReader::is_compatible(Node node, const std::string& compatible) const {
  return is_valid() && fdt_node_check_compatible(blob_.data(), node, compatible.c_str()) == 0;
}

std::optional<std::span<const std::byte>> TreeReader::property(Node node,
                                                               const std::string& name) const {
  if (!is_valid()) return std::nullopt;
  int length = 0;
  const void* value =
      fdt_getprop_namelen(blob_.data(), node, name.data(), static_cast<int>(name.size()), &length);
  if (value == nullptr || length < 0) return std::nullopt;
  return bytes_of(value, length);
}

std::optional<std::uint64_t> TreeReader::word(Node node, const std::string& name) const {
  const auto value = property(node, name);
  std::uint64_t number = 0;
  if (!value || value->size() != sizeof(number)) return std::nullopt;
  std::memcpy(&number, value->data(), sizeof(number));
  return number;
}

std::optional<std::string> TreeReader::text(Node node, const std::string& name) const {
  const auto value = property(node, name);
  if (!value) return std::nullopt;
  const auto* begin = reinterpret_cast<const char*>(value->data());
  return std::string(begin, std::find(begin, begin + value->size(), '\0'));
}

std::vector<std::pair<std::string, std::span<const std::byte>>> TreeReader::properties(
    Node node) const {
  std::vector<std::pair<std::string, std::span<const std::byte>>> found;
  if (!is_valid()) return found;
  for (int offset = fdt_first_property_offset(blob_.data(), node); offset >= 0;
       offset = fdt_next_property_offset(blob_.data(), offset)) {
    const char* name = nullptr;
    int length = 0;
    const void* value = fdt_getprop_by_offset(blob_.data(), offset, &name, &length);
    if (value == nullptr || name == nullptr) break;
    found.emplace_back(name, bytes_of(value, length));
  }
  return found;
}

std::optional<std::size_t> TreeReader::offset_of_value(Node node, const std::string& name) const {
  const auto value = property(node, name);
  if (!value) return std::nullopt;
  return static_cast<std::size_t>(value->data() - blob_.data());
}

}  // namespace luosim::kho
