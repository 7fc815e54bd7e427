// SPDX-License-Identifier: Apache-2.0
#include "app/cli/version.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "app/report/choices_file.hpp"
#include "app/report/trace_log.hpp"
#include "app/scenario/fields.hpp"
#include "model/world/protocol.hpp"

namespace luosim::app {

namespace {

std::string protocols() {
  std::vector<std::string_view> names;
  for (const world::Protocol& protocol : world::protocols()) names.push_back(protocol.name);
  return fmt::format("{}", fmt::join(names, ", "));
}

std::string formats() {
  const Field& scenario = *find_field(*mapping_types().front(), "luosim");
  return fmt::format("scenario {}, log {}, choices {}", scenario.range.maximum, kTraceLogSchema,
                     kChoicesFormat);
}

}  // namespace

std::string version_text() {
  return fmt::format(
      "luosim {}\n"
      "follows:    LUO RFC v2, \"Live Update Orchestrator\", posted 15 May 2025 as\n"
      "            20250515182322.117840-1-pasha.tatashin@soleen.com, on the stateful KHO of that\n"
      "            time (soleen/linux 415e72b6e127 with kho_finalize, kho_abort and unpreserve)\n"
      "leaves out: memory ordering but for one race, signals but for SIGKILL, unloading of "
      "modules,\n"
      "            memory hotplug, swap and reclaim, requests between devices (docs/FIDELITY.md)\n"
      "protocols:  {}\n"
      "formats:    {}",
      LUOSIM_VERSION, protocols(), formats());
}

}  // namespace luosim::app
