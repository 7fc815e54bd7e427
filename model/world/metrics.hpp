// SPDX-License-Identifier: Apache-2.0
//
// Figures of a run, computed from its records. Names are part of the interface of `--json` and of
// `expect: metric`; a name that carries a unit ends in it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "model/world/blueprint.hpp"
#include "model/world/scenario.hpp"
#include "model/world/world.hpp"
#include "sim/trace/trace.hpp"

namespace luosim::world {

/// By name, in order of names.
using Metrics = std::map<std::string, std::int64_t>;

struct MetricRow {
  std::string_view name;  ///< a `*` stands for the name of a VM
  std::string_view about;
  bool of_devices = false;  ///< only runs of scenarios with devices have it
};
/// Every metric that a run can have; one that did not come about (no freeze, no kexec) is 0.
std::vector<MetricRow> metric_table();

/// Whether a scenario's run has a metric of this name.
bool is_metric(std::string_view name, const Scenario& scenario);

Metrics metrics_of(const std::vector<sim::Record>& records, const Blueprint& blueprint,
                   const World& end);

}  // namespace luosim::world
