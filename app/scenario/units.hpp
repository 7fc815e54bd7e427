// SPDX-License-Identifier: Apache-2.0
//
// Durations, sizes and percentages as people write them, in exact integer arithmetic: `1.5s` is
// 1 500 000 000 ns and `0.3ns` is refused, because a scenario must mean the same on every machine.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "sim/core/time.hpp"

namespace luosim::app {

/// Why a quantity could not be read.
enum class UnitFault : std::uint8_t {
  not_a_number,  ///< does not begin with digits, or has a sign where none is allowed
  no_unit,       ///< a bare number
  unknown_unit,  ///< a number and something that is not a unit of this kind
  not_whole,     ///< a fraction of a nanosecond, of a byte or of one per million
  too_large,     ///< does not fit in 64 bits, or is above 100%
};

enum class Sign : std::uint8_t { refused, allowed };

/// The units in rising order as a message lists them: `ns, us, ms, s, min`.
inline constexpr std::string_view kDurationUnits = "ns, us, ms, s, min";
inline constexpr std::string_view kSizeUnits = "KiB, MiB, GiB, TiB";

/// `250ns`, `40us`, `5ms`, `1.5s`, `2min`; with `Sign::allowed` also `+5ms` and `-5ms`.
tl::expected<sim::Duration, UnitFault> parse_duration(std::string_view text,
                                                      Sign sign = Sign::refused);

/// Bytes of `512B`, `4KiB`, `2MiB`, `1.5GiB`, `1TiB`; `0` needs no unit.
tl::expected<std::uint64_t, UnitFault> parse_size(std::string_view text);

/// `25%` or `0.1%` as parts per million, 0 to 1'000'000.
tl::expected<std::uint32_t, UnitFault> parse_percentage(std::string_view text);

/// A whole number without unit, sign or leading zero, 0 to 2^64 - 1.
tl::expected<std::uint64_t, UnitFault> parse_count(std::string_view text);

/// The shortest exact text that `parse_duration(..., Sign::allowed)` reads back.
std::string format_duration(sim::Duration duration);

/// A short exact text that `parse_size` reads back.
std::string format_size(std::uint64_t bytes);

}  // namespace luosim::app
