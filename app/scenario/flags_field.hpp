// SPDX-License-Identifier: Apache-2.0
//
// The row of the flags that a call passes to the kernel. Entries of scripts and ops of free actors
// share it, so that what a story does in one way can be done in the other.
#pragma once

#include <cstdint>
#include <limits>
#include <variant>

#include "app/scenario/field_store.hpp"
#include "model/world/scenario.hpp"

namespace luosim::app {

inline constexpr Field kFlagsField = bits_field<&world::ScriptEntry::flags>(
    {.key = "flags",
     .documentation = "The flags that `preserve` passes to the kernel, which must be 0 there.",
     .fallback = "0",
     .example = "0x1",
     .range = {0, std::numeric_limits<std::uint32_t>::max()}});

/// Refuses flags of a call that has none.
inline void check_flags(LoadContext& context, Target target, const Node& node) {
  const Entry* flags = find_entry(node, kFlagsField.key);
  if (flags == nullptr) return;
  if (std::get<world::ScriptEntry*>(target)->verb == world::Verb::preserve) return;
  context.report(flags->key_place, "only 'preserve' has 'flags'");
}

}  // namespace luosim::app
