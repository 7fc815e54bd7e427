// SPDX-License-Identifier: Apache-2.0
//
// Sums cannot overflow: each size is at most 64 TiB, and there are fewer than 2^17 of them.
#include "app/scenario/cross_checks.hpp"

#include <cstdint>
#include <string_view>

#include <fmt/format.h>

#include "app/scenario/folios.hpp"
#include "app/scenario/units.hpp"

namespace luosim::app {
namespace {

constexpr std::string_view kHugetlb = "hugetlb";

void check_memory(LoadContext& context, const Node& root, const world::Scenario& scenario) {
  if (context.failed("host") || context.failed("vms") || context.failed("files")) return;
  std::uint64_t wanted = 0;
  const world::HostSpec& host = scenario.host;
  // VMs of huge pages are made of those that are set aside.
  for (const world::VmSpec& vm : scenario.vms)
    if (vm.backing != kHugetlb) wanted += vm.memory_bytes;
  for (const world::FileSpec& file : scenario.files) wanted += file.size_bytes - file.hole_bytes;
  wanted += host.hugepages * kHugePage;
  if (wanted + host.scratch_bytes <= host.memory_bytes) return;
  const Entry* entry = find_entry(root, "host");
  const Place place = entry == nullptr ? root.place : place_under(entry->value, "memory");
  context.report(place,
                 fmt::format("{} ({}) and scratch ({}) do not fit in the memory of the host ({})",
                             host.hugepages > 0 ? "VMs, files and huge pages" : "VMs and files",
                             format_size(wanted), format_size(host.scratch_bytes),
                             format_size(host.memory_bytes)));
}

void check_folios(LoadContext& context, const Node& root, const world::Scenario& scenario) {
  if (context.failed("vms") || context.failed("files")) return;
  std::uint64_t folios = 0;
  for (const world::VmSpec& vm : scenario.vms) folios += vm.memory_bytes / vm.folio_bytes;
  for (const world::FileSpec& file : scenario.files) folios += file.size_bytes / file.folio_bytes;
  if (folios <= world::limits::kFolios) return;
  context.report(place_under(root, scenario.files.empty() ? "vms" : "files"),
                 fmt::format("VMs and files have {} folios; at most {} are allowed", folios,
                             world::limits::kFolios),
                 "larger folios are fewer");
}

void check_counts(LoadContext& context, const Node& root, const world::Scenario& scenario) {
  std::size_t entries = 0;
  for (const world::ActorSpec& actor : scenario.actors) entries += actor.script.size();
  if (entries > world::limits::kScriptEntries) {
    context.report(place_under(root, "actors"),
                   fmt::format("all scripts together have {} entries; at most {} are allowed",
                               entries, world::limits::kScriptEntries));
  }
  if (scenario.actors.size() > world::limits::kActors) {
    context.report(place_under(root, "actors"),
                   fmt::format("{} actors with the agent; at most {} are allowed",
                               scenario.actors.size(), world::limits::kActors));
  }
}

}  // namespace

void check_whole(LoadContext& context, const Node& root, const world::Scenario& scenario) {
  context.check_references();
  context.check_copies();
  check_memory(context, root, scenario);
  check_folios(context, root, scenario);
  check_counts(context, root, scenario);
}

}  // namespace luosim::app
