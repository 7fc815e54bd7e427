// SPDX-License-Identifier: Apache-2.0
//
// What no guarantee may be alarmed by: stories in which everything goes as it should, or people do
// odd things that are theirs to do. Under the posted protocol an update that is finished leaves
// something behind (bug B30), so that one finding is expected where there is a finish.
#include <cstdint>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "model/kernel/errno.hpp"
#include "tests/unit/model/guarantee_world.hpp"

namespace luosim::world {
namespace {

// Everything that takes part in an update: files of two types, a guest, subsystems, another client.
Scenario everything(std::vector<ScriptEntry> script) {
  Scenario scenario = story(std::move(script), {"f", "g"});
  add_handler(scenario, "memfd-v1", "memfd");
  add_memfd(scenario, "m", 64 * kMiB, /*hole_bytes=*/8 * kMiB);
  add_subsystem(scenario, "a");
  add_subsystem(scenario, "b", /*preserves_page=*/true);
  scenario.handlers[0].preserves_page = true;
  scenario.kho_clients.push_back({.name = "k", .priority = 5, .subtrees = 2});
  VmSpec& vm = scenario.vms.emplace_back();
  vm.name = "vm0";
  vm.memory_bytes = 128 * kMiB;
  return scenario;
}

const std::vector<std::string> kFiles = {"f", "g", "m", "vm0.memory"};

void add_update(std::vector<ScriptEntry>& script) {
  script.push_back(entry(Verb::preserve, kFiles));
  script.push_back(entry(Verb::prepare));
  script.push_back(entry(Verb::pause, {"vm0"}));
  script.push_back(entry(Verb::reboot, {"kexec"}));
  script.push_back(entry(Verb::restore, kFiles));
  script.push_back(entry(Verb::resume, {"vm0"}));
  script.push_back(entry(Verb::finish));
}

void expect_quiet(const Scenario& scenario, const Ids& posted = {}) {
  EXPECT_EQ(findings_when_fixed(scenario).text(), "");
  const Findings found = findings_of(scenario);
  EXPECT_EQ(found.violated(), posted) << found.text();
}

TEST(QuietStory, three_updates_in_a_row) {
  std::vector<ScriptEntry> script;
  for (int update = 0; update < 3; ++update) add_update(script);
  Scenario scenario = everything(script);
  EXPECT_EQ(findings_when_fixed(scenario).text(), "");
  const Findings found = findings_of(scenario);
  EXPECT_EQ(found.violated(), (Ids{"finish-gives-everything-back", "prepare-starts-from-zero"}))
      << found.text();
}

TEST(QuietStory, a_change_of_mind_in_every_phase) {
  expect_quiet(everything({entry(Verb::preserve, kFiles), entry(Verb::prepare), entry(Verb::cancel),
                           entry(Verb::prepare), entry(Verb::pause, {"vm0"}), entry(Verb::freeze),
                           entry(Verb::cancel), entry(Verb::resume, {"vm0"}),
                           entry(Verb::kho_finalize), entry(Verb::kho_abort)}));
}

TEST(QuietStory, debugfs_instead_of_ioctls) {
  Scenario scenario =
      everything({entry(Verb::preserve, kFiles), entry(Verb::debugfs_finalize, {"1"}),
                  entry(Verb::debugfs_finalize, {"0"}), entry(Verb::debugfs_finalize, {"1"}),
                  entry(Verb::reboot, {"kexec"}), entry(Verb::finish)});
  scenario.kernels[0].debugfs = true;
  expect_quiet(scenario, {"finish-gives-everything-back"});
}

TEST(QuietStory, calls_in_every_wrong_phase) {
  const auto wrong = [](Verb verb, std::vector<std::string> arguments = {}) {
    return try_to(entry(verb, std::move(arguments)));
  };
  const std::vector<ScriptEntry> all = {wrong(Verb::freeze),
                                        wrong(Verb::finish),
                                        wrong(Verb::restore, {"f"}),
                                        wrong(Verb::unpreserve, {"m"}),
                                        wrong(Verb::state),
                                        wrong(Verb::read_sysfs),
                                        wrong(Verb::close, {"none"}),
                                        wrong(Verb::register_handler, {"h"}),
                                        wrong(Verb::reboot, {"kexec-without-image"})};
  std::vector<ScriptEntry> script = {wrong(Verb::cancel), entry(Verb::preserve, {"f"})};
  script.insert(script.end(), all.begin(), all.end());
  script.push_back(entry(Verb::prepare));
  script.push_back(wrong(Verb::prepare));
  script.push_back(wrong(Verb::preserve, {"g"}));
  script.insert(script.end(), all.begin(), all.end());
  script.push_back(entry(Verb::reboot, {"kexec"}));
  script.push_back(wrong(Verb::cancel));
  script.push_back(wrong(Verb::freeze));
  script.push_back(entry(Verb::restore, {"f"}));
  script.push_back(wrong(Verb::restore, {"f"}));
  script.push_back(entry(Verb::finish));
  script.insert(script.end(), all.begin(), all.end());
  expect_quiet(everything(script), {"finish-gives-everything-back"});
}

TEST(QuietStory, power_cycles_in_every_phase) {
  std::vector<ScriptEntry> script = {
      entry(Verb::preserve, {"f"}),  entry(Verb::reboot, {"cold"}), entry(Verb::prepare),
      entry(Verb::reboot, {"cold"}), entry(Verb::prepare),          entry(Verb::freeze),
      entry(Verb::reboot, {"cold"}), entry(Verb::prepare),          entry(Verb::reboot, {"kexec"}),
      entry(Verb::reboot, {"cold"}), entry(Verb::prepare),          entry(Verb::cancel)};
  expect_quiet(everything(script));
}

TEST(QuietStory, participants_without_one_callback_or_another) {
  for (int missing = 0; missing < 16; ++missing) {
    std::vector<ScriptEntry> script = {entry(Verb::preserve, kFiles), entry(Verb::prepare),
                                       entry(Verb::cancel)};
    add_update(script);
    script.erase(script.begin() + 3);  // it is preserved already
    Scenario scenario = everything(script);
    const CallbackSet callbacks{.prepare = (missing & 1) == 0,
                                .freeze = (missing & 2) == 0,
                                .cancel = (missing & 4) == 0,
                                .finish = (missing & 8) == 0};
    scenario.subsystems[0].callbacks = callbacks;
    scenario.subsystems[1].callbacks = callbacks;
    scenario.handlers[0].callbacks = callbacks;
    if (callbacks.prepare) scenario.handlers[1].callbacks = callbacks;
    // Without prepare there is no guest memory to come back with.
    const Findings found = findings_when_fixed(scenario);
    EXPECT_EQ(found.text(), "") << "without " << missing;
  }
}

TEST(QuietStory, somebody_is_killed_in_the_middle) {
  for (std::int64_t delay = 0; delay < 20'000; delay += 250) {
    Scenario scenario = everything({entry(Verb::preserve, {"f", "g"}), entry(Verb::prepare),
                                    entry(Verb::freeze), entry(Verb::cancel)});
    add_actor(scenario, "killer",
              {pause_before(delay, entry(Verb::kill, {"agent"})), try_to(entry(Verb::cancel)),
               try_to(entry(Verb::prepare)), try_to(entry(Verb::cancel))});
    EXPECT_EQ(findings_when_fixed(scenario).text(), "") << delay;
  }
}

// Two agents that know nothing of each other, at every offset within the other one's calls.
TEST(QuietStory, two_agents_at_the_same_time) {
  for (std::int64_t delay = 0; delay < 12'000; delay += 100) {
    std::vector<ScriptEntry> script = {entry(Verb::preserve, {"f"}),
                                       try_to(entry(Verb::prepare)),
                                       try_to(entry(Verb::freeze)),
                                       try_to(entry(Verb::cancel)),
                                       try_to(entry(Verb::unpreserve, {"f"})),
                                       try_to(entry(Verb::preserve, {"g"})),
                                       try_to(entry(Verb::prepare)),
                                       try_to(entry(Verb::cancel))};
    Scenario scenario = story(script, {"f", "g"});
    add_subsystem(scenario, "a", /*preserves_page=*/true);
    ActorSpec& other = add_actor(scenario, "other", script);
    for (ScriptEntry& each : other.script) each = try_to(each);
    other.script[0] = pause_before(delay, other.script[0]);
    EXPECT_EQ(findings_when_fixed(scenario).text(), "") << delay;
  }
}

// In the next kernel both restore, finish and begin again.
TEST(QuietStory, two_agents_after_an_update) {
  for (std::int64_t delay = 0; delay < 8000; delay += 100) {
    const std::vector<ScriptEntry> then = {
        try_to(entry(Verb::restore, {"f", "g"})), try_to(entry(Verb::finish)),
        try_to(entry(Verb::prepare)), try_to(entry(Verb::cancel))};
    std::vector<ScriptEntry> script = {entry(Verb::preserve, {"f", "g"}), entry(Verb::prepare),
                                       entry(Verb::reboot, {"kexec"})};
    script.insert(script.end(), then.begin(), then.end());
    Scenario scenario = story(script, {"f", "g"});
    add_subsystem(scenario, "a", /*preserves_page=*/true);
    ActorSpec& other = add_actor(scenario, "other", then);
    other.script[0] = after(Awaited::Kind::phase, "updated", pause_before(delay, then[0]));
    EXPECT_EQ(findings_when_fixed(scenario).text(), "") << delay;
  }
}

}  // namespace
}  // namespace luosim::world
