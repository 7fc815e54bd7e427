// SPDX-License-Identifier: Apache-2.0
//
// State machines: every edge that there is, as a list or as a graph, from the tables that the model
// itself asks.
#include <ostream>
#include <span>
#include <string_view>

#include <fmt/ostream.h>

#include "app/cli/explain_topics.hpp"
#include "model/device/nvme/controller.hpp"
#include "model/luo/v2/phase.hpp"

namespace luosim::app {

namespace {

/// How a machine is shown.
struct Machine {
  std::string_view name;   ///< of the graph
  std::string_view about;  ///< one line above the list
  std::size_t columns;     ///< for the name of a state
};

template <class Edge>
void draw_machine(std::ostream& output, const Machine& machine, std::span<const Edge> edges) {
  fmt::print(output, "digraph {} {{\n  rankdir=LR;\n  node [shape=box];\n", machine.name);
  for (const Edge& edge : edges)
    fmt::print(output, "  \"{}\" -> \"{}\" [label=\"{}\"];\n", word_of(edge.from), word_of(edge.to),
               word_of(edge.event));
  output << "}\n";
}

template <class Edge>
void list_machine(std::ostream& output, const Machine& machine, std::span<const Edge> edges) {
  fmt::print(output, "{} No other edge exists.\n\n", machine.about);
  fmt::print(output, "  {:<{}} {:<18} {}\n", "from", machine.columns, "event", "to");
  for (const Edge& edge : edges)
    fmt::print(output, "  {:<{}} {:<18} {}\n", word_of(edge.from), machine.columns,
               word_of(edge.event), word_of(edge.to));
}

template <class Edge>
void explain_machine(std::ostream& output, const ExplainArguments& arguments,
                     const Machine& machine, std::span<const Edge> edges) {
  arguments.dot ? draw_machine(output, machine, edges) : list_machine(output, machine, edges);
}

}  // namespace

void explain_phases(std::ostream& output, const ExplainArguments& arguments) {
  explain_machine(output, arguments, {"phases", "Phases of LUO RFC v2.", 10},
                  luo::v2::phase_edges());
}

void explain_controller(std::ostream& output, const ExplainArguments& arguments) {
  explain_machine(output, arguments, {"nvme", "Life of an NVMe controller.", 14},
                  device::nvme::controller_edges());
}

}  // namespace luosim::app
