// SPDX-License-Identifier: Apache-2.0
//
// Variants of a protocol, for properties that hold of each of them.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include <rapidcheck.h>

#include "model/world/protocol.hpp"
#include "model/world/scenario.hpp"

namespace luosim::world {

/// One knob at any of its positions, whatever the protocol has.
inline KnobSetting any_knob() {
  const std::span<const KnobRow> rows = knob_table();
  const sim::Knob& knob = *rows[*rc::gen::inRange<std::size_t>(0, rows.size())].knob;
  const std::size_t word = *rc::gen::inRange<std::size_t>(0, knob.words.size());
  return {std::string(knob.name), std::string(knob.words[word]), {}};
}

}  // namespace luosim::world
