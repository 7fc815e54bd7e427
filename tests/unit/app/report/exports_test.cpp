// SPDX-License-Identifier: Apache-2.0
//
// What the exports promise besides their baselines (tests/golden/exports): names with characters
// that a format takes for its own, runs that are longer than a diagram, blobs that are no tree.
#include "app/report/exports.hpp"

#include <algorithm>
#include <cstring>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "app/report/csv.hpp"
#include "app/report/dot.hpp"
#include "app/report/dts.hpp"
#include "app/report/ftrace.hpp"
#include "app/report/log_schema.hpp"
#include "app/report/mermaid.hpp"
#include "app/report/run_junit.hpp"
#include "model/kho/tree.hpp"
#include "tests/unit/app/report/hand_made_records.hpp"

namespace luosim::app {
namespace {

using namespace hand_made;
using userspace::Verb;

std::size_t count(std::string_view text, std::string_view part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos;
       at = text.find(part, at + part.size()))
    ++found;
  return found;
}

bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

RunResult result_of(const std::string& scenario, Verdict verdict) {
  RunResult result;
  result.scenario = scenario;
  result.title = "A title, with \"quotes\" & <angles>";
  result.protocol = "luo-v2";
  result.verdict = verdict;
  result.end = {1'500'000'001};
  return result;
}

/// `calls` calls of the agent, each with its answer.
std::vector<sim::Record> many_calls(const world::Blueprint& blueprint, std::size_t calls) {
  const Maker make(blueprint);
  std::vector<sim::Record> records;
  for (std::size_t call = 0; call < calls; ++call) {
    const auto time = static_cast<std::int64_t>(call);
    records.push_back(make(time, UserRecord::call_begins, "agent", "", {number(Verb::get_state)}));
    if (call == calls / 2) records.push_back(make(time, KernelRecord::kexec, "new"));
    records.push_back(
        make(time, UserRecord::call_returns, "agent", "", {number(Verb::get_state), 0, 0}));
  }
  return records;
}

TEST(Exports, have_options_of_their_own) {
  std::set<std::string_view> options;
  for (const Export& each : exports()) options.insert(each.option);
  for (const SummaryExport& each : summary_exports()) options.insert(each.option);
  EXPECT_EQ(options.size(), exports().size() + summary_exports().size());
}

TEST(Mermaid, shows_who_calls_whom_from_left_to_right) {
  const world::Blueprint blueprint = hand_made::blueprint();
  const std::string text = mermaid_sequence(story(blueprint), blueprint, "a; b");
  EXPECT_TRUE(text.starts_with("sequenceDiagram\n  title a#59; b\n  actor p0 as agent\n"));
  EXPECT_TRUE(has(text, "  p0->>p4: ioctl LIVEUPDATE_IOCTL_EVENT_PREPARE\n")) << text;
  EXPECT_TRUE(has(text, "Starting new kernel new\n"));
}

TEST(Mermaid, says_how_many_arrows_it_hides_and_shows_every_jump) {
  const world::Blueprint blueprint = hand_made::blueprint();
  const std::string text = mermaid_sequence(many_calls(blueprint, 100), blueprint, "t");
  EXPECT_EQ(count(text, "->>") + count(text, "-->>"), kMermaidArrows + count(text, "-->>"));
  EXPECT_EQ(count(text, ">>"), kMermaidArrows);
  EXPECT_TRUE(has(text, "... 140 arrows are hidden ..."));
  EXPECT_EQ(count(text, "Starting new kernel"), 1U);
  const std::string short_text = mermaid_sequence(many_calls(blueprint, 30), blueprint, "t");
  EXPECT_EQ(count(short_text, ">>"), kMermaidArrows);
  EXPECT_FALSE(has(short_text, "hidden"));
}

TEST(Mermaid, of_nothing_is_still_a_diagram) {
  EXPECT_EQ(mermaid_sequence({}, blueprint(), "t"), "sequenceDiagram\n  title t\n");
}

TEST(Dot, counts_calls_and_those_in_vain) {
  const world::Blueprint blueprint = hand_made::blueprint();
  const Maker make(blueprint);
  std::vector<sim::Record> records = many_calls(blueprint, 3);
  records.push_back(make(9, UserRecord::call_begins, "agent", "", {number(Verb::cancel)}));
  records.push_back(
      make(9, UserRecord::call_returns, "agent", "", {number(Verb::cancel), status(-22)}));
  const std::string text = dot_graph(records, blueprint, "with \"quotes\"");
  EXPECT_TRUE(has(text, "label=\"with \\\"quotes\\\"\""));
  EXPECT_TRUE(has(text,
                  "\"0:agent\" -> \"3:LUO\" [label=\"EVENT_CANCEL x1, 1 failed\\l"
                  "GET_STATE x3\\l\", color=red];"))
      << text;
}

TEST(Ftrace, is_a_line_for_each_record_with_fields_without_blanks) {
  const world::Blueprint blueprint = hand_made::blueprint();
  const std::vector<sim::Record> records = one_of_each(blueprint);
  const std::vector<sim::Symbol> tasks(records.size(), blueprint.names.find("agent"));
  const std::string text = ftrace_text(records, tasks, blueprint);
  EXPECT_EQ(count(text, "\n"), records.size() + 6);
  EXPECT_EQ(count(text, "           agent-7       [000] .....     0.000001: "), records.size());
  EXPECT_TRUE(has(text, ": luo_phase_stored: gen="));
}

TEST(Ftrace, does_without_names_of_tasks) {
  const world::Blueprint blueprint = hand_made::blueprint();
  EXPECT_TRUE(has(ftrace_text(story(blueprint), {}, blueprint), "<...>-7"));
}

TEST(Csv, quotes_what_has_commas_and_leaves_out_metrics_that_a_run_lacks) {
  std::vector<RunResult> runs = {result_of("a.yaml", Verdict::pass),
                                 result_of("b,c.yaml", Verdict::fail)};
  runs[0].metrics["kexec_ns"] = 7;
  runs[1].metrics["boot_ns"] = 8;
  const std::string text = csv_table(runs);
  EXPECT_TRUE(text.starts_with("scenario,case,title,"));
  EXPECT_TRUE(has(text, ",boot_ns,kexec_ns\n"));
  EXPECT_TRUE(has(text, "a.yaml,,\"A title, with \"\"quotes\"\" & <angles>\",luo-v2,0,pass,"));
  EXPECT_TRUE(has(text, "\n\"b,c.yaml\","));
  EXPECT_EQ(count(text, ",,7\n"), 1U);
  EXPECT_EQ(count(text, ",8,\n"), 1U);
}

TEST(Junit, has_a_case_for_each_run_with_the_line_that_replays_it) {
  std::vector<RunResult> runs = {result_of("a.yaml", Verdict::pass),
                                 result_of("it's.yaml", Verdict::fail),
                                 result_of("c.yaml", Verdict::incomplete)};
  runs[1].case_number = 3;
  runs[1].settings = {"protocol=luo-v2-fixed"};
  runs[1].parameters = {{"position", "2"}};
  runs[1].expectations.push_back({"the phase is <normal>", false, {12, 1}});
  const std::string text = run_junit(runs);
  EXPECT_TRUE(has(text, "tests=\"3\" failures=\"1\" errors=\"0\" skipped=\"1\""));
  EXPECT_TRUE(has(text, "time=\"1.500000001\""));
  EXPECT_TRUE(has(text, "A title, with &quot;quotes&quot; &amp; &lt;angles&gt;: position=2"));
  EXPECT_TRUE(has(text, "<failure message=\"FAILED  the phase is &lt;normal&gt;"));
  EXPECT_TRUE(has(text,
                  "replay: luosim run 'it'\\''s.yaml' --set protocol=luo-v2-fixed --seed 0 "
                  "--case 3"))
      << text;
}

TEST(DeviceTreeSource, shows_text_cells_and_bytes_as_dtc_does) {
  kho::TreeWriter writer(4096);
  const auto bytes = [](std::string_view text) {
    return std::span(reinterpret_cast<const std::byte*>(text.data()), text.size());
  };
  writer.begin_node("");
  writer.add_string("text", "a \"b\"\n");
  writer.add_property("two", bytes(std::string_view("x\0y\0", 4)));
  writer.add_property("cells", bytes(std::string_view("\0\0\1\2", 4)));
  writer.add_property("bytes", bytes(std::string_view("\1\2\3", 3)));
  writer.add_property("empty", {});
  writer.begin_node("child");
  writer.end_node();
  writer.end_node();
  std::vector<std::byte> blob = *writer.finish();
  // The header claims all that the tree may become.
  blob.resize(4096);
  const auto text = device_tree_source(blob);
  ASSERT_TRUE(text.has_value()) << text.error();
  EXPECT_EQ(*text,
            "/dts-v1/;\n\n/ {\n\ttext = \"a \\\"b\\\"\\n\";\n\ttwo = \"x\", \"y\";\n"
            "\tcells = <0x102>;\n\tbytes = [01 02 03];\n\tempty;\n\n\tchild {\n\t};\n};\n");
}

TEST(DeviceTreeSource, refuses_every_cut_and_survives_every_changed_byte) {
  kho::TreeWriter writer(512);
  writer.begin_node("");
  writer.add_string("compatible", "luo-v1");
  writer.begin_node("child");
  writer.add_word("data", 0x1234);
  writer.end_node();
  writer.end_node();
  std::vector<std::byte> blob = *writer.finish();
  blob.resize(512);
  ASSERT_TRUE(device_tree_source(blob).has_value());
  for (std::size_t length = 0; length < blob.size(); ++length)
    EXPECT_FALSE(device_tree_source({blob.data(), length}).has_value()) << length;
  for (std::size_t place = 0; place < blob.size(); ++place) {
    for (const unsigned change : {0x01U, 0x80U, 0xFFU}) {
      std::vector<std::byte> damaged = blob;
      damaged[place] ^= static_cast<std::byte>(change);
      const auto text = device_tree_source(damaged);
      EXPECT_TRUE(text.has_value() || !text.error().empty());
    }
  }
}

TEST(LogSchema, describes_every_kind_and_every_field) {
  const nlohmann::ordered_json schema = log_schema();
  const auto& record = schema["definitions"]["record"];
  ASSERT_EQ(record["properties"]["kind"]["enum"].size(), record_names().size());
  ASSERT_EQ(record["allOf"].size(), record_names().size());
  for (std::size_t row = 0; row < record_names().size(); ++row) {
    const auto& values = record["allOf"][row]["then"]["properties"]["values"];
    for (const RecordField& field : record_names()[row].named_fields())
      EXPECT_TRUE(values["properties"].contains(std::string(field.name)))
          << record_names()[row].name;
  }
}

}  // namespace
}  // namespace luosim::app
