// SPDX-License-Identifier: Apache-2.0
//
// Where a story could still have ended well: the last move of a path at which another one was
// possible that breaks nothing.
#pragma once

#include <optional>
#include <span>

#include "sim/explore/explore.hpp"

namespace luosim::sim::explore {

/// The number of that move, from 0; nothing if every move was forced. Expands each state of the
/// path.
template <Model M>
std::optional<std::size_t> critical_step(const M& model, std::span<const std::uint32_t> path) {
  using W = typename M::Walker;
  std::optional<std::size_t> critical;
  W walker = model.walker();
  Workbench<W> bench;
  std::size_t number = 0;
  replay(model, path, [&](const typename W::State& before, const Successor<W>& taken) {
    expand(walker, before, walker.choice(), bench, [&](const Successor<W>& other) {
      const bool is_another = other.ordinal != taken.ordinal;
      if (is_another && other.taken.findings.empty()) critical = number;
      return critical != number;
    });
    ++number;
  });
  return critical;
}

}  // namespace luosim::sim::explore
