// SPDX-License-Identifier: Apache-2.0
#include "app/cli/vocabulary.hpp"

#include "model/timing/timing.hpp"
#include "model/world/checks.hpp"
#include "model/world/metrics.hpp"
#include "model/world/protocol.hpp"
#include "model/world/vocabulary.hpp"

namespace luosim::app {

LoadOptions Vocabulary::options() const {
  LoadOptions options;
  options.protocols = protocols;
  options.knobs = knobs;
  options.guarantees = guarantees;
  options.timing_keys = timing_keys;
  options.fault_sites = fault_sites;
  options.metrics = metrics;
  return options;
}

Vocabulary vocabulary_of_the_model() {
  Vocabulary vocabulary;
  for (const world::Protocol& protocol : world::protocols())
    vocabulary.protocols.push_back(protocol.name);
  for (const world::KnobRow& row : world::knob_table())
    vocabulary.knobs.push_back({row.knob->name, row.knob->words});
  for (const auto* guarantee : guarantees::all())
    if (guarantee->kind != sim::ClaimKind::sometimes)
      vocabulary.guarantees.push_back(guarantee->id);
  for (const timing::Row& row : timing::table()) vocabulary.timing_keys.push_back(row.key);
  for (const sim::FaultSite& site : world::fault_sites())
    vocabulary.fault_sites.push_back(site.name);
  for (const world::MetricRow& row : world::metric_table()) vocabulary.metrics.push_back(row.name);
  return vocabulary;
}

}  // namespace luosim::app
