// SPDX-License-Identifier: Apache-2.0
//
// What the program's exit codes mean.
#pragma once

#include <string_view>

#include "app/report/verdict.hpp"

namespace luosim::app {

inline constexpr int kHeld = 0;           ///< everything held
inline constexpr int kViolation = 1;      ///< a violation, a failed expectation or a failed vector
inline constexpr int kBadInput = 2;       ///< bad usage or bad input
inline constexpr int kLimit = 3;          ///< stopped at a limit before an answer
inline constexpr int kInternalError = 4;  ///< a mistake of luosim itself

/// The same for people.
struct ExitCode {
  int number;
  std::string_view about;
};
inline constexpr ExitCode kExitCodes[] = {
    {kHeld, "Everything held."},
    {kViolation,
     "A guarantee is violated, an expectation failed, a vector failed, or what should be reached "
     "never was."},
    {kBadInput,
     "Bad usage or bad input, or an output that did not take everything: nothing is written."},
    {kLimit, "Stopped at a limit, or interrupted, before an answer."},
    {kInternalError, "A mistake of luosim itself."},
};

/// What a command ends with that has come to a verdict.
constexpr int exit_code_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::pass:
      return kHeld;
    case Verdict::fail:
    case Verdict::vacuous:
      return kViolation;
    case Verdict::incomplete:
      return kLimit;
  }
  return kInternalError;
}

}  // namespace luosim::app
