// SPDX-License-Identifier: Apache-2.0
#include "sim/explore/graph.hpp"

#include <algorithm>
#include <iterator>
#include <numeric>

namespace luosim::sim::explore {

namespace {

// Edges by one of their ends, as ranges of a flat list; states by their numbers.
class Adjacency {
 public:
  template <class Key, class Value>
  Adjacency(std::size_t states, const std::vector<Edge>& edges, Key key, Value value)
      : begins_(states + 1), others_(edges.size()) {
    for (const Edge& edge : edges) ++begins_[key(edge) + 1];
    std::partial_sum(begins_.begin(), begins_.end(), begins_.begin());
    std::vector<std::uint64_t> next(begins_.begin(), begins_.end() - 1);
    for (const Edge& edge : edges) others_[next[key(edge)]++] = value(edge);
  }
  std::span<const std::uint32_t> of(std::uint32_t state) const {
    return {others_.data() + begins_[state], others_.data() + begins_[state + 1]};
  }

 private:
  std::vector<std::uint64_t> begins_;
  std::vector<std::uint32_t> others_;
};

std::vector<StateRef> by_number(const StateStore& store) {
  std::vector<StateRef> states(store.size());
  store.for_each([&](StateRef state, const StateEntry& entry) { states[entry.number] = state; });
  return states;
}

// By number, 1 if a way over edges that are `usable` leads to a state with one of the flags `ends`.
template <class Usable>
std::vector<std::uint8_t> leading_to(std::uint8_t ends, const StateStore& store,
                                     const std::vector<StateRef>& states,
                                     const std::vector<Edge>& edges, Usable usable) {
  std::vector<Edge> used;
  std::copy_if(edges.begin(), edges.end(), std::back_inserter(used), usable);
  const auto from = [&](const Edge& edge) { return store[edge.from()].number; };
  const auto to = [&](const Edge& edge) { return store[edge.to()].number; };
  const Adjacency into(states.size(), used, to, from);
  std::vector<std::uint8_t> leads(states.size());
  std::vector<std::uint32_t> waiting;
  for (std::uint32_t number = 0; number < states.size(); ++number) {
    if ((store[states[number]].flags & ends) == 0) continue;
    leads[number] = 1;
    waiting.push_back(number);
  }
  while (!waiting.empty()) {
    const std::uint32_t state = waiting.back();
    waiting.pop_back();
    for (const std::uint32_t before : into.of(state)) {
      if (leads[before] != 0) continue;
      leads[before] = 1;
      waiting.push_back(before);
    }
  }
  return leads;
}

std::optional<StateRef> first_lost(const std::vector<StateRef>& states,
                                   const std::vector<std::uint8_t>& is_fine) {
  const auto lost = std::find(is_fine.begin(), is_fine.end(), 0);
  if (lost == is_fine.end()) return std::nullopt;
  return states[static_cast<std::size_t>(lost - is_fine.begin())];
}

// Nobody knows what comes behind such a state.
constexpr std::uint8_t kIsNotFollowed = StateFlags::kCutOff | StateFlags::kBroken;

}  // namespace

std::optional<StateRef> find_state_without_way_back(const StateStore& store,
                                                    const std::vector<Edge>& edges) {
  const std::vector<StateRef> states = by_number(store);
  std::vector<std::uint8_t> has_way_back =
      leading_to(StateFlags::kGood | kIsNotFollowed, store, states, edges,
                 [](const Edge& edge) { return !edge.is_by_fault(); });
  // What nobody is left to lead back is nobody's fault, and nobody's way back.
  for (std::uint32_t number = 0; number < states.size(); ++number)
    if ((store[states[number]].flags & StateFlags::kNobodyLeft) != 0) has_way_back[number] = 1;
  return first_lost(states, has_way_back);
}

std::optional<StateRef> find_state_without_begin(const StateStore& store,
                                                 const std::vector<Edge>& edges) {
  const std::vector<StateRef> states = by_number(store);
  std::vector<std::uint8_t> may_begin =
      leading_to(StateFlags::kBegun | kIsNotFollowed, store, states, edges,
                 [](const Edge& edge) { return !edge.is_by_fault() && !edge.starts_over(); });
  for (std::uint32_t number = 0; number < states.size(); ++number)
    if ((store[states[number]].flags & StateFlags::kMayBegin) == 0) may_begin[number] = 1;
  return first_lost(states, may_begin);
}

// Takes away states that no edge without progress enters or, what is the same for cycles, that none
// leaves, until only cycles and what lies between them are left.
std::optional<StateRef> find_cycle_without_progress(const StateStore& store,
                                                    const std::vector<Edge>& edges) {
  std::vector<Edge> idle;
  for (const Edge& edge : edges)
    if (!edge.makes_progress()) idle.push_back(edge);
  if (idle.empty()) return std::nullopt;
  const std::vector<StateRef> states = by_number(store);
  const auto from = [&](const Edge& edge) { return store[edge.from()].number; };
  const auto to = [&](const Edge& edge) { return store[edge.to()].number; };
  const auto take_away = [&](const Adjacency& next, const Adjacency& before,
                             std::vector<std::uint8_t>& is_gone) {
    std::vector<std::uint32_t> left(states.size());
    std::vector<std::uint32_t> waiting;
    for (std::uint32_t number = 0; number < states.size(); ++number) {
      if (is_gone[number] != 0) continue;
      for (const std::uint32_t other : before.of(number)) left[number] += is_gone[other] == 0;
      if (left[number] == 0) waiting.push_back(number);
    }
    while (!waiting.empty()) {
      const std::uint32_t number = waiting.back();
      waiting.pop_back();
      is_gone[number] = 1;
      for (const std::uint32_t other : next.of(number))
        if (is_gone[other] == 0 && --left[other] == 0) waiting.push_back(other);
    }
  };
  const Adjacency out(states.size(), idle, from, to);
  const Adjacency into(states.size(), idle, to, from);
  std::vector<std::uint8_t> is_gone(states.size());
  take_away(out, into, is_gone);
  take_away(into, out, is_gone);
  const auto cycle = std::find(is_gone.begin(), is_gone.end(), 0);
  if (cycle == is_gone.end()) return std::nullopt;
  return states[static_cast<std::size_t>(cycle - is_gone.begin())];
}

std::vector<std::uint32_t> path_to(const StateStore& store, StateRef state) {
  std::vector<std::uint32_t> path;
  for (; store[state].parent != kNoState; state = store[state].parent)
    path.push_back(store[state].ordinal);
  std::reverse(path.begin(), path.end());
  return path;
}

}  // namespace luosim::sim::explore
