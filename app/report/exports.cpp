// SPDX-License-Identifier: Apache-2.0
#include "app/report/exports.hpp"

#include "app/report/choices_file.hpp"
#include "app/report/csv.hpp"
#include "app/report/dot.hpp"
#include "app/report/dts.hpp"
#include "app/report/ftrace.hpp"
#include "app/report/mermaid.hpp"
#include "app/report/perfetto.hpp"
#include "app/report/run_junit.hpp"

namespace luosim::app {

namespace {

ExportText write_perfetto(const RunStory& run) {
  return perfetto_trace(run.records, run.blueprint, run.header());
}

ExportText write_log(const RunStory& run) {
  return trace_log(run.records, run.blueprint, run.header());
}

ExportText write_ftrace(const RunStory& run) {
  return ftrace_text(run.records, run.tasks, run.blueprint);
}

ExportText write_mermaid(const RunStory& run) {
  return mermaid_sequence(run.records, run.blueprint, run.result.title);
}

ExportText write_dot(const RunStory& run) {
  return dot_graph(run.records, run.blueprint, run.result.title);
}

ExportText write_recorded_choices(const RunStory& run) {
  return write_choices(run.choices);
}

constexpr char kNoTree[] = "no handover tree: the machine never jumped";

ExportText write_tree(const RunStory& run) {
  if (run.tree.empty()) return tl::unexpected<std::string>(kNoTree);
  return std::string(reinterpret_cast<const char*>(run.tree.data()), run.tree.size());
}

ExportText write_tree_source(const RunStory& run) {
  if (run.tree.empty()) return tl::unexpected<std::string>(kNoTree);
  return device_tree_source(run.tree);
}

constexpr Export kExports[] = {
    {"--trace", "F.json", "Writes a trace for ui.perfetto.dev", true, write_perfetto},
    {"--log", "F.jsonl", "Writes every record as JSON Lines (luosim schema --log)", true,
     write_log},
    {"--ftrace", "F.txt", "Writes every record as a line in the shape of ftrace", true,
     write_ftrace},
    {"--mermaid", "F.mmd", "Writes who called whom in which order, as a sequence diagram", true,
     write_mermaid},
    {"--dot", "F.dot", "Writes who called whom how often, as a graph for Graphviz", true,
     write_dot},
    {"--dts", "F.dts", "Writes the handover tree of the last jump as source text", false,
     write_tree_source},
    {"--dump-fdt", "F.dtb", "Writes the handover tree of the last jump, readable by dtc", false,
     write_tree},
    {"--save-choices", "F", "Writes the choices that were made", false, write_recorded_choices},
};

constexpr SummaryExport kSummaryExports[] = {
    {"--csv", "F.csv", "Writes verdict and metrics, one row for each run", csv_table},
    {"--junit", "F.xml", "Writes a report for test tools, one test case for each run", run_junit},
};

}  // namespace

TraceHeader RunStory::header() const {
  return {LUOSIM_VERSION, result.scenario, result.protocol, result.seed};
}

std::span<const Export> exports() {
  return kExports;
}

std::span<const SummaryExport> summary_exports() {
  return kSummaryExports;
}

}  // namespace luosim::app
