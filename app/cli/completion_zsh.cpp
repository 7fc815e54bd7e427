// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "app/cli/completion.hpp"

namespace luosim::app {

namespace {

// In a specification of _arguments a colon ends a part and brackets hold the explanation.
std::string escaped(std::string_view text) {
  std::string result;
  for (const char character : text) {
    if (character == ':' || character == '[' || character == ']' || character == '\\')
      result += '\\';
    result += character;
  }
  return result;
}

// Behind a `=` there is no blank, for the value follows.
std::string words_action(const std::vector<std::string>& words) {
  const std::string all = escaped(fmt::format("{}", fmt::join(words, " ")));
  const bool are_keys = !words.empty() && words.back().ends_with('=');
  return are_keys ? fmt::format("{{compadd -S \"\" - {}}}", all) : fmt::format("({})", all);
}

std::string action_for(const OptionText& option) {
  const ValueWords values = value_words(option);
  switch (values.source) {
    case ValueSource::words:
      return fmt::format(":{}:{}", escaped(option.value), words_action(values.words));
    case ValueSource::folder:
      return fmt::format(":{}:_files -/", escaped(option.value));
    case ValueSource::file:
      return fmt::format(":{}:_files", escaped(option.value));
    case ValueSource::none:
      break;
  }
  return option.value.empty() ? "" : fmt::format(":{}: ", escaped(option.value));
}

std::string option_specification(const OptionText& option, const std::string& name) {
  return shell_quoted(fmt::format("{}{}[{}]{}", option.repeats ? "*" : "", name,
                                  escaped(option.about), action_for(option)));
}

std::string command_case(const CommandText& command) {
  std::string text = fmt::format("        {})\n          _arguments", command.name);
  for (const OptionText& option : command.options)
    for (const std::string& name : option.names)
      text += " \\\n            " + option_specification(option, name);
  for (const OptionText& positional : command.positionals)
    text += " \\\n            " +
            shell_quoted((positional.repeats ? "*" : "1") + action_for(positional));
  return text + "\n          ;;\n";
}

}  // namespace

std::string zsh_completion(const CommandText& program) {
  std::string names;
  std::string cases;
  for (const CommandText& command : program.commands) {
    names += fmt::format(
        "    {}\n", shell_quoted(fmt::format("{}:{}", command.name, escaped(command.purpose))));
    cases += command_case(command);
  }
  std::string options;
  for (const OptionText& option : program.options)
    for (const std::string& name : option.names)
      options += fmt::format("    {} \\\n", option_specification(option, name));
  return fmt::format(
      "#compdef luosim\n"
      "# zsh completion for luosim, made by: luosim completion zsh\n\n"
      "_luosim() {{\n"
      "  local curcontext=$curcontext state line\n"
      "  typeset -A opt_args\n"
      "  local -a commands\n"
      "  commands=(\n{}  )\n"
      "  _arguments -C \\\n{}"
      "    '1:command:->command' \\\n"
      "    '*::argument:->argument'\n"
      "  case $state in\n"
      "    command) _describe 'command' commands ;;\n"
      "    argument)\n"
      "      case $words[1] in\n{}"
      "      esac\n"
      "      ;;\n"
      "  esac\n"
      "}}\n\n"
      "if [[ $zsh_eval_context[-1] == loadautofunc ]]; then _luosim \"$@\"; else compdef _luosim "
      "luosim; fi\n",
      names, options, cases);
}

}  // namespace luosim::app
