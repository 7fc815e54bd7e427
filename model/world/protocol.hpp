// SPDX-License-Identifier: Apache-2.0
//
// Protocols by name. Those of one family share their programs; a protocol is what its knobs are set
// to, and a scenario may set single knobs otherwise.
#pragma once

#include <span>
#include <string_view>

#include "sim/core/knob.hpp"

namespace luosim::world {

/// A knob and what it is worth to each protocol.
struct KnobRow {
  const sim::Knob* knob = nullptr;
  std::uint8_t posted = 0;   ///< in luo-v2
  std::uint8_t fixed = 0;    ///< in luo-v2-fixed
  std::string_view repairs;  ///< bugs of luo-v2-bugs.md, or what it is a choice of
};
std::span<const KnobRow> knob_table();
/// Null if there is none.
const KnobRow* find_knob(std::string_view name);

struct Protocol {
  std::string_view name;
  std::string_view about;
  std::uint8_t KnobRow::*values;
};
std::span<const Protocol> protocols();
const Protocol* find_protocol(std::string_view name);

sim::KnobValues knobs_of(const Protocol& protocol);

}  // namespace luosim::world
