// SPDX-License-Identifier: Apache-2.0
//
// `luosim explain WHAT`: prints from the program's own tables, so that it cannot be out of date.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "app/cli/command.hpp"

namespace luosim::app {

struct ExplainArguments {
  std::string what;                 ///< a topic, or the name of one thing
  std::string protocol = "luo-v2";  ///< whose programs
  bool dot = false;                 ///< phases, controllers and programs as a graph
  bool markdown = false;            ///< what docs/ has as a page
};

/// The topics, for help texts.
std::string explain_topics();

/// Everything that can be asked for, sorted.
std::vector<std::string> explain_names();

int explain(const ExplainArguments& arguments, std::ostream& output, std::ostream& errors);

Action add_explain(CLI::App& command);

}  // namespace luosim::app
