// SPDX-License-Identifier: Apache-2.0
//
// The command line. Every subcommand is one file in cli/; here stand only their options.
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "app/cli/check.hpp"
#include "app/cli/conform.hpp"
#include "app/cli/exit_code.hpp"
#include "app/cli/explain.hpp"
#include "app/cli/fuzz.hpp"
#include "app/cli/run.hpp"
#include "app/cli/schema.hpp"
#include "app/cli/standard_output.hpp"
#include "app/cli/version.hpp"

namespace {

using namespace luosim;

void add_run(CLI::App& program, app::RunArguments& arguments) {
  CLI::App& run = *program.add_subcommand("run", "Replays a scenario and tells what happened");
  run.add_option("SCENARIO", arguments.scenario, "Scenario file, '-' for standard input")
      ->required();
  run.add_option("--seed", arguments.seed, "Seed of everything that chance decides");
  run.add_option("--set", arguments.settings, "Overrides a key of the file: vms.vm0.memory=4GiB")
      ->type_name("KEY=VALUE");
  run.add_option("--case", arguments.case_number, "Runs one case of a file with a matrix")
      ->type_name("N")
      ->check(CLI::PositiveNumber);
  run.add_flag("--json", arguments.json, "One JSON object instead of text");
  run.add_flag("--quiet", arguments.quiet, "The verdict without the log");
  run.add_flag("--verbose", arguments.verbose, "The log with every step of every program");
  run.add_option("--trace", arguments.trace_file, "Writes a trace for ui.perfetto.dev")
      ->type_name("F.json");
  run.add_option("--log", arguments.log_file, "Writes every record as JSON Lines")
      ->type_name("F.jsonl");
  run.add_option("--choices", arguments.choices_file, "Gives recorded choices again")
      ->type_name("F");
  run.add_option("--save-choices", arguments.save_choices_file, "Writes the choices that were made")
      ->type_name("F");
  run.add_option("--dump-fdt", arguments.tree_file,
                 "Writes the handover tree of the last jump, readable by dtc")
      ->type_name("F.dtb");
  run.add_option("--max-events", arguments.max_events, "Stops after so many events (exit code 3)");
}

void add_check(CLI::App& program, app::CheckArguments& arguments) {
  CLI::App& check = *program.add_subcommand(
      "check", "Explores every order of steps and calls, and every fault within a budget");
  check.add_option("SCENARIO", arguments.scenario, "Scenario file, '-' for standard input")
      ->required();
  check.add_option("--set", arguments.settings, "Overrides a key of the file: vms.vm0.memory=4GiB")
      ->type_name("KEY=VALUE");
  check.add_option("--faults", arguments.faults, "How many faults may strike on one path");
  check.add_option("--sites", arguments.sites, "Where they may strike: luo.file.*");
  check.add_option("--max-states", arguments.max_states, "Stops after so many (exit code 3)");
  check.add_option("--max-seconds", arguments.max_seconds, "Stops after so long (exit code 3)");
  check.add_option("--max-memory", arguments.max_memory, "MiB; stops at so much (exit code 3)");
  check.add_option("--threads", arguments.threads, "The answer is the same at any number")
      ->check(CLI::Range(1, 256));
  check.add_option("--compaction", arguments.compaction, "What is kept of a state")
      ->check(CLI::IsMember({"full", "128", "64"}));
  check.add_option("--order", arguments.order, "Of the search")
      ->check(CLI::IsMember({"breadth", "depth"}));
  check.add_option("--without", arguments.switched_off, "Switches a reduction off")
      ->check(CLI::IsMember({"symmetry", "independence", "quiet-steps", "dead-values"}));
  check.add_flag("--all", arguments.finds_all, "One counterexample for each cause");
  check.add_flag("--json", arguments.json, "One JSON object instead of text");
  check.add_flag("--quiet", arguments.quiet, "The verdict without the story");
  check
      .add_option("--counterexample", arguments.counterexample_file,
                  "Writes the shortest counterexample as a scenario")
      ->type_name("F.yaml");
  check.add_option("--junit", arguments.junit_file, "Writes a report for test tools")
      ->type_name("F.xml");
}

void add_fuzz(CLI::App& program, app::FuzzArguments& arguments) {
  CLI::App& fuzz = *program.add_subcommand(
      "fuzz", "Plays variations of a scenario drawn at random, and makes what breaks small");
  fuzz.add_option("SCENARIO", arguments.scenario, "Scenario file, '-' for standard input")
      ->required();
  fuzz.add_option("--set", arguments.settings, "Overrides a key of the file: vms.vm0.memory=4GiB")
      ->type_name("KEY=VALUE");
  fuzz.add_option("--cases", arguments.cases, "How many variations");
  fuzz.add_option("--seed", arguments.seed, "Of everything that is drawn");
  fuzz.add_option("--faults", arguments.faults, "How many a variation has at most")
      ->check(CLI::Range(0, 100));
  fuzz.add_option("--sites", arguments.sites, "Where they may strike: luo.file.*");
  fuzz.add_option("--max-seconds", arguments.max_seconds, "Stops after so long (exit code 3)");
  fuzz.add_flag("--knobs", arguments.knobs, "Varies what the protocol is, too");
  fuzz.add_flag("--json", arguments.json, "One JSON object instead of text");
  fuzz.add_option("--out", arguments.folder, "Writes a scenario for each cause")->type_name("DIR");
}

int run_program(int argument_count, char** argument_values) {
  CLI::App program{"A simulator of Linux live update: replay it, break it, understand it"};
  program.name("luosim");
  program.require_subcommand(1);
  program.set_version_flag("--version", app::version_text());
  app::RunArguments run;
  std::vector<std::string> vectors;
  app::ExplainArguments explain;

  add_run(program, run);
  app::CheckArguments check;
  add_check(program, check);
  app::FuzzArguments fuzz;
  add_fuzz(program, fuzz);
  CLI::App& conform_command =
      *program.add_subcommand("conform", "Runs recorded kernel vectors against the model");
  conform_command.add_option("FILE", vectors, "Vector files")->required();
  CLI::App& explain_command =
      *program.add_subcommand("explain", "Prints what the program knows: " + app::explain_topics());
  explain_command
      .add_option(
          "WHAT", explain.what,
          "A topic, a program, a guarantee, a knob, a fault site or a key of scenario files")
      ->required();
  explain_command.add_option("--protocol", explain.protocol, "Whose programs")->type_name("NAME");
  explain_command.add_flag("--markdown", explain.markdown, "Guarantees, knobs, faults as a page");
  explain_command.add_flag("--dot", explain.dot, "As a graph for Graphviz");
  CLI::App& schema_command =
      *program.add_subcommand("schema", "Prints the JSON Schema of scenario files");

  try {
    program.parse(argument_count, argument_values);
  } catch (const CLI::ParseError& error) {
    return program.exit(error) == 0 ? app::kHeld : app::kBadInput;
  }
  try {
    if (program.got_subcommand("run")) return app::run_scenario(run, std::cout, std::cerr);
    if (program.got_subcommand("check")) return app::check_scenario(check, std::cout, std::cerr);
    if (program.got_subcommand("fuzz")) return app::fuzz_scenario(fuzz, std::cout, std::cerr);
    if (program.got_subcommand(&conform_command))
      return app::conform(vectors, std::cout, std::cerr);
    if (program.got_subcommand(&explain_command))
      return app::explain(explain, std::cout, std::cerr);
    if (program.got_subcommand(&schema_command)) return app::print_schema(std::cout);
  } catch (const std::exception& error) {
    std::cerr << "luosim: internal error: " << error.what() << '\n';
  }
  return app::kInternalError;
}

}  // namespace

int main(int argument_count, char** argument_values) {
  app::survive_failing_outputs();
  return app::finish_standard_output(run_program(argument_count, argument_values), std::cerr);
}
