// SPDX-License-Identifier: Apache-2.0
#include "app/report/summary_table.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "app/scenario/units.hpp"

namespace luosim::app {

namespace {

using Runs = std::vector<RunResult>;

std::vector<RunResult> all_of(const std::vector<Runs>& files) {
  std::vector<RunResult> all;
  for (const Runs& runs : files) all.insert(all.end(), runs.begin(), runs.end());
  return all;
}

std::size_t passed_among(const Runs& runs) {
  return static_cast<std::size_t>(std::count_if(
      runs.begin(), runs.end(), [](const RunResult& run) { return run.verdict == Verdict::pass; }));
}

std::string row_text(const Runs& runs) {
  std::size_t guarantees = 0;
  std::size_t broken = 0;
  sim::SimTime end{};
  for (const RunResult& run : runs) {
    guarantees += run.guarantees;
    broken += run.violations.size();
    end = std::max(end, run.end);
  }
  return fmt::format("{:<10}  {:>11}  {:>14}  {:>15}  {}\n", word_of(verdict_of(runs)),
                     fmt::format("{} of {}", passed_among(runs), runs.size()),
                     fmt::format("{} of {}", guarantees - broken, guarantees),
                     format_duration({end.ns}), runs.front().scenario);
}

// The first of many says enough: the line that replays it shows the rest.
std::string reasons_text(const Runs& runs) {
  std::string text;
  for (const RunResult& run : runs) {
    if (run.verdict == Verdict::pass) continue;
    for (const std::string& reason : reasons_of(run)) text += fmt::format("      {}\n", reason);
    if (run.verdict == Verdict::incomplete)
      text += fmt::format("      stopped: {}\n", world::word_of(run.stop));
    text += fmt::format("      replay: {}\n", replay_line(run));
  }
  return text;
}

}  // namespace

std::string table_text(const std::vector<Runs>& files) {
  std::string text = fmt::format("{:<10}  {:>11}  {:>14}  {:>15}  {}\n", "verdict", "passed",
                                 "guarantees", "ends at", "scenario");
  std::size_t passed = 0;
  for (const Runs& runs : files) {
    text += row_text(runs) + reasons_text(runs);
    if (verdict_of(runs) == Verdict::pass) ++passed;
  }
  const Runs all = all_of(files);
  return text + fmt::format("{}  {} of {} scenarios passed, {} of {} runs\n",
                            headword(verdict_of(all)), passed, files.size(), passed_among(all),
                            all.size());
}

nlohmann::ordered_json table_json(const std::vector<Runs>& files) {
  nlohmann::ordered_json json;
  sim::Hasher hashes;
  json["luosim"] = LUOSIM_VERSION;
  json["command"] = "run";
  json["verdict"] = word_of(verdict_of(all_of(files)));
  json["runs"] = nlohmann::ordered_json::array();
  for (const Runs& runs : files) {
    const bool is_family = runs.front().case_number > 0;
    json["runs"].push_back(is_family ? family_json(runs) : summary_json(runs.front()));
    for (const RunResult& run : runs) hashes.add(run.trace_hash);
  }
  json["trace_hash"] = sim::to_hex(hashes.finish());
  return json;
}

}  // namespace luosim::app
