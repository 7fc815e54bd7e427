// SPDX-License-Identifier: Apache-2.0
#include "sim/core/assert.hpp"

#include <cstdio>
#include <cstdlib>

namespace luosim::sim {

namespace {
// DESIGN 4.1: exit code of an internal error.
constexpr int kInternalError = 4;
}  // namespace

void assertion_failed(const char* claim, const char* file, int line) {
  std::fprintf(stderr, "luosim: internal error: %s (%s:%d)\n", claim, file, line);
  std::fflush(stderr);
  std::_Exit(kInternalError);
}

}  // namespace luosim::sim
