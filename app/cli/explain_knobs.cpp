// SPDX-License-Identifier: Apache-2.0
#include <ostream>

#include <fmt/ostream.h>
#include <fmt/ranges.h>

#include "app/cli/explain_topics.hpp"
#include "model/world/protocol.hpp"

namespace luosim::app {

namespace {

using world::KnobRow;
using world::Protocol;

void print_knob(std::ostream& output, const KnobRow& row) {
  fmt::print(output, "{}: {}\n", row.knob->name, fmt::join(row.knob->words, ", "));
  fmt::print(output, "  {}\n  Repairs: {}\n", row.knob->about, row.repairs);
  for (const Protocol& protocol : world::protocols())
    fmt::print(output, "  In {}: {}\n", protocol.name, row.knob->words[row.*protocol.values]);
}

void print_page(std::ostream& output) {
  output
      << "# Knobs\n\n"
         "Protocols of one family share their programs; a knob adds, leaves out or exchanges rows\n"
         "of them. `protocol: luo-v2-fixed` with `knobs: { NAME: false }` puts one bug back.\n"
         "This page is what `luosim explain knobs --markdown` prints.\n\n";
  for (const Protocol& protocol : world::protocols())
    fmt::print(output, "- `{}`: {}\n", protocol.name, protocol.about);
  for (const KnobRow& row : world::knob_table()) {
    fmt::print(output, "\n## {}\n\n{}\n\n- words: {}\n- repairs: {}\n", row.knob->name,
               row.knob->about, fmt::join(row.knob->words, ", "), row.repairs);
    for (const Protocol& protocol : world::protocols())
      fmt::print(output, "- in {}: {}\n", protocol.name, row.knob->words[row.*protocol.values]);
  }
}

}  // namespace

void explain_protocols(std::ostream& output, const ExplainArguments& /*arguments*/) {
  for (const Protocol& protocol : world::protocols())
    fmt::print(output, "{:<20} {}\n", protocol.name, protocol.about);
}

void explain_knobs(std::ostream& output, const ExplainArguments& arguments) {
  if (arguments.markdown) return print_page(output);
  output << "Where protocols differ, for `knobs:` in a scenario.\n\n";
  for (const KnobRow& row : world::knob_table()) {
    fmt::print(output, "{:<36} {:<24} {}\n", row.knob->name,
               fmt::format("{}", fmt::join(row.knob->words, "|")), row.repairs);
  }
}

bool explain_knob(std::ostream& output, const ExplainArguments& arguments,
                  std::vector<std::string>& names) {
  for (const KnobRow& row : world::knob_table()) {
    names.emplace_back(row.knob->name);
    if (row.knob->name != arguments.what) continue;
    print_knob(output, row);
    return true;
  }
  return false;
}

}  // namespace luosim::app
