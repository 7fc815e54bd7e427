// SPDX-License-Identifier: Apache-2.0
#include "app/cli/load.hpp"

#include <ostream>

#include "app/cli/read_file.hpp"
#include "app/scenario/loader.hpp"
#include "model/kernel/timing.hpp"
#include "model/world/metrics.hpp"
#include "model/world/vocabulary.hpp"

namespace luosim::app {

namespace {

// The words of the model that a scenario may use.
struct Vocabulary {
  std::vector<std::string_view> timing_keys;
  std::vector<std::string_view> fault_sites;
  std::vector<std::string_view> metrics;
};

Vocabulary vocabulary_of_the_model() {
  Vocabulary vocabulary;
  for (const kernel::TimingRow& row : kernel::timing_table())
    vocabulary.timing_keys.push_back(row.key);
  for (const sim::FaultSite& site : world::fault_sites())
    vocabulary.fault_sites.push_back(site.name);
  for (const world::MetricRow& row : world::metric_table()) vocabulary.metrics.push_back(row.name);
  return vocabulary;
}

}  // namespace

std::optional<Loaded> load(const std::string& file_name, const std::vector<std::string>& settings,
                           std::ostream& errors) {
  const auto text = read_file(file_name, errors);
  if (!text) return std::nullopt;
  const Vocabulary vocabulary = vocabulary_of_the_model();
  LoadOptions options;
  options.timing_keys = vocabulary.timing_keys;
  options.fault_sites = vocabulary.fault_sites;
  options.metrics = vocabulary.metrics;
  options.settings = settings;
  LoadResult result = load_scenario(*text, file_name, options);
  if (!result.scenario) {
    errors << render(result.diagnostics, *text);
    return std::nullopt;
  }
  Loaded loaded{std::move(*result.scenario), {}};
  loaded.built = world::build(loaded.scenario);
  if (loaded.built.errors.empty()) return loaded;
  std::vector<Diagnostic> diagnostics;
  for (const world::BuildError& error : loaded.built.errors) {
    diagnostics.push_back({file_name, std::max(error.place.line, 1U),
                           std::max(error.place.column, 1U), 1, error.message, ""});
  }
  errors << render(diagnostics, *text);
  return std::nullopt;
}

}  // namespace luosim::app
