// SPDX-License-Identifier: Apache-2.0
#include "app/cli/load.hpp"

#include <algorithm>
#include <ostream>

#include "app/cli/read_file.hpp"
#include "app/cli/vocabulary.hpp"
#include "app/scenario/settings.hpp"

namespace luosim::app {

namespace {

// What the model says of a place, which may come from a setting.
Diagnostic diagnostic_of(const world::BuildError& error, const std::string& file_name,
                         const std::vector<std::string>& settings) {
  const Place place{error.place.line, error.place.column, 1};
  if (is_of_a_setting(place) && index_of_setting(place) < settings.size())
    return {
        text_of_setting(settings[index_of_setting(place)]), 0, place.column, 1, error.message, ""};
  return {file_name, std::max(place.line, 1U), std::max(place.column, 1U), 1, error.message, ""};
}

std::optional<Loaded> build_scenario(world::Scenario scenario, std::string_view text,
                                     const std::string& file_name,
                                     const std::vector<std::string>& settings,
                                     const std::string& case_name, std::ostream& errors) {
  Loaded loaded{std::move(scenario), {}};
  loaded.built = world::build(loaded.scenario);
  if (loaded.built.errors.empty()) return loaded;
  std::vector<Diagnostic> diagnostics;
  for (const world::BuildError& error : loaded.built.errors) {
    diagnostics.push_back(diagnostic_of(error, file_name, settings));
    if (!case_name.empty()) diagnostics.back().message += " in the case " + case_name;
  }
  errors << render(diagnostics, text);
  return std::nullopt;
}

}  // namespace

std::optional<Loaded> load(const std::string& file_name, const std::vector<std::string>& settings,
                           std::ostream& errors) {
  const auto text = read_file(file_name, errors);
  if (!text) return std::nullopt;
  return load_text(*text, file_name, settings, errors);
}

std::optional<Loaded> load_text(std::string_view text, const std::string& file_name,
                                const std::vector<std::string>& settings, std::ostream& errors) {
  const Vocabulary vocabulary = vocabulary_of_the_model();
  LoadOptions options = vocabulary.options();
  options.settings = settings;
  LoadResult result = load_scenario(text, file_name, options);
  if (result.scenario) {
    return build_scenario(*std::move(result.scenario), text, file_name, settings, result.case_name,
                          errors);
  }
  errors << render(result.diagnostics, text);
  return std::nullopt;
}

std::optional<Loaded> LoadedCases::load(std::size_t index, std::ostream& errors) const {
  return build_scenario(cases_.load(index).scenario, text_, file_name_, settings_, name(index),
                        errors);
}

std::optional<Loaded> LoadedCases::load_one(std::size_t number, std::ostream& errors) const {
  if (number > count()) {
    errors << "luosim: there is no case " << number << ": " << file_name_ << " has " << count()
           << '\n';
    return std::nullopt;
  }
  if (number == 0 && count() > 1) {
    errors << "luosim: " << file_name_ << " has " << count()
           << " cases: say which one with --case\n";
    return std::nullopt;
  }
  return load(std::max<std::size_t>(number, 1) - 1, errors);
}

std::optional<LoadedCases> load_all(const std::string& file_name,
                                    const std::vector<std::string>& settings,
                                    std::ostream& errors) {
  auto text = read_file(file_name, errors);
  if (!text) return std::nullopt;
  const Vocabulary vocabulary = vocabulary_of_the_model();
  LoadOptions options = vocabulary.options();
  options.settings = settings;
  CasesResult result = load_cases(*text, file_name, options);
  if (result.cases)
    return LoadedCases(file_name, *std::move(text), settings, *std::move(result.cases));
  errors << render(result.diagnostics, *text);
  return std::nullopt;
}

}  // namespace luosim::app
