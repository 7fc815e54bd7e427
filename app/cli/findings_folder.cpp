// SPDX-License-Identifier: Apache-2.0
#include "app/cli/findings_folder.hpp"

#include <algorithm>
#include <filesystem>
#include <ostream>
#include <system_error>

#include <fmt/format.h>

#include "app/cli/outputs.hpp"
#include "app/cli/write_file.hpp"
#include "app/scenario/units.hpp"
#include "model/guarantees/all.hpp"

namespace luosim::app {

namespace {

bool make_folder(const std::string& folder, std::ostream& errors) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) {
    errors << fmt::format("luosim: --out {}: cannot be made: {}\n", folder, error.message());
    return false;
  }
  const auto reason = why_not_writable((std::filesystem::path(folder) / "any.yaml").string());
  if (reason) errors << fmt::format("luosim: --out {}: cannot be written: {}\n", folder, *reason);
  return !reason;
}

bool is_name_of_a_finding(const std::filesystem::path& file) {
  const std::string stem = file.stem().string();
  const std::size_t dash = stem.rfind('-');
  if (dash == std::string::npos || !parse_count(stem.substr(dash + 1))) return false;
  const auto all = guarantees::all();
  return file.extension() == ".yaml" && std::any_of(all.begin(), all.end(), [&](const auto* each) {
           return each->id == stem.substr(0, dash);
         });
}

// What was written earlier is a scenario as well, and must not be replaced by the next.
bool keeps_the_scenario(const std::string& folder, const std::string& scenario,
                        std::ostream& errors) {
  const std::filesystem::path name = std::filesystem::path(scenario).filename();
  const std::string written = (std::filesystem::path(folder) / name).string();
  if (!is_name_of_a_finding(name) || !is_same_file(written, scenario)) return true;
  errors << fmt::format("luosim: --out {}: might replace the scenario, {}\n", folder, scenario);
  return false;
}

}  // namespace

std::string name_of_finding(std::string_view guarantee, std::size_t number) {
  return fmt::format("{}-{}.yaml", guarantee, number);
}

bool make_findings_folder(const std::string& folder, const std::string& scenario,
                          std::ostream& errors) {
  return folder.empty() ||
         (keeps_the_scenario(folder, scenario, errors) && make_folder(folder, errors));
}

}  // namespace luosim::app
