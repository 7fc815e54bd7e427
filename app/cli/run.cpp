// SPDX-License-Identifier: Apache-2.0
#include "app/cli/run.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <ostream>
#include <utility>

#include <CLI/CLI.hpp>

#include "app/cli/count_option.hpp"
#include "app/cli/exit_code.hpp"
#include "app/cli/interrupt.hpp"
#include "app/cli/last_chance.hpp"
#include "app/cli/load.hpp"
#include "app/cli/outputs.hpp"
#include "app/cli/play.hpp"
#include "app/cli/read_file.hpp"
#include "app/cli/run_files.hpp"
#include "app/cli/write_file.hpp"
#include "app/report/choices_file.hpp"
#include "app/report/html_report.hpp"
#include "app/report/run_report.hpp"
#include "app/report/summary_table.hpp"

namespace luosim::app {

namespace {

// A scenario file that was read and checked, with all of its cases.
struct Source {
  std::string name;
  LoadedCases cases;
};

std::optional<std::vector<sim::MadeChoice>> read_choices_file(const std::string& name,
                                                              std::ostream& errors) {
  const auto text = read_file(name, errors);
  if (!text) return std::nullopt;
  ChoicesResult result = read_choices(*text, name);
  if (result.choices) return std::move(*result.choices);
  errors << render(result.diagnostics, *text);
  return std::nullopt;
}

bool keeps_records(const RunArguments& arguments) {
  for (std::size_t row = 0; row < arguments.export_files.size(); ++row)
    if (!arguments.export_files[row].empty() && exports()[row].reads_records) return true;
  return false;
}

bool wants_files_of_one_run(const RunArguments& arguments) {
  return !arguments.choices_file.empty() || !arguments.report_file.empty() ||
         std::any_of(arguments.export_files.begin(), arguments.export_files.end(),
                     [](const std::string& file) { return !file.empty(); });
}

// More would be read by nobody, and the page would become slow.
constexpr std::uint64_t kMostStepsOfAReport = 3'000;

// The run once more, now that it is known what is worth showing. Nothing if it was interrupted.
std::optional<std::string> report_of(const Loaded& loaded, const std::string& text,
                                     PlayOptions options, const ReportTally& tally,
                                     const RunResult& result) {
  std::vector<std::uint64_t> pinned;
  for (const BrokenGuarantee& broken : result.violations) {
    pinned.push_back(broken.record);
    if (broken.last_chance) pinned.push_back(broken.last_chance->record);
  }
  const ReportPlan plan = tally.plan(std::move(pinned), kMostStepsOfAReport);
  ReportRecorder recorder(loaded.built.blueprint, plan);
  options.log = nullptr;
  options.keeps_records = false;
  options.watcher = &recorder;
  if (play(loaded, options).result.stop == world::Stop::interrupted) return std::nullopt;
  return report_html(report_json(result, text, recorder));
}

// What only the command line knows of a run.
void name_result(RunResult& result, const RunArguments& arguments, const Source& source,
                 std::size_t index) {
  result.scenario = source.name;
  result.settings = arguments.settings;
  result.case_number = source.cases.count() > 1 ? index + 1 : 0;
  result.parameters = source.cases.values(index);
}

int run_one(const RunArguments& arguments, const Source& source, std::size_t index,
            std::ostream& output, std::ostream& errors) {
  const auto loaded = source.cases.load(index, errors);
  if (!loaded) return kBadInput;
  std::optional<std::vector<sim::MadeChoice>> choices;
  if (!arguments.choices_file.empty()) {
    choices = read_choices_file(arguments.choices_file, errors);
    if (!choices) return kBadInput;
  }
  const bool shows_log = !arguments.quiet && !arguments.json;
  ReportTally tally{GuestsTold(loaded->built.blueprint.cast.vms)};
  const PlayOptions options{.seed = arguments.seed,
                            .max_events = arguments.max_events,
                            .log = shows_log ? &output : nullptr,
                            .verbose = arguments.verbose,
                            .keeps_records = keeps_records(arguments),
                            .watcher = arguments.report_file.empty() ? nullptr : &tally,
                            .choices = choices ? &*choices : nullptr,
                            .choices_name = arguments.choices_file};
  Played played = play(*loaded, options);
  name_result(played.result, arguments, source, index);
  if (!find_last_chances(*loaded, options, played)) played.result.stop = world::Stop::interrupted;
  std::optional<std::string> report;
  if (!arguments.report_file.empty() && played.result.stop != world::Stop::interrupted) {
    report = report_of(*loaded, source.cases.text(), options, tally, played.result);
    if (!report) played.result.stop = world::Stop::interrupted;
  }
  if (played.result.stop == world::Stop::interrupted) {
    // Whoever has closed the pipe that the output goes to knows.
    if (output) errors << "luosim: interrupted; nothing was written\n";
    return kLimit;
  }
  const RunStory story{loaded->built.blueprint, played.result, played.records, played.tasks,
                       played.choices,          played.tree};
  // The answer is given even if there is no place for the files.
  const bool is_written = write_exports(arguments.export_files, story, errors) &&
                          write_summaries(arguments.summary_files, {&played.result, 1}, errors) &&
                          (!report || write_file(arguments.report_file, *report, errors));
  if (arguments.json) {
    output << summary_json(played.result).dump(2) << '\n';
  } else {
    output << (shows_log ? "\n" : "") << summary_text(played.result);
  }
  return is_written ? exit_code_of(played.result.verdict) : kBadInput;
}

// Plays all cases of a file. The code to end with if it could not.
std::optional<int> play_cases(const RunArguments& arguments, const Source& source,
                              std::vector<RunResult>& results, std::ostream& errors) {
  for (std::size_t index = 0; index < source.cases.count(); ++index) {
    const auto loaded = source.cases.load(index, errors);
    if (!loaded) return kBadInput;
    results.push_back(
        play(*loaded, {.seed = arguments.seed, .max_events = arguments.max_events}).result);
    name_result(results.back(), arguments, source, index);
    if (results.back().stop == world::Stop::interrupted) {
      errors << "luosim: interrupted in case " << index + 1 << " of " << source.cases.count()
             << " of " << source.name << '\n';
      return kLimit;
    }
  }
  return std::nullopt;
}

int run_many(const RunArguments& arguments, const std::vector<Source>& sources,
             std::ostream& output, std::ostream& errors) {
  std::vector<std::vector<RunResult>> of_files;
  std::vector<RunResult> all;
  for (const Source& source : sources) {
    of_files.emplace_back();
    if (const auto code = play_cases(arguments, source, of_files.back(), errors)) return *code;
    all.insert(all.end(), of_files.back().begin(), of_files.back().end());
  }
  const bool is_written = write_summaries(arguments.summary_files, all, errors);
  const bool is_family = sources.size() == 1;
  if (arguments.json) {
    output << (is_family ? family_json(all) : table_json(of_files)).dump(2) << '\n';
  } else {
    output << (is_family ? family_text(all) : table_text(of_files));
  }
  return is_written ? exit_code_of(verdict_of(all)) : kBadInput;
}

// Everything is read and checked before anything runs.
std::optional<std::vector<Source>> read_sources(const RunArguments& arguments,
                                                std::ostream& errors) {
  const auto files = scenario_files(arguments.scenarios, errors);
  if (!files) return std::nullopt;
  std::vector<Source> sources;
  bool all_are_sound = true;
  for (const std::string& file : *files) {
    auto cases = load_all(file, arguments.settings, errors);
    all_are_sound &= cases.has_value();
    if (cases) sources.push_back({file, *std::move(cases)});
  }
  if (!all_are_sound) return std::nullopt;
  return sources;
}

bool is_one_run(const RunArguments& arguments, const std::vector<Source>& sources) {
  return sources.size() == 1 && (sources.front().cases.count() == 1 || arguments.case_number != 0);
}

// What is asked for one run cannot be had of several.
bool is_refused(const RunArguments& arguments, const std::vector<Source>& sources,
                std::ostream& errors) {
  const bool has_many_files = sources.size() > 1;
  if (arguments.case_number != 0 && has_many_files) {
    errors << "luosim: --case is for one scenario, here are " << sources.size() << '\n';
    return true;
  }
  const std::size_t cases = sources.front().cases.count();
  if (arguments.case_number > cases) {
    errors << "luosim: there is no case " << arguments.case_number << ": " << sources.front().name
           << " has " << cases << '\n';
    return true;
  }
  if (is_one_run(arguments, sources) || !wants_files_of_one_run(arguments)) return false;
  if (has_many_files) {
    errors << "luosim: " << sources.size()
           << " scenarios: only --csv and --junit tell of several\n";
  } else {
    errors << "luosim: a file of " << cases
           << " cases: say which one with --case to read or write files\n";
  }
  return true;
}

FilePlan file_plan(const RunArguments& arguments, const std::vector<Source>& sources) {
  FilePlan plan{.inputs = {}, .outputs = {}, .json = arguments.json};
  for (const Source& source : sources) plan.inputs.push_back({"the scenario", source.name});
  if (!arguments.choices_file.empty())
    plan.inputs.push_back({"the choices", arguments.choices_file});
  const auto add = [&plan](std::string_view option, const std::string& file) {
    if (!file.empty()) plan.outputs.push_back({std::string(option), file});
  };
  for (std::size_t row = 0; row < exports().size(); ++row)
    add(exports()[row].option, arguments.export_files[row]);
  for (std::size_t row = 0; row < summary_exports().size(); ++row)
    add(summary_exports()[row].option, arguments.summary_files[row]);
  add("--report", arguments.report_file);
  return plan;
}

void add_outputs(CLI::App& command, RunArguments& arguments) {
  const auto add = [&command](const auto& each, std::string& file) {
    command.add_option(std::string(each.option), file, std::string(each.about))
        ->type_name(std::string(each.file));
  };
  for (std::size_t row = 0; row < exports().size(); ++row)
    add(exports()[row], arguments.export_files[row]);
  for (std::size_t row = 0; row < summary_exports().size(); ++row)
    add(summary_exports()[row], arguments.summary_files[row]);
}

}  // namespace

int run_scenarios(const RunArguments& arguments, std::ostream& output, std::ostream& errors) {
  const auto sources = read_sources(arguments, errors);
  if (!sources) return kBadInput;
  // Not before: reading can wait for somebody who types, and then Ctrl-C is to end it at once.
  catch_interrupts();
  const FilePlan plan = file_plan(arguments, *sources);
  if (is_refused(arguments, *sources, errors) || !is_sound(plan, errors)) return kBadInput;
  std::ostream& people = stream_for_people(plan, output, errors);
  if (!is_one_run(arguments, *sources)) return run_many(arguments, *sources, people, errors);
  return run_one(arguments, sources->front(), std::max<std::size_t>(arguments.case_number, 1) - 1,
                 people, errors);
}

Action add_run(CLI::App& command) {
  const auto arguments = std::make_shared<RunArguments>();
  command
      .add_option("SCENARIO", arguments->scenarios,
                  "Scenario files, '-' for standard input, or folders of them")
      ->type_name("F.yaml")
      ->required();
  expect_count(
      command.add_option("--seed", arguments->seed, "Seed of everything that chance decides"));
  add_settings(command, arguments->settings);
  add_case(command, arguments->case_number, "Runs one case of a file with a matrix");
  add_json(command, arguments->json);
  command.add_flag("--quiet", arguments->quiet, "The verdict without the log");
  command.add_flag("--verbose", arguments->verbose, "The log with every step of every program");
  command
      .add_option("--report", arguments->report_file,
                  "Writes a page that shows the run step by step, for a browser")
      ->type_name("F.html");
  command.add_option("--choices", arguments->choices_file, "Gives recorded choices again")
      ->type_name("F");
  add_outputs(command, *arguments);
  expect_count(command.add_option("--max-events", arguments->max_events,
                                  "Stops after so many events (exit code 3)"));
  return [arguments](std::ostream& output, std::ostream& errors) {
    return run_scenarios(*arguments, output, errors);
  };
}

}  // namespace luosim::app
