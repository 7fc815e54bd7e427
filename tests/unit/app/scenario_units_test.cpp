// SPDX-License-Identifier: Apache-2.0
//
// Quantities are exact or refused. The largest values and the smallest fractions are where an
// implementation with floating point, or with one multiplication unchecked, gives itself away.
#include <limits>

#include <gtest/gtest.h>

#include "app/scenario/units.hpp"

namespace luosim::app {
namespace {

constexpr std::int64_t kLargest = std::numeric_limits<std::int64_t>::max();

std::int64_t nanoseconds_in(std::string_view text) {
  const auto duration = parse_duration(text);
  EXPECT_TRUE(duration.has_value()) << text;
  return duration ? duration->ns : -1;
}

UnitFault fault_of_duration(std::string_view text, Sign sign = Sign::refused) {
  const auto duration = parse_duration(text, sign);
  EXPECT_FALSE(duration.has_value()) << text;
  return duration ? UnitFault{} : duration.error();
}

TEST(Durations, AreReadInEveryUnit) {
  EXPECT_EQ(nanoseconds_in("250ns"), 250);
  EXPECT_EQ(nanoseconds_in("40us"), 40'000);
  EXPECT_EQ(nanoseconds_in("5ms"), 5'000'000);
  EXPECT_EQ(nanoseconds_in("1.5s"), 1'500'000'000);
  EXPECT_EQ(nanoseconds_in("2min"), 120'000'000'000);
  EXPECT_EQ(nanoseconds_in("0ns"), 0);
  EXPECT_EQ(nanoseconds_in("0.25min"), 15'000'000'000);
  EXPECT_EQ(nanoseconds_in("1.000000001s"), 1'000'000'001);
  EXPECT_EQ(nanoseconds_in("1.50000000000000000000000s"), 1'500'000'000);
}

TEST(Durations, TakeASignOnlyWhereItIsAllowed) {
  EXPECT_EQ(parse_duration("-5ms", Sign::allowed)->ns, -5'000'000);
  EXPECT_EQ(parse_duration("+5ms", Sign::allowed)->ns, 5'000'000);
  EXPECT_EQ(fault_of_duration("-5ms"), UnitFault::not_a_number);
  EXPECT_EQ(fault_of_duration("+-5ms", Sign::allowed), UnitFault::not_a_number);
}

TEST(Durations, NeedAUnit) {
  EXPECT_EQ(fault_of_duration("5"), UnitFault::no_unit);
  EXPECT_EQ(fault_of_duration("0"), UnitFault::no_unit);
  EXPECT_EQ(fault_of_duration("1.5"), UnitFault::no_unit);
  EXPECT_EQ(fault_of_duration("5 ms"), UnitFault::unknown_unit);
  EXPECT_EQ(fault_of_duration("5h"), UnitFault::unknown_unit);
  EXPECT_EQ(fault_of_duration("5MS"), UnitFault::unknown_unit);
  EXPECT_EQ(fault_of_duration("5msx"), UnitFault::unknown_unit);
}

TEST(Durations, MustBeNumbers) {
  for (const std::string_view text : {"", "ms", ".5ms", "5.ms", "1e3ms", "0x5ms", "five", "inf"}) {
    const UnitFault fault = fault_of_duration(text);
    EXPECT_TRUE(fault == UnitFault::not_a_number || fault == UnitFault::unknown_unit) << text;
  }
}

TEST(Durations, MustBeWholeNanoseconds) {
  EXPECT_EQ(fault_of_duration("0.3ns"), UnitFault::not_whole);
  EXPECT_EQ(fault_of_duration("1.0000000001s"), UnitFault::not_whole);
  EXPECT_EQ(fault_of_duration("0.0000000000000000001s"), UnitFault::not_whole);
}

TEST(Durations, MustFitInto64Bits) {
  EXPECT_EQ(nanoseconds_in("9223372036854775807ns"), kLargest);
  EXPECT_EQ(fault_of_duration("9223372036854775808ns"), UnitFault::too_large);
  EXPECT_EQ(fault_of_duration("99999999999999999999999999ns"), UnitFault::too_large);
  EXPECT_EQ(fault_of_duration("307445734562min"), UnitFault::too_large);
  EXPECT_EQ(fault_of_duration("18446744073709551615.5s"), UnitFault::too_large);
}

TEST(Durations, AreWrittenShortAndReadBackTheSame) {
  EXPECT_EQ(format_duration({0}), "0ns");
  EXPECT_EQ(format_duration({1'500'000'000}), "1.5s");
  EXPECT_EQ(format_duration({20'000'000}), "20ms");
  EXPECT_EQ(format_duration({120'000'000'000}), "2min");
  EXPECT_EQ(format_duration({-40'000}), "-40us");
  for (const std::int64_t ns : {std::int64_t{1}, std::int64_t{999}, std::int64_t{1'234'567'891},
                                std::int64_t{59'999'999'999}, kLargest, -kLargest}) {
    const auto back = parse_duration(format_duration({ns}), Sign::allowed);
    ASSERT_TRUE(back.has_value()) << ns;
    EXPECT_EQ(back->ns, ns);
  }
  EXPECT_EQ(format_duration({std::numeric_limits<std::int64_t>::min()}), "-9223372036.854775808s");
}

TEST(Sizes, AreReadInEveryUnit) {
  EXPECT_EQ(parse_size("0"), 0U);
  EXPECT_EQ(parse_size("512B"), 512U);
  EXPECT_EQ(parse_size("4KiB"), 4096U);
  EXPECT_EQ(parse_size("2MiB"), 2U << 20U);
  EXPECT_EQ(parse_size("1.5GiB"), 3ULL << 29U);
  EXPECT_EQ(parse_size("1TiB"), 1ULL << 40U);
  EXPECT_EQ(parse_size("16777215TiB"), 16777215ULL << 40U);
}

TEST(Sizes, AreRefusedLikeDurations) {
  EXPECT_EQ(parse_size("4096").error(), UnitFault::no_unit);
  EXPECT_EQ(parse_size("4KB").error(), UnitFault::unknown_unit);
  EXPECT_EQ(parse_size("0.3KiB").error(), UnitFault::not_whole);
  EXPECT_EQ(parse_size("16777216TiB").error(), UnitFault::too_large);
  EXPECT_EQ(parse_size("-4KiB").error(), UnitFault::not_a_number);
}

TEST(Sizes, AreWrittenShortAndReadBackTheSame) {
  EXPECT_EQ(format_size(0), "0");
  EXPECT_EQ(format_size(4096), "4KiB");
  EXPECT_EQ(format_size(3ULL << 29U), "1.5GiB");
  EXPECT_EQ(format_size(1ULL << 46U), "64TiB");
  for (const std::uint64_t bytes : {1ULL, 1023ULL, 1025ULL, 5000ULL, (1ULL << 40U) + 1, ~0ULL}) {
    EXPECT_EQ(parse_size(format_size(bytes)), bytes);
  }
}

TEST(Percentages, AreExactToOnePerMillion) {
  EXPECT_EQ(parse_percentage("25%"), 250'000U);
  EXPECT_EQ(parse_percentage("0.1%"), 1'000U);
  EXPECT_EQ(parse_percentage("0.0001%"), 1U);
  EXPECT_EQ(parse_percentage("100%"), 1'000'000U);
  EXPECT_EQ(parse_percentage("0%"), 0U);
  EXPECT_EQ(parse_percentage("0.00001%").error(), UnitFault::not_whole);
  EXPECT_EQ(parse_percentage("100.0001%").error(), UnitFault::too_large);
  EXPECT_EQ(parse_percentage("0.5").error(), UnitFault::no_unit);
}

TEST(Counts, AreWholeNumbersAndNothingElse) {
  EXPECT_EQ(parse_count("0"), 0U);
  EXPECT_EQ(parse_count("18446744073709551615"), ~0ULL);
  EXPECT_EQ(parse_count("18446744073709551616").error(), UnitFault::too_large);
  for (const std::string_view text : {"", "-1", "+1", "01", "1.0", "1e3", "0x1", "1 "}) {
    EXPECT_EQ(parse_count(text).error(), UnitFault::not_a_number) << text;
  }
}

}  // namespace
}  // namespace luosim::app
