// SPDX-License-Identifier: Apache-2.0
//
// A scenario as a model to explore: every order of steps that causality allows, every answer of the
// door to chance, every call of a free actor, and faults within a budget. Time is forgotten:
// whatever is pending may come next.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/world/canonical.hpp"
#include "model/world/explored_state.hpp"
#include "model/world/footprints.hpp"
#include "model/world/known_entities.hpp"
#include "model/world/order.hpp"
#include "sim/explore/graph_claims.hpp"
#include "sim/explore/model.hpp"

namespace luosim::world {

struct ExploreOptions {
  std::uint32_t faults = 0;                  ///< that may strike on one path, at most
  std::vector<sim::SiteFaults> fault_sites;  ///< where they may strike, sorted by site
  bool symmetry = true;             ///< files and VMs that nobody treats differently are alike
  bool leaves_out_detached = true;  ///< actors that touch nothing stay where they are
  bool forgets_dead_values = true;  ///< that are written before they are read again
  bool quiet_steps = true;          ///< steps that nobody else can tell are taken at once
  bool verifies_footprints = kVerifiesFootprints;  ///< of quiet steps, against what they do
  bool follows_broken = false;  ///< for who wants to find all: which claims are broken
  /// By guarantee, 1 if the scenario says that it will be broken. That is no finding then, and is
  /// told as reached, as a claim of the kind `sometimes` is.
  std::vector<std::uint8_t> expected{};
  /// Steps of one move, and questions in it, at most: one that takes more is cut in two.
  std::uint32_t most_steps = 10'000;
  std::uint32_t most_questions = 64;
};

/// What was played before the first state and is the same on every way.
struct Opening {
  std::vector<OrderPart> steps;         ///< who took them, in a row
  std::vector<sim::AskedFault> faults;  ///< that could have struck
};

/// What a move is, for people.
struct MoveText {
  std::string who;          ///< the task
  std::string what;         ///< the call that it begins, or the program and the row it stands at
  bool is_call = false;     ///< of a free actor
  std::uint32_t actor = 0;  ///< of a call
  std::uint32_t alternative = 0;  ///< of a call: its number in the plan of the actor, from 1
};

class ExploredChecks;
class WorldModel;

/// Takes moves; each thread has its own. A move is a task's step, or a call that a free actor
/// chooses, and what follows from it as long as only one task can go on and nothing is to be
/// decided.
class WorldWalker {
 public:
  using State = ExploredState;

  explicit WorldWalker(const WorldModel& model);
  WorldWalker(WorldWalker&&) noexcept;
  ~WorldWalker();

  void moves(const State& from, std::vector<sim::explore::Move>& moves);
  void begin(const State& from, sim::explore::Move move, sim::EnumeratedChoice& choice);
  void take(State& state, sim::explore::Move move, sim::EnumeratedChoice& choice,
            sim::explore::Taken& taken);
  void add_key(const State& state, sim::Hasher& hasher) { canonical_.add_key(state, hasher); }
  std::uint8_t flags_of(const State& state);
  bool is_same(const State& left, const State& right) const;
  sim::EnumeratedChoice& choice() { return choice_; }

  /// Takes from a state what no future depends on and would only tell states apart.
  void forget(State& state) const;

  /// Plays the boot of the first kernel, and what guests do until their disks are at work, in one
  /// order and without faults. Actors wait. The history is kept.
  Opening begin_with_guests_at_work(State& state);

  /// From now on moves leave in a state what no future depends on, as a machine does.
  void keep_history() { keeps_history_ = true; }

  /// Records of the moves that are taken from now on go here as well; null: nowhere.
  void watch(sim::Trace* watcher);
  /// Each step of the moves that are taken from now on is appended there, by who takes it or by
  /// where he stands; null: nowhere.
  void follow_order(std::vector<OrderPart>* order) { order_ = order; }
  void follow_steps(std::vector<TakenStep>* taken) { taken_ = taken; }
  MoveText text_of(const State& from, sim::explore::Move move);
  /// Whose step a move begins with.
  static sim::TaskId task_of(sim::explore::Move move);

 private:
  void add_free_calls(const State& from, std::uint32_t actor, sim::TaskId task,
                      std::vector<sim::explore::Move>& moves);
  bool can_move(const World& world, std::uint32_t task) const;
  bool goes_on(const World& world, std::size_t asked, sim::TaskId& task) const;
  std::optional<sim::TaskId> quiet_step(const World& world) const;
  void take_step(World& world, Context& context) const;
  void judge(State& state, sim::explore::Taken& taken);
  void find_hanging_calls(State& state, sim::explore::Taken& taken) const;
  bool counts(State& state, std::uint32_t guarantee, sim::explore::Taken& taken) const;

  const WorldModel& model_;
  sim::EnumeratedChoice choice_;
  Canonical canonical_;
  std::unique_ptr<ExploredChecks> checks_;
  std::vector<TakenStep>* taken_ = nullptr;
  std::vector<OrderPart>* order_ = nullptr;
  bool keeps_history_ = false;
};

class WorldModel {
 public:
  using Walker = WorldWalker;

  /// The blueprint is kept as a copy that has forgotten time.
  WorldModel(const Blueprint& blueprint, const sim::Faults& faults, ExploreOptions options);

  ExploredState initial() const { return initial_; }
  /// The same for who keeps the history of its states.
  ExploredState initial_with_history() const { return initial_with_history_; }
  const Opening& opening() const { return opening_; }
  WorldWalker walker() const { return WorldWalker(*this); }

  const Blueprint& blueprint() const { return blueprint_; }
  const ExploreOptions& options() const { return options_; }
  const std::vector<KnownEntity>& entities() const { return entities_; }
  /// By actor, 1 if nothing that it does touches the rest.
  const std::vector<std::uint8_t>& detached() const { return detached_; }
  /// The claims about the graph, but for those that the scenario expects to be broken.
  const sim::explore::GraphClaims& claims() const { return claims_; }

 private:
  Blueprint blueprint_;
  ExploreOptions options_;
  std::vector<KnownEntity> entities_;
  std::vector<std::uint8_t> detached_;
  ExploredState initial_;
  ExploredState initial_with_history_;
  Opening opening_;
  sim::explore::GraphClaims claims_;
};

}  // namespace luosim::world
