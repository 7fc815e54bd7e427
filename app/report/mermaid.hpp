// SPDX-License-Identifier: Apache-2.0
//
// A run as a Mermaid sequence diagram, which GitHub, GitLab and slides show: people, VMs, LUO, KHO,
// participants and devices from left to right, calls and answers from top to bottom.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "model/world/blueprint.hpp"
#include "sim/trace/trace.hpp"

namespace luosim::app {

/// A reader follows so many arrows. Of a longer run the diagram shows how it begins and how it
/// ends, and says how many are hidden between.
inline constexpr std::size_t kMermaidArrows = 60;

std::string mermaid_sequence(std::span<const sim::Record> records,
                             const world::Blueprint& blueprint, const std::string& title);

}  // namespace luosim::app
