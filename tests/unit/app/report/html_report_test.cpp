// SPDX-License-Identifier: Apache-2.0
//
// The page of a run that was really played: its numbers lead where they say, its states are those
// of the machine, and no name of a scenario can end the script that it stands in.
#include "app/report/html_report.hpp"

#include <algorithm>
#include <set>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

#include "app/cli/play.hpp"
#include "app/report/report_meanings.hpp"
#include "app/report/story_replay.hpp"
#include "model/world/explore.hpp"
#include "sim/explore/explore.hpp"

namespace luosim::app {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::uint64_t kMost = 3'000;

Loaded loaded_scenario(const std::string& scenario) {
  std::ostringstream errors;
  auto loaded = load(std::string(LUOSIM_SOURCE_DIR) + "/scenarios/" + scenario, {}, errors);
  EXPECT_TRUE(loaded) << errors.str();
  return std::move(*loaded);
}

Json report_of(const std::string& scenario, std::uint64_t most_steps = kMost) {
  const Loaded loaded = loaded_scenario(scenario);
  ReportTally tally;
  const Played played = play(loaded, {.watcher = &tally});
  std::vector<std::uint64_t> pinned;
  for (const BrokenGuarantee& broken : played.result.violations) pinned.push_back(broken.record);
  const ReportPlan plan = tally.plan(std::move(pinned), most_steps);
  ReportRecorder recorder(loaded.built.blueprint, plan);
  const Played again = play(loaded, {.watcher = &recorder});
  return report_json(again.result, "text of the scenario", recorder);
}

std::vector<Json> states_of(const Json& report) {
  std::vector<Json> states;
  for (const Json& entry : report["states"])
    states.push_back(entry.contains("key") ? entry["key"]
                                           : with_delta(states.back(), entry["delta"]));
  return states;
}

std::string kind_of(const Json& report, const Json& step) {
  return report["kinds"][step[3].get<std::size_t>()]["name"];
}

std::size_t step_of_kind(const Json& report, const std::string& kind, std::size_t from = 0) {
  for (std::size_t index = from; index < report["steps"].size(); ++index)
    if (kind_of(report, report["steps"][index]) == kind) return index;
  ADD_FAILURE() << "no step of kind " << kind;
  return 0;
}

Json first_span(const Json& report, const std::string& kind) {
  for (const Json& span : report["spans"])
    if (span["kind"] == kind) return span;
  ADD_FAILURE() << "no span of kind " << kind;
  return {};
}

TEST(HtmlReport, every_number_leads_somewhere) {
  for (const char* scenario : {"tutorial/plain-update.yaml", "tutorial/vm-nvme-update.yaml"}) {
    const Json report = report_of(scenario);
    const std::size_t steps = report["steps"].size();
    ASSERT_GT(steps, 100U);
    EXPECT_EQ(report["states"].size(), steps);
    for (const Json& step : report["steps"]) {
      EXPECT_LT(step[2], report["lanes"].size());
      EXPECT_LT(step[3], report["kinds"].size());
    }
    for (const Json& span : report["spans"]) {
      EXPECT_LT(span["lane"], report["lanes"].size());
      EXPECT_LE(span["from"], span["to"].is_null() ? Json(steps) : span["to"]) << span;
    }
    for (const Json& arrow : report["arrows"]) EXPECT_LT(arrow["from"], arrow["to"]) << arrow;
  }
}

TEST(HtmlReport, a_step_shows_the_machine_when_its_row_is_over) {
  const Json report = report_of("tutorial/plain-update.yaml");
  const std::vector<Json> states = states_of(report);
  const std::size_t prepared = step_of_kind(report, "luo.phase_stored");
  EXPECT_EQ(states[prepared]["luo"]["phase"], "prepared");
  EXPECT_EQ(states[prepared - 2]["luo"]["phase"], "normal");
  const std::size_t jump = step_of_kind(report, "kernel.boot_begins", prepared);
  EXPECT_EQ(states[jump]["machine"]["generation"], 2);
}

TEST(HtmlReport, a_file_comes_back_across_the_jump_and_the_blackout_has_a_length) {
  const Json report = report_of("tutorial/plain-update.yaml");
  const std::size_t jump = step_of_kind(report, "kernel.kexec");
  const auto arrow = std::find_if(report["arrows"].begin(), report["arrows"].end(),
                                  [](const Json& each) { return each["kind"] == "file"; });
  ASSERT_NE(arrow, report["arrows"].end());
  EXPECT_EQ((*arrow)["name"], "vm0.memory comes back");
  EXPECT_LT((*arrow)["from"], jump);
  EXPECT_GT((*arrow)["to"], jump);
  const Json blackout = first_span(report, "blackout");
  const auto time = [&](const char* end) {
    return report["steps"][blackout[end].get<std::size_t>()][1].get<std::int64_t>();
  };
  EXPECT_EQ(time("to") - time("from"), report["summary"]["metrics"]["vm.vm0.blackout_ns"]);
}

TEST(HtmlReport, a_violation_names_the_step_that_shows_it) {
  const Json report = report_of("tutorial/plain-update.yaml");
  const Json& violation = report["summary"]["violations"][0];
  const Json& step = report["steps"][violation["step"].get<std::size_t>()];
  EXPECT_EQ(step[0], violation["record"]);
}

TEST(HtmlReport, what_is_left_out_is_counted) {
  const Json report = report_of("tutorial/plain-update.yaml", 100);
  const Json& thinned = report["thinned"];
  EXPECT_EQ(thinned["records"], 277);
  EXPECT_LT(thinned["steps"], 150);
  EXPECT_EQ(thinned["left_out"].get<int>() + thinned["steps"].get<int>(), 277);
  EXPECT_FALSE(thinned["by_kind"].contains("user.call_begins"));
  EXPECT_FALSE(thinned["by_kind"].contains("luo.phase_stored"));
}

TEST(HtmlReport, a_name_cannot_end_the_script_that_it_stands_in) {
  Json report = report_of("tutorial/plain-update.yaml");
  report["title"] = "</title></script><script>alert(1)</script><!--";
  const std::string html = report_html(report);
  EXPECT_EQ(html.find("alert(1)</script>"), std::string::npos);
  EXPECT_EQ(html.find("</title></script>"), std::string::npos);
  const std::size_t begin = html.find("{\"format\"");
  const std::size_t end = html.find("</script>", begin);
  EXPECT_EQ(Json::parse(html.substr(begin, end - begin)), report);
}

TEST(HtmlReport, the_page_needs_nothing_from_elsewhere) {
  const std::string html = report_html(report_of("tutorial/plain-update.yaml"));
  for (const char* mark :
       {"src=", "@import", "https://", "url(h", "\nimport ", "\nexport ", "@data@"})
    EXPECT_EQ(html.find(mark), std::string::npos) << mark;
  EXPECT_LT(html.size(), 2'000'000U);
}

TEST(HtmlReport, the_same_input_gives_the_same_bytes) {
  EXPECT_EQ(report_html(report_of("tutorial/freeze-fails.yaml")),
            report_html(report_of("tutorial/freeze-fails.yaml")));
}

TEST(HtmlReport, a_counterexample_is_told_by_its_moves) {
  std::ostringstream errors;
  const auto posted =
      load(std::string(LUOSIM_SOURCE_DIR) + "/scenarios/check/clients-and-debugfs.yaml",
           {"protocol=luo-v2"}, errors);
  ASSERT_TRUE(posted) << errors.str();
  const world::WorldModel model(posted->built.blueprint, posted->built.faults, {});
  CheckResult result;
  result.search = sim::explore::explore(model, {}, model.claims());
  ASSERT_FALSE(result.search.counterexamples.empty());
  const auto& path = result.search.counterexamples.front().path;
  const Story story = tell(model, result.search.counterexamples.front());
  ReportTally tally;
  replay_story(model, path, story, tally);
  const ReportPlan plan = tally.plan({}, kMost);
  ReportRecorder recorder(model.blueprint(), plan);
  replay_story(model, path, story, recorder);
  const Json report = report_json(result, story, "", recorder);
  EXPECT_EQ(report["moves"].size(), path.size());
  EXPECT_EQ(report["states"].size(), report["steps"].size());
  const Json& violation = report["summary"]["violations"][0];
  EXPECT_EQ(violation["step"], report["steps"].size() - 1);
  ASSERT_TRUE(story.critical);
  EXPECT_EQ(violation["critical_step"], report["moves"][*story.critical]["step"]);
  // The records of the report are those of the story, and none of what was only tried.
  std::size_t calls = 0;
  for (const Json& step : report["steps"])
    if (kind_of(report, step) == "user.call_begins") ++calls;
  const auto told = std::count_if(story.moves.begin(), story.moves.end(),
                                  [](const StoryMove& move) { return move.is_call; });
  EXPECT_EQ(calls, static_cast<std::size_t>(told));
}

TEST(ReportMeanings, every_kind_of_record_means_something) {
  std::set<std::string_view> sentences;
  for (const RecordName& name : record_names()) {
    EXPECT_TRUE(meaning_of(name.kind).ends_with('.')) << name.name;
    EXPECT_TRUE(sentences.insert(meaning_of(name.kind)).second) << name.name;
  }
  EXPECT_EQ(record_meanings().size(), record_names().size());
}

}  // namespace
}  // namespace luosim::app
