// SPDX-License-Identifier: Apache-2.0
//
// The part of a key that is about guests with devices, and about what their files keep.
#pragma once

#include "model/world/world.hpp"

namespace luosim::world {

/// Whether a task's number is known to nobody who goes by it: a device's own, an interrupt that is
/// being taken, a guest. Such tasks can be told by what they are about to do.
bool is_known_to_nobody(const World& world, std::uint32_t task);

/// Adds what guests know of their devices, and what files of devices keep in this kernel. Moments
/// are left out.
void add_guests_to_key(const World& world, sim::Hasher& hasher);

}  // namespace luosim::world
