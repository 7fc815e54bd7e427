// SPDX-License-Identifier: Apache-2.0
#include "app/cli/fault_sites.hpp"

#include <algorithm>
#include <ostream>
#include <string_view>

#include "model/world/vocabulary.hpp"

namespace luosim::app {

namespace {

// Where the protocol itself can fail: what is asked of participants, of memory and of a lock.
const std::vector<std::string> kUsualSites{"luo.*", "kho.*", "mm.*", "kernel.descriptor",
                                           "agent.crash"};

// A `*` at the end stands for anything.
bool matches(std::string_view name, std::string_view pattern) {
  if (pattern.empty() || pattern.back() != '*') return name == pattern;
  return name.starts_with(pattern.substr(0, pattern.size() - 1));
}

bool can_strike(const sim::FaultSite& site) {
  return site.value < 0 || site.name == "agent.crash";
}

}  // namespace

std::optional<std::vector<sim::FaultSite>> sites_named(const std::vector<std::string>& patterns,
                                                       std::ostream& errors) {
  const std::vector<std::string>& named = patterns.empty() ? kUsualSites : patterns;
  const auto is_meant = [](const sim::FaultSite& site, const std::string& pattern) {
    return can_strike(site) && matches(site.name, pattern);
  };
  for (const std::string& pattern : patterns) {
    if (std::any_of(world::fault_sites().begin(), world::fault_sites().end(),
                    [&](const sim::FaultSite& site) { return is_meant(site, pattern); }))
      continue;
    errors << "luosim: --sites: no fault site is named '" << pattern
           << "' (luosim explain faults lists them)\n";
    return std::nullopt;
  }
  std::vector<sim::FaultSite> sites;
  for (const sim::FaultSite& site : world::fault_sites())
    if (std::any_of(named.begin(), named.end(),
                    [&](const std::string& pattern) { return is_meant(site, pattern); }))
      sites.push_back(site);
  return sites;
}

std::optional<std::vector<std::uint32_t>> sites_that_may_strike(
    std::uint32_t faults, const std::vector<std::string>& patterns, std::ostream& errors) {
  const auto sites = sites_named(patterns, errors);
  if (!sites) return std::nullopt;
  std::vector<std::uint32_t> hashes;
  if (faults == 0) return hashes;
  for (const sim::FaultSite& site : *sites) hashes.push_back(site.id().hash);
  std::sort(hashes.begin(), hashes.end());
  return hashes;
}

}  // namespace luosim::app
