// SPDX-License-Identifier: Apache-2.0
#include "app/cli/schema.hpp"

#include <ostream>

#include "app/cli/exit_code.hpp"
#include "app/scenario/schema.hpp"

namespace luosim::app {

int print_schema(std::ostream& output) {
  output << scenario_schema().dump(2) << '\n';
  return kHeld;
}

}  // namespace luosim::app
