// SPDX-License-Identifier: Apache-2.0
#include "app/report/run_report.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "app/scenario/units.hpp"

namespace luosim::app {

namespace {

std::string place_of(const RunResult& result, const world::Judged& judged) {
  return judged.place.line == 0 ? ""
                                : fmt::format("   ({}:{})", result.scenario, judged.place.line);
}

std::string headline(const RunResult& result) {
  const auto held = std::count_if(result.expectations.begin(), result.expectations.end(),
                                  [](const world::Judged& judged) { return judged.held; });
  return fmt::format("{}  {}: {} of {} guarantees and {} of {} expectations held, {} at {}\n",
                     headword(result.verdict), result.title,
                     result.guarantees - result.violations.size(), result.guarantees, held,
                     result.expectations.size(), world::word_of(result.stop),
                     format_duration({result.end.ns}));
}

// A paragraph for each broken guarantee: what broke, when, and where to read more.
std::string broken_text(const BrokenGuarantee& broken) {
  std::string text = fmt::format("BROKEN  {}   at {:.6f}{}\n", broken.id,
                                 static_cast<double>(broken.time.ns) / 1e9,
                                 broken.is_expected ? "   (expected here)" : "");
  text += fmt::format("        {}.\n", broken.cause);
  text += fmt::format("        promised: {}\n", broken.promise);
  if (broken.last_chance)
    text += fmt::format("        last good moment: {:.6f}, before {} (record {})\n",
                        static_cast<double>(broken.last_chance->time.ns) / 1e9,
                        broken.last_chance->what, broken.last_chance->record);
  if (broken.times > 1) text += fmt::format("        seen {} times\n", broken.times);
  return text;
}

// `1.9 ms`: a figure to compare, not to compute with.
std::string rough_duration(sim::Duration duration) {
  struct Unit {
    std::int64_t ns;
    std::string_view word;
  };
  static constexpr Unit kUnits[] = {{1'000'000'000, "s"}, {1'000'000, "ms"}, {1'000, "us"}};
  for (const Unit& unit : kUnits) {
    if (duration.ns < unit.ns) continue;
    return fmt::format("{}.{} {}", duration.ns / unit.ns, duration.ns % unit.ns / (unit.ns / 10),
                       unit.word);
  }
  return fmt::format("{} ns", duration.ns);
}

// vm0: blackout 1.9 ms, longest I/O stall 2.3 ms, 12345 I/Os, 0 lost, 0 duplicated
std::string cost_text(const VmCost& vm) {
  std::string text =
      fmt::format("{}: blackout {}, longest I/O stall {}, {} I/Os, {} lost, {} duplicated", vm.name,
                  rough_duration(vm.blackout), rough_duration(vm.io.stall_max), vm.io.completed,
                  vm.io.lost, vm.io.duplicated);
  if (vm.io.corrupted > 0) text += fmt::format(", {} corrupted", vm.io.corrupted);
  if (vm.io.failed > 0) text += fmt::format(", {} failed", vm.io.failed);
  return text + "\n";
}

// As a word of a shell command: in quotes if it has to be.
std::string shell_word(const std::string& text) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@%+=:,./_-";
  if (!text.empty() && text.find_first_not_of(kPlain) == std::string::npos) return text;
  std::string word = "'";
  for (const char character : text) word += character == '\'' ? "'\\''" : std::string(1, character);
  return word + '\'';
}

nlohmann::ordered_json violations_json(const RunResult& result) {
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  for (const BrokenGuarantee& broken : result.violations) {
    nlohmann::ordered_json violation;
    violation["guarantee"] = broken.id;
    violation["cause"] = broken.cause;
    violation["summary"] = broken.promise;
    violation["time_ns"] = broken.time.ns;
    violation["record"] = broken.record;
    violation["times"] = broken.times;
    violation["expected"] = broken.is_expected;
    violation["critical_step"] = broken.last_chance
                                     ? nlohmann::ordered_json(broken.last_chance->record)
                                     : nlohmann::ordered_json();
    violation["counterexample"] = nullptr;
    json.push_back(std::move(violation));
  }
  return json;
}

nlohmann::ordered_json expectations_json(const RunResult& result) {
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  for (const world::Judged& judged : result.expectations) {
    nlohmann::ordered_json expectation;
    expectation["text"] = judged.text;
    expectation["held"] = judged.held;
    if (judged.place.line != 0) expectation["line"] = judged.place.line;
    json.push_back(std::move(expectation));
  }
  return json;
}

nlohmann::ordered_json head_json(const RunResult& result, Verdict verdict) {
  nlohmann::ordered_json json;
  json["luosim"] = LUOSIM_VERSION;
  json["command"] = "run";
  json["scenario"] = result.scenario;
  json["protocol"] = result.protocol;
  json["seed"] = result.seed;
  json["verdict"] = word_of(verdict);
  return json;
}

}  // namespace

std::string parameters_text(const RunResult& result) {
  std::string text;
  for (const auto& [name, value] : result.parameters)
    text += fmt::format("{}{}={}", text.empty() ? "" : ", ", name, value);
  return text;
}

std::string replay_line(const RunResult& result) {
  std::string line = "luosim run " + shell_word(result.scenario);
  for (const std::string& setting : result.settings) line += " --set " + shell_word(setting);
  line += fmt::format(" --seed {}", result.seed);
  if (result.case_number > 0) line += fmt::format(" --case {}", result.case_number);
  return line;
}

std::vector<std::string> reasons_of(const RunResult& result) {
  std::vector<std::string> reasons;
  for (const BrokenGuarantee& broken : result.violations)
    if (!broken.is_expected)
      reasons.push_back(fmt::format("broken  {}: {}", broken.id, broken.cause));
  for (const std::string& fault : result.unfired)
    reasons.push_back(fmt::format("the fault {} never happened", fault));
  for (const world::Judged& judged : result.expectations)
    if (!judged.held)
      reasons.push_back(fmt::format("FAILED  {}{}", judged.text, place_of(result, judged)));
  return reasons;
}

std::string summary_text(const RunResult& result) {
  std::string text;
  for (const BrokenGuarantee& broken : result.violations) text += broken_text(broken);
  for (const std::string& fault : result.unfired)
    text += fmt::format("the fault {} never happened\n", fault);
  text += headline(result);
  for (const world::Judged& judged : result.expectations) {
    text += fmt::format("  {}  {}{}\n", judged.held ? "held  " : "FAILED", judged.text,
                        place_of(result, judged));
  }
  if (!result.metrics.empty()) text += "metrics:\n";
  for (const auto& [name, value] : result.metrics) {
    if (value == 0) continue;
    const std::string shown = name.ends_with("_ns") ? format_duration({value})
                              : name.ends_with("_bytes")
                                  ? format_size(static_cast<std::uint64_t>(value))
                                  : fmt::format("{}", value);
    text += fmt::format("  {:<28} {}\n", name, shown);
  }
  for (const VmCost& vm : result.vms) text += cost_text(vm);
  text +=
      fmt::format("trace: {} records, hash {}\n", result.records, sim::to_hex(result.trace_hash));
  text += fmt::format("replay: {}\n", replay_line(result));
  return text;
}

nlohmann::ordered_json summary_json(const RunResult& result) {
  nlohmann::ordered_json json = head_json(result, result.verdict);
  json["stopped"] = world::word_of(result.stop);
  json["end_ns"] = result.end.ns;
  json["violations"] = violations_json(result);
  json["reached"] = result.reached;
  json["unfired_faults"] = result.unfired;
  json["expectations"] = expectations_json(result);
  json["metrics"] = nlohmann::ordered_json::object();
  for (const auto& [name, value] : result.metrics) json["metrics"][name] = value;
  json["records"] = result.records;
  json["trace_hash"] = sim::to_hex(result.trace_hash);
  return json;
}

Verdict verdict_of(const std::vector<RunResult>& cases) {
  const auto has = [&](Verdict verdict) {
    return std::any_of(cases.begin(), cases.end(),
                       [&](const RunResult& result) { return result.verdict == verdict; });
  };
  if (has(Verdict::fail)) return Verdict::fail;
  if (has(Verdict::incomplete)) return Verdict::incomplete;
  return has(Verdict::vacuous) ? Verdict::vacuous : Verdict::pass;
}

std::string family_text(const std::vector<RunResult>& cases) {
  std::string text;
  std::size_t passed = 0;
  for (std::size_t index = 0; index < cases.size(); ++index) {
    const RunResult& result = cases[index];
    if (result.verdict == Verdict::pass) ++passed;
    text += fmt::format("{}  case {}  {}\n", word_of(result.verdict), index + 1,
                        parameters_text(result));
    for (const BrokenGuarantee& broken : result.violations) {
      text += fmt::format("      broken{}  {}: {}\n", broken.is_expected ? " as expected" : "",
                          broken.id, broken.cause);
    }
    for (const std::string& fault : result.unfired)
      text += fmt::format("      the fault {} never happened\n", fault);
    for (const world::Judged& judged : result.expectations) {
      if (!judged.held)
        text += fmt::format("      FAILED  {}{}\n", judged.text, place_of(result, judged));
    }
  }
  text += fmt::format("{}  {}: {} of {} cases passed\n", headword(verdict_of(cases)),
                      cases.front().title, passed, cases.size());
  RunResult whole = cases.front();
  whole.case_number = 0;
  text += fmt::format("replay one: {} --case N\n", replay_line(whole));
  return text;
}

nlohmann::ordered_json family_json(const std::vector<RunResult>& cases) {
  nlohmann::ordered_json json = head_json(cases.front(), verdict_of(cases));
  nlohmann::ordered_json all_violations = nlohmann::ordered_json::array();
  nlohmann::ordered_json all_expectations = nlohmann::ordered_json::array();
  nlohmann::ordered_json listed = nlohmann::ordered_json::array();
  sim::Hasher hashes;
  for (std::size_t index = 0; index < cases.size(); ++index) {
    const RunResult& result = cases[index];
    nlohmann::ordered_json each;
    each["case"] = index + 1;
    each["parameters"] = nlohmann::ordered_json::object();
    for (const auto& [name, value] : result.parameters) each["parameters"][name] = value;
    each["verdict"] = word_of(result.verdict);
    each["violations"] = violations_json(result);
    each["reached"] = result.reached;
    each["unfired_faults"] = result.unfired;
    each["expectations"] = expectations_json(result);
    each["trace_hash"] = sim::to_hex(result.trace_hash);
    for (auto violation : each["violations"]) {
      violation["case"] = index + 1;
      all_violations.push_back(std::move(violation));
    }
    for (auto expectation : each["expectations"]) {
      expectation["case"] = index + 1;
      all_expectations.push_back(std::move(expectation));
    }
    hashes.add(result.trace_hash);
    listed.push_back(std::move(each));
  }
  json["violations"] = std::move(all_violations);
  json["expectations"] = std::move(all_expectations);
  json["metrics"] = nlohmann::ordered_json::object();
  json["cases"] = std::move(listed);
  json["trace_hash"] = sim::to_hex(hashes.finish());
  return json;
}

}  // namespace luosim::app
