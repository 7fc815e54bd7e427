// SPDX-License-Identifier: Apache-2.0
#include "sim/explore/causes.hpp"

#include <algorithm>

namespace luosim::sim::explore {

std::vector<Causes::Found> Causes::in_order() const {
  std::vector<Found> found;
  for (const auto& [key, one] : found_) found.push_back(one);
  // Of what was found in one place, the guarantee of lower number comes first.
  std::stable_sort(found.begin(), found.end(),
                   [](const Found& left, const Found& right) { return left.at < right.at; });
  return found;
}

}  // namespace luosim::sim::explore
