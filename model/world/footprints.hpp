// SPDX-License-Identifier: Apache-2.0
//
// The footprint of a quiet step, against what the step does: who may be overtaken by others has to
// leave alone what the others work on. Builds for debugging and tests compare.
#pragma once

#include "model/world/world.hpp"

namespace luosim::world {

#ifdef NDEBUG
inline constexpr bool kVerifiesFootprints = false;
#else
inline constexpr bool kVerifiesFootprints = true;
#endif

/// What an update is about: LUO, KHO, open files and what agents know. And what devices and guests
/// work on: registers, queues, interrupts, and the memory of files.
enum class Half : std::uint8_t { update, devices };

/// The half that a quiet step of this task has nothing to do with. A guest's and a device's own
/// step leaves the update alone, any other the devices.
Half half_left_alone_by(const World& world, sim::TaskId task);

/// All of a half, as one number. O(size of the half).
sim::Digest128 digest_of(const World& world, Half half);

}  // namespace luosim::world
