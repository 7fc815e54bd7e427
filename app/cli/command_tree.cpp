// SPDX-License-Identifier: Apache-2.0
#include "app/cli/command_tree.hpp"

#include <algorithm>

#include <CLI/CLI.hpp>

#include "app/cli/explain.hpp"
#include "app/cli/vocabulary.hpp"
#include "app/scenario/fields.hpp"
#include "model/world/vocabulary.hpp"

namespace luosim::app {

namespace {

// CLI11 says an enumeration as `TEXT:{full,128,64}`.
std::vector<std::string> choices_in(const std::string& type) {
  const std::size_t begin = type.find('{');
  const std::size_t end = type.rfind('}');
  if (begin == std::string::npos || end == std::string::npos) return {};
  return CLI::detail::split(type.substr(begin + 1, end - begin - 1), ',');
}

// What CLI11 calls a value of no name of its own.
std::string plain_value(const std::string& type) {
  const std::string name = type.substr(0, type.find(':'));
  if (name == "TEXT") return "WORD";
  return name == "UINT" || name == "INT" ? "N" : name;
}

OptionText option_text(const CLI::Option& option) {
  OptionText text;
  for (const std::string& name : option.get_snames()) text.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) text.names.push_back("--" + name);
  if (text.names.empty()) text.names.push_back(option.get_name());
  if (option.get_items_expected_max() > 0) {
    text.choices = choices_in(option.get_type_name());
    text.value = plain_value(option.get_type_name());
  }
  text.about = option.get_description();
  text.is_required = option.get_required();
  text.repeats = option.get_items_expected_max() > 1;
  return text;
}

CommandText command_text(const CLI::App& command) {
  CommandText text{command.get_name(), command.get_description(), command.get_footer(), {}, {}, {}};
  for (const CLI::Option* option : command.get_options())
    (option->get_positional() ? text.positionals : text.options).push_back(option_text(*option));
  for (const CLI::App* each : command.get_subcommands([](const CLI::App*) { return true; }))
    text.commands.push_back(command_text(*each));
  return text;
}

std::vector<std::string> setting_keys() {
  std::vector<std::string> keys;
  for (const SettingValues& each : setting_values()) keys.push_back(each.key + "=");
  for (const std::string_view key : vocabulary_of_the_model().timing_keys)
    keys.push_back("timing." + std::string(key) + "=");
  for (const MappingType* type : mapping_types())
    if (type->name == "host")
      for (const Field& field : type->fields)
        keys.push_back("host." + std::string(field.key) + "=");
  return keys;
}

std::vector<std::string> fault_site_names() {
  std::vector<std::string> names;
  for (const sim::FaultSite& site : world::fault_sites()) names.emplace_back(site.name);
  return names;
}

std::vector<std::string> protocol_names() {
  const Vocabulary vocabulary = vocabulary_of_the_model();
  return {vocabulary.protocols.begin(), vocabulary.protocols.end()};
}

struct WordRow {
  std::string_view value;
  std::vector<std::string> (*words)();
};
constexpr WordRow kWords[] = {
    {"KEY=VALUE", setting_keys},
    {"SITE", fault_site_names},
    {"PROTOCOL", protocol_names},
    {"TOPIC", explain_names},
};

}  // namespace

CommandText program_text(const CLI::App& command) {
  const CLI::App* program = &command;
  while (program->get_parent() != nullptr) program = program->get_parent();
  return command_text(*program);
}

ValueWords value_words(const OptionText& option) {
  if (!option.choices.empty()) return {ValueSource::words, option.choices};
  for (const WordRow& row : kWords)
    if (row.value == option.value) return {ValueSource::words, row.words()};
  if (option.value == "DIR") return {ValueSource::folder, {}};
  // `F`, `F.json`, `FILE`
  const bool is_file =
      option.value == "F" || option.value == "FILE" || option.value.starts_with("F.");
  return {is_file ? ValueSource::file : ValueSource::none, {}};
}

std::vector<SettingValues> setting_values() {
  std::vector<SettingValues> values{{"protocol", protocol_names()}};
  for (const KnobWords& knob : vocabulary_of_the_model().knobs)
    values.push_back({"knobs." + std::string(knob.name), {knob.words.begin(), knob.words.end()}});
  return values;
}

}  // namespace luosim::app
