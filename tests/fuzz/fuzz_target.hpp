// SPDX-License-Identifier: Apache-2.0
//
// What every fuzz target is: one function that takes bytes which somebody else wrote. libFuzzer
// calls it with inputs that it makes up, replay_main.cpp with those of the corpus.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

// The name and its spelling are libFuzzer's.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace luosim::fuzz {

/// Ends the process so that libFuzzer keeps the input, unless `holds`.
inline void expect(bool holds) {
  if (!holds) __builtin_trap();
}

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

}  // namespace luosim::fuzz
