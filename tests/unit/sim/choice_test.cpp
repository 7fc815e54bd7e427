// SPDX-License-Identifier: Apache-2.0
//
// Who answers at the one door to chance: a script, a seed, a recording. What a seed answers is part
// of a quoted run, so a few answers are golden; a replay must notice at once that it is not the run
// that was recorded.
#include "sim/choice/choice.hpp"

#include <array>
#include <vector>

#include <gtest/gtest.h>

namespace luosim::sim {
namespace {

constexpr ChoiceLabel kDelay{name_hash("delay"), 0};
constexpr ChoiceLabel kLoss{name_hash("loss"), 7};
constexpr std::uint32_t kMillion = 1'000'000;

TEST(ScriptedChoice, always_takes_the_ordinary_outcome) {
  ScriptedChoice choice;
  for (const std::uint32_t alternatives : {1U, 2U, 100U, UINT32_MAX}) {
    EXPECT_EQ(choice.choose(alternatives, kDelay), 0U);
  }
  EXPECT_FALSE(choice.happens(0, kLoss));
  EXPECT_FALSE(choice.happens(kMillion - 1, kLoss));
}

TEST(ScriptedChoice, lets_happen_what_is_certain) {
  ScriptedChoice choice;
  EXPECT_TRUE(choice.happens(kMillion, kLoss));
}

TEST(SeededChoice, gives_the_golden_answers) {
  SeededChoice choice(42);
  const std::array<std::uint32_t, 8> chosen{choice.choose(10, kDelay),  choice.choose(10, kDelay),
                                            choice.choose(10, kDelay),  choice.choose(10, kDelay),
                                            choice.choose(1000, kLoss), choice.choose(1000, kLoss),
                                            choice.choose(2, kLoss),    choice.choose(2, kLoss)};
  EXPECT_EQ(chosen, (std::array<std::uint32_t, 8>{8, 1, 1, 5, 729, 744, 1, 1}));
}

TEST(SeededChoice, answers_the_same_for_the_same_seed_and_differently_for_others) {
  SeededChoice left(1);
  SeededChoice right(1);
  SeededChoice other(2);
  int differences = 0;
  for (int i = 0; i < 100; ++i) {
    const std::uint32_t chosen = left.choose(1'000, kDelay);
    ASSERT_EQ(chosen, right.choose(1'000, kDelay));
    differences += chosen != other.choose(1'000, kDelay) ? 1 : 0;
  }
  EXPECT_GT(differences, 90);
}

TEST(SeededChoice, continues_in_a_copy_with_the_same_answers) {
  SeededChoice original(3);
  original.choose(10, kDelay);
  SeededChoice copy = original;
  for (int i = 0; i < 50; ++i) {
    ASSERT_EQ(copy.choose(1'000, kDelay), original.choose(1'000, kDelay));
  }
}

TEST(SeededChoice, takes_each_alternative_about_equally_often) {
  SeededChoice choice(4);
  std::array<int, 5> counts{};
  for (int i = 0; i < 5'000; ++i) ++counts.at(choice.choose(5, kDelay));
  for (const int count : counts) {
    EXPECT_GT(count, 850);
    EXPECT_LT(count, 1'150);
  }
}

TEST(SeededChoice, lets_things_happen_as_often_as_said) {
  SeededChoice choice(5);
  int often = 0;
  for (int i = 0; i < 10'000; ++i) often += choice.happens(250'000, kLoss) ? 1 : 0;
  EXPECT_GT(often, 2'300);
  EXPECT_LT(often, 2'700);
  for (int i = 0; i < 1'000; ++i) {
    ASSERT_FALSE(choice.happens(0, kLoss));
    ASSERT_TRUE(choice.happens(kMillion, kLoss));
  }
}

TEST(RecordingChoice, passes_answers_on_and_keeps_them_with_what_was_asked) {
  SeededChoice plain(6);
  SeededChoice inner(6);
  RecordingChoice choice(inner);
  std::vector<MadeChoice> expected;
  for (const std::uint32_t alternatives : {3U, 4U, 1U, 50U}) {
    const std::uint32_t chosen = plain.choose(alternatives, kDelay);
    expected.push_back({kDelay, alternatives, chosen});
    EXPECT_EQ(choice.choose(alternatives, kDelay), chosen);
    const bool happens = plain.happens(400'000, kLoss);
    expected.push_back({kLoss, 2, happens ? 1U : 0U});
    EXPECT_EQ(choice.happens(400'000, kLoss), happens);
  }
  EXPECT_EQ(choice.made(), expected);
}

TEST(RecordedChoice, gives_the_recorded_answers_again) {
  SeededChoice inner(7);
  RecordingChoice recording(inner);
  std::vector<std::uint32_t> chosen;
  std::vector<bool> happened;
  for (int i = 0; i < 100; ++i) {
    chosen.push_back(recording.choose(9, kDelay));
    happened.push_back(recording.happens(500'000, kLoss));
  }
  RecordedChoice replay(recording.made());
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    ASSERT_FALSE(replay.is_exhausted());
    ASSERT_EQ(replay.choose(9, kDelay), chosen[i]);
    ASSERT_EQ(replay.happens(500'000, kLoss), happened[i]);
    ASSERT_EQ(replay.position(), 2 * i + 2);
  }
  EXPECT_FALSE(replay.diverged());
  EXPECT_TRUE(replay.is_exhausted());
}

TEST(RecordedChoice, notices_that_something_else_is_asked) {
  const std::vector<MadeChoice> recorded{{kDelay, 4, 3}, {kDelay, 4, 2}};
  struct Question {
    std::uint32_t alternatives;
    ChoiceLabel label;
  };
  const ChoiceLabel other_instance{kDelay.what, 1};
  for (const Question question : {Question{4, kLoss}, Question{5, kDelay}, Question{3, kDelay},
                                  Question{4, other_instance}}) {
    RecordedChoice replay(recorded);
    EXPECT_EQ(replay.choose(4, kDelay), 3U);
    EXPECT_EQ(replay.choose(question.alternatives, question.label), 0U);
    EXPECT_TRUE(replay.diverged());
    EXPECT_EQ(replay.position(), 1U);
    EXPECT_FALSE(replay.is_exhausted());
  }
}

TEST(RecordedChoice, gives_ordinary_outcomes_only_after_it_has_diverged) {
  RecordedChoice replay({{kDelay, 4, 3}, {kDelay, 4, 3}});
  EXPECT_EQ(replay.choose(4, kLoss), 0U);
  // What was recorded fits again, but the run is no longer the recorded one.
  EXPECT_EQ(replay.choose(4, kDelay), 0U);
  EXPECT_FALSE(replay.happens(kMillion, kDelay));
  EXPECT_EQ(replay.position(), 0U);
}

TEST(RecordedChoice, diverges_when_the_run_asks_more_than_was_recorded) {
  RecordedChoice replay({{kDelay, 4, 3}});
  EXPECT_EQ(replay.choose(4, kDelay), 3U);
  EXPECT_FALSE(replay.diverged());
  EXPECT_EQ(replay.choose(4, kDelay), 0U);
  EXPECT_TRUE(replay.diverged());
}

TEST(RecordedChoice, does_not_give_an_answer_that_is_none_of_the_alternatives) {
  RecordedChoice replay({{kDelay, 4, 4}});
  EXPECT_EQ(replay.choose(4, kDelay), 0U);
  EXPECT_TRUE(replay.diverged());
}

TEST(RecordedChoice, can_be_recorded_in_turn) {
  const std::vector<MadeChoice> recorded{{kDelay, 4, 3}, {kLoss, 2, 1}};
  RecordedChoice replay(recorded);
  RecordingChoice recording(replay);
  recording.choose(4, kDelay);
  recording.happens(1, kLoss);
  EXPECT_EQ(recording.made(), recorded);
}

TEST(ChoiceDeathTest, does_not_choose_from_nothing) {
  ScriptedChoice scripted;
  SeededChoice seeded(1);
  EXPECT_EXIT(scripted.choose(0, kDelay), testing::ExitedWithCode(4), "at least one alternative");
  EXPECT_EXIT(seeded.choose(0, kDelay), testing::ExitedWithCode(4), "at least one alternative");
}

}  // namespace
}  // namespace luosim::sim
