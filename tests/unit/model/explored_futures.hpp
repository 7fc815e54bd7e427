// SPDX-License-Identifier: Apache-2.0
//
// What explorations found, and what can follow from their states, for tests that compare them.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "model/world/explore.hpp"
#include "sim/explore/explore.hpp"

namespace luosim::world {

/// The guarantees that were found broken.
inline std::set<std::uint32_t> broken(const sim::explore::Result& result) {
  std::set<std::uint32_t> guarantees;
  for (const auto& each : result.counterexamples) guarantees.insert(each.finding.guarantee);
  return guarantees;
}

/// What one move makes of a state, without faults.
inline ExploredState after(WorldWalker& walker, const ExploredState& from,
                           sim::explore::Move move) {
  ExploredState state = from;
  sim::explore::Taken taken;
  walker.begin(from, move, walker.choice());
  walker.take(state, move, walker.choice(), taken);
  return state;
}

inline sim::Digest128 key_of(WorldWalker& walker, const ExploredState& state) {
  sim::Hasher hasher;
  walker.add_key(state, hasher);
  return hasher.finish();
}

inline std::vector<sim::explore::Move> moves_of(WorldWalker& walker, const ExploredState& state) {
  std::vector<sim::explore::Move> moves;
  walker.moves(state, moves);
  return moves;
}

/// The keys that can be reached by one move.
inline std::multiset<sim::Digest128> successors_of(const WorldModel& model,
                                                   const ExploredState& state) {
  WorldWalker walker = model.walker();
  WorldWalker judge = model.walker();
  sim::explore::Workbench<WorldWalker> bench;
  sim::Hasher hasher;
  std::multiset<sim::Digest128> keys;
  sim::explore::expand(walker, state, walker.choice(), bench, [&](const auto& successor) {
    hasher.reset();
    judge.add_key(successor.state, hasher);
    keys.insert(hasher.finish());
    return true;
  });
  return keys;
}

/// Where everybody stands, and with which answer.
inline void add_places(const sim::Schedule& schedule, sim::Hasher& hasher) {
  for (const sim::Task& task : schedule.tasks()) {
    if (task.state == sim::Task::State::unused) continue;
    for (std::uint32_t number = task.frame; number != sim::Frame::kNone;
         number = schedule.frame(number).caller) {
      const sim::Frame& frame = schedule.frame(number);
      hasher.add(frame.program.hash);
      hasher.add(frame.step);
      hasher.add(frame.result);
    }
  }
}

/// What shows of all that can follow in so many moves, whoever it is about: which guarantees break
/// and where, how long a move is, and how the machine stands after it.
inline std::multiset<sim::Digest128> visible_futures_of(const WorldModel& model,
                                                        const ExploredState& state,
                                                        std::uint32_t moves) {
  WorldWalker walker = model.walker();
  sim::explore::Workbench<WorldWalker> bench;
  std::multiset<sim::Digest128> futures;
  sim::explore::expand(walker, state, walker.choice(), bench, [&](const auto& successor) {
    sim::Hasher hasher;
    hasher.add(successor.taken.steps);
    for (const sim::explore::Finding& finding : successor.taken.findings) {
      hasher.add(finding.guarantee);
      hasher.add(finding.place);
    }
    hasher.add(walker.flags_of(successor.state));
    hasher.add(successor.state.world.kernel.luo.phase);
    add_places(successor.state.world.schedule, hasher);
    if (moves > 1)
      for (const sim::Digest128& later : visible_futures_of(model, successor.state, moves - 1))
        hasher.add(later);
    futures.insert(hasher.finish());
    return true;
  });
  return futures;
}

/// Goes through states of a model and compares what can follow from those of one key.
class FuturesByKey {
 public:
  using Futures = std::multiset<sim::Digest128>;
  using FuturesOf = Futures (*)(const WorldModel& model, const ExploredState& state);

  explicit FuturesByKey(const WorldModel& model, FuturesOf futures_of = successors_of)
      : model_(model), futures_of_(futures_of), walker_(model.walker()) {
    meet(model.initial());
  }

  /// States whose key was new, and from which nobody went on yet, in the order in which they came.
  std::size_t waiting() const { return waiting_.size(); }
  std::size_t keys() const { return futures_.size(); }

  /// Goes on from one of those who wait. False if something can follow from a state that comes next
  /// that could not from another one of its key.
  bool go_on_from(std::size_t place) {
    const ExploredState from = std::move(waiting_[place]);
    waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(place));
    bool are_the_same = true;
    sim::explore::expand(walker_, from, walker_.choice(), bench_, [&](const auto& successor) {
      are_the_same = are_the_same && meet(successor.state);
      return are_the_same;
    });
    return are_the_same;
  }

 private:
  bool meet(const ExploredState& state) {
    const auto [known, is_new] = futures_.try_emplace(key_of(walker_, state));
    if (!is_new) return futures_of_(model_, state) == known->second;
    known->second = futures_of_(model_, state);
    waiting_.push_back(state);
    return true;
  }

  const WorldModel& model_;
  FuturesOf futures_of_;
  WorldWalker walker_;
  sim::explore::Workbench<WorldWalker> bench_;
  std::map<sim::Digest128, Futures> futures_;
  std::vector<ExploredState> waiting_;
};

}  // namespace luosim::world
