// SPDX-License-Identifier: Apache-2.0
//
// What was found, one for each cause: the one that comes first when states are numbered in the
// order of the search, whichever thread met it first.
#pragma once

#include <compare>
#include <map>
#include <utility>
#include <vector>

#include "sim/explore/model.hpp"
#include "sim/explore/state_store.hpp"

namespace luosim::sim::explore {

/// Where a finding was made: the successor `ordinal` of a state.
struct FoundAt {
  std::uint32_t depth = 0;
  std::uint32_t parent_number = 0;
  std::uint32_t ordinal = 0;
  StateRef parent;
  friend constexpr bool operator<(const FoundAt& left, const FoundAt& right) {
    return std::tie(left.depth, left.parent_number, left.ordinal) <
           std::tie(right.depth, right.parent_number, right.ordinal);
  }
};

class Causes {
 public:
  struct Found {
    FoundAt at;
    Finding finding;
  };

  /// Keeps the finding if its cause is new, or was found later than `at`. O(log causes).
  void add(const Finding& finding, const FoundAt& at) {
    const std::pair key{finding.guarantee, finding.place};
    const auto known = found_.find(key);
    if (known == found_.end()) {
      found_.emplace(key, Found{at, finding});
    } else if (at < known->second.at) {
      known->second = {at, finding};
    }
  }
  void add(const Causes& others) {
    for (const auto& [key, found] : others.found_) add(found.finding, found.at);
  }
  bool is_empty() const { return found_.empty(); }
  /// The earliest first.
  std::vector<Found> in_order() const;

 private:
  std::map<std::pair<std::uint32_t, std::uint64_t>, Found> found_;
};

}  // namespace luosim::sim::explore
