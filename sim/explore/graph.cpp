// SPDX-License-Identifier: Apache-2.0
#include "sim/explore/graph.hpp"

#include <algorithm>
#include <iterator>
#include <numeric>

#include "sim/explore/model.hpp"

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

}  // namespace

std::optional<StateRef> find_state_without_way_back(const StateStore& store,
                                                    const std::vector<Edge>& edges) {
  const std::vector<StateRef> states = by_number(store);
  const auto from = [&](const Edge& edge) { return store[edge.from()].number; };
  const auto to = [&](const Edge& edge) { return store[edge.to()].number; };
  std::vector<Edge> by_ourselves;
  std::copy_if(edges.begin(), edges.end(), std::back_inserter(by_ourselves),
               [](const Edge& edge) { return !edge.is_by_fault(); });
  const Adjacency into(states.size(), by_ourselves, to, from);
  std::vector<std::uint8_t> has_way_back(states.size());
  std::vector<std::uint32_t> waiting;
  for (std::uint32_t number = 0; number < states.size(); ++number) {
    constexpr std::uint8_t kIsFine = StateFlags::kGood | StateFlags::kCutOff | StateFlags::kBroken;
    if ((store[states[number]].flags & kIsFine) == 0) continue;
    has_way_back[number] = 1;
    waiting.push_back(number);
  }
  while (!waiting.empty()) {
    const std::uint32_t state = waiting.back();
    waiting.pop_back();
    for (const std::uint32_t before : into.of(state)) {
      if (has_way_back[before] != 0) continue;
      has_way_back[before] = 1;
      waiting.push_back(before);
    }
  }
  // What nobody is left to lead back is nobody's fault, and nobody's way back.
  for (std::uint32_t number = 0; number < states.size(); ++number)
    if ((store[states[number]].flags & StateFlags::kNobodyLeft) != 0) has_way_back[number] = 1;
  const auto lost = std::find(has_way_back.begin(), has_way_back.end(), 0);
  if (lost == has_way_back.end()) return std::nullopt;
  return states[static_cast<std::size_t>(lost - has_way_back.begin())];
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
