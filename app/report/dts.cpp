// SPDX-License-Identifier: Apache-2.0
//
// A property has no type in a blob. What a reader sees is guessed from the bytes, by the rules that
// dtc guesses by: text that ends in a zero, else cells of four bytes if they come out even, else
// bytes.
#include "app/report/dts.hpp"

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <libfdt.h>

namespace luosim::app {

namespace {

constexpr std::string_view kWhiteSpace = "\a\b\t\n\v\f\r";
// The C locale's, whatever the environment says.
bool is_printable(char character) {
  return character >= ' ' && character <= '~';
}

bool is_text(std::string_view value) {
  if (value.empty() || value.back() != '\0') return false;
  const auto zeros = std::count(value.begin(), value.end(), '\0');
  // More ends than letters are numbers.
  if (zeros > static_cast<std::ptrdiff_t>(value.size()) - zeros) return false;
  return std::all_of(value.begin(), value.end(), [](char character) {
    return character == '\0' || is_printable(character) ||
           kWhiteSpace.find(character) != std::string_view::npos;
  });
}

std::string escaped(char character) {
  constexpr std::string_view kNames = "abtnvfr";
  if (const auto place = kWhiteSpace.find(character); place != std::string_view::npos)
    return {'\\', kNames[place]};
  if (character == '"' || character == '\\') return {'\\', character};
  return {character};
}

// `"one", "two"`: a zero ends a string.
std::string strings_text(std::string_view value) {
  std::string text = "\"";
  for (std::size_t place = 0; place + 1 < value.size(); ++place)
    text += value[place] == '\0' ? "\", \"" : escaped(value[place]);
  return text + '"';
}

template <std::size_t kSize>
std::string numbers_text(std::string_view value, std::string_view prefix) {
  std::string text;
  for (std::size_t place = 0; place < value.size(); place += kSize) {
    std::uint32_t number = 0;
    for (std::size_t byte = 0; byte < kSize; ++byte)
      number = number << 8 | static_cast<unsigned char>(value[place + byte]);
    text += fmt::format("{}{}{:02x}", place == 0 ? "" : " ", prefix, number);
  }
  return text;
}

std::string value_text(std::string_view value) {
  if (value.empty()) return "";
  if (is_text(value)) return " = " + strings_text(value);
  if (value.size() % 4 == 0) return fmt::format(" = <{}>", numbers_text<4>(value, "0x"));
  return fmt::format(" = [{}]", numbers_text<1>(value, ""));
}

std::string indent(int depth) {
  return std::string(static_cast<std::size_t>(std::max(depth, 0)), '\t');
}

class Writer {
 public:
  explicit Writer(std::span<const std::byte> blob) : tree_(blob.data()) {}

  /// 0, or libfdt's error.
  int write_all() {
    int offset = 0;
    while (depth_ >= 0) {
      int next = 0;
      const std::uint32_t tag = fdt_next_tag(tree_, offset, &next);
      if (tag == FDT_END) return next < 0 ? next : 0;
      if (const int error = write(tag, offset); error != 0) return error;
      offset = next;
    }
    return -FDT_ERR_BADSTRUCTURE;
  }

  std::string text() && { return "/dts-v1/;\n\n" + reserved_ + std::move(text_); }

  int read_reservations() {
    const int count = fdt_num_mem_rsv(tree_);
    for (int place = 0; place < count; ++place) {
      std::uint64_t address = 0;
      std::uint64_t size = 0;
      if (const int error = fdt_get_mem_rsv(tree_, place, &address, &size); error != 0)
        return error;
      reserved_ += fmt::format("/memreserve/\t{:#018x} {:#018x};\n", address, size);
    }
    return std::min(count, 0);
  }

 private:
  int write(std::uint32_t tag, int offset) {
    if (tag == FDT_BEGIN_NODE) return begin_node(offset);
    if (tag == FDT_PROP) return write_property(offset);
    if (tag != FDT_END_NODE) return 0;
    text_ += indent(--depth_) + "};\n";
    return 0;
  }

  int begin_node(int offset) {
    int length = 0;
    const char* name = fdt_get_name(tree_, offset, &length);
    if (name == nullptr) return length;
    if (depth_ > 0) text_ += '\n';
    text_ += indent(depth_) + (length == 0 ? "/" : std::string(name)) + " {\n";
    ++depth_;
    return 0;
  }

  int write_property(int offset) {
    int length = 0;
    const char* name = nullptr;
    const void* value = fdt_getprop_by_offset(tree_, offset, &name, &length);
    if (value == nullptr) return length;
    const std::string_view bytes(static_cast<const char*>(value), static_cast<std::size_t>(length));
    text_ += indent(depth_) + name + value_text(bytes) + ";\n";
    return 0;
  }

  const void* tree_;
  int depth_ = 0;
  std::string reserved_;
  std::string text_;
};

}  // namespace

tl::expected<std::string, std::string> device_tree_source(std::span<const std::byte> blob) {
  int error = fdt_check_full(blob.data(), blob.size());
  Writer writer(blob);
  if (error == 0) error = writer.read_reservations();
  if (error == 0) error = writer.write_all();
  if (error != 0)
    return tl::unexpected(fmt::format("the handover tree is damaged: {}", fdt_strerror(error)));
  return std::move(writer).text();
}

}  // namespace luosim::app
