// SPDX-License-Identifier: Apache-2.0
//
// An assertion about luosim itself, on in every build type: a simulator that goes on after its own
// mistake reports fiction. What a modelled kernel does wrong is never asserted; that is data.
#pragma once

namespace luosim::sim {

/// Prints `claim` with its place to standard error and ends the process with exit code 4.
[[noreturn]] void assertion_failed(const char* claim, const char* file, int line);

/// Ends the process unless `claim_holds`; `claim` says in words what should have been true.
/// The place of the call comes from the compiler's own defaults, which gcc and clang both have
/// where std::source_location is missing from one.
inline void require(bool claim_holds, const char* claim, const char* file = __builtin_FILE(),
                    int line = __builtin_LINE()) {
  if (!claim_holds) [[unlikely]]
    assertion_failed(claim, file, line);
}

}  // namespace luosim::sim
