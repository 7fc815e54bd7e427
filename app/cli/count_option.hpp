// SPDX-License-Identifier: Apache-2.0
//
// Options that take a whole number. What is none, or is too large to be one, is refused by its
// name: nothing wraps around and becomes another number.
#pragma once

#include <cstdint>
#include <limits>

namespace CLI {
class Option;
}  // namespace CLI

namespace luosim::app {

/// The numbers that an option takes, both ends among them.
struct CountRange {
  std::uint64_t least = 0;
  std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
};

/// For what is kept in 32 bits.
inline constexpr std::uint64_t kMostOf32Bits = std::numeric_limits<std::uint32_t>::max();

/// Has `option` refuse everything but decimal numbers in this range.
void expect_count(CLI::Option* option, CountRange range = {});

}  // namespace luosim::app
