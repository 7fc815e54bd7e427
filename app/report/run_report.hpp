// SPDX-License-Identifier: Apache-2.0
//
// The end of a run for people and for programs: what was expected and whether it held, what it
// cost, and how to see it again.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "app/report/verdict.hpp"
#include "model/userspace/state.hpp"
#include "model/world/expectation.hpp"
#include "model/world/metrics.hpp"
#include "model/world/run.hpp"
#include "sim/core/digest.hpp"

namespace luosim::app {

/// The latest moment before a violation at which something else would have avoided it.
struct LastChance {
  std::uint64_t record = 0;  ///< number of the record that says what happened instead
  sim::SimTime time{};
  std::string what;  ///< as the log says it
};

/// A guarantee that did not hold.
struct BrokenGuarantee {
  std::string id;
  std::string promise;
  std::string cause;
  sim::SimTime time{};
  std::uint64_t record = 0;  ///< number of the record that showed it
  std::uint32_t times = 1;
  bool is_expected = false;
  std::optional<LastChance> last_chance = std::nullopt;  ///< if one was looked for and found
};

/// What the update cost a VM with devices.
struct VmCost {
  std::string name;
  sim::Duration blackout{};
  userspace::Ledger::Io io;
};

struct RunResult {
  std::string scenario;               ///< as it was named on the command line
  std::vector<std::string> settings;  ///< key=value, as they were given
  std::size_t case_number = 0;        ///< of a family, counted from 1; 0: there is only one
  std::vector<std::pair<std::string, std::string>> parameters;  ///< of this case of a family
  std::string title;
  std::string protocol;
  std::uint64_t seed = 0;
  Verdict verdict = Verdict::pass;
  world::Stop stop = world::Stop::scripts_ended;
  sim::SimTime end{};
  std::string machine;  ///< how it is at the end, as in expectations
  std::uint64_t records = 0;
  std::vector<BrokenGuarantee> violations;
  std::size_t guarantees = 0;        ///< that were looked at
  std::vector<std::string> reached;  ///< claims of what should be reached at some time
  std::vector<std::string> unfired;  ///< faults of the scenario that never happened
  std::vector<world::Judged> expectations;
  world::Metrics metrics;
  std::vector<VmCost> vms;  ///< those that have devices
  sim::Digest128 trace_hash;
};

/// `position=3, callback=freeze`.
std::string parameters_text(const RunResult& result);
/// The command that shows this run again.
std::string replay_line(const RunResult& result);
/// Why it did not pass, a line for each: broken guarantees that nobody expected, faults that never
/// happened, expectations that did not hold.
std::vector<std::string> reasons_of(const RunResult& result);

/// The lines behind the log: broken guarantees, verdict, expectations, costs of each VM, replay.
std::string summary_text(const RunResult& result);

/// The one object of `--json`.
nlohmann::ordered_json summary_json(const RunResult& result);

/// The verdict of a family of cases: the worst one of them.
Verdict verdict_of(const std::vector<RunResult>& cases);

/// A line for each case, with what is wrong with it, and a verdict.
std::string family_text(const std::vector<RunResult>& cases);

/// As summary_json(), with an object for each case. Its trace_hash is that of the cases' hashes.
nlohmann::ordered_json family_json(const std::vector<RunResult>& cases);

}  // namespace luosim::app
