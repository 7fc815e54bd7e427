// SPDX-License-Identifier: Apache-2.0
//
// The JSON Schema of a line of `run --log`, for who builds on the log: made from the table of
// record names, by which the lines are written.
#pragma once

#include <nlohmann/json.hpp>

namespace luosim::app {

/// Draft-07. A line is the header, which comes first, or a record.
nlohmann::ordered_json log_schema();

}  // namespace luosim::app
