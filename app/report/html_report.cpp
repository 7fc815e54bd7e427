// SPDX-License-Identifier: Apache-2.0
#include "app/report/html_report.hpp"

#include <string_view>

#include <fmt/format.h>

#include "app/report/record_json.hpp"
#include "app/report/report_meanings.hpp"
#include "app/report/report_page.hpp"
#include "app/view/view.hpp"
#include "model/guarantees/all.hpp"

namespace luosim::app {

namespace {

using nlohmann::ordered_json;

ordered_json words_json() {
  ordered_json words = ordered_json::array();
  for (const Term& term : glossary())
    words.push_back({{"word", term.word}, {"means", term.meaning}});
  return words;
}

ordered_json sections_json() {
  ordered_json sections = ordered_json::array();
  for (const ViewSection& section : view_sections())
    sections.push_back({{"name", section.name}, {"about", section.about}});
  return sections;
}

// What both kinds of report begin with. `summary` is what --json says of the same thing.
ordered_json report_of(ordered_json summary, const std::string& title, const std::string& replay,
                       const std::string& text, const ReportRecorder& recorder) {
  ordered_json report = {{"format", kReportFormat},       {"title", title}, {"replay", replay},
                         {"summary", std::move(summary)}, {"text", text},   {"words", words_json()},
                         {"sections", sections_json()}};
  report.update(recorder.finish());
  return report;
}

std::string html_escaped(std::string_view text) {
  std::string escaped;
  for (const char character : text) {
    switch (character) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      default:
        escaped += character;
    }
  }
  return escaped;
}

// No tag can begin inside of a script: `</script>` in a name would end it, and `<!--` hide its end.
std::string script_escaped(const std::string& json) {
  std::string escaped;
  escaped.reserve(json.size());
  for (const char character : json) {
    if (character == '<') {
      escaped += "\\u003c";
    } else {
      escaped += character;
    }
  }
  return escaped;
}

}  // namespace

ordered_json report_json(const RunResult& result, const std::string& text,
                         const ReportRecorder& recorder) {
  ordered_json summary = summary_json(result);
  std::string replay = fmt::format("luosim run {} --seed {}", result.scenario, result.seed);
  for (std::size_t index = 0; index < result.violations.size(); ++index) {
    const BrokenGuarantee& broken = result.violations[index];
    ordered_json& violation = summary["violations"][index];
    violation["step"] = recorder.step_of(broken.record);
    if (broken.last_chance)
      violation["critical_step"] = recorder.step_of(broken.last_chance->record);
  }
  return report_of(std::move(summary), result.title, replay, text, recorder);
}

ordered_json report_json(const CheckResult& result, const Story& story, const std::string& text,
                         const ReportRecorder& recorder) {
  const guarantees::Guarantee& guarantee = *guarantees::all()[story.finding.guarantee];
  ordered_json violation = {{"guarantee", guarantee.id},
                            {"cause", story.finding.text},
                            {"summary", guarantee.promise},
                            {"times", 1},
                            {"expected", false},
                            {"step", recorder.steps() == 0 ? 0 : recorder.steps() - 1},
                            {"critical_step", nullptr}};
  if (story.critical) violation["critical_step"] = recorder.step_of_move(*story.critical);
  // Seconds differ from one exploration to the next, and a report does not.
  ordered_json summary = {{"luosim", LUOSIM_VERSION},
                          {"command", "check"},
                          {"scenario", result.scenario},
                          {"protocol", result.protocol},
                          {"verdict", "fail"},
                          {"violations", ordered_json::array({std::move(violation)})},
                          {"expectations", ordered_json::array()},
                          {"metrics", ordered_json::object()}};
  const std::string replay =
      result.counterexample_files.empty()
          ? fmt::format("luosim check {} --counterexample F.yaml", result.scenario)
          : fmt::format("luosim run {}", result.counterexample_files.front());
  return report_of(std::move(summary), result.title, replay, text, recorder);
}

std::string report_html(const ordered_json& report) {
  const ReportPage page = report_page();
  std::string scripts;
  for (const std::string_view part : page.scripts) scripts += part;
  struct Mark {
    std::string_view text;
    std::string with;
  };
  const Mark marks[] = {
      {"@title@", html_escaped(report["title"].get<std::string>())},
      {"@style@", std::string(page.style)},
      {"@data@", script_escaped(compact_text(report))},
      {"@script@", std::move(scripts)},
  };
  std::string html;
  std::string_view rest = page.html;
  for (const Mark& mark : marks) {
    const std::size_t place = rest.find(mark.text);
    html += rest.substr(0, place);
    html += mark.with;
    rest.remove_prefix(place + mark.text.size());
  }
  return html + std::string(rest);
}

}  // namespace luosim::app
