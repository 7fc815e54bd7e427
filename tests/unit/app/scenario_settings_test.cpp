// SPDX-License-Identifier: Apache-2.0
//
// What is wrong with a value of `--set` is told of the option, and no line of the file is blamed.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "app/cli/vocabulary.hpp"
#include "app/scenario/diagnostic.hpp"
#include "app/scenario/loader.hpp"
#include "app/scenario/settings.hpp"

namespace luosim::app {
namespace {

constexpr char kText[] = "# An innocent comment\nluosim: 1\ntitle: t\nhost: { cpus: 2 }\n";

std::string said_of(const std::vector<std::string>& settings, const std::string& text = kText) {
  const Vocabulary vocabulary = vocabulary_of_the_model();
  LoadOptions options = vocabulary.options();
  options.settings = settings;
  return render(load_scenario(text, "t.yaml", options).diagnostics, text);
}

TEST(ScenarioSettings, AreNamedWhereTheyAreWrong) {
  EXPECT_EQ(said_of({"vms.vm0.memory=4GiB", "foo=1"}),
            "--set foo=1: error: unknown key 'foo' in a scenario\n"
            "      | `luosim explain keys` lists them\n1 error\n");
  EXPECT_EQ(said_of({"host.cpus=many"}),
            "--set host.cpus=many: error: 'cpus' must be a whole number, as in 'cpus: 64'\n"
            "1 error\n");
  EXPECT_EQ(said_of({"nonsense"}),
            "--set nonsense: error: not of the form KEY=VALUE\n"
            "      | as in --set vms.vm0.memory=4GiB\n1 error\n");
}

TEST(ScenarioSettings, StandBeforeTheLinesOfTheFile) {
  const std::string said = said_of({"a=1", "b=1"}, std::string(kText) + "c: 1\n");
  EXPECT_TRUE(said.starts_with("--set a=1: error: ")) << said;
  EXPECT_LT(said.find("--set b=1: error: "), said.find("t.yaml:5:1: error: ")) << said;
  EXPECT_NE(said.find("    5 | c: 1\n"), std::string::npos) << said;
}

TEST(ScenarioSettings, AreNoListsAndNoMappings) {
  for (const std::string setting : {"agent=[]", "host={}", "vms=x"}) {
    const std::string said = said_of({setting});
    EXPECT_TRUE(said.starts_with("--set " + setting + ": error: ")) << said;
    EXPECT_NE(said.find("lists and mappings cannot be set"), std::string::npos) << said;
  }
}

TEST(ScenarioSettings, LeaveThePlacesOfTheFileAlone) {
  EXPECT_TRUE(said_of({"host.memory=1TiB"}, "luosim: 1\ntitle: t\nhost: { cpus: many }\n")
                  .starts_with("t.yaml:3:15: error: "));
}

TEST(ScenarioSettings, AreLookedUpWhereOthersAreListed) {
  const std::pair<const char*, const char*> kListed[] = {
      {"protocol=zzzzzzzz", "unknown protocol"},
      {"timing.zzzzzzzz=1ms", "explain timing` lists them"},
      {"knobs.zzzzzzzz=true", "explain knobs` lists them"},
  };
  for (const auto& [setting, text] : kListed)
    EXPECT_NE(said_of({setting}).find(text), std::string::npos) << said_of({setting});
}

TEST(ScenarioHints, SayWhereUnknownWordsAreListed) {
  const std::string head = "luosim: 1\ntitle: t\n";
  const std::pair<const char*, const char*> kListed[] = {
      {"agent: [{ do: zzzzzzzz }]\n", "`luosim explain verbs` lists them"},
      {"faults: [{ site: zzzzzzzz, nth: 1 }]\n", "`luosim explain faults` lists them"},
      {"expect: [{ metric: { zzzzzzzz: 1 } }]\n", "`luosim explain metrics` lists them"},
      {"expect: [{ violated: [zzzzzzzz] }]\n", "`luosim explain guarantees` lists them"},
  };
  for (const auto& [text, hint] : kListed)
    EXPECT_NE(said_of({}, head + text).find(hint), std::string::npos) << said_of({}, head + text);
}

}  // namespace
}  // namespace luosim::app
