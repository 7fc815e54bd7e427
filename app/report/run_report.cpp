// SPDX-License-Identifier: Apache-2.0
#include "app/report/run_report.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "app/scenario/units.hpp"

namespace luosim::app {

namespace {

std::string_view word_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::pass:
      return "pass";
    case Verdict::fail:
      return "fail";
    case Verdict::incomplete:
      return "incomplete";
  }
  return "";
}

std::string place_of(const RunResult& result, const world::Judged& judged) {
  return judged.place.line == 0 ? ""
                                : fmt::format("   ({}:{})", result.scenario, judged.place.line);
}

std::string headline(const RunResult& result) {
  const auto held = std::count_if(result.expectations.begin(), result.expectations.end(),
                                  [](const world::Judged& judged) { return judged.held; });
  const std::string_view word = result.verdict == Verdict::pass   ? "PASS"
                                : result.verdict == Verdict::fail ? "FAIL"
                                                                  : "INCOMPLETE";
  return fmt::format("{}  {}: {} of {} expectations held, {} at {}\n", word, result.title, held,
                     result.expectations.size(), world::word_of(result.stop),
                     format_duration({result.end.ns}));
}

}  // namespace

std::string summary_text(const RunResult& result) {
  std::string text = headline(result);
  for (const world::Judged& judged : result.expectations) {
    text += fmt::format("  {}  {}{}\n", judged.held ? "held  " : "FAILED", judged.text,
                        place_of(result, judged));
  }
  text += "metrics:\n";
  for (const auto& [name, value] : result.metrics) {
    if (value == 0) continue;
    const std::string shown = name.ends_with("_ns") ? format_duration({value})
                              : name.ends_with("_bytes")
                                  ? format_size(static_cast<std::uint64_t>(value))
                                  : fmt::format("{}", value);
    text += fmt::format("  {:<28} {}\n", name, shown);
  }
  text +=
      fmt::format("trace: {} records, hash {}\n", result.records, sim::to_hex(result.trace_hash));
  text += fmt::format("replay: luosim run {} --seed {}\n", result.scenario, result.seed);
  return text;
}

nlohmann::ordered_json summary_json(const RunResult& result) {
  nlohmann::ordered_json json;
  json["luosim"] = LUOSIM_VERSION;
  json["command"] = "run";
  json["scenario"] = result.scenario;
  json["protocol"] = result.protocol;
  json["seed"] = result.seed;
  json["verdict"] = word_of(result.verdict);
  json["stopped"] = world::word_of(result.stop);
  json["end_ns"] = result.end.ns;
  json["violations"] = nlohmann::ordered_json::array();
  json["expectations"] = nlohmann::ordered_json::array();
  for (const world::Judged& judged : result.expectations) {
    nlohmann::ordered_json expectation;
    expectation["text"] = judged.text;
    expectation["held"] = judged.held;
    if (judged.place.line != 0) expectation["line"] = judged.place.line;
    json["expectations"].push_back(std::move(expectation));
  }
  json["metrics"] = nlohmann::ordered_json::object();
  for (const auto& [name, value] : result.metrics) json["metrics"][name] = value;
  json["records"] = result.records;
  json["trace_hash"] = sim::to_hex(result.trace_hash);
  return json;
}

}  // namespace luosim::app
