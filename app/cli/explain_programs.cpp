// SPDX-License-Identifier: Apache-2.0
//
// Programs as a protocol has them: a row that another protocol adds or leaves out is not shown.
#include <ostream>

#include <fmt/ostream.h>

#include "app/cli/explain_topics.hpp"
#include "model/world/blueprint.hpp"
#include "model/world/protocol.hpp"

namespace luosim::app {

namespace {

using Entry = sim::Programs::Entry;

std::string_view shown(const Entry& entry, std::uint16_t row) {
  return row == sim::Programs::kReturnRow ? sim::kReturn : entry.steps[row]->name;
}

std::uint16_t row_below(const Entry& entry, std::size_t row) {
  return row + 1 < entry.rows.size() ? static_cast<std::uint16_t>(row + 1)
                                     : sim::Programs::kReturnRow;
}

void draw_program(std::ostream& output, const Entry& entry) {
  fmt::print(output, "digraph \"{}\" {{\n  node [shape=box];\n", entry.program->name);
  for (std::size_t row = 0; row < entry.rows.size(); ++row) {
    const std::string_view name = entry.steps[row]->name;
    const sim::Programs::Row& flow = entry.rows[row];
    fmt::print(output, "  \"{}\" -> \"{}\";\n", name, shown(entry, flow.then));
    if (flow.on_end != sim::Programs::kReturnRow)
      fmt::print(output, "  \"{}\" -> \"{}\" [label=\"nothing left\"];\n", name,
                 shown(entry, flow.on_end));
    if (flow.on_failure != sim::Programs::kReturnRow)
      fmt::print(output, "  \"{}\" -> \"{}\" [label=\"failed\", style=dashed];\n", name,
                 shown(entry, flow.on_failure));
  }
  output << "}\n";
}

void print_program(std::ostream& output, const Entry& entry) {
  fmt::print(output, "{}: {}\n", entry.program->name, entry.program->about);
  for (std::size_t row = 0; row < entry.rows.size(); ++row) {
    const sim::Programs::Row& flow = entry.rows[row];
    fmt::print(output, "  {:>2}. {}\n", row + 1, entry.steps[row]->name);
    if (flow.then != row_below(entry, row))
      fmt::print(output, "        then: {}\n", shown(entry, flow.then));
    if (flow.on_end != sim::Programs::kReturnRow)
      fmt::print(output, "        nothing left: {}\n", shown(entry, flow.on_end));
    if (flow.on_failure != sim::Programs::kReturnRow)
      fmt::print(output, "        failed: {}\n", shown(entry, flow.on_failure));
  }
}

sim::Programs programs_of(const ExplainArguments& arguments) {
  const world::Protocol* protocol = world::find_protocol(arguments.protocol);
  return world::programs_with(protocol == nullptr ? sim::KnobValues{} : world::knobs_of(*protocol));
}

}  // namespace

void explain_programs(std::ostream& output, const ExplainArguments& arguments) {
  const sim::Programs programs = programs_of(arguments);
  for (const sim::Program* program : programs.in_order()) {
    if (arguments.dot) {
      draw_program(output, programs.find(program->id()));
    } else {
      fmt::print(output, "{:<26} {}\n", program->name, program->about);
    }
  }
}

bool explain_program(std::ostream& output, const ExplainArguments& arguments,
                     std::vector<std::string>& names) {
  const sim::Programs programs = programs_of(arguments);
  for (const sim::Program* program : programs.in_order()) {
    names.emplace_back(program->name);
    if (program->name != arguments.what) continue;
    const Entry& entry = programs.find(program->id());
    arguments.dot ? draw_program(output, entry) : print_program(output, entry);
    return true;
  }
  return false;
}

}  // namespace luosim::app
