// SPDX-License-Identifier: Apache-2.0
#include "app/cli/explain.hpp"

#include <algorithm>
#include <memory>
#include <ostream>
#include <sstream>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/ostream.h>

#include "app/cli/exit_code.hpp"
#include "app/cli/explain_topics.hpp"
#include "app/report/record_words.hpp"
#include "app/scenario/nearest_word.hpp"
#include "app/scenario/units.hpp"
#include "model/timing/timing.hpp"
#include "model/world/protocol.hpp"
#include "model/world/vocabulary.hpp"

namespace luosim::app {

namespace {

// Fault sites as a page of docs/.
void print_fault_page(std::ostream& output) {
  output
      << "# Fault sites\n\n"
         "Where something can go wrong, for `faults:` in a scenario. `site:INSTANCE` names one\n"
         "participant, file, VM or function. This page is what `luosim explain faults --markdown`\n"
         "prints.\n\n| site | what fails | unless told otherwise |\n|---|---|---|\n";
  for (const sim::FaultSite& site : world::fault_sites())
    fmt::print(output, "| `{}` | {} | {} |\n", site.name, site.about, status_text(site.value));
  output << "\nFunctions for `mm.alloc` and `mm.xa_store`:\n\n";
  for (const std::string_view function : world::allocating_functions())
    fmt::print(output, "- `{}`\n", function);
}

void explain_faults(std::ostream& output, const ExplainArguments& arguments) {
  if (arguments.markdown) return print_fault_page(output);
  output << "Fault sites, for `faults:` in a scenario. `site:INSTANCE` names one of them.\n\n";
  for (const sim::FaultSite& site : world::fault_sites())
    fmt::print(output, "{:<26} {}\n", site.name, site.about);
  output << "\nFunctions for mm.alloc and mm.xa_store:\n";
  for (const std::string_view function : world::allocating_functions())
    fmt::print(output, "  {}\n", function);
}

void explain_timing(std::ostream& output, const ExplainArguments& /*arguments*/) {
  output << "How long things take, for `timing:` in a scenario.\n\n";
  for (const timing::Row& row : timing::table())
    fmt::print(output, "{:<30} {:>10}  {}\n", row.key, format_duration(row.value), row.source);
}

struct Topic {
  std::string_view word;
  void (*print)(std::ostream&, const ExplainArguments&);
};
constexpr Topic kTopics[] = {
    {"phases", explain_phases},       {"nvme", explain_controller},
    {"programs", explain_programs},   {"guarantees", explain_guarantees},
    {"protocols", explain_protocols}, {"knobs", explain_knobs},
    {"faults", explain_faults},       {"panics", explain_panics},
    {"timing", explain_timing},       {"metrics", explain_metrics},
    {"ioctls", explain_ioctls},       {"verbs", explain_verbs},
    {"keys", explain_keys},           {"exit-codes", explain_exit_codes},
};

bool explain_site(std::ostream& output, const ExplainArguments& arguments,
                  std::vector<std::string>& names) {
  for (const sim::FaultSite& site : world::fault_sites()) {
    names.emplace_back(site.name);
    if (site.name != arguments.what) continue;
    fmt::print(output, "{}: {}\n", site.name, site.about);
    return true;
  }
  return false;
}

using OneOfAKind = bool (*)(std::ostream&, const ExplainArguments&, std::vector<std::string>&);
constexpr OneOfAKind kKinds[] = {explain_program, explain_guarantee, explain_knob, explain_site,
                                 explain_key};

int unknown(std::string_view what, const std::string& word, const std::vector<std::string>& names,
            std::ostream& errors) {
  const std::vector<std::string_view> known(names.begin(), names.end());
  fmt::print(errors, "luosim: {} is called '{}'", what, word);
  const auto nearest = nearest_word(word, known);
  if (nearest) fmt::print(errors, "; did you mean '{}'?", *nearest);
  fmt::print(errors, "\nTopics: {}\n", explain_topics());
  return kBadInput;
}

}  // namespace

std::string explain_topics() {
  std::string topics;
  for (const Topic& topic : kTopics)
    topics += (topics.empty() ? "" : ", ") + std::string(topic.word);
  return topics;
}

std::vector<std::string> explain_names() {
  std::vector<std::string> names;
  for (const Topic& topic : kTopics) names.emplace_back(topic.word);
  // Nothing is called so: each looks through all that it has.
  const ExplainArguments nothing;
  std::ostringstream unused;
  for (const OneOfAKind explain_one : kKinds) explain_one(unused, nothing, names);
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

int explain(const ExplainArguments& arguments, std::ostream& output, std::ostream& errors) {
  std::vector<std::string> names;
  if (world::find_protocol(arguments.protocol) == nullptr) {
    for (const world::Protocol& protocol : world::protocols()) names.emplace_back(protocol.name);
    return unknown("no protocol", arguments.protocol, names, errors);
  }
  for (const Topic& topic : kTopics) {
    names.emplace_back(topic.word);
    if (topic.word != arguments.what) continue;
    topic.print(output, arguments);
    return kHeld;
  }
  for (const OneOfAKind explain_one : kKinds)
    if (explain_one(output, arguments, names)) return kHeld;
  return unknown("nothing", arguments.what, names, errors);
}

Action add_explain(CLI::App& command) {
  const auto arguments = std::make_shared<ExplainArguments>();
  command
      .add_option(
          "WHAT", arguments->what,
          "A topic, a program, a guarantee, a knob, a fault site or a key of scenario files")
      ->type_name("TOPIC")
      ->required();
  command.add_option("--protocol", arguments->protocol, "Whose programs")->type_name("PROTOCOL");
  command.add_flag(
      "--markdown", arguments->markdown,
      "As a page of docs/: guarantees, knobs, faults, keys, verbs, metrics, exit-codes");
  command.add_flag("--dot", arguments->dot, "As a graph for Graphviz");
  command.footer("Topics: " + explain_topics());
  return [arguments](std::ostream& output, std::ostream& errors) {
    return explain(*arguments, output, errors);
  };
}

}  // namespace luosim::app
