// SPDX-License-Identifier: Apache-2.0
#include "app/cli/command.hpp"

#include <CLI/CLI.hpp>

#include "app/cli/count_option.hpp"

namespace luosim::app {

void add_scenario(CLI::App& command, std::string& scenario) {
  command.add_option("SCENARIO", scenario, "Scenario file, '-' for standard input")
      ->type_name("F.yaml")
      ->required();
}

void add_settings(CLI::App& command, std::vector<std::string>& settings) {
  command.add_option("--set", settings, "Overrides a key of the file: vms.vm0.memory=4GiB")
      ->type_name("KEY=VALUE");
}

void add_case(CLI::App& command, std::size_t& number, const std::string& about) {
  expect_count(command.add_option("--case", number, about)->type_name("N"), {.least = 1});
}

void add_json(CLI::App& command, bool& json) {
  command.add_flag("--json", json, "One JSON object instead of text");
}

void add_sites(CLI::App& command, std::vector<std::string>& sites) {
  command
      .add_option("--sites", sites,
                  "Where they may strike, and with what: luo.file.* mm.alloc=ENOMEM,EAGAIN")
      ->type_name("SITE");
}

void add_max_seconds(CLI::App& command, std::uint64_t& seconds) {
  expect_count(command.add_option("--max-seconds", seconds, "Stops after so long (exit code 3)"));
}

}  // namespace luosim::app
