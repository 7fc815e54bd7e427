// SPDX-License-Identifier: Apache-2.0
//
// Depth-first search: keeps only the states on the way from the beginning to where it stands. It
// finds something soon where breadth first would have to work through wide levels, and what it
// finds is not the shortest way.
#pragma once

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "sim/explore/causes.hpp"
#include "sim/explore/expand.hpp"
#include "sim/explore/graph.hpp"
#include "sim/explore/result.hpp"

namespace luosim::sim::explore {

template <Model M>
class DepthFirst {
 public:
  using W = typename M::Walker;
  using State = typename W::State;

  DepthFirst(const M& model, const Options& options, std::size_t key_bytes)
      : options_(options), store_(options.compaction), walker_(model.walker()), hasher_(key_bytes) {
    State initial = model.initial();
    enter(initial, kNoState, 0);
  }

  Ending search() {
    while (!stack_.empty()) {
      if (stack_.back().successors.empty()) {
        stack_.pop_back();
        continue;
      }
      auto [ordinal, state, ref] = std::move(stack_.back().successors.back());
      stack_.back().successors.pop_back();
      expand_one(*state, ref);
      if (!options_.finds_all && !causes_.is_empty()) return Ending::broken;
      if (numbers_ > options_.max_states) return Ending::state_limit;
      if (stops_) return Ending::stopped;
    }
    return Ending::complete;
  }

  const StateStore& store() const { return store_; }
  const std::vector<Edge>& edges() const { return edges_; }
  const Causes& causes() const { return causes_; }

  void count_into(Result& result) const {
    result.states = store_.size();
    result.transitions = transitions_;
    result.steps = steps_;
    result.depth = deepest_;
    result.most_waiting = most_waiting_;
    result.bytes = store_.bytes() + edges_.capacity() * sizeof(Edge);
    result.reached = reached_;
    std::sort(result.reached.begin(), result.reached.end());
  }

 private:
  struct Waiting {
    std::uint32_t ordinal;
    std::unique_ptr<State> state;
    StateRef ref;
  };
  // New successors of one state on the way, the next one last.
  struct Level {
    std::vector<Waiting> successors;
  };
  // Not by states: one can have thousands of successors.
  static constexpr std::uint64_t kTransitionsBetweenQuestions = 512;

  // The state's place, and whether it had not been seen.
  StateStore::Found enter(const State& state, StateRef parent, std::uint32_t ordinal) {
    hasher_.reset();
    walker_.add_key(state, hasher_);
    const auto bytes = hasher_.gathered();
    const auto depth = static_cast<std::uint32_t>(stack_.size());
    const auto found =
        store_.visit(hasher_.finish(), bytes.value_or(std::span<const std::byte>{}),
                     [&](StateEntry& entry, bool is_new, StateRef) {
                       if (is_new)
                         entry = {parent, ordinal, numbers_++, depth, walker_.flags_of(state)};
                     });
    if (!found.is_new) return found;
    deepest_ = std::max(deepest_, depth);
    if (stack_.empty()) stack_.emplace_back();
    stack_.back().successors.push_back({ordinal, std::make_unique<State>(state), found.state});
    most_waiting_ = std::max(most_waiting_, ++waiting_);
    return found;
  }

  void expand_one(const State& from, StateRef ref) {
    --waiting_;
    stack_.emplace_back();
    expand(walker_, from, walker_.choice(), bench_, [&](const Successor<W>& successor) {
      ++transitions_;
      steps_ += successor.taken.steps;
      meet(ref, successor);
      if (transitions_ % kTransitionsBetweenQuestions == 0 && options_.wants_stop)
        stops_ = options_.wants_stop({numbers_, transitions_, waiting_, deepest_});
      return !stops_;
    });
    std::reverse(stack_.back().successors.begin(), stack_.back().successors.end());
  }

  void meet(StateRef from, const Successor<W>& successor) {
    const Taken& taken = successor.taken;
    for (const std::uint32_t claim : taken.reached)
      if (std::find(reached_.begin(), reached_.end(), claim) == reached_.end())
        reached_.push_back(claim);
    const auto depth = static_cast<std::uint32_t>(stack_.size());
    for (const Finding& finding : taken.findings)
      causes_.add(finding, {depth, store_[from].number, successor.ordinal, from});
    if (!taken.findings.empty() && !options_.finds_all) return;
    const StateStore::Found found = enter(successor.state, from, successor.ordinal);
    if (options_.keeps_edges)
      edges_.push_back({from, found.state, kind_of(taken, successor.choice)});
  }

  Options options_;
  StateStore store_;
  W walker_;
  Hasher hasher_;
  Workbench<W> bench_;
  std::vector<Level> stack_;
  std::vector<Edge> edges_;
  Causes causes_;
  std::vector<std::uint32_t> reached_;
  bool stops_ = false;
  std::uint64_t transitions_ = 0;
  std::uint64_t steps_ = 0;
  std::uint64_t waiting_ = 0;
  std::uint64_t most_waiting_ = 0;
  std::uint32_t numbers_ = 0;
  std::uint32_t deepest_ = 0;
};

}  // namespace luosim::sim::explore
