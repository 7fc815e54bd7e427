// SPDX-License-Identifier: Apache-2.0
//
// The command line as plain values, read from the parser itself: what completions and manual pages
// are made of, so that they know every option that there is and none besides.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "app/cli/command.hpp"

namespace luosim::app {

struct OptionText {
  std::vector<std::string> names;    ///< `-h`, `--help`; of a positional one: `SCENARIO`
  std::string value;                 ///< `KEY=VALUE`, `N`; empty: it has none
  std::vector<std::string> choices;  ///< if it is one of these words
  std::string about;
  bool is_required = false;
  bool repeats = false;  ///< takes several values

  /// The longest name: `--help`.
  const std::string& name() const { return names.back(); }
};

struct CommandText {
  std::string name;  ///< `run`; of the program itself: `luosim`
  std::string purpose;
  std::string footer;
  std::vector<OptionText> options;
  std::vector<OptionText> positionals;
  std::vector<CommandText> commands;
};

/// The program that `command` is a part of.
CommandText program_text(const CLI::App& command);

/// What a value may be, by what help texts call it.
enum class ValueSource : std::uint8_t { none, words, file, folder };

struct ValueWords {
  ValueSource source = ValueSource::none;
  std::vector<std::string> words;
};
/// For completion. A word that ends in `=` wants a value of setting_values() behind it.
ValueWords value_words(const OptionText& option);

/// Values of a key of `--set`, of those that have some: `protocol`, `knobs.rollback_order`.
struct SettingValues {
  std::string key;
  std::vector<std::string> words;
};
std::vector<SettingValues> setting_values();

}  // namespace luosim::app
