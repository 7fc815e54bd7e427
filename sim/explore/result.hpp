// SPDX-License-Identifier: Apache-2.0
//
// What an exploration is asked and what it answers.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "sim/explore/model.hpp"
#include "sim/explore/state_store.hpp"

namespace luosim::sim::explore {

/// How far an exploration is.
struct Progress {
  std::uint64_t states = 0;
  std::uint64_t transitions = 0;
  std::uint64_t frontier = 0;  ///< states whose successors are not known yet
  std::uint32_t depth = 0;
};

enum class Order : std::uint8_t {
  breadth_first,  ///< the first counterexample is a shortest one
  depth_first,    ///< needs less memory for states that wait
};
std::string_view word_of(Order order);

struct Options {
  Order order = Order::breadth_first;
  Compaction compaction = Compaction::bits128;
  std::uint32_t threads = 1;  ///< breadth first only
  std::uint64_t max_states = 10'000'000;
  bool finds_all = false;   ///< goes on behind a broken claim; else it stops at the first
  bool keeps_edges = true;  ///< for claims about the graph: 8 bytes a transition
  /// Asked now and then; true stops the exploration. Empty: nobody asks for a stop.
  std::function<bool(const Progress&)> wants_stop{};
};

enum class Ending : std::uint8_t {
  complete,     ///< every state that can be reached was reached
  broken,       ///< a claim does not hold, and the rest was not looked at
  state_limit,  ///< max_states
  stopped,      ///< wants_stop
};
std::string_view word_of(Ending ending);

/// A shortest way to a finding, in the order of the search.
struct Counterexample {
  Finding finding;
  std::vector<std::uint32_t> path;  ///< ordinals of successors, from the initial state
};

struct Result {
  Ending ending = Ending::complete;
  std::uint64_t states = 0;
  std::uint64_t transitions = 0;
  std::uint64_t steps = 0;         ///< of the engine
  std::uint32_t depth = 0;         ///< moves from the beginning to the farthest state
  std::uint64_t bytes = 0;         ///< of the store and the edges
  std::uint64_t most_waiting = 0;  ///< states that waited to be expanded, at most at one time
  std::uint32_t rarity_of_omission = kNeverConfused;
  std::vector<Counterexample> counterexamples;  ///< one for each cause, shortest first
  std::vector<std::uint32_t> reached;           ///< as Taken::reached, sorted
};

}  // namespace luosim::sim::explore
