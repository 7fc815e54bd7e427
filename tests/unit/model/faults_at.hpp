// SPDX-License-Identifier: Apache-2.0
//
// The faults of sites by name, as an exploration lets them strike: each with what it returns by
// itself.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "model/world/vocabulary.hpp"

namespace luosim::world {

inline std::vector<sim::SiteFaults> faults_at(const std::vector<std::string>& names) {
  std::vector<sim::FaultSite> named;
  for (const sim::FaultSite& site : fault_sites())
    if (std::find(names.begin(), names.end(), site.name) != names.end()) named.push_back(site);
  return site_faults(named);
}

}  // namespace luosim::world
