// SPDX-License-Identifier: Apache-2.0
//
// What every subcommand is to the program: its options, and what it does with them. The table of
// all stands in command_line.cpp.
#pragma once

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <string>
#include <vector>

namespace CLI {
class App;
}  // namespace CLI

namespace luosim::app {

/// Does what the command line asked for, and answers with an exit code (exit_code.hpp). What was
/// asked for goes to `output`, what is said about it to `errors`.
using Action = std::function<int(std::ostream& output, std::ostream& errors)>;

/// Options that several commands have are spelled and explained alike.
void add_scenario(CLI::App& command, std::string& scenario);
void add_settings(CLI::App& command, std::vector<std::string>& settings);
/// `--case N`; 0 stands for the only one.
void add_case(CLI::App& command, std::size_t& number, const std::string& about);
void add_json(CLI::App& command, bool& json);
void add_sites(CLI::App& command, std::vector<std::string>& sites);
void add_max_seconds(CLI::App& command, std::uint64_t& seconds);

}  // namespace luosim::app
