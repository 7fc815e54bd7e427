// SPDX-License-Identifier: Apache-2.0
//
// The script uses nothing but bash itself. Where a file is wanted it answers nothing, and bash
// completes names of files as it always does.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "app/cli/completion.hpp"

namespace luosim::app {

namespace {

// What is done for the value of an option, or for a positional word.
std::string action_for(const OptionText& option) {
  const ValueWords values = value_words(option);
  switch (values.source) {
    case ValueSource::words:
      return fmt::format("_luosim_words {}",
                         shell_quoted(fmt::format("{}", fmt::join(values.words, " "))));
    case ValueSource::folder:
      return "compopt -o dirnames";
    case ValueSource::file:
      return ":";
    case ValueSource::none:
      break;
  }
  return "compopt +o default +o bashdefault";
}

std::string command_case(const CommandText& command) {
  std::string options;
  std::string values;
  for (const OptionText& option : command.options) {
    for (const std::string& name : option.names) options += name + ' ';
    if (option.value.empty()) continue;
    values += fmt::format("        {}) {}; return ;;\n", fmt::join(option.names, "|"),
                          action_for(option));
  }
  std::string text = fmt::format("    {})\n", command.name);
  if (!values.empty()) text += fmt::format("      case $prev in\n{}      esac\n", values);
  text += fmt::format("      if [[ $cur == -* ]]; then _luosim_words {}; return; fi\n",
                      shell_quoted(options));
  text += "      " +
          (command.positionals.empty() ? std::string("compopt +o default +o bashdefault")
                                       : action_for(command.positionals.front())) +
          '\n';
  return text + "      ;;\n";
}

// bash breaks words at `=`: behind it stands a word of its own.
std::string setting_case() {
  std::string text = "  if [[ $prev == '=' ]]; then\n    case ${COMP_WORDS[COMP_CWORD - 2]} in\n";
  for (const SettingValues& each : setting_values())
    text += fmt::format("      {}) _luosim_words {} ;;\n", each.key,
                        shell_quoted(fmt::format("{}", fmt::join(each.words, " "))));
  return text + "    esac\n    return\n  fi\n";
}

}  // namespace

std::string bash_completion(const CommandText& program) {
  std::string names;
  std::string cases;
  for (const CommandText& command : program.commands) {
    names += command.name + ' ';
    cases += command_case(command);
  }
  for (const OptionText& option : program.options)
    for (const std::string& name : option.names) names += name + ' ';
  return fmt::format(
      "# bash completion for luosim, made by: luosim completion bash\n\n"
      "_luosim_words() {{\n"
      "  compopt +o default +o bashdefault\n"
      "  mapfile -t COMPREPLY < <(compgen -W \"$1\" -- \"$cur\")\n"
      "  if [[ ${{#COMPREPLY[@]}} == 1 && ${{COMPREPLY[0]}} == *= ]]; then compopt -o nospace; fi\n"
      "}}\n\n"
      "_luosim() {{\n"
      "  local cur=${{COMP_WORDS[COMP_CWORD]}} prev=${{COMP_WORDS[COMP_CWORD - 1]}} command='' "
      "word\n"
      "  COMPREPLY=()\n"
      "  if [[ $cur == '=' ]]; then cur='' prev='='; COMP_CWORD=$((COMP_CWORD + 1)); fi\n"
      "{}"
      "  for word in \"${{COMP_WORDS[@]:1:COMP_CWORD-1}}\"; do\n"
      "    if [[ $word != -* ]]; then command=$word; break; fi\n"
      "  done\n"
      "  case $command in\n"
      "    '') _luosim_words {} ;;\n"
      "{}"
      "  esac\n"
      "}}\n\n"
      "complete -o bashdefault -o default -F _luosim luosim\n",
      setting_case(), shell_quoted(names), cases);
}

}  // namespace luosim::app
