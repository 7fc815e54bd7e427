// SPDX-License-Identifier: Apache-2.0
//
// What a run says of the rules that its scenario has for faults.
#include "app/cli/play.hpp"

#include <sstream>

#include <gtest/gtest.h>

namespace luosim::app {
namespace {

Played played_with(const std::string& rules, const std::string& expected) {
  std::ostringstream errors;
  const auto loaded = load_text(
      "luosim: 1\ntitle: t\nprotocol: luo-v2-fixed\n"
      "host: { memory: 1GiB, scratch: 64MiB, cpus: 1 }\nfiles: { f1: { size: 4KiB } }\n"
      "agent:\n  - preserve: f1\n  - { do: prepare, expect: " +
          expected + " }\nfaults:\n" + rules,
      "test.yaml", {}, errors);
  EXPECT_TRUE(loaded) << errors.str();
  return play(*loaded, {});
}

TEST(Play, a_rule_that_never_fires_is_noticed_beside_one_of_the_same_site_that_does) {
  const Played played = played_with(
      "  - { site: luo.file.prepare, nth: 1, errno: EIO }\n"
      "  - { site: luo.file.prepare, nth: 99, errno: EIO }\n",
      "EIO");
  EXPECT_EQ(played.unfired_rules, (std::vector<std::size_t>{1}));
  EXPECT_EQ(played.result.unfired, (std::vector<std::string>{"luo.file.prepare (call 99)"}));
  EXPECT_EQ(played.result.verdict, Verdict::vacuous);
}

TEST(Play, a_rule_that_fires_for_ever_has_fired) {
  const Played played =
      played_with("  - { site: luo.file.prepare, times: 0, errno: EIO }\n", "EIO");
  EXPECT_TRUE(played.unfired_rules.empty());
  EXPECT_EQ(played.result.verdict, Verdict::pass);
}

TEST(Play, what_is_left_to_chance_need_not_happen) {
  const Played played =
      played_with("  - { site: luo.file.prepare, nth: 9, probability: 1%, errno: EIO }\n", "ok");
  EXPECT_TRUE(played.unfired_rules.empty());
}

}  // namespace
}  // namespace luosim::app
