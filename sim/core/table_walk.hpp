// SPDX-License-Identifier: Apache-2.0
//
// Asks a state machine that only knows how to react for all of its answers, so that a world can
// hold the state as a plain number. The machine may be one that holds pointers, as Boost.MSM's do,
// and cannot be put into a state: it is led there from its initial one.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <vector>

namespace luosim::sim {

/// What a machine answers. An `Edge` is an aggregate of `from`, `event` and `to`; states and events
/// are enumerations that count from 0, and state 0 is the initial one.
template <class Edge, std::size_t kStates, std::size_t kEvents>
struct TransitionTable {
  using State = decltype(Edge::from);
  using Event = decltype(Edge::event);

  std::array<std::array<std::optional<State>, kEvents>, kStates> next{};
  std::vector<Edge> edges;  ///< those of the nearest states first, of each in the order of events

  std::optional<State> after(State state, Event event) const {
    return next[static_cast<std::size_t>(state)][static_cast<std::size_t>(event)];
  }
};

/// Walks a machine breadth-first along every event. `lead(path)` tells a fresh machine the events
/// of `path` and says where the last one led, or nothing if it was refused; each is taken but the
/// last. States that no event leads to have no answers. O(states * events) paths, none of them
/// longer than kStates.
template <class Edge, std::size_t kStates, std::size_t kEvents, class Lead>
TransitionTable<Edge, kStates, kEvents> walk_table(const Lead& lead) {
  using Table = TransitionTable<Edge, kStates, kEvents>;
  using State = typename Table::State;
  using Event = typename Table::Event;

  Table table;
  std::array<std::optional<std::vector<Event>>, kStates> path_to;
  path_to[0] = std::vector<Event>{};
  std::vector<State> pending{State{}};
  for (std::size_t at = 0; at < pending.size(); ++at) {
    const State from = pending[at];
    std::vector<Event> path = *path_to[static_cast<std::size_t>(from)];
    for (std::size_t number = 0; number < kEvents; ++number) {
      const auto event = static_cast<Event>(number);
      path.push_back(event);
      if (const std::optional<State> to = lead(path)) {
        table.next[static_cast<std::size_t>(from)][number] = to;
        table.edges.push_back({from, event, *to});
        auto& known = path_to[static_cast<std::size_t>(*to)];
        if (!known) pending.push_back(*to);
        if (!known) known = path;
      }
      path.pop_back();
    }
  }
  return table;
}

}  // namespace luosim::sim
