// SPDX-License-Identifier: Apache-2.0
//
// A broken assertion of luosim ends the program with exit code 4, which libFuzzer takes for an
// ordinary end. Defined here, ahead of the library, it is an abort, and the input is kept.
#include <cstdio>
#include <cstdlib>

#include "sim/core/assert.hpp"

namespace luosim::sim {

void assertion_failed(const char* claim, const char* file, int line) {
  std::fprintf(stderr, "luosim: internal error: %s (%s:%d)\n", claim, file, line);
  std::abort();
}

}  // namespace luosim::sim
