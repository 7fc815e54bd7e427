// SPDX-License-Identifier: Apache-2.0
//
// The phase table against the list of edges in luo-v2.md, section 1, written out here once more:
// the seven edges lead where they should, and the other seventeen pairs lead nowhere.
#include "model/luo/v2/phase.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace luosim::luo::v2 {
namespace {

constexpr PhaseEdge kEdges[] = {
    {Phase::normal, PhaseEvent::prepare, Phase::prepared},
    {Phase::prepared, PhaseEvent::freeze, Phase::frozen},
    {Phase::normal, PhaseEvent::boot, Phase::updated},
    {Phase::updated, PhaseEvent::finish, Phase::normal},
    {Phase::prepared, PhaseEvent::cancel, Phase::normal},
    {Phase::frozen, PhaseEvent::cancel, Phase::normal},
    {Phase::prepared, PhaseEvent::freeze_failed, Phase::normal},
};

std::optional<Phase> expected(Phase from, PhaseEvent event) {
  for (const PhaseEdge& edge : kEdges)
    if (edge.from == from && edge.event == event) return edge.to;
  return std::nullopt;
}

TEST(Phase, has_exactly_the_edges_of_the_specification) {
  std::size_t legal = 0;
  for (std::uint32_t from = 0; from < kPhases; ++from) {
    for (std::uint8_t event = 0; event < kPhaseEvents; ++event) {
      const auto phase = static_cast<Phase>(from);
      const auto happened = static_cast<PhaseEvent>(event);
      const std::optional<Phase> next = next_phase(phase, happened);
      EXPECT_EQ(next, expected(phase, happened)) << word_of(happened) << " in " << word_of(phase);
      if (next) ++legal;
    }
  }
  EXPECT_EQ(legal, 7U);
}

TEST(Phase, lists_each_edge_once_for_explain) {
  std::set<std::tuple<Phase, PhaseEvent, Phase>> listed;
  for (const PhaseEdge& edge : phase_edges()) listed.insert({edge.from, edge.event, edge.to});
  EXPECT_EQ(phase_edges().size(), std::size(kEdges));
  for (const PhaseEdge& edge : kEdges)
    EXPECT_TRUE(listed.contains({edge.from, edge.event, edge.to}))
        << word_of(edge.event) << " in " << word_of(edge.from);
}

TEST(Phase, never_thaws_from_frozen_to_prepared) {
  for (std::uint8_t event = 0; event < kPhaseEvents; ++event)
    EXPECT_NE(next_phase(Phase::frozen, static_cast<PhaseEvent>(event)), Phase::prepared);
}

TEST(Phase, can_get_back_to_normal_from_everywhere) {
  for (std::uint32_t start = 0; start < kPhases; ++start) {
    std::set<Phase> reached{static_cast<Phase>(start)};
    for (std::size_t round = 0; round < kPhases; ++round) {
      for (const PhaseEdge& edge : phase_edges())
        if (reached.contains(edge.from)) reached.insert(edge.to);
    }
    EXPECT_TRUE(reached.contains(Phase::normal)) << word_of(static_cast<Phase>(start));
  }
}

TEST(Phase, is_numbered_as_get_state_copies_it_and_spelled_as_in_sysfs) {
  const std::vector<std::string> words{"normal", "prepared", "frozen", "updated"};
  for (std::uint32_t number = 0; number < kPhases; ++number) {
    EXPECT_EQ(word_of(static_cast<Phase>(number)), words[number]);
    EXPECT_EQ(phase_of(words[number]), static_cast<Phase>(number));
  }
}

TEST(Phase, no_other_word_is_a_phase) {
  for (const char* word : {"", "Normal", "normal ", "freeze", "thawed"})
    EXPECT_FALSE(phase_of(word)) << word;
}

TEST(Phase, every_event_has_a_word_of_its_own) {
  std::set<std::string> words;
  for (std::uint8_t event = 0; event < kPhaseEvents; ++event)
    words.emplace(word_of(static_cast<PhaseEvent>(event)));
  EXPECT_EQ(words.size(), kPhaseEvents);
  EXPECT_FALSE(words.contains(""));
}

}  // namespace
}  // namespace luosim::luo::v2
