// SPDX-License-Identifier: Apache-2.0
//
// Explorations of random graphs against what simple algorithms say about the same graphs: whatever
// the order, the number of threads and the compaction, the answer is the same and right.
#include <deque>
#include <optional>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tests/unit/sim/graph_model.hpp"

namespace luosim::sim::explore {
namespace {

constexpr GraphClaims kBothClaims{.way_back = 7, .progress = 8};

GraphModel any_graph() {
  const auto count = *rc::gen::inRange<std::uint32_t>(1, 60);
  GraphModel model;
  model.nodes.resize(count);
  for (GraphModel::Node& node : model.nodes) {
    const auto successors = *rc::gen::inRange(0, 5);
    for (int i = 0; i < successors; ++i) {
      node.successors.push_back(*rc::gen::inRange<std::uint32_t>(0, count));
      node.makes_progress.push_back(*rc::gen::inRange<std::uint8_t>(0, 2));
    }
    if (*rc::gen::inRange(0, 4) == 0) node.flags = StateFlags::kGood;
  }
  return model;
}

std::vector<std::optional<std::uint32_t>> distances(const GraphModel& model, std::uint32_t from) {
  std::vector<std::optional<std::uint32_t>> distances(model.nodes.size());
  std::deque<std::uint32_t> waiting{from};
  distances[from] = 0;
  while (!waiting.empty()) {
    const std::uint32_t node = waiting.front();
    waiting.pop_front();
    for (const std::uint32_t next : model.nodes[node].successors) {
      if (distances[next]) continue;
      distances[next] = *distances[node] + 1;
      waiting.push_back(next);
    }
  }
  return distances;
}

bool has_way_back(const GraphModel& model, std::uint32_t from) {
  const auto reached = distances(model, from);
  for (std::uint32_t node = 0; node < model.nodes.size(); ++node)
    if (reached[node] && model.nodes[node].flags == StateFlags::kGood) return true;
  return false;
}

// Whether something that may begin here can, if nothing starts over.
bool can_begin(const GraphModel& model, std::uint32_t from) {
  GraphModel in_one_life = model;
  for (GraphModel::Node& node : in_one_life.nodes)
    if (node.starts_over != 0) node.successors.clear();
  const auto reached = distances(in_one_life, from);
  for (std::uint32_t node = 0; node < model.nodes.size(); ++node)
    if (reached[node] && (model.nodes[node].flags & StateFlags::kBegun) != 0) return true;
  return false;
}

// Whether a walk without progress from here can be longer than there are nodes.
bool goes_round_without_progress(const GraphModel& model, std::uint32_t from) {
  std::vector<std::uint8_t> here(model.nodes.size());
  here[from] = 1;
  for (std::size_t length = 0; length <= model.nodes.size(); ++length) {
    std::vector<std::uint8_t> next(model.nodes.size());
    for (std::uint32_t node = 0; node < model.nodes.size(); ++node) {
      for (std::size_t i = 0; here[node] != 0 && i < model.nodes[node].successors.size(); ++i)
        if (model.nodes[node].makes_progress[i] == 0) next[model.nodes[node].successors[i]] = 1;
    }
    here = next;
  }
  return std::find(here.begin(), here.end(), 1) != here.end();
}

const Counterexample* of_guarantee(const Result& result, std::uint32_t guarantee) {
  for (const Counterexample& one : result.counterexamples)
    if (one.finding.guarantee == guarantee) return &one;
  return nullptr;
}

std::uint32_t end_of(const GraphModel& model, const std::vector<std::uint32_t>& path) {
  std::uint32_t end = 0;
  RC_ASSERT(replay(model, path, [&](std::uint32_t, const Successor<GraphModel::Walker>& successor) {
    end = successor.state;
  }));
  return end;
}

RC_GTEST_PROP(Explore, reaches_what_can_be_reached_in_any_order_and_compaction, ()) {
  const GraphModel model = any_graph();
  const auto reachable = distances(model, 0);
  const auto count = static_cast<std::uint64_t>(
      std::count_if(reachable.begin(), reachable.end(), [](const auto& one) { return one; }));
  for (const Order order : {Order::breadth_first, Order::depth_first}) {
    for (const Compaction compaction :
         {Compaction::full, Compaction::bits128, Compaction::bits64}) {
      const Result result = explore(model, {.order = order, .compaction = compaction});
      RC_ASSERT(result.ending == Ending::complete);
      RC_ASSERT(result.states == count);
    }
  }
}

RC_GTEST_PROP(Explore, gives_shortest_ways_that_lead_to_what_they_show, ()) {
  GraphModel model = any_graph();
  for (GraphModel::Node& node : model.nodes) node.is_broken = *rc::gen::inRange(0, 6) == 0;
  const auto reachable = distances(model, 0);
  const Result result = explore(model, {.finds_all = true});
  std::size_t broken = 0;
  for (std::uint32_t node = 1; node < model.nodes.size(); ++node)
    broken += reachable[node] && model.nodes[node].is_broken != 0;
  for (const Counterexample& one : result.counterexamples) {
    const auto node = static_cast<std::uint32_t>(one.finding.place);
    RC_ASSERT(end_of(model, one.path) == node);
    // The first state is broken only for who comes back to it.
    if (node != 0) RC_ASSERT(one.path.size() == *reachable[node]);
  }
  const bool counts_first =
      !result.counterexamples.empty() &&
      std::any_of(result.counterexamples.begin(), result.counterexamples.end(),
                  [](const auto& one) { return one.finding.place == 0; });
  RC_ASSERT(result.counterexamples.size() == broken + (counts_first ? 1 : 0));
}

RC_GTEST_PROP(Explore, answers_the_same_at_any_number_of_threads, ()) {
  GraphModel model = any_graph();
  for (GraphModel::Node& node : model.nodes) node.is_broken = *rc::gen::inRange(0, 20) == 0;
  const bool finds_all = *rc::gen::inRange(0, 2) == 0;
  const Result one = explore(model, {.threads = 1, .finds_all = finds_all}, kBothClaims);
  const Result four = explore(model, {.threads = 4, .finds_all = finds_all}, kBothClaims);
  RC_ASSERT(one.ending == four.ending);
  RC_ASSERT(one.states == four.states);
  RC_ASSERT(one.transitions == four.transitions);
  RC_ASSERT(one.counterexamples.size() == four.counterexamples.size());
  for (std::size_t i = 0; i < one.counterexamples.size(); ++i) {
    RC_ASSERT(one.counterexamples[i].path == four.counterexamples[i].path);
    RC_ASSERT(one.counterexamples[i].finding.place == four.counterexamples[i].finding.place);
  }
}

RC_GTEST_PROP(Explore, finds_where_nothing_can_begin_any_more, ()) {
  GraphModel model = any_graph();
  for (GraphModel::Node& node : model.nodes) {
    node.starts_over = *rc::gen::inRange(0, 5) == 0;
    node.flags = *rc::gen::element<std::uint8_t>(0, StateFlags::kMayBegin, StateFlags::kMayBegin,
                                                 StateFlags::kBegun);
  }
  const auto reachable = distances(model, 0);
  const auto is_lost = [&](std::uint32_t node) {
    return (model.nodes[node].flags & StateFlags::kMayBegin) != 0 && !can_begin(model, node);
  };
  bool somebody_is_lost = false;
  for (std::uint32_t node = 0; node < model.nodes.size(); ++node)
    somebody_is_lost |= reachable[node] && is_lost(node);
  for (const Order order : {Order::breadth_first, Order::depth_first}) {
    const Result result = explore(model, {.order = order}, {.next_begin = 9});
    const Counterexample* lost = of_guarantee(result, 9);
    RC_ASSERT((lost != nullptr) == somebody_is_lost);
    if (lost != nullptr) RC_ASSERT(is_lost(end_of(model, lost->path)));
  }
}

RC_GTEST_PROP(Explore, judges_the_graph_rightly, ()) {
  const GraphModel model = any_graph();
  const auto reachable = distances(model, 0);
  bool somebody_is_lost = false;
  bool somebody_goes_round = false;
  for (std::uint32_t node = 0; node < model.nodes.size(); ++node) {
    if (!reachable[node]) continue;
    somebody_is_lost |= !has_way_back(model, node);
    somebody_goes_round |= goes_round_without_progress(model, node);
  }
  for (const Order order : {Order::breadth_first, Order::depth_first}) {
    const Result result = explore(model, {.order = order}, kBothClaims);
    const Counterexample* lost = of_guarantee(result, 7);
    const Counterexample* round = of_guarantee(result, 8);
    RC_ASSERT((lost != nullptr) == somebody_is_lost);
    RC_ASSERT((round != nullptr) == somebody_goes_round);
    if (lost != nullptr) RC_ASSERT(!has_way_back(model, end_of(model, lost->path)));
    if (round != nullptr) RC_ASSERT(goes_round_without_progress(model, end_of(model, round->path)));
  }
}

}  // namespace
}  // namespace luosim::sim::explore
