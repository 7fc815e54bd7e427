// SPDX-License-Identifier: Apache-2.0
//
// Claims about the whole graph of states: that the good end can be reached from everywhere, and
// that no cycle goes on for ever without getting anywhere. Both are linear in states and edges.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "sim/explore/state_store.hpp"

namespace luosim::sim::explore {

/// A transition between two states.
class Edge {
 public:
  /// `by_fault`: a fault struck on it.
  Edge(StateRef from, StateRef to, bool makes_progress, bool by_fault)
      : from_(from.value),
        to_(to.value & 0x3FFF'FFFFU),
        makes_progress_(makes_progress ? 1U : 0U),
        by_fault_(by_fault ? 1U : 0U) {}
  StateRef from() const { return {from_}; }
  StateRef to() const { return {to_}; }
  bool makes_progress() const { return makes_progress_ != 0; }
  bool is_by_fault() const { return by_fault_ != 0; }

 private:
  std::uint32_t from_;
  std::uint32_t to_ : 30;
  std::uint32_t makes_progress_ : 1;
  std::uint32_t by_fault_ : 1;
};
static_assert(sizeof(Edge) == 8);

/// The state of lowest number from which no good state can be reached without the help of a fault,
/// if there is one. States where the story was cut off count as good, for nobody knows.
std::optional<StateRef> find_state_without_way_back(const StateStore& store,
                                                    const std::vector<Edge>& edges);

/// The state of lowest number on a cycle of edges none of which makes progress.
std::optional<StateRef> find_cycle_without_progress(const StateStore& store,
                                                    const std::vector<Edge>& edges);

/// The numbers that lead from the initial state to this one.
std::vector<std::uint32_t> path_to(const StateStore& store, StateRef state);

}  // namespace luosim::sim::explore
