// SPDX-License-Identifier: Apache-2.0
//
// Protocols as sets of knobs: what the tables must be for `knobs:` in a scenario to mean something.
#include "model/world/protocol.hpp"

#include <set>

#include <gtest/gtest.h>

#include "model/world/blueprint.hpp"

namespace luosim::world {

namespace {

std::size_t rows_of(const sim::KnobValues& knobs) {
  const sim::Programs programs = programs_with(knobs);
  std::size_t rows = 0;
  for (const sim::Program* program : programs.in_order())
    rows += programs.find(program->id()).rows.size();
  return rows;
}

// The names of all rows in order: what a protocol does, as far as tables say it.
std::string text_of(const sim::KnobValues& knobs) {
  const sim::Programs programs = programs_with(knobs);
  std::string text;
  for (const sim::Program* program : programs.in_order()) {
    for (const sim::Step* step : programs.find(program->id()).steps)
      text.append(program->name).append(": ").append(step->name).append("\n");
  }
  return text;
}

}  // namespace

TEST(ProtocolTest, the_posted_protocol_is_what_programs_are_without_any_knob) {
  EXPECT_EQ(text_of({}), text_of(knobs_of(*find_protocol("luo-v2"))));
  for (const KnobRow& row : knob_table()) EXPECT_EQ(row.posted, 0) << row.knob->name;
}

TEST(ProtocolTest, no_two_knobs_share_a_name_or_a_hash) {
  std::set<std::string_view> names;
  std::set<std::uint32_t> hashes;
  for (const KnobRow& row : knob_table()) {
    EXPECT_TRUE(names.insert(row.knob->name).second) << row.knob->name;
    EXPECT_TRUE(hashes.insert(row.knob->id()).second) << row.knob->name;
    EXPECT_EQ(find_knob(row.knob->name), &row);
  }
}

TEST(ProtocolTest, every_value_of_every_knob_makes_programs_whose_labels_resolve) {
  for (const Protocol& protocol : protocols()) {
    for (const KnobRow& row : knob_table()) {
      for (std::uint8_t value = 0; value < row.knob->words.size(); ++value) {
        sim::KnobValues knobs = knobs_of(protocol);
        knobs.set(*row.knob, value);
        EXPECT_GT(rows_of(knobs), 0U) << row.knob->name;
      }
    }
  }
}

TEST(ProtocolTest, any_two_knobs_together_make_programs_whose_labels_resolve) {
  for (const KnobRow& first : knob_table()) {
    for (const KnobRow& second : knob_table()) {
      sim::KnobValues knobs;
      knobs.set(*first.knob, static_cast<std::uint8_t>(first.knob->words.size() - 1));
      knobs.set(*second.knob, static_cast<std::uint8_t>(second.knob->words.size() - 1));
      EXPECT_GT(rows_of(knobs), 0U) << first.knob->name << " and " << second.knob->name;
    }
  }
}

TEST(ProtocolTest, the_corrected_protocol_makes_every_correction) {
  for (const KnobRow& row : knob_table()) {
    const bool is_correction = row.knob->words.data() == sim::kCorrectionWords;
    if (is_correction) {
      EXPECT_EQ(row.fixed, 1) << row.knob->name;
    }
    EXPECT_FALSE(row.repairs.empty()) << row.knob->name;
  }
}

TEST(ProtocolTest, an_unknown_name_is_no_protocol_and_no_knob) {
  EXPECT_EQ(find_protocol("luo-v3"), nullptr);
  EXPECT_EQ(find_knob("gravity"), nullptr);
}

}  // namespace luosim::world
