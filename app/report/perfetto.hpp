// SPDX-License-Identifier: Apache-2.0
//
// A run as lanes over time, for ui.perfetto.dev and chrome://tracing (Chrome's JSON trace format).
// Processes are the kernel generations, user space and the VMs; calls and blackouts are slices,
// phases are asynchronous slices of their kernel, what merely happens is an instant. Arrows lead
// from a command to its completion and from the preservation of a file to its restoration; counters
// show preserved pages and commands in flight. Names carry their number besides the sort index,
// because some viewers ignore the index.
#pragma once

#include <span>
#include <string>

#include "app/report/trace_log.hpp"
#include "model/world/blueprint.hpp"
#include "sim/trace/trace.hpp"

namespace luosim::app {

/// The whole file. What is still open when its machine goes down, or at the end, ends there and
/// says so in `ended_by`. O(n log n).
std::string perfetto_trace(std::span<const sim::Record> records, const world::Blueprint& blueprint,
                           const TraceHeader& header);

}  // namespace luosim::app
