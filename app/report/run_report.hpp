// SPDX-License-Identifier: Apache-2.0
//
// The end of a run for people and for programs: what was expected and whether it held, what it
// cost, and how to see it again.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "model/world/expectation.hpp"
#include "model/world/metrics.hpp"
#include "model/world/run.hpp"
#include "sim/core/digest.hpp"

namespace luosim::app {

enum class Verdict : std::uint8_t { pass, fail, incomplete };

struct RunResult {
  std::string scenario;  ///< as it was named on the command line
  std::string title;
  std::string protocol;
  std::uint64_t seed = 0;
  Verdict verdict = Verdict::pass;
  world::Stop stop = world::Stop::scripts_ended;
  sim::SimTime end{};
  std::uint64_t records = 0;
  std::vector<world::Judged> expectations;
  world::Metrics metrics;
  sim::Digest128 trace_hash;
};

/// The lines behind the log: verdict, each expectation that did not hold, costs of each VM, replay.
std::string summary_text(const RunResult& result);

/// The one object of `--json`.
nlohmann::ordered_json summary_json(const RunResult& result);

}  // namespace luosim::app
