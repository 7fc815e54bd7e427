// SPDX-License-Identifier: Apache-2.0
//
// A run as a graph for Graphviz: who called whom, with what, how often and how often in vain; and
// which memory devices reached by themselves.
#pragma once

#include <span>
#include <string>

#include "model/world/blueprint.hpp"
#include "sim/trace/trace.hpp"

namespace luosim::app {

std::string dot_graph(std::span<const sim::Record> records, const world::Blueprint& blueprint,
                      const std::string& title);

}  // namespace luosim::app
