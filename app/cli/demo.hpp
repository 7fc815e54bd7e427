// SPDX-License-Identifier: Apache-2.0
//
// `luosim demo [LESSON]`: lists the lessons of the tutorial, or plays one and says on the way what
// there is to see.
#pragma once

#include <cstddef>
#include <iosfwd>

#include "app/cli/command.hpp"

namespace luosim::app {

struct DemoArguments {
  std::size_t lesson = 0;  ///< from 1; 0: the list
  bool no_pause = false;
  double pace = 1;  ///< 2: twice as fast
};

/// Exit code as in exit_code.hpp; of a lesson that is played, that of its scenario.
int demo(const DemoArguments& arguments, std::ostream& output, std::ostream& errors);

Action add_demo(CLI::App& command);

}  // namespace luosim::app
