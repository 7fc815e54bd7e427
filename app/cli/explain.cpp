// SPDX-License-Identifier: Apache-2.0
#include "app/cli/explain.hpp"

#include <algorithm>
#include <cstdint>
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

// How a topic can be printed, besides as text.
enum class Form : std::uint8_t { none, graph, page };

struct Topic {
  std::string_view word;
  void (*print)(std::ostream&, const ExplainArguments&);
  Form form = Form::none;
};
constexpr Topic kTopics[] = {
    {"phases", explain_phases, Form::graph},
    {"nvme", explain_controller, Form::graph},
    {"programs", explain_programs, Form::graph},
    {"guarantees", explain_guarantees, Form::page},
    {"protocols", explain_protocols},
    {"knobs", explain_knobs, Form::page},
    {"faults", explain_faults, Form::page},
    {"panics", explain_panics},
    {"timing", explain_timing},
    {"metrics", explain_metrics, Form::page},
    {"ioctls", explain_ioctls},
    {"verbs", explain_verbs, Form::page},
    {"keys", explain_keys, Form::page},
    {"exit-codes", explain_exit_codes, Form::page},
};

std::string topics_with(Form form) {
  std::string topics;
  for (const Topic& topic : kTopics)
    if (topic.form == form) topics += (topics.empty() ? "" : ", ") + std::string(topic.word);
  return topics;
}

// Whether what is asked for has the forms that it is asked for in; if not, says what has them.
bool has_forms(const ExplainArguments& arguments, Form form, std::ostream& errors) {
  if (arguments.dot && form != Form::graph) {
    fmt::print(errors, "luosim: {} has no graph; --dot is for {} and each single program\n",
               arguments.what, topics_with(Form::graph));
    return false;
  }
  if (arguments.markdown && form != Form::page) {
    fmt::print(errors, "luosim: {} has no page; --markdown is for {}\n", arguments.what,
               topics_with(Form::page));
    return false;
  }
  return true;
}

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

struct Kind {
  bool (*explain_one)(std::ostream&, const ExplainArguments&, std::vector<std::string>&);
  Form form = Form::none;
};
constexpr Kind kKinds[] = {
    {explain_program, Form::graph},
    {explain_guarantee},
    {explain_knob},
    {explain_site},
    {explain_key},
};

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
  for (const Kind& kind : kKinds) kind.explain_one(unused, nothing, names);
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
    if (!has_forms(arguments, topic.form, errors)) return kBadInput;
    topic.print(output, arguments);
    return kHeld;
  }
  for (const Kind& kind : kKinds) {
    std::ostringstream text;
    if (!kind.explain_one(text, arguments, names)) continue;
    if (!has_forms(arguments, kind.form, errors)) return kBadInput;
    output << text.str();
    return kHeld;
  }
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
  command.add_flag("--markdown", arguments->markdown,
                   "As a page of docs/: " + topics_with(Form::page));
  command.add_flag("--dot", arguments->dot,
                   "As a graph for Graphviz: " + topics_with(Form::graph) + ", a program");
  command.footer("Topics: " + explain_topics());
  return [arguments](std::ostream& output, std::ostream& errors) {
    return explain(*arguments, output, errors);
  };
}

}  // namespace luosim::app
