// SPDX-License-Identifier: Apache-2.0
//
// A model whose states are the nodes of a graph that a test draws: what an exploration of it must
// answer can be computed by other means.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/explore/explore.hpp"

namespace luosim::sim::explore {

/// Moves are pairs of successors between which a choice decides; an odd one stands alone.
struct GraphModel {
  struct Node {
    std::vector<std::uint32_t> successors;
    std::vector<std::uint8_t> makes_progress;  ///< by successor
    std::uint8_t flags = 0;
    std::uint8_t is_broken = 0;    ///< entering it breaks claim 1; its number is the place
    std::uint8_t starts_over = 0;  ///< whoever leaves it
  };
  std::vector<Node> nodes;

  struct Walker {
    using State = std::uint32_t;
    const GraphModel* model;
    EnumeratedChoice chance{};

    void moves(const State& from, std::vector<Move>& moves) const {
      const std::size_t count = (model->nodes[from].successors.size() + 1) / 2;
      for (std::uint32_t number = 0; number < count; ++number) moves.push_back({number});
    }
    void begin(const State& /*from*/, Move /*move*/, EnumeratedChoice& choice) const {
      choice.begin(0);
    }
    void take(State& state, Move move, EnumeratedChoice& choice, Taken& taken) const {
      const Node& node = model->nodes[state];
      std::uint32_t index = move.number * 2;
      if (index + 1 < node.successors.size()) index += choice.choose(2, {1, 0});
      taken.steps = 1;
      taken.starts_over = node.starts_over != 0;
      taken.makes_progress = node.makes_progress[index] != 0;
      state = node.successors[index];
      if (model->nodes[state].is_broken != 0) taken.findings.push_back({1, state, "broken"});
    }
    void add_key(const State& state, Hasher& hasher) const { hasher.add(state); }
    std::uint8_t flags_of(const State& state) const { return model->nodes[state].flags; }
    bool is_same(const State& left, const State& right) const { return left == right; }
    EnumeratedChoice& choice() { return chance; }
  };

  std::uint32_t initial() const { return 0; }
  Walker walker() const { return {this}; }
};

}  // namespace luosim::sim::explore
