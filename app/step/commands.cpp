// SPDX-License-Identifier: Apache-2.0
#include "app/step/commands.hpp"

#include <algorithm>
#include <ostream>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "app/scenario/nearest_word.hpp"
#include "app/scenario/units.hpp"
#include "app/step/show.hpp"
#include "app/step/target.hpp"
#include "app/view/view.hpp"

namespace luosim::app {

namespace {

Complaint do_save(Console& console, const std::string& argument) {
  if (argument.find_first_of(" \t") != std::string::npos)
    return fmt::format("save takes one file: '{}' is more than one word", argument);
  return console.save(console.session, argument);
}

Complaint do_quit(Console& console, const std::string& /*argument*/) {
  console.wants_quit = true;
  return std::nullopt;
}

Complaint do_help(Console& console, const std::string& argument);

constexpr StepCommand kCommands[] = {
    {"next", "[N]", "goes on by one move, or by N", 0, 1, do_next},
    {"back", "[N]", "goes back by one move, or by N", 0, 1, do_back},
    {"until", "WHAT",
     "goes on until a phase, `violation`, a program or a step of one, a time such as 2ms, or `end`",
     1, 1, do_until},
    {"choices", "", "lists what may happen next", 0, 0, do_choices},
    {"take", "N", "lets choice N happen", 1, 1, do_take},
    {"where", "", "says who stands where", 0, 0, do_where},
    {"show", "[PART]",
     "shows the state: `memory`, `luo.files`, `nvme0`; without PART what there is", 0, 1, do_show},
    {"changes", "", "shows what the move before has changed", 0, 0, do_changes},
    {"diff", "A B", "shows what is different between two points", 1, 1, do_diff},
    {"path", "", "shows the moves that led here", 0, 0, do_path},
    {"goto", "N", "goes to a point of this branch", 1, 1, do_goto},
    {"log", "[N]", "shows the log up to here, or its last N lines", 0, 1, do_log},
    {"save", "F.yaml", "writes the way to here as a scenario for `luosim run`", 1, 1, do_save},
    {"help", "[COMMAND]", "says this", 0, 1, do_help},
    {"quit", "", "ends", 0, 0, do_quit},
};

std::vector<std::string_view> names_of_commands() {
  std::vector<std::string_view> names;
  for (const StepCommand& command : kCommands) names.push_back(command.name);
  return names;
}

std::string usage_of(const StepCommand& command) {
  return command.arguments.empty() ? std::string(command.name)
                                   : fmt::format("{} {}", command.name, command.arguments);
}

tl::expected<const StepCommand*, std::string> find_command(std::string_view word) {
  std::vector<const StepCommand*> beginning;
  for (const StepCommand& command : kCommands) {
    if (command.name == word) return &command;
    if (command.name.starts_with(word)) beginning.push_back(&command);
  }
  if (beginning.size() == 1) return beginning.front();
  if (!beginning.empty()) {
    std::vector<std::string_view> names;
    names.reserve(beginning.size());
    for (const StepCommand* command : beginning) names.push_back(command->name);
    return tl::unexpected(fmt::format("'{}' may be {}", word, fmt::join(names, ", ")));
  }
  const std::string meant = did_you_mean(word, names_of_commands());
  return tl::unexpected(fmt::format("there is no command '{}'; {}", word,
                                    meant.empty() ? "`help` lists them" : meant));
}

Complaint do_help(Console& console, const std::string& argument) {
  if (!argument.empty()) {
    const auto command = find_command(argument);
    if (!command) return command.error();
    console.output << fmt::format("{}: {}\n", usage_of(**command), (*command)->about);
    return std::nullopt;
  }
  for (const StepCommand& command : kCommands)
    console.output << fmt::format("  {:<16} {}\n", usage_of(command), command.about);
  return std::nullopt;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t";
  const std::size_t begin = text.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlank) - begin + 1);
}

std::vector<std::string> beginning_with(const std::vector<std::string>& words,
                                        std::string_view beginning) {
  std::vector<std::string> result;
  for (const std::string& word : words)
    if (word.starts_with(beginning)) result.push_back(word);
  return result;
}

// The words of names that have several: what follows the words that are there already.
std::vector<std::string> last_words(const std::vector<std::string>& texts,
                                    std::string_view so_far) {
  const std::size_t space = so_far.rfind(' ');
  const std::size_t begin = space == std::string_view::npos ? 0 : space + 1;
  std::vector<std::string> words;
  for (const std::string& text : beginning_with(texts, so_far))
    words.push_back(text.substr(begin, text.find(' ', so_far.size()) - begin));
  words.erase(std::unique(words.begin(), words.end()), words.end());
  return words;
}

}  // namespace

std::span<const StepCommand> step_commands() {
  return kCommands;
}

Complaint do_line(Console& console, std::string_view line) {
  line = trimmed(line.substr(0, line.find('#')));
  if (line.empty()) return std::nullopt;
  const std::size_t space = line.find_first_of(" \t");
  const auto command = find_command(line.substr(0, space));
  if (!command) return command.error();
  const std::string argument(space == std::string_view::npos ? std::string_view()
                                                             : trimmed(line.substr(space)));
  if (argument.empty() && (*command)->least > 0)
    return fmt::format("{} needs more: {}", (*command)->name, usage_of(**command));
  if (!argument.empty() && (*command)->most == 0)
    return fmt::format("{} takes nothing: '{}' is too much", (*command)->name, argument);
  return (*command)->run(console, argument);
}

tl::expected<std::size_t, std::string> read_number(std::string_view text, std::size_t least,
                                                   std::size_t most) {
  const auto number = parse_count(text);
  if (!number) return tl::unexpected(fmt::format("'{}' is not a whole number", text));
  if (*number < least || *number > most)
    return tl::unexpected(least == most
                              ? fmt::format("there is only {}, and no {}", least, *number)
                              : fmt::format("{} is not between {} and {}", *number, least, most));
  return static_cast<std::size_t>(*number);
}

std::vector<std::string> completions(const Session& session, std::string_view line) {
  const std::size_t begin = line.find_first_not_of(' ');
  if (begin == std::string_view::npos) line = {};
  if (begin != std::string_view::npos) line.remove_prefix(begin);
  const std::size_t space = line.find(' ');
  const auto names = names_of_commands();
  const std::vector<std::string> commands(names.begin(), names.end());
  if (space == std::string_view::npos) return beginning_with(commands, line);
  const auto command = find_command(line.substr(0, space));
  if (!command) return {};
  const std::string_view argument = line.substr(space + 1);
  const std::string_view name = (*command)->name;
  const world::Blueprint& blueprint = session.walk().blueprint();
  if (name == "show")
    return completions_of_part(view_of(session.now().state.world, blueprint), argument);
  if (name == "until") return last_words(target_words(blueprint), argument);
  if (name == "help") return beginning_with(commands, argument);
  return {};
}

std::string prompt_of(const Session& session) {
  const world::World& world = session.now().state.world;
  const std::string phase(word_of(world.kernel.luo.phase));
  const std::int64_t microseconds = world.schedule.now().ns / 1000;
  if (!session.walk().has_time()) return fmt::format("[{}] {}> ", session.point(), phase);
  return fmt::format("[{}] {}.{:06} {}> ", session.point(), microseconds / 1'000'000,
                     microseconds % 1'000'000, phase);
}

}  // namespace luosim::app
