// SPDX-License-Identifier: Apache-2.0
//
// Where a story could still have ended well: the last move of a path instead of which another one
// was possible that does not lead to a broken claim whatever follows. What is wrong often shows
// some moves after nothing could be done about it any more, so it is not enough that another move
// breaks nothing at once.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "sim/explore/explore.hpp"

namespace luosim::sim::explore {

/// Looks for ways on from a state on which nothing breaks.
template <Model M>
class WayOn {
 public:
  using W = typename M::Walker;
  using State = typename W::State;

  /// So many moves are tried; then it is not known, and what is not shown to be lost is not.
  static constexpr std::size_t kMostTries = 20'000;

  explicit WayOn(const M& model) : walker_(model.walker()) {}

  /// Whether so many moves can be taken from here, or as many as there are, without a finding.
  bool exists(const State& from, std::size_t moves) {
    std::vector<std::pair<State, std::size_t>> ahead{{from, moves}};
    std::set<std::pair<std::size_t, Digest128>> seen;
    std::size_t tries = 0;
    while (!ahead.empty()) {
      const auto [state, left] = std::move(ahead.back());
      ahead.pop_back();
      if (left == 0) return true;
      if (!seen.emplace(left, key_of(state)).second) continue;
      const std::size_t fewer = left - 1;
      const std::size_t before = tries;
      expand(walker_, state, walker_.choice(), bench_, [&](const Successor<W>& next) {
        if (next.taken.findings.empty()) ahead.emplace_back(next.state, fewer);
        return ++tries < kMostTries;
      });
      const bool is_the_end = tries == before;
      if (is_the_end || tries >= kMostTries) return true;
    }
    return false;
  }

 private:
  Digest128 key_of(const State& state) {
    Hasher hasher;
    walker_.add_key(state, hasher);
    return hasher.finish();
  }

  W walker_;
  Workbench<W> bench_;
};

/// The number of that move, from 0; nothing if there is none among the last 256. A way on counts if
/// it is a hundred moves long, or ends.
template <Model M>
std::optional<std::size_t> critical_step(const M& model, std::span<const std::uint32_t> path) {
  using W = typename M::Walker;
  constexpr std::size_t kMostMoves = 256;
  constexpr std::size_t kWayOn = 100;
  const std::size_t first = path.size() - std::min(path.size(), kMostMoves);
  std::vector<typename W::State> befores;
  std::size_t number = 0;
  replay(model, path, [&](const typename W::State& before, const Successor<W>&) {
    if (number++ >= first) befores.push_back(before);
  });
  W walker = model.walker();
  Workbench<W> bench;
  WayOn<M> way_on(model);
  for (number = first + befores.size(); number-- > first;) {
    bool could_end_well = false;
    expand(walker, befores[number - first], walker.choice(), bench, [&](const Successor<W>& other) {
      const bool is_another = other.ordinal != path[number];
      could_end_well =
          is_another && other.taken.findings.empty() && way_on.exists(other.state, kWayOn);
      return !could_end_well;
    });
    if (could_end_well) return number;
  }
  return std::nullopt;
}

}  // namespace luosim::sim::explore
