// SPDX-License-Identifier: Apache-2.0
//
// `luosim completion SHELL`: a script by which bash, zsh or fish complete commands, options, words
// of enumerations, and names that `explain` and `--set` know.
#pragma once

#include <string>

#include "app/cli/command.hpp"
#include "app/cli/command_tree.hpp"

namespace luosim::app {

std::string bash_completion(const CommandText& program);
std::string zsh_completion(const CommandText& program);
std::string fish_completion(const CommandText& program);

/// As a word of a shell script, in single quotes; the rules of fish differ from the others'.
std::string shell_quoted(const std::string& text);
std::string fish_quoted(const std::string& text);

Action add_completion(CLI::App& command);

}  // namespace luosim::app
