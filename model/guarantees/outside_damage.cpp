// SPDX-License-Identifier: Apache-2.0
#include "model/guarantees/outside_damage.hpp"

#include "model/kho/damage.hpp"

namespace luosim::guarantees {

namespace {

// No other note of a guarantee has this key.
constexpr std::uint64_t kDamaged = ~0ULL;

}  // namespace

bool note_outside_damage(Look& look) {
  if (look.record.kind != sim::EngineRecord::fault_fired) return false;
  if (!kho::is_damage(look.record.values[0])) return true;
  look.notes.set(kDamaged, 1);
  return true;
}

bool was_damaged_outside(const sim::Notes& notes) {
  return notes.value_of(kDamaged) != 0;
}

}  // namespace luosim::guarantees
