// SPDX-License-Identifier: Apache-2.0
//
// What a model has to offer so that its states can be explored. A state is a value; a walker, of
// which each thread has its own, knows which moves a state allows and takes them. One move is what
// happens between two moments at which anything else could happen: a step of a task, or a call that
// somebody makes, together with all that follows by necessity.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <vector>

#include "sim/choice/enumerated.hpp"
#include "sim/core/digest.hpp"

namespace luosim::sim::explore {

/// Which way to go on from a state; what the number means is the model's business.
struct Move {
  std::uint32_t number = 0;
  friend constexpr auto operator<=>(const Move&, const Move&) = default;
};

/// A claim that did not hold while a move was taken. Two findings have one cause if both numbers
/// are equal.
struct Finding {
  std::uint32_t guarantee = 0;  ///< the model's number of it
  std::uint64_t place = 0;      ///< where it was first broken, as a hash of names
  std::string text;             ///< for people
};

/// What is true of a state, for claims about the whole graph.
struct StateFlags {
  /// The good end: from everywhere it must be possible to get here again.
  static constexpr std::uint8_t kGood = 1;
  /// Nobody can go on, and nobody has anything left to do.
  static constexpr std::uint8_t kEnded = 2;
  /// The story is cut off here by a limit, so nothing can be said about what follows.
  static constexpr std::uint8_t kCutOff = 4;
  /// A good end where something new may begin: without starting over, it must lead to `kBegun`.
  static constexpr std::uint8_t kMayBegin = 32;
  /// What may begin has begun.
  static constexpr std::uint8_t kBegun = 64;
  /// A fault has left nobody who could do anything: this state needs no way back, and whoever could
  /// have come here has none by that.
  static constexpr std::uint8_t kNobodyLeft = 16;
  /// A claim was broken on the way here, and what follows from it is not looked at.
  static constexpr std::uint8_t kBroken = 8;
};

/// What taking a move showed; the walker clears it first.
struct Taken {
  std::vector<Finding> findings;
  std::uint32_t steps = 0;             ///< of the engine, that the move was made of
  bool makes_progress = true;          ///< false: a cycle of such moves alone never gets anywhere
  bool starts_over = false;            ///< the machine was booted anew in it
  std::vector<std::uint32_t> reached;  ///< claims of the kind `sometimes`, or as expected broken
  void clear() {
    findings.clear();
    steps = 0;
    makes_progress = true;
    starts_over = false;
    reached.clear();
  }
};

template <class W>
concept Walker = requires(W& walker, const typename W::State& from, typename W::State& state,
                          std::vector<Move>& moves, EnumeratedChoice& choice, Taken& taken,
                          Hasher& hasher) {
  requires std::copyable<typename W::State>;
  /// Appends the moves that the state allows, always in the same order.
  { walker.moves(from, moves) } -> std::same_as<void>;
  /// Prepares `choice` for the combinations of a move.
  { walker.begin(from, Move{}, choice) } -> std::same_as<void>;
  /// Takes the move with the answers of the combination at hand.
  { walker.take(state, Move{}, choice, taken) } -> std::same_as<void>;
  /// Adds what tells states apart: states whose bytes are equal have the same futures.
  { walker.add_key(from, hasher) } -> std::same_as<void>;
  { walker.flags_of(from) } -> std::same_as<std::uint8_t>;
  /// True only of states with one key: a cheap look before the key is made, for moves that change
  /// nothing.
  { walker.is_same(from, from) } -> std::same_as<bool>;
  /// The asker that its steps ask.
  { walker.choice() } -> std::same_as<EnumeratedChoice&>;
};

template <class M>
concept Model = requires(const M& model) {
  typename M::Walker;
  requires Walker<typename M::Walker>;
  /// The state in which everything begins.
  { model.initial() } -> std::same_as<typename M::Walker::State>;
  { model.walker() } -> std::same_as<typename M::Walker>;
};

}  // namespace luosim::sim::explore
