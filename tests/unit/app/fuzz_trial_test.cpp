// SPDX-License-Identifier: Apache-2.0
//
// One variation played: which cause is which, and where it is broken off.
#include <sstream>
#include <string>

#include <gtest/gtest.h>

#include "app/fuzz/light_load.hpp"
#include "app/fuzz/trial.hpp"
#include "app/scenario/write_yaml.hpp"
#include "app/scenario/yaml.hpp"
#include "model/guarantees/all.hpp"

namespace luosim::app {
namespace {

Loaded loaded(const std::string& text) {
  std::ostringstream errors;
  auto result =
      load_text("luosim: 1\ntitle: A story\nprotocol: luo-v2\n" + text, "story", {}, errors);
  EXPECT_TRUE(result) << errors.str();
  return *std::move(result);
}

BrokenCause cause_in(const Trial& trial, const guarantees::Guarantee& guarantee) {
  for (const Broken& broken : trial.broken)
    if (broken.cause.guarantee == guarantee.id) return broken.cause;
  ADD_FAILURE() << guarantee.id << " is not broken";
  return {};
}

// A freeze that fails, of one subsystem or of another.
std::string failed_freeze(const std::string& names, const std::string& who) {
  return "subsystems: [" + names + "]\nagent: [do: prepare, { do: freeze, expect: any }]\n" +
         "faults: [{ site: \"luo.subsystem.freeze:" + who + "\", nth: 1, errno: EIO }]\n";
}

TEST(FuzzTrial, says_where_a_guarantee_was_first_broken) {
  const Trial trial = try_scenario(
      loaded("files: { f: { size: 4KiB, folio: 4KiB } }\nagent: [preserve: f, preserve: f]\n"));
  const BrokenCause cause = cause_in(trial, guarantees::kOneTokenAFile);
  EXPECT_EQ(cause.place.verb, userspace::Verb::preserve);
  EXPECT_FALSE(cause.place.program.empty());
  EXPECT_NE(trial.broken[0].sentence.find(world::sentence_of(cause.place)), std::string::npos);
}

TEST(FuzzTrial, has_one_cause_for_one_place_whatever_the_sentences_say) {
  const Trial one = try_scenario(loaded(failed_freeze("a", "a")));
  const Trial other = try_scenario(loaded(failed_freeze("b, c", "c")));
  EXPECT_EQ(cause_in(one, guarantees::kPhaseAndKhoAgree),
            cause_in(other, guarantees::kPhaseAndKhoAgree));
}

TEST(FuzzTrial, has_two_causes_for_two_places) {
  const Trial freeze = try_scenario(loaded(failed_freeze("a", "a")));
  const Trial cancel =
      try_scenario(loaded("subsystems: [a]\nkho_clients: [{ name: late, priority: -1 }]\n"
                          "agent: [do: prepare, { do: cancel, expect: any }]\n"
                          "faults: [{ site: \"kho.client.abort:late\", nth: 1, errno: EIO }]\n"));
  EXPECT_NE(cause_in(freeze, guarantees::kPhaseAndKhoAgree),
            cause_in(cancel, guarantees::kPhaseAndKhoAgree));
}

TEST(FuzzTrial, gives_no_place_to_what_only_the_end_shows) {
  const Trial trial = try_scenario(loaded(failed_freeze("a", "a")));
  EXPECT_TRUE(cause_in(trial, guarantees::kCanGetBackToNormal).place.program.empty());
}

TEST(FuzzTrial, is_broken_off_after_so_many_steps) {
  const std::string text = "subsystems: [a]\nagent: [do: prepare, do: cancel]\n";
  EXPECT_FALSE(try_scenario(loaded(text)).was_cut_short());
  EXPECT_TRUE(try_scenario(loaded(text), 20).was_cut_short());
}

std::string light(const std::string& text) {
  return write_yaml(with_light_load(*read_yaml(text, "").root));
}

TEST(LightLoad, lets_a_disk_have_four_commands_at_a_time) {
  EXPECT_EQ(light("vms:\n  vm0: { devices: [d], workload: { queue_depth: 32, blocks: 8 } }\n"),
            "vms:\n  vm0: { devices: [d], workload: { queue_depth: 4, blocks: 8 } }\n");
  EXPECT_EQ(light("vms:\n  vm0: { devices: [d], workload: verify-io }\n"),
            "vms:\n  vm0: { devices: [d], workload: { kind: verify-io, queue_depth: 4 } }\n");
  EXPECT_EQ(light("vms:\n  vm0: { devices: [d] }\n"),
            "vms:\n  vm0: { devices: [d], workload: { queue_depth: 4 } }\n");
}

TEST(LightLoad, leaves_alone_what_is_light_and_guests_without_disks) {
  const std::string one = "vms:\n  vm0: { devices: [d], workload: { queue_depth: 1 } }\n";
  EXPECT_EQ(light(one), one);
  const std::string none = "vms:\n  vm0: { memory: 4GiB }\n";
  EXPECT_EQ(light(none), none);
}

}  // namespace
}  // namespace luosim::app
