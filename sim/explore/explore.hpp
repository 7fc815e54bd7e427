// SPDX-License-Identifier: Apache-2.0
//
// Explores every state of a model that can be reached, and answers with what was found: a proof for
// this model (`Ending::complete` and nothing found), shortest ways to what is broken, or how far it
// came. A way is a list of numbers that `replay` walks again.
#pragma once

#include <span>

#include "sim/core/assert.hpp"
#include "sim/explore/breadth_first.hpp"
#include "sim/explore/depth_first.hpp"
#include "sim/explore/graph_claims.hpp"

namespace luosim::sim::explore {

template <Model M>
class Exploration {
 public:
  Exploration(const M& model, const Options& options, const GraphClaims& claims)
      : model_(model), options_(options), claims_(claims) {}

  Result run() {
    // Bytes that are compared must fit the buffer.
    const std::size_t key_bytes = options_.compaction == Compaction::full
                                      ? std::size_t{4} * 1024 * 1024
                                      : Hasher::kBufferBytes;
    if (options_.order == Order::depth_first)
      return finish(DepthFirst<M>(model_, options_, key_bytes));
    return finish(BreadthFirst<M>(model_, options_, key_bytes));
  }

 private:
  template <class Search>
  Result finish(Search&& search) const {
    Result result;
    result.ending = search.search();
    search.count_into(result);
    result.rarity_of_omission = rarity_of_omission(options_.compaction, result.states);
    for (const Causes::Found& found : search.causes().in_order()) {
      std::vector<std::uint32_t> path = path_to(search.store(), found.at.parent);
      path.push_back(found.at.ordinal);
      result.counterexamples.push_back({found.finding, std::move(path)});
      if (!options_.finds_all) break;
    }
    // A graph that was not seen as a whole says nothing.
    if (result.ending == Ending::complete && options_.keeps_edges) judge_graph(search, result);
    return result;
  }

  template <class Search>
  void judge_graph(const Search& search, Result& result) const {
    const std::vector<Edge> edges = search.edges();
    const auto judge = [&](std::uint32_t guarantee, std::optional<StateRef> state,
                           const char* text) {
      if (guarantee == GraphClaims::kNone || !state) return;
      Counterexample found;
      found.finding.guarantee = guarantee;
      found.finding.text = text;
      found.path = path_to(search.store(), *state);
      result.counterexamples.push_back(std::move(found));
    };
    judge(claims_.way_back, find_state_without_way_back(search.store(), edges),
          "no sequence of calls leads back from here");
    judge(claims_.next_begin, find_state_without_begin(search.store(), edges),
          "back in normal, but no sequence of calls leads to another prepare that succeeds");
    judge(claims_.progress, find_cycle_without_progress(search.store(), edges),
          "from here it goes round for ever and nobody is any further");
  }

  const M& model_;
  Options options_;
  GraphClaims claims_;
};

template <Model M>
Result explore(const M& model, const Options& options, const GraphClaims& claims = {}) {
  return Exploration<M>(model, options, claims).run();
}

/// Walks a path again and calls `visit(const State& before, const Successor&)` at each move. False
/// if the model has no such path.
template <Model M, class Visit>
bool replay(const M& model, std::span<const std::uint32_t> path, Visit visit) {
  using W = typename M::Walker;
  W walker = model.walker();
  Workbench<W> bench;
  typename W::State state = model.initial();
  for (const std::uint32_t wanted : path) {
    bool was_found = false;
    typename W::State next = state;
    expand(walker, std::as_const(state), walker.choice(), bench,
           [&](const Successor<W>& successor) {
             if (successor.ordinal != wanted) return true;
             was_found = true;
             visit(std::as_const(state), successor);
             next = successor.state;
             return false;
           });
    if (!was_found) return false;
    state = std::move(next);
  }
  return true;
}

}  // namespace luosim::sim::explore
