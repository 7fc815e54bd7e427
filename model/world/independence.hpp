// SPDX-License-Identifier: Apache-2.0
//
// Which actors have nothing to do with the rest of the machine, so that an exploration can leave
// them where they are: whatever order their steps come in, everybody else sees the same. The
// argument, and how it is verified, is in docs/EXPLORATION.md.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "model/userspace/cast.hpp"

namespace luosim::world {

/// By actor, 1 if it is free, all its calls touch nothing but its own progress, and nobody can kill
/// it. A boot lets it begin anew, as it would everybody else.
std::vector<std::uint8_t> detached_actors(const userspace::Cast& cast);

/// Whether a task is that of such an actor's process. `detached`: by actor.
bool is_detached(const sim::Task& task, std::span<const std::uint8_t> detached);

}  // namespace luosim::world
