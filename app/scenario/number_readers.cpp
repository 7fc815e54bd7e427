// SPDX-License-Identifier: Apache-2.0
//
// Readers of numbers. What a message says about a unit comes from one table of units, and what it
// says about a range from the row, so that no reader words its own complaints.
#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <system_error>

#include <fmt/format.h>

#include "app/scenario/field_readers.hpp"

namespace luosim::app {
namespace {

constexpr std::string_view kHexadecimal = "0x";

/// How a kind with units is spoken about.
struct UnitWords {
  FieldKind kind;
  std::string_view units;
  std::string_view smallest;
};

constexpr std::array kUnitWords{
    UnitWords{FieldKind::duration, kDurationUnits, "nanoseconds"},
    UnitWords{FieldKind::moment, kDurationUnits, "nanoseconds"},
    UnitWords{FieldKind::command, kDurationUnits, "nanoseconds"},
    UnitWords{FieldKind::arguments, kDurationUnits, "nanoseconds"},
    UnitWords{FieldKind::named_durations, kDurationUnits, "nanoseconds"},
    UnitWords{FieldKind::size, kSizeUnits, "bytes"},
    UnitWords{FieldKind::percentage, "%", "parts per million"},
};

void report_unit(LoadContext& context, const Field& field, UnitFault fault, const Place& place) {
  const auto words = std::find_if(kUnitWords.begin(), kUnitWords.end(),
                                  [&](const UnitWords& row) { return row.kind == field.kind; });
  if (words == kUnitWords.end() || fault == UnitFault::not_a_number) {
    report_kind(context, field, place);
    return;
  }
  if (fault == UnitFault::not_whole) {
    context.report(place,
                   fmt::format("'{}' is not a whole number of {}", field.key, words->smallest));
    return;
  }
  if (fault == UnitFault::too_large) {
    context.report(place, fmt::format("'{}' is too large", field.key));
    return;
  }
  context.report(place, fmt::format("'{}' needs a unit ({}), as in '{}: {}'", field.key,
                                    words->units, field.key, field.example));
}

std::string in_unit(const Field& field, std::uint64_t value) {
  switch (field.kind) {
    case FieldKind::size:
      return format_size(value);
    case FieldKind::integer:
    case FieldKind::copies:
    case FieldKind::bits:
    case FieldKind::quantity:
      return std::to_string(value);
    default:
      return format_duration({static_cast<std::int64_t>(value)});
  }
}

/// False, and reported, if a number is out of the range of the row.
bool check_range(LoadContext& context, const Field& field, std::uint64_t value,
                 const Place& place) {
  const Range& range = field.range;
  std::string wanted;
  if (value < range.minimum || value > range.maximum) {
    if (range.minimum == range.maximum) {
      wanted = in_unit(field, range.minimum);
    } else if (range.maximum == Range{}.maximum) {
      wanted = "at least " + in_unit(field, range.minimum);
    } else {
      wanted =
          fmt::format("{} to {}", in_unit(field, range.minimum), in_unit(field, range.maximum));
    }
  } else if (value % range.multiple_of != 0) {
    wanted = "a multiple of " + in_unit(field, range.multiple_of);
  } else if (range.power_of_two && (value & (value - 1)) != 0) {
    wanted = "a power of two";
  } else {
    return true;
  }
  context.report(place, fmt::format("'{}' must be {}", field.key, wanted));
  return false;
}

}  // namespace

std::optional<std::uint64_t> read_integer(LoadContext& context, const Field& field,
                                          const Node& node) {
  if (!is_scalar(context, field, node)) return std::nullopt;
  const auto number = parse_count(node.text);
  if (node.quoted || (!number && number.error() == UnitFault::not_a_number)) {
    report_kind(context, field, node.place);
    return std::nullopt;
  }
  const std::uint64_t value = number.value_or(std::numeric_limits<std::uint64_t>::max());
  if (!check_range(context, field, value, node.place)) return std::nullopt;
  return value;
}

std::optional<std::int64_t> read_signed(LoadContext& context, const Field& field,
                                        const Node& node) {
  if (!is_scalar(context, field, node)) return std::nullopt;
  std::string_view digits = node.text;
  const bool negative = !digits.empty() && digits.front() == '-';
  if (negative) digits.remove_prefix(1);
  const auto size = parse_count(digits);
  if (node.quoted || (!size && size.error() == UnitFault::not_a_number)) {
    report_kind(context, field, node.place);
    return std::nullopt;
  }
  if (!size || *size > field.range.maximum) {
    context.report(node.place,
                   fmt::format("'{0}' must be -{1} to {1}", field.key, field.range.maximum));
    return std::nullopt;
  }
  const auto value = static_cast<std::int64_t>(*size);
  return negative ? -value : value;
}

std::optional<std::uint64_t> read_bits(LoadContext& context, const Field& field, const Node& node) {
  if (!is_scalar(context, field, node)) return std::nullopt;
  const std::string_view text = node.text;
  if (!text.starts_with(kHexadecimal)) return read_integer(context, field, node);
  std::uint64_t value = 0;
  const auto [end, error] =
      std::from_chars(text.data() + kHexadecimal.size(), text.data() + text.size(), value, 16);
  if (end != text.data() + text.size() || error == std::errc::invalid_argument) {
    report_kind(context, field, node.place);
    return std::nullopt;
  }
  if (error == std::errc::result_out_of_range) value = std::numeric_limits<std::uint64_t>::max();
  if (!check_range(context, field, value, node.place)) return std::nullopt;
  return value;
}

std::optional<std::uint64_t> read_size(LoadContext& context, const Field& field, const Node& node) {
  if (!is_scalar(context, field, node)) return std::nullopt;
  const auto bytes = parse_size(node.text);
  if (!bytes) {
    report_unit(context, field, bytes.error(), node.place);
    return std::nullopt;
  }
  if (!check_range(context, field, *bytes, node.place)) return std::nullopt;
  return *bytes;
}

std::optional<sim::Duration> duration_in(LoadContext& context, const Field& field,
                                         std::string_view text, const Place& place) {
  const auto duration = parse_duration(text);
  if (!duration) {
    report_unit(context, field, duration.error(), place);
    return std::nullopt;
  }
  Field limited = field;
  limited.range.maximum = std::min(field.range.maximum, kLongestDuration);
  if (!check_range(context, limited, static_cast<std::uint64_t>(duration->ns), place)) {
    return std::nullopt;
  }
  return *duration;
}

std::optional<sim::Duration> read_duration(LoadContext& context, const Field& field,
                                           const Node& node) {
  if (!is_scalar(context, field, node)) return std::nullopt;
  return duration_in(context, field, node.text, node.place);
}

std::optional<sim::SimTime> read_time(LoadContext& context, const Field& field, const Node& node) {
  const std::optional<sim::Duration> since_start = read_duration(context, field, node);
  if (!since_start) return std::nullopt;
  return sim::SimTime{since_start->ns};
}

std::optional<std::uint32_t> read_percentage(LoadContext& context, const Field& field,
                                             const Node& node) {
  if (!is_scalar(context, field, node)) return std::nullopt;
  const auto per_million = parse_percentage(node.text);
  if (per_million) return *per_million;
  report_unit(context, field, per_million.error(), node.place);
  return std::nullopt;
}

std::optional<std::int64_t> read_quantity(LoadContext& context, const Field& field,
                                          const Node& node) {
  if (!is_scalar(context, field, node)) return std::nullopt;
  constexpr auto largest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (const auto duration = parse_duration(node.text)) return duration->ns;
  auto number = parse_size(node.text);
  if (!number && !node.quoted) number = parse_count(node.text);
  if (number && *number <= largest) return static_cast<std::int64_t>(*number);
  report_kind(context, field, node.place);
  return std::nullopt;
}

}  // namespace luosim::app
