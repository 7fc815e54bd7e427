// SPDX-License-Identifier: Apache-2.0
//
// The last good moment of a run: the latest decision without which a guarantee holds.
#include "app/cli/last_chance.hpp"

#include <algorithm>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

#include "app/cli/load.hpp"

namespace luosim::app {
namespace {

Loaded read(const std::string& text) {
  std::ostringstream errors;
  auto loaded = load_text(text, "here", {}, errors);
  EXPECT_TRUE(loaded) << errors.str();
  return *std::move(loaded);
}

Played played_with_chances(const Loaded& loaded) {
  Played played = play(loaded, {});
  EXPECT_TRUE(find_last_chances(loaded, {}, played));
  return played;
}

const BrokenGuarantee& broken(const Played& played, const std::string& id) {
  const auto place = std::find_if(played.result.violations.begin(), played.result.violations.end(),
                                  [&](const BrokenGuarantee& each) { return each.id == id; });
  EXPECT_NE(place, played.result.violations.end()) << id;
  return *place;
}

constexpr const char* kFailedFreeze = R"(luosim: 1
title: A freeze fails
protocol: luo-v2
host: { memory: 1GiB, scratch: 64MiB }
subsystems: [a]
agent:
  - do: state
  - do: prepare
  - { do: freeze, expect: EIO }
  - { do: cancel, expect: any }
faults:
  - { site: "luo.subsystem.freeze:a", nth: 1, errno: EIO }
)";

TEST(LastChance, is_the_fault_and_not_the_call_that_it_strikes_in) {
  const Played played = played_with_chances(read(kFailedFreeze));
  const BrokenGuarantee& stuck = broken(played, "phase-and-kho-agree");
  ASSERT_TRUE(stuck.last_chance);
  EXPECT_EQ(stuck.last_chance->what, "the fault luo.subsystem.freeze:a fires: -EIO");
  EXPECT_LE(stuck.last_chance->record, stuck.record);
}

TEST(LastChance, is_never_behind_the_violation) {
  const Played played = played_with_chances(read(kFailedFreeze));
  for (const BrokenGuarantee& each : played.result.violations) {
    if (!each.last_chance) continue;
    EXPECT_LE(each.last_chance->record, each.record) << each.id;
  }
}

TEST(LastChance, is_the_call_where_nothing_failed) {
  const Played played = played_with_chances(read(R"(luosim: 1
title: An update keeps the tree of the one before
protocol: luo-v2
host: { memory: 1GiB, scratch: 64MiB }
subsystems: [a]
agent:
  - do: prepare
  - do: reboot kexec
  - do: finish
  - do: state
)"));
  const BrokenGuarantee& kept = broken(played, "finish-gives-everything-back");
  ASSERT_TRUE(kept.last_chance);
  EXPECT_EQ(kept.last_chance->what, "agent: ioctl LIVEUPDATE_IOCTL_EVENT_FINISH");
}

TEST(LastChance, is_before_the_operand_and_not_before_the_whole_entry) {
  const Loaded loaded = read(R"(luosim: 1
title: The second of two files cannot be preserved
protocol: luo-v2
host: { memory: 1GiB, scratch: 64MiB }
files:
  f1: { size: 4KiB, folio: 4KiB }
  f2: { size: 4KiB, folio: 4KiB }
agent:
  - { preserve: [f1, f2] }
  - { do: prepare }
  - { do: cancel }
)");
  Played played = play(loaded, {});
  const auto is_of = [&](std::uint32_t operand) {
    return std::any_of(played.decisions.begin(), played.decisions.end(), [&](const Decision& each) {
      return each.kind == Decision::Kind::call && each.entry == 0 && each.operand == operand;
    });
  };
  EXPECT_TRUE(is_of(0));
  EXPECT_TRUE(is_of(1));
  // As if the run had broken something with the second call, and nothing with the first.
  played.result.violations.clear();
  BrokenGuarantee invented;
  invented.id = "no-such-guarantee";
  invented.record = played.decisions[1].number;
  played.result.violations.push_back(invented);
  ASSERT_TRUE(find_last_chances(loaded, {}, played));
  ASSERT_TRUE(played.result.violations.front().last_chance);
  EXPECT_EQ(played.result.violations.front().last_chance->record, played.decisions[1].number);
}

TEST(LastChance, may_be_before_a_label_that_somebody_else_waits_for) {
  const Played played = played_with_chances(read(R"(luosim: 1
title: A failed freeze, and somebody who waits for it
protocol: luo-v2
host: { memory: 1GiB, scratch: 64MiB }
subsystems: [a]
agent:
  - do: prepare
  - { do: freeze, expect: EIO, label: frozen }
  - { do: cancel, expect: any }
actors:
  other:
    - { do: state, after: label frozen }
faults:
  - { site: "luo.subsystem.freeze:a", nth: 1, errno: EIO }
)"));
  const BrokenGuarantee& map = broken(played, "finalized-kho-has-its-map");
  ASSERT_TRUE(map.last_chance);
}

TEST(LastChance, is_none_where_nobody_decides_anything) {
  const Loaded loaded = read(kFailedFreeze);
  Played played = play(loaded, {});
  played.decisions.clear();
  ASSERT_TRUE(find_last_chances(loaded, {}, played));
  for (const BrokenGuarantee& each : played.result.violations) EXPECT_FALSE(each.last_chance);
}

TEST(LastChance, is_not_looked_for_where_nothing_broke) {
  const Loaded loaded = read("luosim: 1\ntitle: Nothing\nagent:\n  - do: state\n");
  Played played = play(loaded, {});
  const std::string before = sim::to_hex(played.result.trace_hash);
  ASSERT_TRUE(find_last_chances(loaded, {}, played));
  EXPECT_TRUE(played.result.violations.empty());
  EXPECT_EQ(sim::to_hex(played.result.trace_hash), before);
}

}  // namespace
}  // namespace luosim::app
