// SPDX-License-Identifier: Apache-2.0
//
// What is true of a state for claims about the whole graph: where a story is well, where it is cut
// off, and what should still be possible in it.
#pragma once

#include <cstdint>
#include <span>

#include "model/world/blueprint.hpp"
#include "model/world/world.hpp"

namespace luosim::world {

/// `sim::explore::StateFlags` of a world. `detached`: by actor, 1 if nothing that it does touches
/// the rest.
std::uint8_t state_flags(const World& world, const Blueprint& blueprint,
                         std::span<const std::uint8_t> detached);

}  // namespace luosim::world
