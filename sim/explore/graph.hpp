// SPDX-License-Identifier: Apache-2.0
//
// Claims about the whole graph of states: that the good end can be reached from everywhere, that
// something can begin again there, and that no cycle goes on for ever without getting anywhere. All
// are linear in states and edges.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "sim/explore/model.hpp"
#include "sim/explore/state_store.hpp"

namespace luosim::sim::explore {

/// What is true of a transition, for claims about the graph.
struct EdgeKind {
  bool makes_progress = true;
  bool by_fault = false;     ///< a fault struck on it
  bool starts_over = false;  ///< see Taken
};

inline EdgeKind kind_of(const Taken& taken, const EnumeratedChoice& choice) {
  return {.makes_progress = taken.makes_progress,
          .by_fault = choice.struck(),
          .starts_over = taken.starts_over};
}

/// A transition between two states.
class Edge {
 public:
  Edge(StateRef from, StateRef to, EdgeKind kind)
      : from_(from.value & 0x3FFF'FFFFU),
        starts_over_(kind.starts_over ? 1U : 0U),
        to_(to.value & 0x3FFF'FFFFU),
        makes_progress_(kind.makes_progress ? 1U : 0U),
        by_fault_(kind.by_fault ? 1U : 0U) {}
  StateRef from() const { return {from_}; }
  StateRef to() const { return {to_}; }
  bool makes_progress() const { return makes_progress_ != 0; }
  bool is_by_fault() const { return by_fault_ != 0; }
  bool starts_over() const { return starts_over_ != 0; }

 private:
  std::uint32_t from_ : 30;
  std::uint32_t starts_over_ : 1;
  std::uint32_t to_ : 30;
  std::uint32_t makes_progress_ : 1;
  std::uint32_t by_fault_ : 1;
};
static_assert(sizeof(Edge) == 8);

/// The state of lowest number from which no good state can be reached without the help of a fault,
/// if there is one. States where the story was cut off count as good, for nobody knows.
std::optional<StateRef> find_state_without_way_back(const StateStore& store,
                                                    const std::vector<Edge>& edges);

/// The state of lowest number where something may begin and nothing leads to where it has begun but
/// a fault or starting over, if there is one. States where the story was cut off count as begun.
std::optional<StateRef> find_state_without_begin(const StateStore& store,
                                                 const std::vector<Edge>& edges);

/// The state of lowest number on a cycle of edges none of which makes progress.
std::optional<StateRef> find_cycle_without_progress(const StateStore& store,
                                                    const std::vector<Edge>& edges);

/// The numbers that lead from the initial state to this one.
std::vector<std::uint32_t> path_to(const StateStore& store, StateRef state);

}  // namespace luosim::sim::explore
