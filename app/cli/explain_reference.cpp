// SPDX-License-Identifier: Apache-2.0
//
// Words that are best looked up: verbs, metrics, panics, ioctls and exit codes, each as lines for a
// terminal and, where docs/reference/ has it, as a page.
#include <ostream>
#include <string>

#include <fmt/ostream.h>

#include "app/cli/exit_code.hpp"
#include "app/cli/explain_topics.hpp"
#include "app/scenario/verbs.hpp"
#include "model/uapi/uapi.hpp"
#include "model/world/metrics.hpp"
#include "model/world/vocabulary.hpp"

namespace luosim::app {

namespace {

void print_verb_page(std::ostream& output) {
  output << "# Verbs\n\n"
            "What an actor can do, for `do:` in a script and `ops` of a free actor. This page is\n"
            "what `luosim explain verbs --markdown` prints.\n\n"
            "| verb | takes | does |\n|---|---|---|\n";
  for (const VerbRow& row : kVerbs)
    fmt::print(output, "| `{}` | {} | {} |\n", row.word, in_cell(row.arguments),
               in_cell(row.documentation));
}

void print_metric_page(std::ostream& output) {
  output
      << "# Metrics\n\n"
         "What a run measures, for `metric:` in a scenario and under `metrics` of `--json`. `*`\n"
         "stands for the name of a VM; durations are nanoseconds. This page is what `luosim\n"
         "explain metrics --markdown` prints.\n\n| metric | what it says |\n|---|---|\n";
  for (const world::MetricRow& row : world::metric_table())
    fmt::print(output, "| `{}` | {} |\n", row.name, in_cell(row.about));
}

void print_exit_code_page(std::ostream& output) {
  output << "# Exit codes\n\n"
            "No other code comes from luosim. This page is what `luosim explain exit-codes\n"
            "--markdown` prints.\n\n| code | means |\n|---|---|\n";
  for (const ExitCode& row : kExitCodes) fmt::print(output, "| {} | {} |\n", row.number, row.about);
}

}  // namespace

std::string in_cell(std::string_view text) {
  std::string cell;
  for (const char letter : text) {
    if (letter == '|') cell += '\\';
    cell += letter;
  }
  return cell;
}

void explain_verbs(std::ostream& output, const ExplainArguments& arguments) {
  if (arguments.markdown) return print_verb_page(output);
  for (const VerbRow& row : kVerbs)
    fmt::print(output, "{:<22} {:<34} {}\n", row.word, row.arguments, row.documentation);
  output << "\nAmong the ops of a free actor several names are any one of them, and a verb that "
            "takes\n"
            "names may stand alone: any one there is.\n";
}

void explain_metrics(std::ostream& output, const ExplainArguments& arguments) {
  if (arguments.markdown) return print_metric_page(output);
  for (const world::MetricRow& row : world::metric_table())
    fmt::print(output, "{:<28} {}\n", row.name, row.about);
}

void explain_panics(std::ostream& output, const ExplainArguments& /*arguments*/) {
  for (const kernel::PanicReason& reason : world::panic_reasons())
    fmt::print(output, "{:<26} {}\n", reason.name, reason.message);
}

void explain_ioctls(std::ostream& output, const ExplainArguments& /*arguments*/) {
  for (const uapi::Command& command : uapi::commands())
    fmt::print(output, "0x{:08X}  {}\n", command.number, command.name);
}

void explain_exit_codes(std::ostream& output, const ExplainArguments& arguments) {
  if (arguments.markdown) return print_exit_code_page(output);
  for (const ExitCode& row : kExitCodes) fmt::print(output, "{}  {}\n", row.number, row.about);
}

}  // namespace luosim::app
