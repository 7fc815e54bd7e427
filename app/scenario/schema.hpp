// SPDX-License-Identifier: Apache-2.0
//
// The JSON Schema of scenario files, for editors that complete and underline while one writes. It
// is made from the tables that the loader reads, and says less than the loader does: a schema
// cannot follow names or add up memory.
#pragma once

#include <nlohmann/json.hpp>

#include "app/scenario/load_options.hpp"

namespace luosim::app {

/// Draft-07, with one definition for each mapping type. Whatever the loader accepts is valid. Of
/// `options` it names the protocols and the knobs; without them any word is valid there.
nlohmann::ordered_json scenario_schema(const LoadOptions& options = {});

}  // namespace luosim::app
