// SPDX-License-Identifier: Apache-2.0
#include "app/cli/explain.hpp"

#include <algorithm>
#include <ostream>
#include <vector>

#include <fmt/ostream.h>

#include "app/cli/exit_code.hpp"
#include "app/scenario/nearest_word.hpp"
#include "app/scenario/units.hpp"
#include "app/scenario/verbs.hpp"
#include "model/kernel/timing.hpp"
#include "model/luo/v2/phase.hpp"
#include "model/uapi/uapi.hpp"
#include "model/world/metrics.hpp"
#include "model/world/vocabulary.hpp"
#include "model/world/world.hpp"

namespace luosim::app {

namespace {

using luo::v2::PhaseEdge;

void explain_phases(std::ostream& output, bool dot) {
  if (dot) {
    output << "digraph phases {\n  rankdir=LR;\n  node [shape=box];\n";
    for (const PhaseEdge& edge : luo::v2::phase_edges())
      fmt::print(output, "  \"{}\" -> \"{}\" [label=\"{}\"];\n", word_of(edge.from),
                 word_of(edge.to), word_of(edge.event));
    output << "}\n";
    return;
  }
  output << "Phases of LUO RFC v2. No other edge exists.\n\n";
  fmt::print(output, "  {:<10} {:<18} {}\n", "from", "event", "to");
  for (const PhaseEdge& edge : luo::v2::phase_edges())
    fmt::print(output, "  {:<10} {:<18} {}\n", word_of(edge.from), word_of(edge.event),
               word_of(edge.to));
}

std::string_view shown(std::string_view label, const sim::Program& program, std::size_t row) {
  if (label != sim::kNextStep) return label;
  return row + 1 < program.steps.size() ? program.steps[row + 1].name : sim::kReturn;
}

void draw_program(std::ostream& output, const sim::Program& program) {
  fmt::print(output, "digraph \"{}\" {{\n  node [shape=box];\n", program.name);
  for (std::size_t row = 0; row < program.steps.size(); ++row) {
    const sim::Step& step = program.steps[row];
    fmt::print(output, "  \"{}\" -> \"{}\";\n", step.name, shown(step.flow.then, program, row));
    if (step.flow.on_end != sim::kReturn)
      fmt::print(output, "  \"{}\" -> \"{}\" [label=\"nothing left\"];\n", step.name,
                 step.flow.on_end);
    if (step.flow.on_failure != sim::kReturn)
      fmt::print(output, "  \"{}\" -> \"{}\" [label=\"failed\", style=dashed];\n", step.name,
                 step.flow.on_failure);
  }
  output << "}\n";
}

void print_program(std::ostream& output, const sim::Program& program) {
  fmt::print(output, "{}: {}\n", program.name, program.about);
  for (std::size_t row = 0; row < program.steps.size(); ++row) {
    const sim::Step& step = program.steps[row];
    fmt::print(output, "  {:>2}. {}\n", row + 1, step.name);
    const bool goes_elsewhere = step.flow.then != sim::kNextStep;
    if (goes_elsewhere) fmt::print(output, "        then: {}\n", step.flow.then);
    if (step.flow.on_end != sim::kReturn)
      fmt::print(output, "        nothing left: {}\n", step.flow.on_end);
    if (step.flow.on_failure != sim::kReturn)
      fmt::print(output, "        failed: {}\n", step.flow.on_failure);
  }
}

void explain_programs(std::ostream& output, bool dot) {
  for (const sim::Program* program : world::all_programs().in_order()) {
    if (dot) {
      draw_program(output, *program);
    } else {
      fmt::print(output, "{:<26} {}\n", program->name, program->about);
    }
  }
}

void explain_faults(std::ostream& output, bool /*dot*/) {
  output << "Fault sites, for `faults:` in a scenario. `site:INSTANCE` names one of them.\n\n";
  for (const sim::FaultSite& site : world::fault_sites())
    fmt::print(output, "{:<26} {}\n", site.name, site.about);
  output << "\nFunctions for mm.alloc and mm.xa_store:\n";
  for (const std::string_view function : world::allocating_functions())
    fmt::print(output, "  {}\n", function);
}

void explain_panics(std::ostream& output, bool /*dot*/) {
  for (const kernel::PanicReason& reason : world::panic_reasons())
    fmt::print(output, "{:<26} {}\n", reason.name, reason.message);
}

void explain_timing(std::ostream& output, bool /*dot*/) {
  output << "How long things take, for `timing:` in a scenario.\n\n";
  for (const kernel::TimingRow& row : kernel::timing_table())
    fmt::print(output, "{:<30} {:>10}  {}\n", row.key, format_duration(row.value), row.source);
}

void explain_metrics(std::ostream& output, bool /*dot*/) {
  for (const world::MetricRow& row : world::metric_table())
    fmt::print(output, "{:<28} {}\n", row.name, row.about);
}

void explain_ioctls(std::ostream& output, bool /*dot*/) {
  for (const uapi::Command& command : uapi::commands())
    fmt::print(output, "0x{:08X}  {}\n", command.number, command.name);
}

void explain_verbs(std::ostream& output, bool /*dot*/) {
  for (const VerbRow& row : kVerbs)
    fmt::print(output, "{:<22} {:<34} {}\n", row.word, row.arguments, row.documentation);
}

struct Topic {
  std::string_view word;
  void (*print)(std::ostream&, bool);
};
constexpr Topic kTopics[] = {
    {"phases", explain_phases}, {"programs", explain_programs}, {"faults", explain_faults},
    {"panics", explain_panics}, {"timing", explain_timing},     {"metrics", explain_metrics},
    {"ioctls", explain_ioctls}, {"verbs", explain_verbs},
};

}  // namespace

std::string explain_topics() {
  std::string topics;
  for (const Topic& topic : kTopics)
    topics += (topics.empty() ? "" : ", ") + std::string(topic.word);
  return topics;
}

int explain(const ExplainArguments& arguments, std::ostream& output, std::ostream& errors) {
  std::vector<std::string_view> words;
  for (const Topic& topic : kTopics) {
    words.push_back(topic.word);
    if (topic.word != arguments.what) continue;
    topic.print(output, arguments.dot);
    return kHeld;
  }
  for (const sim::Program* program : world::all_programs().in_order()) {
    words.push_back(program->name);
    if (program->name != arguments.what) continue;
    arguments.dot ? draw_program(output, *program) : print_program(output, *program);
    return kHeld;
  }
  for (const sim::FaultSite& site : world::fault_sites()) {
    words.push_back(site.name);
    if (site.name != arguments.what) continue;
    fmt::print(output, "{}: {}\n", site.name, site.about);
    return kHeld;
  }
  fmt::print(errors, "luosim: nothing is called '{}'", arguments.what);
  const auto nearest = nearest_word(arguments.what, words);
  if (nearest) fmt::print(errors, "; did you mean '{}'?", *nearest);
  fmt::print(errors, "\nTopics: {}\n", explain_topics());
  return kBadInput;
}

}  // namespace luosim::app
