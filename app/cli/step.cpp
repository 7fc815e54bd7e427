// SPDX-License-Identifier: Apache-2.0
#include "app/cli/step.hpp"

#include <algorithm>
#include <iostream>
#include <memory>
#include <optional>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "app/cli/count_option.hpp"
#include "app/cli/exit_code.hpp"
#include "app/cli/fault_sites.hpp"
#include "app/cli/interrupt.hpp"
#include "app/cli/load.hpp"
#include "app/cli/outputs.hpp"
#include "app/cli/write_file.hpp"
#include "app/step/commands.hpp"
#include "app/step/lines.hpp"
#include "app/step/save.hpp"
#include "app/step/session.hpp"

namespace luosim::app {

namespace {

int exit_code_of(const Console& console) {
  if (console.was_interrupted) return kLimit;
  const auto& broken = console.session.now().broken;
  const bool is_broken = std::any_of(broken.begin(), broken.end(),
                                     [](const BrokenOnTheWay& each) { return !each.is_expected; });
  return is_broken ? kViolation : kHeld;
}

// Says where a command was ended by Ctrl-C, if that was all: at a terminal the session goes on.
void go_on_if_only_the_command_was_meant(Console& console) {
  if (!take_back_interrupt()) return;
  console.was_interrupted = false;
  console.output << "  interrupted\n";
  do_where(console, {});
  console.output.flush();
}

// A mistake of a person is made good by the next line; a script ends there.
int converse(Console& console, Lines& lines, std::ostream& errors) {
  for (std::uint64_t number = 1; !console.wants_quit && !console.was_interrupted; ++number) {
    const auto line = lines.next(prompt_of(console.session));
    if (!line) break;
    if (lines.is_person()) console.was_interrupted = !take_back_interrupt();
    if (console.was_interrupted) break;
    const Complaint complaint = do_line(console, *line);
    if (console.was_interrupted && lines.is_person()) go_on_if_only_the_command_was_meant(console);
    if (!complaint) continue;
    if (lines.is_person()) {
      errors << *complaint << '\n';
      continue;
    }
    errors << fmt::format("luosim: standard input:{}: {}\n", number, *complaint);
    return kBadInput;
  }
  return exit_code_of(console);
}

}  // namespace

int step_scenario(const StepArguments& arguments, std::istream& input, bool is_terminal,
                  std::ostream& output, std::ostream& errors) {
  if (arguments.scenario == "-") {
    errors << "luosim: commands come from standard input: name a scenario file\n";
    return kBadInput;
  }
  const auto cases = load_all(arguments.scenario, arguments.settings, errors);
  if (!cases) return kBadInput;
  const auto loaded = cases->load_one(arguments.case_number, errors);
  if (!loaded) return kBadInput;
  const auto sites = faults_that_may_strike(arguments.faults, arguments.sites, errors);
  if (!sites) return kBadInput;
  const WalkOptions options{
      .seed = arguments.seed, .faults = arguments.faults, .fault_sites = *sites};
  catch_interrupts();
  Session session(arguments.untimed ? walk_in_any_order(*loaded, options)
                                    : walk_in_time(*loaded, options));
  Console console{.session = session, .output = output, .save = {}};
  console.save = [&](const Session& way, const std::string& file) -> Complaint {
    if (is_same_file(file, arguments.scenario))
      return fmt::format("{} is the scenario of this session: save under another name", file);
    const auto saved = scenario_of_way(way, cases->text(), arguments.settings, *loaded);
    if (!saved) return fmt::format("cannot be saved: {}", saved.error());
    if (!write_file(file, saved->text, errors)) return fmt::format("{} was not written", file);
    output << fmt::format("  `luosim run` is here after {} steps\n", saved->steps);
    return std::nullopt;
  };
  const std::unique_ptr<Lines> lines =
      is_terminal ? edited_lines([&](std::string_view line) { return completions(session, line); })
                  : plain_lines(input, output);
  for (const std::string& line : session.opening()) output << line << '\n';
  if (is_terminal) output << "`help` lists the commands" << std::endl;
  return converse(console, *lines, errors);
}

Action add_step(CLI::App& command) {
  const auto arguments = std::make_shared<StepArguments>();
  add_scenario(command, arguments->scenario);
  add_settings(command, arguments->settings);
  add_case(command, arguments->case_number, "Steps through one case of a file with a matrix");
  expect_count(
      command.add_option("--seed", arguments->seed, "Seed of everything that chance decides"));
  expect_count(
      command.add_option("--faults", arguments->faults, "How many faults may strike on the way"),
      {.most = kMostOf32Bits});
  add_sites(command, arguments->sites);
  command.get_option("--sites")->needs("--faults");
  command.add_flag("--untimed", arguments->untimed,
                   "Any order of moves, as `luosim check` explores, and no time");
  return [arguments](std::ostream& output, std::ostream& errors) {
    return step_scenario(*arguments, std::cin, is_at_terminal(), output, errors);
  };
}

}  // namespace luosim::app
