// SPDX-License-Identifier: Apache-2.0
//
// Knobs, and programs whose rows depend on them.
#include "sim/core/knob.hpp"

#include <gtest/gtest.h>

#include "sim/core/program.hpp"

namespace luosim::sim {

namespace {

constexpr std::string_view kColours[] = {"red", "green", "blue"};
constexpr Knob kColour{"colour", "which colour", kColours};
constexpr Knob kRepair{"repair", "mends it", kCorrectionWords};

Outcome nothing(Context& /*context*/) {
  return done();
}
constexpr StepFunction kNothing = &nothing;

KnobValues with(const Knob& knob, std::uint8_t value) {
  KnobValues values;
  values.set(knob, value);
  return values;
}

std::vector<std::string_view> steps_of(const Program& program, const KnobValues& values) {
  const Program* const list[] = {&program};
  const Programs programs(list, values);
  std::vector<std::string_view> names;
  for (const Step* step : programs.find(program.id()).steps) names.push_back(step->name);
  return names;
}

Programs::Row row_of(const Program& program, const KnobValues& values, std::size_t row) {
  const Program* const list[] = {&program};
  return Programs(list, values).find(program.id()).rows[row];
}

}  // namespace

TEST(KnobTest, a_knob_that_was_never_set_has_the_first_of_its_words) {
  EXPECT_EQ(KnobValues().of(kColour), 0);
}

TEST(KnobTest, the_last_value_counts) {
  KnobValues values;
  values.set(kColour, 2);
  values.set(kRepair, 1);
  values.set(kColour, 1);
  EXPECT_EQ(values.of(kColour), 1);
  EXPECT_EQ(values.of(kRepair), 1);
}

TEST(KnobTest, a_word_is_a_value_and_an_unknown_word_is_none) {
  EXPECT_EQ(value_of(kColour, "blue"), 2);
  EXPECT_EQ(value_of(kColour, "mauve"), std::nullopt);
}

TEST(KnobTest, the_order_of_setting_makes_no_difference) {
  KnobValues one;
  one.set(kColour, 2);
  one.set(kRepair, 1);
  KnobValues other;
  other.set(kRepair, 1);
  other.set(kColour, 2);
  EXPECT_EQ(one, other);
}

TEST(KnobTest, a_row_is_there_only_at_the_value_that_it_names) {
  static constexpr Step kSteps[] = {{"first", kNothing},
                                    {"when mended", kNothing, {}, only_if(kRepair)},
                                    {"when not", kNothing, {}, unless(kRepair)},
                                    {"when blue", kNothing, {}, only_if(kColour, 2)}};
  constexpr Program kProgram{"p", "", kSteps};
  EXPECT_EQ(steps_of(kProgram, {}), (std::vector<std::string_view>{"first", "when not"}));
  EXPECT_EQ(steps_of(kProgram, with(kRepair, 1)),
            (std::vector<std::string_view>{"first", "when mended"}));
  EXPECT_EQ(steps_of(kProgram, with(kColour, 2)),
            (std::vector<std::string_view>{"first", "when not", "when blue"}));
}

TEST(KnobTest, two_conditions_can_both_be_needed_or_either_be_enough) {
  KnobValues mended_and_blue = with(kRepair, 1);
  mended_and_blue.set(kColour, 2);
  const RowCondition both = only_if(kRepair).and_if(kColour, 2);
  const RowCondition either = only_if(kRepair).or_if(kColour, 2);
  EXPECT_FALSE(both.holds(with(kRepair, 1)));
  EXPECT_FALSE(both.holds(with(kColour, 2)));
  EXPECT_TRUE(both.holds(mended_and_blue));
  EXPECT_TRUE(either.holds(with(kRepair, 1)));
  EXPECT_TRUE(either.holds(with(kColour, 2)));
  EXPECT_FALSE(either.holds({}));
  EXPECT_TRUE(only_if(kRepair).and_unless(kColour, 2).holds(with(kRepair, 1)));
  EXPECT_FALSE(only_if(kRepair).and_unless(kColour, 2).holds(mended_and_blue));
  EXPECT_TRUE(only_if(kRepair).or_unless(kColour, 2).holds({}));
}

TEST(KnobTest, a_label_of_a_row_that_is_not_there_means_the_row_below_it) {
  static constexpr Step kSteps[] = {{"first", kNothing, {.on_failure = "mend"}},
                                    {"second", kNothing, {.then = kReturn}},
                                    {"mend", kNothing, {}, only_if(kRepair)},
                                    {"last", kNothing}};
  constexpr Program kProgram{"p", "", kSteps};
  EXPECT_EQ(row_of(kProgram, {}, 0).on_failure, 2);
  EXPECT_EQ(steps_of(kProgram, {})[2], "last");
  EXPECT_EQ(row_of(kProgram, with(kRepair, 1), 0).on_failure, 2);
  EXPECT_EQ(steps_of(kProgram, with(kRepair, 1))[2], "mend");
}

TEST(KnobTest, a_label_of_a_last_row_that_is_not_there_ends_the_program) {
  static constexpr Step kSteps[] = {{"first", kNothing, {.then = "mend"}},
                                    {"mend", kNothing, {}, only_if(kRepair)}};
  constexpr Program kProgram{"p", "", kSteps};
  EXPECT_EQ(row_of(kProgram, {}, 0).then, Programs::kReturnRow);
  EXPECT_EQ(row_of(kProgram, with(kRepair, 1), 0).then, 1);
}

TEST(KnobTest, rows_that_exclude_each_other_may_share_a_name) {
  static constexpr Step kSteps[] = {{"first", kNothing, {.then = "go"}},
                                    {"go", kNothing, {}, unless(kRepair)},
                                    {"between", kNothing},
                                    {"go", kNothing, {}, only_if(kRepair)}};
  constexpr Program kProgram{"p", "", kSteps};
  EXPECT_EQ(row_of(kProgram, {}, 0).then, 1);
  EXPECT_EQ(row_of(kProgram, with(kRepair, 1), 0).then, 2);
}

TEST(KnobTest, rows_are_numbered_by_what_is_there) {
  static constexpr Step kPosted[] = {{"first", kNothing}, {"last", kNothing}};
  static constexpr Step kKnobbed[] = {
      {"first", kNothing}, {"mend", kNothing, {}, only_if(kRepair)}, {"last", kNothing}};
  constexpr Program kBefore{"p", "", kPosted};
  constexpr Program kAfter{"p", "", kKnobbed};
  EXPECT_EQ(steps_of(kBefore, {}), steps_of(kAfter, {}));
}

}  // namespace luosim::sim
