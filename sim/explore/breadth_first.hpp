// SPDX-License-Identifier: Apache-2.0
//
// Breadth-first search by levels: all states at one distance from the beginning are expanded, by
// any number of threads, before the next distance begins. What comes out does not depend on who was
// faster: of several ways to a new state the one from the parent of lower number counts, then the
// lower ordinal, and numbers are given when a level is complete.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "sim/explore/causes.hpp"
#include "sim/explore/expand.hpp"
#include "sim/explore/graph.hpp"
#include "sim/explore/result.hpp"

namespace luosim::sim::explore {

template <Model M>
class BreadthFirst {
 public:
  using W = typename M::Walker;
  using State = typename W::State;

  BreadthFirst(const M& model, const Options& options, std::size_t key_bytes)
      : options_(options), store_(options.compaction) {
    const std::uint32_t threads = std::max(1U, options.threads);
    for (std::uint32_t thread = 0; thread < threads; ++thread)
      workers_.push_back(std::make_unique<Worker>(model.walker(), key_bytes));
    workers_.front()->asks = true;
    begin(model.initial());
  }

  Ending search() {
    while (!frontier_.empty()) {
      expand_level();
      // What an unfinished level has found lies one move behind a finished one: as near as any.
      const bool is_cut_off = stop_ == Ending::stopped;
      if (is_cut_off) {
        merge_causes();
      } else {
        end_level();
      }
      if (!options_.finds_all && !causes_.is_empty()) return Ending::broken;
      if (is_cut_off || is_full_) return stop_;
    }
    return Ending::complete;
  }

  const StateStore& store() const { return store_; }
  std::vector<Edge> edges() const {
    std::vector<Edge> all;
    for (const auto& worker : workers_)
      all.insert(all.end(), worker->edges.begin(), worker->edges.end());
    return all;
  }
  const Causes& causes() const { return causes_; }

  /// Adds what was counted.
  void count_into(Result& result) const {
    result.states = store_.size();
    result.depth = depth_;
    result.most_waiting = most_waiting_;
    result.bytes = store_.bytes();
    for (const auto& worker : workers_) {
      result.transitions += worker->transitions;
      result.steps += worker->steps;
      result.bytes += worker->edges.capacity() * sizeof(Edge);
      result.reached.insert(result.reached.end(), worker->reached.begin(), worker->reached.end());
    }
    std::sort(result.reached.begin(), result.reached.end());
    result.reached.erase(std::unique(result.reached.begin(), result.reached.end()),
                         result.reached.end());
  }

 private:
  struct Waiting {
    std::unique_ptr<State> state;
    StateRef ref;
  };
  struct Worker {
    Worker(W walker_of_thread, std::size_t key_bytes)
        : walker(std::move(walker_of_thread)), hasher(key_bytes) {}
    W walker;
    Hasher hasher;
    Workbench<W> bench;
    // States that were expanded; the next that are found are copied into their memory.
    std::vector<std::unique_ptr<State>> spent;
    std::vector<Edge> edges;
    Causes causes;
    std::vector<std::uint32_t> reached;
    std::uint64_t transitions = 0;
    std::uint64_t steps = 0;
    bool asks = false;  // whether to stop, for all
    std::uint64_t since_asked = 0;
    std::thread thread;
  };
  // States that the level at work has found, by shard, in the order of their entries.
  struct Fresh {
    std::vector<Waiting> states;
    std::uint32_t first = 0;  // entry of the first of them
  };

  static constexpr std::uint32_t kStatesAPull = 8;
  // Not by states: one can have thousands of successors.
  static constexpr std::uint64_t kTransitionsBetweenQuestions = 512;

  void begin(State initial) {
    Worker& worker = *workers_.front();
    worker.hasher.reset();
    worker.walker.add_key(initial, worker.hasher);
    const std::uint8_t flags = worker.walker.flags_of(initial);
    const StateRef ref =
        visit(worker, [&](StateEntry& entry, bool, StateRef) { entry.flags = flags; });
    frontier_.push_back({std::make_unique<State>(std::move(initial)), ref});
    numbers_ = 1;
    for (std::uint32_t shard = 0; shard < StateStore::kShards; ++shard)
      fresh_[shard].first = shard == ref.value % StateStore::kShards ? 1 : 0;
  }

  template <class Change>
  StateRef visit(Worker& worker, Change change) {
    const auto bytes = worker.hasher.gathered();
    return store_
        .visit(worker.hasher.finish(), bytes.value_or(std::span<const std::byte>{}), change)
        .state;
  }

  void expand_level() {
    next_to_expand_ = 0;
    most_waiting_ = std::max(most_waiting_, std::uint64_t{frontier_.size()});
    const bool is_worth_it = workers_.size() > 1 && frontier_.size() >= kStatesAPull * 2;
    if (is_worth_it) {
      for (std::size_t other = 1; other < workers_.size(); ++other)
        workers_[other]->thread = std::thread([this, other] { work(*workers_[other]); });
    }
    work(*workers_.front());
    if (!is_worth_it) return;
    for (std::size_t other = 1; other < workers_.size(); ++other) workers_[other]->thread.join();
  }

  void work(Worker& worker) {
    while (!stops_.load(std::memory_order_relaxed)) {
      const std::size_t first = next_to_expand_.fetch_add(kStatesAPull);
      if (first >= frontier_.size()) return;
      const std::size_t end = std::min(first + kStatesAPull, frontier_.size());
      for (std::size_t index = first; index < end; ++index) expand_one(worker, index);
    }
  }

  // Whether the expansion at hand is to be finished.
  bool goes_on(Worker& worker, std::size_t index) {
    if (worker.asks && ++worker.since_asked >= kTransitionsBetweenQuestions) {
      worker.since_asked = 0;
      ask_whether_to_stop(frontier_.size() - index);
    }
    return !stops_.load(std::memory_order_relaxed);
  }

  void ask_whether_to_stop(std::uint64_t left) {
    // No room for states is no reason not to look at the rest of a level: whether something is
    // broken there must not depend on who of several threads came first.
    if (found_.load(std::memory_order_relaxed) + numbers_ > options_.max_states) {
      is_full_ = true;
      stop_ = Ending::state_limit;
    }
    if (options_.wants_stop &&
        options_.wants_stop({.states = numbers_ + found_.load(std::memory_order_relaxed),
                             .transitions = transitions_.load(std::memory_order_relaxed),
                             .frontier = left + found_.load(std::memory_order_relaxed),
                             .depth = depth_})) {
      stop(Ending::stopped);
    }
  }

  void stop(Ending ending) {
    stop_ = ending;
    stops_ = true;
  }

  void expand_one(Worker& worker, std::size_t index) {
    Waiting& from = frontier_[index];
    const auto parent_number = frontier_base_ + static_cast<std::uint32_t>(index);
    std::uint64_t transitions = 0;
    expand(worker.walker, std::as_const(*from.state), worker.walker.choice(), worker.bench,
           [&](const Successor<W>& successor) {
             ++transitions;
             worker.steps += successor.taken.steps;
             meet(worker, from, parent_number, successor);
             return goes_on(worker, index);
           });
    worker.spent.push_back(std::move(from.state));
    worker.transitions += transitions;
    transitions_.fetch_add(transitions, std::memory_order_relaxed);
  }

  void meet(Worker& worker, const Waiting& parent, std::uint32_t parent_number,
            const Successor<W>& successor) {
    const StateRef from = parent.ref;
    const Taken& taken = successor.taken;
    for (const std::uint32_t claim : taken.reached)
      if (std::find(worker.reached.begin(), worker.reached.end(), claim) == worker.reached.end())
        worker.reached.push_back(claim);
    for (const Finding& finding : taken.findings)
      worker.causes.add(finding, {depth_ + 1, parent_number, successor.ordinal, from});
    // Nobody asks what follows from the first broken claim.
    if (!taken.findings.empty() && !options_.finds_all) return;
    if (is_full_.load(std::memory_order_relaxed)) return;
    if (worker.walker.is_same(*parent.state, successor.state)) {
      if (options_.keeps_edges && !taken.makes_progress)
        worker.edges.push_back({from, from, kind_of(taken, successor.choice)});
      return;
    }
    worker.hasher.reset();
    worker.walker.add_key(successor.state, worker.hasher);
    const std::uint8_t flags = worker.walker.flags_of(successor.state);
    const StateRef to = visit(worker, [&](StateEntry& entry, bool is_new, StateRef ref) {
      Fresh& fresh = fresh_[ref.value % StateStore::kShards];
      if (is_new) {
        entry = {from, successor.ordinal, parent_number, depth_ + 1, flags};
        fresh.states.push_back({copy_of(worker, successor.state), ref});
        found_.fetch_add(1, std::memory_order_relaxed);
      } else if (entry.depth == depth_ + 1 && std::pair{parent_number, successor.ordinal} <
                                                  std::pair{entry.number, entry.ordinal}) {
        entry.parent = from;
        entry.ordinal = successor.ordinal;
        entry.number = parent_number;
        *fresh.states[ref.value / StateStore::kShards - fresh.first].state = successor.state;
      }
    });
    if (options_.keeps_edges) worker.edges.push_back({from, to, kind_of(taken, successor.choice)});
  }

  static std::unique_ptr<State> copy_of(Worker& worker, const State& state) {
    if (worker.spent.empty()) return std::make_unique<State>(state);
    std::unique_ptr<State> copy = std::move(worker.spent.back());
    worker.spent.pop_back();
    *copy = state;
    return copy;
  }

  void merge_causes() {
    for (const auto& worker : workers_) {
      causes_.add(worker->causes);
      worker->causes = {};
    }
  }

  void end_level() {
    merge_causes();
    frontier_.clear();
    for (Fresh& fresh : fresh_) {
      fresh.first += static_cast<std::uint32_t>(fresh.states.size());
      std::move(fresh.states.begin(), fresh.states.end(), std::back_inserter(frontier_));
      fresh.states.clear();
    }
    std::sort(frontier_.begin(), frontier_.end(), [&](const Waiting& left, const Waiting& right) {
      const StateEntry& one = store_[left.ref];
      const StateEntry& other = store_[right.ref];
      return std::pair{one.number, one.ordinal} < std::pair{other.number, other.ordinal};
    });
    frontier_base_ = numbers_;
    for (const Waiting& waiting : frontier_) store_[waiting.ref].number = numbers_++;
    found_ = 0;
    if (!frontier_.empty()) ++depth_;
    share_memory();
    if (!frontier_.empty()) ask_whether_to_stop(frontier_.size());
  }

  // A thread that expands what others find would keep the memory of all it has expanded.
  void share_memory() {
    const std::size_t most = frontier_.size() / workers_.size() + kStatesAPull;
    for (const auto& worker : workers_)
      if (worker->spent.size() > most) worker->spent.resize(most);
  }

  Options options_;
  StateStore store_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::array<Fresh, StateStore::kShards> fresh_;
  std::vector<Waiting> frontier_;    // in the order of their numbers
  std::uint32_t frontier_base_ = 0;  // number of the first of them
  std::atomic<std::size_t> next_to_expand_{0};
  std::atomic<bool> stops_{false};    // whatever is at hand
  std::atomic<bool> is_full_{false};  // and takes no more states
  std::atomic<std::uint64_t> found_{0};
  std::atomic<std::uint64_t> transitions_{0};
  Ending stop_ = Ending::complete;
  Causes causes_;
  std::uint32_t numbers_ = 0;
  std::uint32_t depth_ = 0;
  std::uint64_t most_waiting_ = 0;
};

}  // namespace luosim::sim::explore
