// SPDX-License-Identifier: Apache-2.0
#include "app/cli/schema.hpp"

#include <memory>
#include <ostream>

#include <CLI/CLI.hpp>

#include "app/cli/exit_code.hpp"
#include "app/cli/vocabulary.hpp"
#include "app/report/log_schema.hpp"
#include "app/scenario/schema.hpp"

namespace luosim::app {

int print_schema(SchemaOf what, std::ostream& output) {
  if (what == SchemaOf::log) {
    output << log_schema().dump(2) << '\n';
    return kHeld;
  }
  const Vocabulary vocabulary = vocabulary_of_the_model();
  output << scenario_schema(vocabulary.options()).dump(2) << '\n';
  return kHeld;
}

Action add_schema(CLI::App& command) {
  const auto of_the_log = std::make_shared<bool>(false);
  command.add_flag("--log", *of_the_log, "Of the lines that run --log writes");
  return [of_the_log](std::ostream& output, std::ostream&) {
    return print_schema(*of_the_log ? SchemaOf::log : SchemaOf::scenarios, output);
  };
}

}  // namespace luosim::app
