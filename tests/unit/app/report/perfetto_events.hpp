// SPDX-License-Identifier: Apache-2.0
//
// A trace for Perfetto, parsed again: what was drawn, for tests to look at.
#pragma once

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "app/report/perfetto.hpp"

namespace luosim::app::drawn {

using nlohmann::json;

inline const TraceHeader kHeader{"0.1.0", "a.yaml", "luo-v2", 7};

inline std::vector<json> events_of(const std::vector<sim::Record>& records,
                                   const world::Blueprint& blueprint) {
  return json::parse(perfetto_trace(records, blueprint, kHeader))["traceEvents"];
}

inline std::int64_t nanoseconds(const json& microseconds) {
  return std::llround(microseconds.get<double>() * 1'000);
}

inline std::vector<json> of_phase(const std::vector<json>& events, const std::string& phase) {
  std::vector<json> found;
  for (const json& event : events)
    if (event["ph"] == phase) found.push_back(event);
  return found;
}

inline const json* named(const std::vector<json>& events, const std::string& name) {
  for (const json& event : events)
    if (event["name"] == name) return &event;
  return nullptr;
}

}  // namespace luosim::app::drawn
