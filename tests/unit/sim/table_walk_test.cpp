// SPDX-License-Identifier: Apache-2.0
//
// A door with a lock, which only knows how to react, is asked for its whole table.
#include "sim/core/table_walk.hpp"

#include <algorithm>
#include <cstdint>

#include <gtest/gtest.h>

namespace luosim::sim {

namespace {

enum class Door : std::uint8_t { closed, open, locked, walled_up };
enum class Act : std::uint8_t { push, pull, turn_key, kick };

struct Edge {
  Door from;
  Act event;
  Door to;
  friend bool operator==(const Edge&, const Edge&) = default;
};
using Table = TransitionTable<Edge, 4, 4>;

// Nobody kicks a door in, and nothing walls it up.
constexpr Edge kEdges[] = {
    {Door::closed, Act::push, Door::open},       {Door::closed, Act::turn_key, Door::locked},
    {Door::open, Act::pull, Door::closed},       {Door::locked, Act::push, Door::locked},
    {Door::locked, Act::turn_key, Door::closed}, {Door::walled_up, Act::kick, Door::open},
};

class DoorMachine {
 public:
  bool react(Act act) {
    for (const Edge& edge : kEdges) {
      if (edge.from != door_ || edge.event != act) continue;
      door_ = edge.to;
      return true;
    }
    return false;
  }
  Door door() const { return door_; }

 private:
  Door door_ = Door::closed;
};

std::optional<Door> lead(const std::vector<Act>& path) {
  DoorMachine machine;
  bool is_taken = true;
  for (const Act act : path) {
    EXPECT_TRUE(is_taken) << "only the last event of a path may be refused";
    is_taken = machine.react(act);
  }
  return is_taken ? std::optional(machine.door()) : std::nullopt;
}

Table walked() {
  return walk_table<Edge, 4, 4>(lead);
}

TEST(TableWalk, answers_as_the_machine_reacts) {
  const Table table = walked();
  for (const Edge& edge : kEdges) {
    if (edge.from == Door::walled_up) continue;
    EXPECT_EQ(table.after(edge.from, edge.event), edge.to);
  }
}

TEST(TableWalk, has_no_answer_to_what_the_machine_refuses) {
  const Table table = walked();
  EXPECT_EQ(table.after(Door::closed, Act::pull), std::nullopt);
  EXPECT_EQ(table.after(Door::open, Act::push), std::nullopt);
  for (const Door door : {Door::closed, Door::open, Door::locked})
    EXPECT_EQ(table.after(door, Act::kick), std::nullopt);
}

TEST(TableWalk, knows_nothing_of_a_state_that_no_event_leads_to) {
  const Table table = walked();
  for (const Act act : {Act::push, Act::pull, Act::turn_key, Act::kick})
    EXPECT_EQ(table.after(Door::walled_up, act), std::nullopt);
}

TEST(TableWalk, lists_each_edge_once_those_of_the_nearest_states_first) {
  const std::vector<Edge> expected(std::begin(kEdges), std::end(kEdges) - 1);
  EXPECT_EQ(walked().edges, expected);
}

TEST(TableWalk, leads_by_shortest_paths) {
  std::size_t longest = 0;
  walk_table<Edge, 4, 4>([&longest](const std::vector<Act>& path) {
    longest = std::max(longest, path.size());
    return lead(path);
  });
  EXPECT_EQ(longest, 2U);
}

}  // namespace

}  // namespace luosim::sim
