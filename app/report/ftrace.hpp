// SPDX-License-Identifier: Apache-2.0
//
// A run in the shape of /sys/kernel/tracing/trace, for eyes and scripts that know it: one line for
// each record, with the fields as `name=value`. The model has no processors that tasks run on, so
// the CPU is 000 throughout, and the PID is the number of the task.
#pragma once

#include <span>
#include <string>

#include "model/world/blueprint.hpp"
#include "sim/trace/trace.hpp"

namespace luosim::app {

/// `tasks` has the name of the task of each record. The field `gen` counts kernels from 1; 0 is
/// before the first one boots.
std::string ftrace_text(std::span<const sim::Record> records, std::span<const sim::Symbol> tasks,
                        const world::Blueprint& blueprint);

}  // namespace luosim::app
