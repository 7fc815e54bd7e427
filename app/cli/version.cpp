// SPDX-License-Identifier: Apache-2.0
#include "app/cli/version.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "app/report/choices_file.hpp"
#include "app/report/trace_log.hpp"
#include "app/scenario/fields.hpp"
#include "model/world/protocol.hpp"

namespace luosim::app {

namespace {

// Which kernel code the model follows.
constexpr std::string_view kSeries = "LUO RFC v2";
constexpr std::string_view kTitle = "Live Update Orchestrator";
constexpr std::string_view kMessageId = "20250515182322.117840-1-pasha.tatashin@soleen.com";
constexpr std::string_view kTree = "soleen/linux";
constexpr std::string_view kCommit = "415e72b6e127";

std::vector<std::string_view> protocols() {
  std::vector<std::string_view> names;
  for (const world::Protocol& protocol : world::protocols()) names.push_back(protocol.name);
  return names;
}

std::uint64_t scenario_format() {
  return find_field(*mapping_types().front(), "luosim")->range.maximum;
}

}  // namespace

std::string version_text() {
  return fmt::format(
      "luosim {}\n"
      "follows:    {}, \"{}\", posted 15 May 2025 as\n"
      "            {}, on the stateful KHO of that\n"
      "            time ({} {} with kho_finalize, kho_abort and unpreserve)\n"
      "leaves out: memory ordering but for one race, signals but for SIGKILL, unloading of "
      "modules,\n"
      "            memory hotplug, swap and reclaim, requests between devices (docs/FIDELITY.md)\n"
      "protocols:  {}\n"
      "formats:    scenario {}, log {}, choices {}",
      LUOSIM_VERSION, kSeries, kTitle, kMessageId, kTree, kCommit, fmt::join(protocols(), ", "),
      scenario_format(), kTraceLogSchema, kChoicesFormat);
}

std::string version_json() {
  const nlohmann::ordered_json json = {
      {"name", "luosim"},
      {"version", LUOSIM_VERSION},
      {"follows",
       {{"series", kSeries},
        {"title", kTitle},
        {"posted", "2025-05-15"},
        {"message_id", kMessageId},
        {"tree", kTree},
        {"commit", kCommit}}},
      {"protocols", protocols()},
      {"formats",
       {{"scenario", scenario_format()}, {"log", kTraceLogSchema}, {"choices", kChoicesFormat}}}};
  return json.dump(2);
}

}  // namespace luosim::app
