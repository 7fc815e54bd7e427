// SPDX-License-Identifier: Apache-2.0
//
// Figures of a run, computed from its records. Names are part of the interface of `--json` and of
// `expect: metric`; a name that carries a unit ends in it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/world/blueprint.hpp"
#include "model/world/device_metrics.hpp"
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

/// Takes the records of a run while they are written.
class MetricsCollector {
 public:
  explicit MetricsCollector(const Blueprint& blueprint);

  /// Cheap for what it has no use for: there are millions of records.
  void take(const sim::Record& record);
  Metrics finish(const World& end);

 private:
  std::string blackout_of(sim::Symbol vm) const;
  void take_call(const sim::Record& record, bool begins);
  void add_time(const char* name, sim::SimTime from, sim::SimTime to);

  const Blueprint& blueprint_;
  DeviceMetrics devices_;
  Metrics metrics_;
  std::map<std::uint32_t, sim::SimTime> call_began_;  // by actor
  std::map<std::uint32_t, sim::SimTime> paused_;      // by VM
  std::optional<sim::SimTime> jumped_;
  std::optional<sim::SimTime> rebooting_;
  std::int64_t carried_ = 0;
  std::int64_t tree_bytes_ = 0;
  std::int64_t restored_here_ = 0;
};

}  // namespace luosim::world
