// SPDX-License-Identifier: Apache-2.0
//
// Named streams of random numbers with the same values on every compiler.
//
// Each use draws from a stream of its own name, so that a new draw in one place does not shift the
// values of all others. The distributions of the standard library are not used, because each
// library computes them differently.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace luosim::sim {

/// A value of 32 bytes: a copy continues with the same numbers as the original.
class RandomStream {
 public:
  RandomStream(std::uint64_t seed, std::string_view name);

  /// 64 uniform bits.
  std::uint64_t bits();

  /// A uniform number in [0, bound), without bias. The bound must be positive. Draws once, with a
  /// probability of bound / 2^64 more often.
  std::uint64_t below(std::uint64_t bound);

  /// True with the probability 1 / n; n must be positive. Draws even if n is 1.
  bool one_in(std::uint64_t n) { return below(n) == 0; }

  friend bool operator==(const RandomStream&, const RandomStream&) = default;

 private:
  // The generator as it lies in memory: its header is large and would reach all users of this one.
  alignas(16) std::array<std::uint64_t, 4> state_;
};

}  // namespace luosim::sim
