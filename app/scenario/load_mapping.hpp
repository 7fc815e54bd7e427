// SPDX-License-Identifier: Apache-2.0
//
// Reads one mapping by its table: unknown keys, missing keys, keys that exclude each other, and
// each value by the function of its row. It is the only code that walks a scenario, so whatever a
// table can say is checked for every kind of mapping.
#pragma once

#include "app/scenario/fields.hpp"
#include "app/scenario/load_context.hpp"
#include "app/scenario/node.hpp"

namespace luosim::app {

/// Reads `node` as a `type` into what `target` points to, and reports everything that is wrong. A
/// null or refused node was reported by whoever held it.
void load_mapping(LoadContext& context, const MappingType& type, Target target, const Node& node);

}  // namespace luosim::app
