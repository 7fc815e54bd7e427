// SPDX-License-Identifier: Apache-2.0
#include "app/cli/fuzz.hpp"

#include <filesystem>
#include <memory>
#include <ostream>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "app/cli/count_option.hpp"
#include "app/cli/exit_code.hpp"
#include "app/cli/fault_sites.hpp"
#include "app/cli/findings_folder.hpp"
#include "app/cli/fuzz_watch.hpp"
#include "app/cli/interrupt.hpp"
#include "app/cli/load.hpp"
#include "app/cli/read_file.hpp"
#include "app/cli/write_file.hpp"
#include "app/fuzz/campaign.hpp"
#include "app/report/fuzz_report.hpp"
#include "app/scenario/settings.hpp"
#include "app/scenario/yaml.hpp"
#include "model/guarantees/all.hpp"
#include "model/world/expectation.hpp"

namespace luosim::app {

namespace {

std::set<std::string> expected_names(const world::Scenario& scenario) {
  const std::vector<std::uint8_t> is_expected = world::expected_guarantees(scenario);
  std::set<std::string> names;
  for (std::size_t index = 0; index < is_expected.size(); ++index)
    if (is_expected[index] != 0) names.emplace(guarantees::all()[index]->id);
  return names;
}

std::optional<Node> read_root(const std::string& text, const FuzzArguments& arguments,
                              std::ostream& errors) {
  YamlResult read = read_yaml(text, arguments.scenario);
  if (!read.root || find_entry(*read.root, "matrix") != nullptr) {
    errors << "luosim: a file with a matrix is many scenarios: fuzz one of them\n";
    return std::nullopt;
  }
  for (const std::string& setting : arguments.settings) apply_setting(*read.root, setting);
  return std::move(read.root);
}

bool write_culprits(const FuzzArguments& arguments, FuzzResult& result, std::ostream& errors) {
  if (arguments.folder.empty()) return true;
  for (Culprit& culprit : result.campaign.culprits) {
    culprit.file_name = (std::filesystem::path(arguments.folder) / culprit.file_name).string();
    if (!write_file(culprit.file_name, culprit.text, errors)) return false;
  }
  return true;
}

int exit_code_of(const CampaignResult& campaign) {
  if (!campaign.culprits.empty()) return kViolation;
  return campaign.was_stopped ? kLimit : kHeld;
}

// The options without which a campaign would be another one, for who repeats it.
std::vector<std::string> options_that_vary(const FuzzArguments& arguments) {
  std::vector<std::string> options;
  for (const std::string& setting : arguments.settings)
    options.push_back(fmt::format("--set '{}'", setting));
  if (arguments.faults != FuzzArguments{}.faults)
    options.push_back(fmt::format("--faults {}", arguments.faults));
  if (!arguments.sites.empty()) options.push_back("--sites");
  for (const std::string& site : arguments.sites) options.push_back(fmt::format("'{}'", site));
  if (arguments.knobs) options.emplace_back("--knobs");
  return options;
}

// What must never happen, told so that it can be repaired.
bool has_mistakes(const CampaignResult& campaign, std::ostream& errors) {
  if (!campaign.refused.empty())
    errors << "luosim: internal error: a variation is no scenario:\n" << campaign.refused;
  bool replay = true;
  for (const Culprit& culprit : campaign.culprits) {
    if (culprit.replays) continue;
    replay = false;
    errors << "luosim: internal error: " << culprit.file_name << " does not replay\n";
  }
  return !replay || !campaign.refused.empty();
}

}  // namespace

int fuzz_scenario(const FuzzArguments& arguments, std::ostream& output, std::ostream& errors) {
  const auto source = read_file(arguments.scenario, errors);
  if (!source) return kBadInput;
  const auto loaded = load_text(*source, arguments.scenario, arguments.settings, errors);
  if (!loaded) return kBadInput;
  const auto root = read_root(*source, arguments, errors);
  const auto sites = faults_named(arguments.sites, errors);
  if (!root || !sites || !make_findings_folder(arguments.folder, arguments.scenario, errors))
    return kBadInput;
  catch_interrupts();
  Material material = material_of(*root, loaded->scenario);
  material.faults = arguments.faults;
  if (arguments.faults > 0) material.sites = *sites;
  if (arguments.knobs) material.knobs = knobs_to_vary();
  FuzzWatch watch(arguments.max_seconds, arguments.cases, errors);
  CampaignOptions options;
  options.cases = arguments.cases;
  options.seed = arguments.seed;
  options.expected = expected_names(loaded->scenario);
  options.wants_stop = [&](const CampaignResult& campaign) { return watch.look(campaign); };
  FuzzResult result{.scenario = arguments.scenario,
                    .varied_by = options_that_vary(arguments),
                    .title = loaded->scenario.title,
                    .protocol = loaded->scenario.protocol,
                    .seed = arguments.seed,
                    .cases = arguments.cases,
                    .writes_files = !arguments.folder.empty(),
                    .campaign = run_campaign(*root, material, options)};
  watch.finish(result.campaign);
  if (!write_culprits(arguments, result, errors)) return kBadInput;
  if (has_mistakes(result.campaign, errors)) return kInternalError;
  output << (arguments.json ? fuzz_json(result).dump(2) + '\n' : fuzz_text(result));
  return exit_code_of(result.campaign);
}

Action add_fuzz(CLI::App& command) {
  const auto arguments = std::make_shared<FuzzArguments>();
  add_scenario(command, arguments->scenario);
  add_settings(command, arguments->settings);
  expect_count(command.add_option("--cases", arguments->cases, "How many variations"),
               {.least = 1});
  expect_count(command.add_option("--seed", arguments->seed, "Of everything that is drawn"));
  expect_count(
      command.add_option("--faults", arguments->faults, "How many a variation has at most"),
      {.most = 100});
  add_sites(command, arguments->sites);
  add_max_seconds(command, arguments->max_seconds);
  command.add_flag("--knobs", arguments->knobs, "Varies what the protocol is, too");
  add_json(command, arguments->json);
  command.add_option("--out", arguments->folder, "Writes a scenario for each cause")
      ->type_name("DIR");
  return [arguments](std::ostream& output, std::ostream& errors) {
    return fuzz_scenario(*arguments, output, errors);
  };
}

}  // namespace luosim::app
