// SPDX-License-Identifier: Apache-2.0
//
// `luosim man [PAGE]`: manual pages, made from the command line itself and from the table of keys
// of scenario files.
#pragma once

#include <string>
#include <vector>

#include "app/cli/command.hpp"
#include "app/cli/command_tree.hpp"

namespace luosim::app {

struct ManualPage {
  std::string name;  ///< `luosim-run`
  int section = 1;
  std::string text;  ///< for man(7)
};

/// luosim(1), one of section 1 for each command, luosim-scenario(5).
std::vector<ManualPage> manual_pages(const CommandText& program);

/// luosim-scenario(5).
ManualPage scenario_page();

Action add_man(CLI::App& command);

}  // namespace luosim::app
