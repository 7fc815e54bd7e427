// SPDX-License-Identifier: Apache-2.0
#include "app/report/check_report.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "app/report/xml_text.hpp"
#include "model/guarantees/all.hpp"

namespace luosim::app {

namespace {

std::string_view id_of(const Story& story) {
  return guarantees::all()[story.finding.guarantee]->id;
}

std::string with_separators(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t place = text.size(); place > 3; place -= 3) text.insert(place - 3, ",");
  return text;
}

bool has_seen_enough(sim::explore::Ending ending) {
  return ending == sim::explore::Ending::complete || ending == sim::explore::Ending::broken;
}

std::string headline(const CheckResult& result) {
  switch (result.verdict) {
    case Verdict::pass:
      return fmt::format("VERIFIED  {}: every order of steps, {} guarantees hold in all of it",
                         result.title, result.guarantees - result.expected.size());
    case Verdict::fail:
      return fmt::format("VIOLATED  {}: {}{}", result.title,
                         result.stories.size() == 1
                             ? "the shortest story of how it breaks is above"
                             : fmt::format("{} causes, the shortest story of each is above",
                                           result.stories.size()),
                         has_seen_enough(result.search.ending)
                             ? ""
                             : fmt::format("; there may be more: {}", result.ending));
    case Verdict::incomplete:
      return fmt::format("INCOMPLETE  {}: {}; nothing was broken in what was seen", result.title,
                         result.ending);
    case Verdict::vacuous:
      return fmt::format("VACUOUS  {}: everything{} holds, but nobody ever came to {}",
                         result.title, result.expected.empty() ? "" : " else",
                         fmt::join(result.not_reached, ", "));
  }
  return "";
}

std::string figures(const CheckResult& result) {
  const sim::explore::Result& search = result.search;
  std::string text = fmt::format(
      "{} states, {} transitions, {} steps, depth {}; {:.2f} s, {} states/s, {} bytes kept of a "
      "state\n",
      with_separators(search.states), with_separators(search.transitions),
      with_separators(search.steps), search.depth, result.seconds,
      with_separators(static_cast<std::uint64_t>(static_cast<double>(search.states) /
                                                 std::max(result.seconds, 1e-9))),
      search.states == 0 ? 0 : search.bytes / search.states);
  if (search.rarity_of_omission != sim::explore::kNeverConfused)
    text += fmt::format(
        "states are told apart by {} bits: the chance that one was missed is below 1 in 2^{}\n",
        sim::explore::word_of(result.compaction), search.rarity_of_omission);
  if (result.faults > 0)
    text += fmt::format("at most {} fault{} on a path, at {} sites\n", result.faults,
                        result.faults == 1 ? "" : "s", result.fault_sites);
  if (!result.switched_off.empty())
    text += fmt::format("without {}\n", fmt::join(result.switched_off, ", "));
  return text;
}

}  // namespace

std::string check_text(const CheckResult& result, bool with_stories) {
  std::string text;
  for (const Story& story : result.stories) {
    if (with_stories) {
      text += story_text(story) + '\n';
    } else {
      text += fmt::format("BROKEN  {}: {} ({} moves)\n", id_of(story), story.finding.text,
                          story.moves.size());
    }
  }
  for (const std::string& id : result.expected)
    text += fmt::format("broken as the scenario says: {}\n", id);
  text += headline(result) + '\n' + figures(result);
  for (const std::string& file : result.counterexample_files)
    text += fmt::format("replay: luosim run {}\n", file);
  return text;
}

nlohmann::ordered_json check_json(const CheckResult& result) {
  nlohmann::ordered_json json;
  json["luosim"] = LUOSIM_VERSION;
  json["command"] = "check";
  json["scenario"] = result.scenario;
  json["protocol"] = result.protocol;
  json["seed"] = 0;
  json["verdict"] = word_of(result.verdict);
  json["violations"] = nlohmann::ordered_json::array();
  for (const Story& story : result.stories) {
    nlohmann::ordered_json violation;
    violation["guarantee"] = id_of(story);
    violation["cause"] = story.finding.text;
    violation["summary"] = guarantees::all()[story.finding.guarantee]->promise;
    violation["depth"] = story.moves.size();
    violation["critical_step"] =
        story.critical ? nlohmann::ordered_json(*story.critical + 1) : nullptr;
    nlohmann::ordered_json moves = nlohmann::ordered_json::array();
    for (const StoryMove& move : story.moves)
      moves.push_back({{"who", move.who}, {"what", move.what}});
    violation["counterexample"] = std::move(moves);
    json["violations"].push_back(std::move(violation));
  }
  json["expectations"] = nlohmann::ordered_json::array();
  for (const std::string& id : result.expected)
    json["expectations"].push_back({{"text", "violated: " + id}, {"held", true}});
  json["metrics"] = nlohmann::ordered_json::object();
  json["not_reached"] = result.not_reached;
  const sim::explore::Result& search = result.search;
  json["states"] = search.states;
  json["transitions"] = search.transitions;
  json["steps"] = search.steps;
  json["depth"] = search.depth;
  json["seconds"] = result.seconds;
  json["states_per_second"] = static_cast<double>(search.states) / std::max(result.seconds, 1e-9);
  json["bytes_per_state"] = search.states == 0 ? 0 : search.bytes / search.states;
  json["omission_probability"] =
      search.rarity_of_omission == sim::explore::kNeverConfused
          ? 0.0
          : std::ldexp(1.0, -static_cast<int>(search.rarity_of_omission));
  json["complete"] = search.ending == sim::explore::Ending::complete;
  json["ending"] = result.ending;
  json["memory_bytes"] = result.memory;
  return json;
}

std::string check_junit(const CheckResult& result) {
  std::string cases;
  std::size_t tests = 0;
  std::size_t failures = 0;
  for (std::uint32_t index = 0; index < guarantees::all().size(); ++index) {
    const guarantees::Guarantee& guarantee = *guarantees::all()[index];
    if (guarantee.kind == sim::ClaimKind::sometimes) continue;
    ++tests;
    cases += fmt::format("  <testcase classname=\"{}\" name=\"{}\"", xml_text(result.scenario),
                         guarantee.id);
    std::string inner;
    for (const Story& story : result.stories) {
      if (story.finding.guarantee != index) continue;
      ++failures;
      inner += fmt::format("    <failure message=\"{}\">{}</failure>\n",
                           xml_text(story.finding.text), xml_text(story_text(story)));
    }
    if (inner.empty() && result.verdict == Verdict::incomplete)
      inner = "    <skipped message=\"not every state was reached\"/>\n";
    cases += inner.empty() ? "/>\n" : fmt::format(">\n{}  </testcase>\n", inner);
  }
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"{}\" tests=\"{}\" "
      "failures=\"{}\" time=\"{:.3f}\">\n{}</testsuite>\n",
      xml_text(result.title), tests, failures, result.seconds, cases);
}

}  // namespace luosim::app
