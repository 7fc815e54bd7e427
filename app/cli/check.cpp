// SPDX-License-Identifier: Apache-2.0
#include "app/cli/check.hpp"

#include <algorithm>
#include <filesystem>
#include <limits>
#include <map>
#include <memory>
#include <ostream>
#include <utility>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "app/cli/check_watch.hpp"
#include "app/cli/count_option.hpp"
#include "app/cli/counterexample.hpp"
#include "app/cli/exit_code.hpp"
#include "app/cli/fault_sites.hpp"
#include "app/cli/findings_folder.hpp"
#include "app/cli/interrupt.hpp"
#include "app/cli/load.hpp"
#include "app/cli/outputs.hpp"
#include "app/cli/write_file.hpp"
#include "app/report/check_report.hpp"
#include "app/report/html_report.hpp"
#include "app/report/story_replay.hpp"
#include "app/scenario/nearest_word.hpp"
#include "model/guarantees/all.hpp"
#include "model/world/expectation.hpp"
#include "model/world/explore.hpp"
#include "sim/explore/explore.hpp"

namespace luosim::app {

namespace {

bool is_off(const CheckArguments& arguments, std::string_view reduction) {
  return std::find(arguments.switched_off.begin(), arguments.switched_off.end(), reduction) !=
         arguments.switched_off.end();
}

// What should be reached at some time in an exploration of this scenario.
bool concerns(const sim::Guarantee<guarantees::Machine>& claim, const Loaded& loaded,
              std::uint32_t faults) {
  if (claim.kind != sim::ClaimKind::sometimes) return false;
  if (&claim == &guarantees::kAFailureIsRolledBack) return faults > 0;
  if (&claim == &guarantees::kAFileComesBack) return !loaded.built.blueprint.files.empty();
  const bool is_of_devices = &claim == &guarantees::kDmaGoesOnThroughTheJump ||
                             &claim == &guarantees::kAnInterruptWaits ||
                             &claim == &guarantees::kADeviceComesBack;
  return !is_of_devices;
}

bool was_reached(const sim::explore::Result& search, std::uint32_t guarantee) {
  return std::binary_search(search.reached.begin(), search.reached.end(), guarantee);
}

bool is_expected(const world::WorldModel& model, std::uint32_t guarantee) {
  return model.options().expected[guarantee] != 0;
}

std::vector<std::string> expected_and_broken(const sim::explore::Result& search,
                                             const world::WorldModel& model) {
  std::vector<std::string> ids;
  for (std::uint32_t index = 0; index < guarantees::all().size(); ++index)
    if (is_expected(model, index) && was_reached(search, index))
      ids.emplace_back(guarantees::all()[index]->id);
  return ids;
}

// A claim about the whole graph that is expected to be broken is not asked for.
std::vector<std::string> not_reached(const sim::explore::Result& search, const Loaded& loaded,
                                     const world::WorldModel& model, std::uint32_t faults) {
  std::vector<std::string> missing;
  const auto all = guarantees::all();
  for (std::uint32_t index = 0; index < all.size(); ++index) {
    if (was_reached(search, index)) continue;
    if (concerns(*all[index], loaded, faults)) missing.emplace_back(all[index]->id);
    if (is_expected(model, index) && all[index]->kind == sim::ClaimKind::always)
      missing.push_back(fmt::format("a violation of {}", all[index]->id));
  }
  return missing;
}

Verdict verdict_of(const CheckResult& result) {
  if (!result.stories.empty()) return Verdict::fail;
  if (result.search.ending != sim::explore::Ending::complete) return Verdict::incomplete;
  return result.not_reached.empty() ? Verdict::pass : Verdict::vacuous;
}

sim::explore::Compaction compaction_of(const CheckArguments& arguments) {
  if (arguments.compaction == "full") return sim::explore::Compaction::full;
  return arguments.compaction == "64" ? sim::explore::Compaction::bits64
                                      : sim::explore::Compaction::bits128;
}

sim::explore::Options search_options(const CheckArguments& arguments, CheckWatch& watch) {
  sim::explore::Options options;
  options.order = arguments.order == "depth" ? sim::explore::Order::depth_first
                                             : sim::explore::Order::breadth_first;
  options.compaction = compaction_of(arguments);
  options.threads = arguments.threads;
  options.max_states = arguments.max_states;
  options.finds_all = arguments.finds_all;
  options.wants_stop = [&watch](const sim::explore::Progress& progress) {
    return watch.look(progress);
  };
  return options;
}

std::size_t promises() {
  return static_cast<std::size_t>(
      std::count_if(guarantees::all().begin(), guarantees::all().end(),
                    [](const auto* each) { return each->kind != sim::ClaimKind::sometimes; }));
}

// The shortest counterexample as a page. Its moves are few, so all that happens in them is shown.
std::string report_of(const std::string& source, const world::WorldModel& model,
                      const CheckResult& result) {
  const std::vector<std::uint32_t>& path = result.search.counterexamples.front().path;
  const Story& story = result.stories.front();
  // With guests at work, the first kernel is up when the exploration begins.
  const world::ExploredState initial = model.initial();
  const kernel::Core& kernel = initial.world.kernel.core;
  const std::uint32_t image = kernel.options.image;
  ReportTally tally =
      kernel.generation == 0 ? ReportTally() : ReportTally(model.blueprint().images[image].name);
  replay_story(model, path, story, tally);
  const ReportPlan plan = tally.plan({}, std::numeric_limits<std::uint64_t>::max());
  ReportRecorder recorder(model.blueprint(), plan);
  replay_story(model, path, story, recorder);
  return report_html(report_json(result, story, source, recorder));
}

// What became of the files that were asked for.
enum class Written { all, not_all, by_mistake };

Written write_counterexample(const std::string& file, const StorySource& source, const Story& story,
                             std::ostream& errors) {
  const auto written = counterexample_of(source, story, errors);
  if (!written || !write_file(file, written->text, errors)) return Written::not_all;
  if (written->replays) return Written::all;
  errors << fmt::format("luosim: internal error: {} does not replay\n", file);
  return Written::by_mistake;
}

// The shortest one where it was asked for, and each one into the folder.
Written write_counterexamples(const CheckArguments& arguments, const StorySource& source,
                              CheckResult& result, std::ostream& errors) {
  std::map<std::uint32_t, std::size_t> numbers;
  const auto write = [&](const std::string& file, const Story& story) {
    result.counterexample_files.push_back(file);
    return write_counterexample(file, source, story, errors);
  };
  Written written = Written::all;
  if (!arguments.counterexample_file.empty() && !result.stories.empty())
    written = write(arguments.counterexample_file, result.stories.front());
  if (arguments.folder.empty()) return written;
  for (const Story& story : result.stories) {
    const std::uint32_t guarantee = story.finding.guarantee;
    const std::string name =
        name_of_finding(guarantees::all()[guarantee]->id, ++numbers[guarantee]);
    const std::string file = (std::filesystem::path(arguments.folder) / name).string();
    written = std::max(written, write(file, story));
  }
  return written;
}

// What is not well is told on `errors`.
Written write_files(const CheckArguments& arguments, const StorySource& source,
                    const world::WorldModel& model, CheckResult& result, std::ostream& errors) {
  Written written = write_counterexamples(arguments, source, result, errors);
  const auto write = [&](const std::string& file, const std::string& text) {
    if (!write_file(file, text, errors)) written = std::max(written, Written::not_all);
  };
  if (!arguments.report_file.empty() && !result.stories.empty())
    write(arguments.report_file, report_of(source.text, model, result));
  if (!arguments.junit_file.empty()) write(arguments.junit_file, check_junit(result));
  return written;
}

int exit_code_of(const CheckResult& result, Written written) {
  if (written == Written::by_mistake) return kInternalError;
  return written == Written::not_all ? kBadInput : exit_code_of(result.verdict);
}
FilePlan file_plan(const CheckArguments& arguments) {
  FilePlan plan{
      .inputs = {{"the scenario", arguments.scenario}}, .outputs = {}, .json = arguments.json};
  for (const auto& [option, file] :
       {std::pair{"--counterexample", &arguments.counterexample_file},
        std::pair{"--report", &arguments.report_file}, std::pair{"--junit", &arguments.junit_file}})
    if (!file->empty()) plan.outputs.push_back({option, *file});
  return plan;
}

}  // namespace

int check_scenario(const CheckArguments& arguments, std::ostream& output, std::ostream& errors) {
  const auto cases = load_all(arguments.scenario, arguments.settings, errors);
  if (!cases) return kBadInput;
  const std::string& source = cases->text();
  const auto loaded = cases->load_one(arguments.case_number, errors);
  if (!loaded) return kBadInput;
  if (cases->count() > 1 && !(arguments.counterexample_file.empty() && arguments.folder.empty())) {
    errors << "luosim: --counterexample, --out: a story of one case of a matrix cannot be written "
              "as a "
              "file\n";
    return kBadInput;
  }
  const auto sites = faults_that_may_strike(arguments.faults, arguments.sites, errors);
  if (!sites) return kBadInput;
  const FilePlan plan = file_plan(arguments);
  if (!is_sound(plan, errors) ||
      !make_findings_folder(arguments.folder, arguments.scenario, errors))
    return kBadInput;
  catch_interrupts();
  const world::WorldModel model(loaded->built.blueprint, loaded->built.faults,
                                {.faults = arguments.faults,
                                 .fault_sites = *sites,
                                 .symmetry = !is_off(arguments, "symmetry"),
                                 .leaves_out_detached = !is_off(arguments, "independence"),
                                 .forgets_dead_values = !is_off(arguments, "dead-values"),
                                 .quiet_steps = !is_off(arguments, "quiet-steps"),
                                 .follows_broken = arguments.finds_all,
                                 .expected = world::expected_guarantees(loaded->scenario)});
  CheckWatch watch(arguments.max_seconds, arguments.max_memory, errors);
  CheckResult result;
  result.search = sim::explore::explore(model, search_options(arguments, watch), model.claims());
  result.seconds = watch.seconds();
  result.ending = result.search.ending == sim::explore::Ending::stopped
                      ? watch.reason()
                      : std::string(sim::explore::word_of(result.search.ending));
  result.memory = watch.most_memory();
  watch.finish();
  result.scenario = arguments.scenario;
  result.title = loaded->scenario.title;
  result.protocol = loaded->scenario.protocol;
  result.threads = arguments.threads;
  result.compaction = compaction_of(arguments);
  result.faults = arguments.faults;
  result.fault_sites = sites->size();
  result.switched_off = arguments.switched_off;
  result.guarantees = promises();
  for (const sim::explore::Counterexample& each : result.search.counterexamples)
    result.stories.push_back(tell(model, each));
  result.expected = expected_and_broken(result.search, model);
  result.not_reached = not_reached(result.search, *loaded, model, arguments.faults);
  result.verdict = verdict_of(result);
  // The answer is given even if there is no place for the files.
  const Written written =
      write_files(arguments, {source, arguments.settings, *loaded}, model, result, errors);
  if (arguments.json) {
    output << check_json(result).dump(2) << '\n';
  } else {
    stream_for_people(plan, output, errors) << check_text(result, !arguments.quiet);
  }
  return exit_code_of(result, written);
}

Action add_check(CLI::App& command) {
  const auto arguments = std::make_shared<CheckArguments>();
  add_scenario(command, arguments->scenario);
  add_settings(command, arguments->settings);
  add_case(command, arguments->case_number, "Explores one case of a file with a matrix");
  expect_count(
      command.add_option("--faults", arguments->faults, "How many faults may strike on one path"),
      {.most = kMostOf32Bits});
  add_sites(command, arguments->sites);
  command.get_option("--sites")->needs("--faults");
  expect_count(command
                   .add_option("--max-states", arguments->max_states,
                               "Stops after so many states (exit code 3)")
                   ->capture_default_str());
  add_max_seconds(command, arguments->max_seconds);
  expect_count(
      command
          .add_option("--max-memory", arguments->max_memory, "MiB; stops at so much (exit code 3)")
          ->capture_default_str());
  expect_count(
      command.add_option("--threads", arguments->threads, "The answer is the same at any number"),
      {.least = 1, .most = 256});
  command.add_option("--compaction", arguments->compaction, "What is kept of a state")
      ->check(CLI::IsMember({"full", "128", "64"}));
  command.add_option("--order", arguments->order, "Of the search")
      ->check(CLI::IsMember({"breadth", "depth"}));
  command.add_option("--without", arguments->switched_off, "Switches a reduction off")
      ->check(CLI::IsMember({"symmetry", "independence", "quiet-steps", "dead-values"}));
  command.add_flag("--all", arguments->finds_all, "One counterexample for each cause");
  add_json(command, arguments->json);
  command.add_flag("--quiet", arguments->quiet, "The verdict without the story");
  command
      .add_option("--counterexample", arguments->counterexample_file,
                  "Writes the shortest counterexample as a scenario")
      ->type_name("F.yaml");
  command
      .add_option("--out", arguments->folder,
                  "Writes each counterexample as a scenario; with --all one for each cause")
      ->type_name("DIR");
  command
      .add_option("--report", arguments->report_file,
                  "Writes the shortest counterexample as a page, step by step, for a browser")
      ->type_name("F.html");
  command.add_option("--junit", arguments->junit_file, "Writes a report for test tools")
      ->type_name("F.xml");
  return [arguments](std::ostream& output, std::ostream& errors) {
    return check_scenario(*arguments, output, errors);
  };
}

}  // namespace luosim::app
