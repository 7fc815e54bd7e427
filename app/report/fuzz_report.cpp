// SPDX-License-Identifier: Apache-2.0
#include "app/report/fuzz_report.hpp"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "model/guarantees/all.hpp"

namespace luosim::app {

namespace {

// The most frequent first.
std::string counts_text(std::string_view what, const std::map<std::string, std::uint64_t>& counts) {
  std::vector<std::pair<std::string, std::uint64_t>> sorted(counts.begin(), counts.end());
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& left, const auto& right) { return left.second > right.second; });
  std::string text = fmt::format("  {:<8}", what);
  for (const auto& [name, count] : sorted) text += fmt::format("  {} {}", name, count);
  return text + (sorted.empty() ? "  none\n" : "\n");
}

std::string distribution_text(const Distribution& distribution, std::uint64_t cases) {
  std::string text = "generated:\n";
  text += counts_text("calls", distribution.calls);
  text += counts_text("faults", distribution.faults);
  text += counts_text("phases", distribution.phases);
  text += fmt::format("  {:<8}", "lengths");
  for (const auto& [from, count] : distribution.lengths)
    text += fmt::format("  {}+ {}", from, count);
  text += '\n';
  if (distribution.cut_short != 0)
    text += fmt::format("  {:<8}  {} of {} cases, after {} steps\n", "cut", distribution.cut_short,
                        cases, kStepsOfTrial);
  return text;
}

std::string headline(const FuzzResult& result) {
  const CampaignResult& campaign = result.campaign;
  if (!campaign.culprits.empty())
    return fmt::format("BROKEN  {}: {} of {} cases, {} cause{}", result.title, campaign.broken,
                       campaign.cases, campaign.culprits.size(),
                       campaign.culprits.size() == 1 ? "" : "s");
  if (campaign.was_stopped)
    return fmt::format("STOPPED  {}: nothing broke in {} of {} cases", result.title, campaign.cases,
                       result.cases);
  return fmt::format("HELD  {}: nothing broke in {} cases", result.title, campaign.cases);
}

std::string_view promise_of(std::string_view guarantee) {
  for (const guarantees::Guarantee* each : guarantees::all())
    if (each->id == guarantee) return each->promise;
  return "";
}

std::string_view verdict_of(const CampaignResult& campaign) {
  if (!campaign.culprits.empty()) return "fail";
  return campaign.was_stopped ? "incomplete" : "pass";
}

}  // namespace

std::string fuzz_text(const FuzzResult& result) {
  std::string text;
  for (const Culprit& culprit : result.campaign.culprits) {
    text +=
        fmt::format("BROKEN  {}   in case {}\n        {}\n        {} call{}, {} fault{}{}{}\n",
                    culprit.cause.guarantee, culprit.found, culprit.sentence, culprit.calls,
                    culprit.calls == 1 ? "" : "s", culprit.faults, culprit.faults == 1 ? "" : "s",
                    result.writes_files ? "; " : "", result.writes_files ? culprit.file_name : "");
  }
  if (!result.campaign.culprits.empty() && !result.writes_files)
    text += "`--out DIR` writes a scenario for each cause\n";
  std::string options;
  for (const std::string& option : result.varied_by) options += ' ' + option;
  return text + headline(result) + '\n' +
         distribution_text(result.campaign.distribution, result.campaign.cases) +
         fmt::format("again: luosim fuzz {}{} --cases {} --seed {}\n", result.scenario, options,
                     result.cases, result.seed);
}

nlohmann::ordered_json fuzz_json(const FuzzResult& result) {
  const CampaignResult& campaign = result.campaign;
  nlohmann::ordered_json json;
  json["luosim"] = LUOSIM_VERSION;
  json["command"] = "fuzz";
  json["scenario"] = result.scenario;
  json["protocol"] = result.protocol;
  json["seed"] = result.seed;
  json["verdict"] = verdict_of(campaign);
  json["violations"] = nlohmann::ordered_json::array();
  for (const Culprit& culprit : campaign.culprits) {
    json["violations"].push_back({{"guarantee", culprit.cause.guarantee},
                                  {"cause", culprit.sentence},
                                  {"summary", promise_of(culprit.cause.guarantee)},
                                  {"case", culprit.found},
                                  {"calls", culprit.calls},
                                  {"faults", culprit.faults},
                                  {"tries", culprit.tries},
                                  {"counterexample", nullptr}});
    if (result.writes_files) json["violations"].back()["counterexample"] = culprit.file_name;
  }
  json["expectations"] = nlohmann::ordered_json::array();
  json["metrics"] = nlohmann::ordered_json::object();
  json["cases"] = campaign.cases;
  json["broken"] = campaign.broken;
  json["complete"] = !campaign.was_stopped;
  const Distribution& distribution = campaign.distribution;
  json["generated"] = {{"calls", distribution.calls},
                       {"faults", distribution.faults},
                       {"phases", distribution.phases},
                       {"cut_short", distribution.cut_short}};
  for (const auto& [from, count] : distribution.lengths)
    json["generated"]["lengths"][std::to_string(from)] = count;
  return json;
}

}  // namespace luosim::app
