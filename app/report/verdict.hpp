// SPDX-License-Identifier: Apache-2.0
//
// The one word that a command has for what it found.
#pragma once

#include <cstdint>
#include <string_view>

namespace luosim::app {

enum class Verdict : std::uint8_t {
  pass,
  fail,
  incomplete,  ///< stopped before an answer
  vacuous,     ///< everything held, but what it is about (a fault, a `sometimes`) never happened
};

/// As `--json` says it.
std::string_view word_of(Verdict verdict);
/// As a report begins or ends with it: `PASS`.
std::string_view headword(Verdict verdict);

}  // namespace luosim::app
