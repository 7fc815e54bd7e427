// SPDX-License-Identifier: Apache-2.0
#include "app/cli/version.hpp"

namespace luosim::app {

std::string version_text() {
  return "luosim " LUOSIM_VERSION
         "\nmodels: LUO RFC v2 (posted 15 May 2025) on the stateful KHO of that time\n"
         "scenario format 1, trace format 1";
}

}  // namespace luosim::app
