// SPDX-License-Identifier: Apache-2.0
//
// The program. Every subcommand is one file in cli/, and one line in cli/command_line.cpp.
#include <iostream>

#include "app/cli/command_line.hpp"
#include "app/cli/standard_output.hpp"

int main(int argument_count, char** argument_values) {
  using namespace luosim;
  app::survive_failing_outputs();
  const int code = app::run_command_line(argument_count, argument_values, std::cout, std::cerr);
  return app::finish_standard_output(code, std::cerr);
}
