// SPDX-License-Identifier: Apache-2.0
#include "app/cli/command_line.hpp"

#include <exception>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

#include "app/cli/check.hpp"
#include "app/cli/completion.hpp"
#include "app/cli/conform.hpp"
#include "app/cli/demo.hpp"
#include "app/cli/exit_code.hpp"
#include "app/cli/explain.hpp"
#include "app/cli/fuzz.hpp"
#include "app/cli/man.hpp"
#include "app/cli/run.hpp"
#include "app/cli/schema.hpp"
#include "app/cli/step.hpp"
#include "app/cli/version.hpp"
#include "app/scenario/diagnostic.hpp"
#include "app/scenario/nearest_word.hpp"

namespace luosim::app {

namespace {

struct Command {
  const char* name;
  const char* purpose;
  Action (*add)(CLI::App& command);
};

constexpr Command kCommands[] = {
    {"run", "Replays scenarios and tells what happened", add_run},
    {"check", "Explores every order of steps and calls, and every fault within a budget",
     add_check},
    {"step", "Goes through a scenario step by step, forth, back, and into other branches",
     add_step},
    {"fuzz", "Plays variations of a scenario drawn at random, and makes what breaks small",
     add_fuzz},
    {"conform", "Runs recorded kernel vectors against the model", add_conform},
    {"explain", "Prints what the program knows", add_explain},
    {"demo", "Plays a lesson of the tutorial and says what there is to see", add_demo},
    {"schema", "Prints the JSON Schema of scenario files, or of a log", add_schema},
    {"completion", "Prints a script by which a shell completes commands and options",
     add_completion},
    {"man", "Prints a manual page", add_man},
};

// What was said in place of a command; nothing if there was one, or no word at all.
std::optional<std::string> word_of_no_command(const CLI::App& program) {
  if (!program.get_subcommands().empty()) return std::nullopt;
  for (const std::string& word : program.remaining())
    if (!word.starts_with('-')) return word;
  return std::nullopt;
}

int refuse_command(const std::string& word, std::ostream& errors) {
  std::vector<std::string_view> names;
  for (const Command& each : kCommands) names.emplace_back(each.name);
  const std::string meant = did_you_mean(word, names);
  errors << "luosim: there is no command " << app::quoted(word) << "; "
         << (meant.empty() ? "luosim --help lists them" : meant) << '\n';
  return kBadInput;
}

}  // namespace

int run_command_line(int argument_count, char** argument_values, std::ostream& output,
                     std::ostream& errors) {
  CLI::App program{"A simulator of Linux live update: replay it, break it, understand it"};
  program.name("luosim");
  program.require_subcommand(1);
  bool as_json = false;  // before the other flag, which asks for it
  CLI::Option* json = program.add_flag("--json", as_json, "The version as one JSON object");
  const auto version = [&as_json] { return as_json ? version_json() : version_text(); };
  json->needs(program.set_version_flag("--version", version));
  Action action;
  for (const Command& each : kCommands) {
    CLI::App& command = *program.add_subcommand(each.name, each.purpose);
    command.callback([&action, does = each.add(command)] { action = does; });
  }
  try {
    program.parse(argument_count, argument_values);
  } catch (const CLI::RequiredError& error) {
    const auto word = word_of_no_command(program);
    if (word) return refuse_command(*word, errors);
    return program.exit(error, output, errors) == 0 ? kHeld : kBadInput;
  } catch (const CLI::ParseError& error) {
    return program.exit(error, output, errors) == 0 ? kHeld : kBadInput;
  }
  try {
    return action(output, errors);
  } catch (const std::exception& error) {
    errors << "luosim: internal error: " << error.what() << '\n';
  }
  return kInternalError;
}

}  // namespace luosim::app
