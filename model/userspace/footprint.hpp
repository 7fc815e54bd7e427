// SPDX-License-Identifier: Apache-2.0
//
// What a call of a script reads or changes beyond the progress of its own process. Who knows that
// two calls have nothing in common need not try both orders of them.
#pragma once

#include "model/userspace/cast.hpp"

namespace luosim::userspace {

enum class Footprint : std::uint8_t { nothing, machine };

/// A call that is not known to touch nothing is taken to touch everything.
constexpr Footprint footprint_of(Verb verb) {
  return verb == Verb::sleep ? Footprint::nothing : Footprint::machine;
}

}  // namespace luosim::userspace
