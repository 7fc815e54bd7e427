// SPDX-License-Identifier: Apache-2.0
#include "app/report/csv.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>
#include <vector>

namespace luosim::app {

namespace {

std::string csv_cell(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string result = "\"";
  for (const char character : text) {
    if (character == '"') result += '"';
    result += character;
  }
  return result + '"';
}

std::string held_expectations(const RunResult& run) {
  return std::to_string(std::count_if(run.expectations.begin(), run.expectations.end(),
                                      [](const world::Judged& judged) { return judged.held; }));
}

struct Column {
  std::string_view name;
  std::string (*cell)(const RunResult& run);
};
// What every run has; its metrics follow.
constexpr std::array kColumns{
    Column{"scenario", [](const RunResult& run) { return run.scenario; }},
    Column{"case", [](const RunResult& run) { return parameters_text(run); }},
    Column{"title", [](const RunResult& run) { return run.title; }},
    Column{"protocol", [](const RunResult& run) { return run.protocol; }},
    Column{"seed", [](const RunResult& run) { return std::to_string(run.seed); }},
    Column{"verdict", [](const RunResult& run) { return std::string(word_of(run.verdict)); }},
    Column{"guarantees", [](const RunResult& run) { return std::to_string(run.guarantees); }},
    Column{"guarantees_broken",
           [](const RunResult& run) { return std::to_string(run.violations.size()); }},
    Column{"expectations",
           [](const RunResult& run) { return std::to_string(run.expectations.size()); }},
    Column{"expectations_held", held_expectations},
    Column{"end_ns", [](const RunResult& run) { return std::to_string(run.end.ns); }},
    Column{"records", [](const RunResult& run) { return std::to_string(run.records); }},
    Column{"trace_hash", [](const RunResult& run) { return sim::to_hex(run.trace_hash); }},
};

void add_row(std::string& text, const std::vector<std::string>& cells) {
  for (std::size_t place = 0; place < cells.size(); ++place) {
    if (place > 0) text += ',';
    text += csv_cell(cells[place]);
  }
  text += '\n';
}

}  // namespace

std::string csv_table(std::span<const RunResult> runs) {
  std::set<std::string> metrics;
  for (const RunResult& run : runs)
    for (const auto& [name, value] : run.metrics) metrics.insert(name);

  std::string text;
  std::vector<std::string> cells;
  for (const Column& column : kColumns) cells.emplace_back(column.name);
  cells.insert(cells.end(), metrics.begin(), metrics.end());
  add_row(text, cells);
  for (const RunResult& run : runs) {
    cells.clear();
    for (const Column& column : kColumns) cells.push_back(column.cell(run));
    for (const std::string& name : metrics) {
      const auto found = run.metrics.find(name);
      cells.push_back(found == run.metrics.end() ? "" : std::to_string(found->second));
    }
    add_row(text, cells);
  }
  return text;
}

}  // namespace luosim::app
