// SPDX-License-Identifier: Apache-2.0
//
// One reader of "decimal number and unit" over a table of units, and the writer that inverts it.
// Fractions are reduced instead of rounded: a remainder means that the value is not whole.
#include "app/scenario/units.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <limits>
#include <numeric>
#include <span>

#include <fmt/format.h>

namespace luosim::app {
namespace {

struct Unit {
  std::string_view word;
  std::uint64_t factor;  ///< ns, bytes or parts per million in one
};

// Each table rises, because formatting looks for the largest unit that fits.
constexpr std::array kDurations{Unit{"ns", 1}, Unit{"us", 1'000}, Unit{"ms", 1'000'000},
                                Unit{"s", 1'000'000'000}, Unit{"min", 60'000'000'000}};
constexpr std::array kSizes{Unit{"B", 1}, Unit{"KiB", 1ULL << 10}, Unit{"MiB", 1ULL << 20},
                            Unit{"GiB", 1ULL << 30}, Unit{"TiB", 1ULL << 40}};
constexpr std::array kPercentages{Unit{"%", 10'000}};

constexpr std::uint64_t kLargest = std::numeric_limits<std::uint64_t>::max();
constexpr std::uint64_t kLargestDuration =
    static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
constexpr std::uint32_t kMillion = 1'000'000;
constexpr std::size_t kFractionDigits = 18;  // as many as fit in 64 bits
constexpr std::string_view kDigits = "0123456789";

using Result = tl::expected<std::uint64_t, UnitFault>;

Result fault(UnitFault which) {
  return tl::make_unexpected(which);
}

/// Cuts the digits off the front of `text`.
std::string_view take_digits(std::string_view& text) {
  const std::size_t end = std::min(text.find_first_not_of(kDigits), text.size());
  const std::string_view digits = text.substr(0, end);
  text.remove_prefix(end);
  return digits;
}

Result number_of(std::string_view digits) {
  std::uint64_t number = 0;
  for (const char digit : digits) {
    const auto value = static_cast<std::uint64_t>(digit - '0');
    if (number > (kLargest - value) / 10) return fault(UnitFault::too_large);
    number = number * 10 + value;
  }
  return number;
}

/// The part of `factor` that the digits behind the point stand for.
Result fraction_of(std::string_view digits, std::uint64_t factor) {
  while (!digits.empty() && digits.back() == '0') digits.remove_suffix(1);
  if (digits.empty()) return 0;
  if (digits.size() > kFractionDigits) return fault(UnitFault::not_whole);
  std::uint64_t denominator = 1;
  for (std::size_t i = 0; i < digits.size(); ++i) denominator *= 10;
  const std::uint64_t numerator = *number_of(digits);
  const std::uint64_t divisor = std::gcd(numerator, denominator);
  denominator /= divisor;
  if (factor % denominator != 0) return fault(UnitFault::not_whole);
  return numerator / divisor * (factor / denominator);
}

/// An unsigned decimal number and one of `units`, as a multiple of their smallest factor.
Result parse_quantity(std::string_view text, std::span<const Unit> units) {
  const std::string_view whole = take_digits(text);
  if (whole.empty()) return fault(UnitFault::not_a_number);
  std::string_view fraction;
  if (!text.empty() && text.front() == '.') {
    text.remove_prefix(1);
    fraction = take_digits(text);
    if (fraction.empty()) return fault(UnitFault::not_a_number);
  }
  if (text.empty()) return fault(UnitFault::no_unit);
  const auto unit = std::find_if(units.begin(), units.end(),
                                 [text](const Unit& row) { return row.word == text; });
  if (unit == units.end()) return fault(UnitFault::unknown_unit);

  const Result number = number_of(whole);
  if (!number) return number;
  const Result part = fraction_of(fraction, unit->factor);
  if (!part) return part;
  if (*number > (kLargest - *part) / unit->factor) return fault(UnitFault::too_large);
  return *number * unit->factor + *part;
}

/// `value` units of `factor` as a decimal number, or an empty text if that has no short exact form.
std::string decimal(std::uint64_t value, std::uint64_t factor) {
  std::string text = std::to_string(value / factor);
  std::uint64_t rest = value % factor;
  if (rest != 0) text += '.';
  for (std::size_t i = 0; rest != 0; ++i) {
    if (i == 9) return {};
    rest *= 10;
    text += static_cast<char>('0' + rest / factor);
    rest %= factor;
  }
  return text;
}

/// In the largest unit that is not larger than the value and needs no more letters than a smaller.
std::string format_quantity(std::uint64_t value, std::span<const Unit> units) {
  std::string shortest = std::to_string(value).append(units.front().word);
  for (const Unit& unit : units.subspan(1)) {
    if (value < unit.factor) break;
    std::string text = decimal(value, unit.factor);
    if (text.empty()) continue;
    text += unit.word;
    if (text.size() <= shortest.size()) shortest = text;
  }
  return shortest;
}

}  // namespace

tl::expected<sim::Duration, UnitFault> parse_duration(std::string_view text, Sign sign) {
  const bool negative = !text.empty() && text.front() == '-';
  const bool has_sign = negative || (!text.empty() && text.front() == '+');
  if (has_sign && sign == Sign::refused) return tl::make_unexpected(UnitFault::not_a_number);
  if (has_sign) text.remove_prefix(1);
  const Result quantity = parse_quantity(text, kDurations);
  if (!quantity) return tl::make_unexpected(quantity.error());
  if (*quantity > kLargestDuration) return tl::make_unexpected(UnitFault::too_large);
  const auto length = static_cast<std::int64_t>(*quantity);
  return sim::Duration{negative ? -length : length};
}

tl::expected<std::uint64_t, UnitFault> parse_size(std::string_view text) {
  if (text == "0") return 0;
  return parse_quantity(text, kSizes);
}

tl::expected<std::uint32_t, UnitFault> parse_percentage(std::string_view text) {
  const Result quantity = parse_quantity(text, kPercentages);
  if (!quantity) return tl::make_unexpected(quantity.error());
  if (*quantity > kMillion) return tl::make_unexpected(UnitFault::too_large);
  return static_cast<std::uint32_t>(*quantity);
}

tl::expected<std::uint64_t, UnitFault> parse_count(std::string_view text) {
  const std::string_view digits = take_digits(text);
  const bool leading_zero = digits.size() > 1 && digits.front() == '0';
  if (digits.empty() || !text.empty() || leading_zero) return fault(UnitFault::not_a_number);
  return number_of(digits);
}

std::string format_duration(sim::Duration duration) {
  const auto bits = static_cast<std::uint64_t>(duration.ns);
  const std::uint64_t magnitude = duration.ns < 0 ? ~bits + 1 : bits;
  return (duration.ns < 0 ? "-" : "") + format_quantity(magnitude, kDurations);
}

std::string format_size(std::uint64_t bytes) {
  return bytes == 0 ? "0" : format_quantity(bytes, kSizes);
}

}  // namespace luosim::app
