// SPDX-License-Identifier: Apache-2.0
//
// Whether memory was damaged by what is no part of the protocol: a flipped bit, a torn page. After
// that some claims cannot hold any more and say nothing.
#pragma once

#include "model/guarantees/machine.hpp"

namespace luosim::guarantees {

/// Notes such damage if the record says that it was done; true for the record of any fault, where
/// there is nothing else to look at. The guarantee must look after EngineRecord::fault_fired.
bool note_outside_damage(Look& look);
/// Whether a guarantee with these notes has noted any.
bool was_damaged_outside(const sim::Notes& notes);
inline bool was_damaged_outside(const Look& look) {
  return was_damaged_outside(look.notes);
}

}  // namespace luosim::guarantees
