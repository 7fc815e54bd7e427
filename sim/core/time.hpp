// SPDX-License-Identifier: Apache-2.0
//
// Simulated time: integer nanoseconds since the scenario began.
//
// A point and a length are different types, so that adding two points does not compile. There is
// no floating point: the same scenario must give the same bytes on every compiler.
#pragma once

#include <compare>
#include <cstdint>

namespace luosim::sim {

/// A length of simulated time in nanoseconds; may be negative (an offset `-5ms`).
struct Duration {
  std::int64_t ns = 0;

  friend constexpr auto operator<=>(const Duration&, const Duration&) = default;
  friend constexpr Duration operator+(Duration a, Duration b) { return {a.ns + b.ns}; }
  friend constexpr Duration operator-(Duration a, Duration b) { return {a.ns - b.ns}; }
  friend constexpr Duration operator*(Duration a, std::int64_t n) { return {a.ns * n}; }
};

/// A point of simulated time in nanoseconds since the start of the run; never negative.
struct SimTime {
  std::int64_t ns = 0;

  friend constexpr auto operator<=>(const SimTime&, const SimTime&) = default;
  friend constexpr SimTime operator+(SimTime t, Duration d) { return {t.ns + d.ns}; }
  friend constexpr Duration operator-(SimTime a, SimTime b) { return {a.ns - b.ns}; }
};

constexpr Duration nanoseconds(std::int64_t n) {
  return {n};
}
constexpr Duration microseconds(std::int64_t n) {
  return {n * 1'000};
}
constexpr Duration milliseconds(std::int64_t n) {
  return {n * 1'000'000};
}
constexpr Duration seconds(std::int64_t n) {
  return {n * 1'000'000'000};
}

}  // namespace luosim::sim
