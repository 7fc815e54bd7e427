// SPDX-License-Identifier: Apache-2.0
#include "app/cli/run.hpp"

#include <memory>
#include <optional>
#include <ostream>

#include <CLI/CLI.hpp>

#include "app/cli/exit_code.hpp"
#include "app/cli/interrupt.hpp"
#include "app/cli/load.hpp"
#include "app/cli/play.hpp"
#include "app/cli/read_file.hpp"
#include "app/cli/write_file.hpp"
#include "app/report/choices_file.hpp"
#include "app/report/perfetto.hpp"
#include "app/report/run_report.hpp"
#include "app/report/trace_log.hpp"

namespace luosim::app {

namespace {

std::optional<std::vector<sim::MadeChoice>> read_choices_file(const std::string& name,
                                                              std::ostream& errors) {
  const auto text = read_file(name, errors);
  if (!text) return std::nullopt;
  ChoicesResult result = read_choices(*text, name);
  if (result.choices) return std::move(*result.choices);
  errors << render(result.diagnostics, *text);
  return std::nullopt;
}

std::string trace_log(const std::vector<sim::Record>& records, const world::Blueprint& blueprint,
                      const TraceHeader& header) {
  TraceLogWriter writer(blueprint);
  std::string text = TraceLogWriter::header_line(header);
  for (const sim::Record& record : records) text += writer.line_of(record);
  return text;
}

bool wants_files(const RunArguments& arguments) {
  return !arguments.trace_file.empty() || !arguments.log_file.empty() ||
         !arguments.save_choices_file.empty() || !arguments.tree_file.empty() ||
         !arguments.choices_file.empty();
}

bool write_outputs(const RunArguments& arguments, const world::Blueprint& blueprint,
                   const Played& played, std::ostream& errors) {
  const RunResult& result = played.result;
  const TraceHeader header{LUOSIM_VERSION, result.scenario, result.protocol, result.seed};
  bool written = true;
  if (!arguments.trace_file.empty())
    written &=
        write_file(arguments.trace_file, perfetto_trace(played.records, blueprint, header), errors);
  if (!arguments.log_file.empty())
    written &= write_file(arguments.log_file, trace_log(played.records, blueprint, header), errors);
  if (!arguments.save_choices_file.empty())
    written &= write_file(arguments.save_choices_file, write_choices(played.choices), errors);
  if (!arguments.tree_file.empty()) {
    if (played.tree.empty()) {
      errors << "luosim: no handover tree: the machine never jumped\n";
      return false;
    }
    const auto* bytes = reinterpret_cast<const char*>(played.tree.data());
    written &= write_file(arguments.tree_file, std::string(bytes, played.tree.size()), errors);
  }
  return written;
}

int exit_code_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::pass:
      return kHeld;
    case Verdict::fail:
    case Verdict::vacuous:
      return kViolation;
    case Verdict::incomplete:
      return kLimit;
  }
  return kInternalError;
}

int run_one(const RunArguments& arguments, const LoadedCases& cases, std::size_t index,
            std::ostream& output, std::ostream& errors) {
  const auto loaded = cases.load(index, errors);
  if (!loaded) return kBadInput;
  std::optional<std::vector<sim::MadeChoice>> choices;
  if (!arguments.choices_file.empty()) {
    choices = read_choices_file(arguments.choices_file, errors);
    if (!choices) return kBadInput;
  }
  const bool shows_log = !arguments.quiet && !arguments.json;
  Played played =
      play(*loaded, {.seed = arguments.seed,
                     .max_events = arguments.max_events,
                     .log = shows_log ? &output : nullptr,
                     .verbose = arguments.verbose,
                     .keeps_records = !arguments.trace_file.empty() || !arguments.log_file.empty(),
                     .choices = choices ? &*choices : nullptr,
                     .choices_name = arguments.choices_file});
  played.result.scenario = arguments.scenario;
  played.result.parameters = cases.values(index);
  if (played.result.stop == world::Stop::interrupted) {
    // Whoever has closed the pipe that the output goes to knows.
    if (output) errors << "luosim: interrupted; nothing was written\n";
    return kLimit;
  }
  if (!write_outputs(arguments, loaded->built.blueprint, played, errors)) return kBadInput;
  if (arguments.json) {
    output << summary_json(played.result).dump(2) << '\n';
  } else {
    output << (shows_log ? "\n" : "") << summary_text(played.result);
  }
  return exit_code_of(played.result.verdict);
}

int run_family(const RunArguments& arguments, const LoadedCases& cases, std::ostream& output,
               std::ostream& errors) {
  if (wants_files(arguments)) {
    errors << "luosim: a file of " << cases.count()
           << " cases: say which one with --case to read or write files\n";
    return kBadInput;
  }
  std::vector<RunResult> results;
  for (std::size_t index = 0; index < cases.count(); ++index) {
    const auto loaded = cases.load(index, errors);
    if (!loaded) return kBadInput;
    results.push_back(
        play(*loaded, {.seed = arguments.seed, .max_events = arguments.max_events}).result);
    results.back().scenario = arguments.scenario;
    results.back().parameters = cases.values(index);
    if (results.back().stop == world::Stop::interrupted) {
      errors << "luosim: interrupted in case " << index + 1 << " of " << cases.count() << '\n';
      return kLimit;
    }
  }
  if (arguments.json) {
    output << family_json(results).dump(2) << '\n';
  } else {
    output << family_text(results);
  }
  return exit_code_of(verdict_of(results));
}

}  // namespace

int run_scenario(const RunArguments& arguments, std::ostream& output, std::ostream& errors) {
  const auto cases = load_all(arguments.scenario, arguments.settings, errors);
  if (!cases) return kBadInput;
  // Not before: reading can wait for somebody who types, and then Ctrl-C is to end it at once.
  catch_interrupts();
  if (arguments.case_number > cases->count()) {
    errors << "luosim: there is no case " << arguments.case_number << ": " << arguments.scenario
           << " has " << cases->count() << '\n';
    return kBadInput;
  }
  if (arguments.case_number == 0 && cases->count() > 1)
    return run_family(arguments, *cases, output, errors);
  const std::size_t index = arguments.case_number == 0 ? 0 : arguments.case_number - 1;
  return run_one(arguments, *cases, index, output, errors);
}

Action add_run(CLI::App& command) {
  const auto arguments = std::make_shared<RunArguments>();
  add_scenario(command, arguments->scenario);
  command.add_option("--seed", arguments->seed, "Seed of everything that chance decides");
  add_settings(command, arguments->settings);
  command.add_option("--case", arguments->case_number, "Runs one case of a file with a matrix")
      ->type_name("N")
      ->check(CLI::PositiveNumber);
  add_json(command, arguments->json);
  command.add_flag("--quiet", arguments->quiet, "The verdict without the log");
  command.add_flag("--verbose", arguments->verbose, "The log with every step of every program");
  command.add_option("--trace", arguments->trace_file, "Writes a trace for ui.perfetto.dev")
      ->type_name("F.json");
  command.add_option("--log", arguments->log_file, "Writes every record as JSON Lines")
      ->type_name("F.jsonl");
  command.add_option("--choices", arguments->choices_file, "Gives recorded choices again")
      ->type_name("F");
  command
      .add_option("--save-choices", arguments->save_choices_file,
                  "Writes the choices that were made")
      ->type_name("F");
  command
      .add_option("--dump-fdt", arguments->tree_file,
                  "Writes the handover tree of the last jump, readable by dtc")
      ->type_name("F.dtb");
  command.add_option("--max-events", arguments->max_events,
                     "Stops after so many events (exit code 3)");
  return [arguments](std::ostream& output, std::ostream& errors) {
    return run_scenario(*arguments, output, errors);
  };
}

}  // namespace luosim::app
