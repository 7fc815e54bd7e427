// SPDX-License-Identifier: Apache-2.0
//
// Records that belong together though time lies between them: a command that a controller fetched
// and its completion, a file that was preserved and, a kernel later, restored. A trace draws an
// arrow from the one to the other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "sim/trace/trace.hpp"

namespace luosim::app {

struct FlowEnd {
  std::size_t record = 0;  ///< place among the records
  std::uint64_t flow = 0;  ///< two ends have it
  bool begins = false;
};

/// By place; a record is an end of at most one flow. What never comes to its other end is none.
/// O(n log n).
std::vector<FlowEnd> flows_of(std::span<const sim::Record> records);

}  // namespace luosim::app
