// SPDX-License-Identifier: Apache-2.0
#include "app/cli/schema.hpp"

#include <ostream>

#include "app/cli/exit_code.hpp"
#include "app/cli/vocabulary.hpp"
#include "app/scenario/schema.hpp"

namespace luosim::app {

int print_schema(std::ostream& output) {
  const Vocabulary vocabulary = vocabulary_of_the_model();
  output << scenario_schema(vocabulary.options()).dump(2) << '\n';
  return kHeld;
}

Action add_schema(CLI::App&) {
  return [](std::ostream& output, std::ostream&) { return print_schema(output); };
}

}  // namespace luosim::app
