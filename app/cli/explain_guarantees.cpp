// SPDX-License-Identifier: Apache-2.0
#include <ostream>

#include <fmt/ostream.h>

#include "app/cli/explain_topics.hpp"
#include "model/world/checks.hpp"

namespace luosim::app {

namespace {

using guarantees::Guarantee;

void print_guarantee(std::ostream& output, const Guarantee& guarantee) {
  fmt::print(output, "{}   ({}, {})\n  {}\n  Why: {}\n", guarantee.id, word_of(guarantee.kind),
             guarantee.family, guarantee.promise, guarantee.rule);
}

void print_page(std::ostream& output) {
  output
      << "# Guarantees\n\n"
         "What luosim claims of a live update and checks in every run. A guarantee that does not\n"
         "hold is a finding: `expect: - violated: [...]` says that a scenario shows it. This page\n"
         "is what `luosim explain guarantees --markdown` prints.\n";
  for (const Guarantee* guarantee : guarantees::all()) {
    fmt::print(output, "\n## {}\n\n{}\n\n- kind: {}\n- family: {}\n- where it comes from: {}\n",
               guarantee->id, guarantee->promise, word_of(guarantee->kind), guarantee->family,
               guarantee->rule);
  }
}

}  // namespace

void explain_guarantees(std::ostream& output, const ExplainArguments& arguments) {
  if (arguments.markdown) return print_page(output);
  output << "What is checked in every run, for `violated` and `held` in a scenario.\n\n";
  for (const Guarantee* guarantee : guarantees::all())
    fmt::print(output, "{:<36} {}\n", guarantee->id, guarantee->promise);
}

bool explain_guarantee(std::ostream& output, const ExplainArguments& arguments,
                       std::vector<std::string>& names) {
  for (const Guarantee* guarantee : guarantees::all()) {
    names.emplace_back(guarantee->id);
    if (guarantee->id != arguments.what) continue;
    print_guarantee(output, *guarantee);
    return true;
  }
  return false;
}

}  // namespace luosim::app
