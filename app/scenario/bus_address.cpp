// SPDX-License-Identifier: Apache-2.0
#include "app/scenario/bus_address.hpp"

#include <charconv>
#include <system_error>

#include <fmt/format.h>

#include "app/scenario/field_readers.hpp"

namespace luosim::app {

namespace {

constexpr std::size_t kDomainDigits = 4;
constexpr std::uint32_t kDevices = 32;
constexpr std::uint32_t kFunctions = 8;

/// The hexadecimal number of exactly `digits` digits that `text` begins with, and takes it away
/// together with the `end` behind it, which 0 has not.
std::optional<std::uint32_t> take(std::string_view& text, std::size_t digits, char end) {
  const std::size_t length = digits + (end == 0 ? 0 : 1);
  if (text.size() < length || (end != 0 && text[digits] != end)) return std::nullopt;
  std::uint32_t value = 0;
  const char* last = text.data() + digits;
  const auto [stop, error] = std::from_chars(text.data(), last, value, 16);
  if (error != std::errc() || stop != last) return std::nullopt;
  text.remove_prefix(length);
  return value;
}

bool has_domain(std::string_view text) {
  return text.size() > kDomainDigits && text[kDomainDigits] == ':';
}

}  // namespace

std::optional<std::uint16_t> parse_bus_address(std::string_view text) {
  if (has_domain(text) && take(text, kDomainDigits, ':') != 0U) return std::nullopt;
  const auto bus = take(text, 2, ':');
  const auto device = bus ? take(text, 2, '.') : std::nullopt;
  const auto function = device ? take(text, 1, 0) : std::nullopt;
  const bool fits = function && *function < kFunctions && *device < kDevices && text.empty();
  if (!fits) return std::nullopt;
  return static_cast<std::uint16_t>(*bus << 8 | *device << 3 | *function);
}

std::string format_bus_address(std::uint64_t address) {
  return fmt::format("{:02x}:{:02x}.{:x}", address >> 8 & 0xFF, address >> 3 & 0x1F, address & 7);
}

std::optional<std::uint16_t> read_bus_address(LoadContext& context, const Field& field,
                                              const Node& node) {
  if (node.kind == Node::Kind::scalar) {
    if (const auto address = parse_bus_address(node.text)) return address;
    std::string_view rest = node.text;
    const bool is_other_domain =
        has_domain(rest) && take(rest, kDomainDigits, ':').value_or(0) != 0;
    if (is_other_domain && parse_bus_address(rest)) {
      context.report(node.place, fmt::format("'{}' must be in domain 0000", field.key));
      return std::nullopt;
    }
  }
  if (has_value(node)) report_kind(context, field, node.place);
  return std::nullopt;
}

}  // namespace luosim::app
