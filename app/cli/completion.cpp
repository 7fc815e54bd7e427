// SPDX-License-Identifier: Apache-2.0
#include "app/cli/completion.hpp"

#include <memory>
#include <ostream>

#include <CLI/CLI.hpp>

#include "app/cli/exit_code.hpp"

namespace luosim::app {

namespace {

struct Shell {
  const char* name;
  std::string (*completion)(const CommandText& program);
};
constexpr Shell kShells[] = {
    {"bash", bash_completion},
    {"zsh", zsh_completion},
    {"fish", fish_completion},
};

std::vector<std::string> shell_names() {
  std::vector<std::string> names;
  for (const Shell& shell : kShells) names.emplace_back(shell.name);
  return names;
}

}  // namespace

std::string shell_quoted(const std::string& text) {
  std::string quoted = "'";
  for (const char character : text)
    quoted += character == '\'' ? std::string("'\\''") : std::string(1, character);
  return quoted + '\'';
}

std::string fish_quoted(const std::string& text) {
  std::string quoted = "'";
  for (const char character : text) {
    if (character == '\'' || character == '\\') quoted += '\\';
    quoted += character;
  }
  return quoted + '\'';
}

Action add_completion(CLI::App& command) {
  const auto wanted = std::make_shared<std::string>();
  command.add_option("SHELL", *wanted, "Whose")->required()->check(CLI::IsMember(shell_names()));
  command.footer("bash: source <(luosim completion bash). An installed luosim brings all of them.");
  return [wanted, &command](std::ostream& output, std::ostream&) {
    for (const Shell& shell : kShells)
      if (*wanted == shell.name) output << shell.completion(program_text(command));
    return kHeld;
  };
}

}  // namespace luosim::app
