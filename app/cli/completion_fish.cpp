// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "app/cli/completion.hpp"

namespace luosim::app {

namespace {

// `-f` switches names of files off, `-F` on, `-x` wants one of the words.
std::string values_of(const OptionText& option) {
  const ValueWords values = value_words(option);
  switch (values.source) {
    case ValueSource::words:
      return " -x -a " + fish_quoted(fmt::format("{}", fmt::join(values.words, " ")));
    case ValueSource::folder:
      return " -x -a '(__fish_complete_directories)'";
    case ValueSource::file:
      return " -r -F";
    case ValueSource::none:
      break;
  }
  return option.value.empty() ? " -f" : " -x";
}

std::string option_line(const OptionText& option, const std::string& condition) {
  std::string line = "complete -c luosim " + condition;
  for (const std::string& name : option.names)
    line += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
  return line + values_of(option) + " -d " + fish_quoted(option.about) + '\n';
}

std::string command_lines(const CommandText& command) {
  const std::string condition = "-n " + fish_quoted("__fish_seen_subcommand_from " + command.name);
  std::string text;
  for (const OptionText& option : command.options) text += option_line(option, condition);
  for (const OptionText& positional : command.positionals)
    text += "complete -c luosim " + condition + values_of(positional) + '\n';
  return text;
}

}  // namespace

std::string fish_completion(const CommandText& program) {
  std::string text =
      "# fish completion for luosim, made by: luosim completion fish\n\n"
      "complete -c luosim -f\n";
  for (const OptionText& option : program.options)
    text += option_line(option, "-n __fish_use_subcommand");
  for (const CommandText& command : program.commands)
    text += fmt::format("complete -c luosim -n __fish_use_subcommand -a {} -d {}\n", command.name,
                        fish_quoted(command.purpose));
  for (const CommandText& command : program.commands) text += command_lines(command);
  return text;
}

}  // namespace luosim::app
