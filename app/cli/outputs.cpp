// SPDX-License-Identifier: Apache-2.0
#include "app/cli/outputs.hpp"

#include <algorithm>
#include <filesystem>
#include <ostream>

#include <fmt/format.h>

#include "app/cli/write_file.hpp"

namespace luosim::app {

namespace {

namespace fs = std::filesystem;

constexpr char kStandard[] = "-";

// Where a file will be, for one that is not there yet.
fs::path full_path(const std::string& name) {
  std::error_code error;
  const fs::path path = fs::weakly_canonical(fs::absolute(name, error), error);
  return error ? fs::path(name).lexically_normal() : path;
}

bool complain(const NamedFile& output, const std::string& reason, std::ostream& errors) {
  errors << fmt::format("luosim: {} {}: {}\n", output.role, output.name, reason);
  return false;
}

// An output may stand where nothing else does.
bool has_its_own_place(const FilePlan& plan, std::size_t index, std::ostream& errors) {
  const NamedFile& output = plan.outputs[index];
  for (const NamedFile& input : plan.inputs)
    if (input.name != kStandard && is_same_file(output.name, input.name))
      return complain(output, fmt::format("would replace {}, {}", input.role, input.name), errors);
  for (std::size_t before = 0; before < index; ++before)
    if (is_same_file(output.name, plan.outputs[before].name))
      return complain(output, fmt::format("{} writes there already", plan.outputs[before].role),
                      errors);
  if (plan.json && output.name == kStandard)
    return complain(output, "--json has standard output for itself", errors);
  return true;
}

bool is_on_standard_output(const NamedFile& output) {
  return output.name == kStandard;
}

}  // namespace

bool is_same_file(const std::string& left, const std::string& right) {
  if (left == kStandard || right == kStandard) return left == right;
  std::error_code error;
  if (!fs::exists(left, error) || !fs::exists(right, error))
    return full_path(left) == full_path(right);
  return fs::equivalent(left, right, error) && !fs::is_character_file(left, error);
}

bool is_sound(const FilePlan& plan, std::ostream& errors) {
  bool sound = true;
  for (std::size_t index = 0; index < plan.outputs.size(); ++index) {
    const NamedFile& output = plan.outputs[index];
    if (!has_its_own_place(plan, index, errors)) {
      sound = false;
    } else if (const auto reason = why_not_writable(output.name)) {
      sound = complain(output, fmt::format("cannot be written: {}", *reason), errors);
    }
  }
  return sound;
}

std::ostream& stream_for_people(const FilePlan& plan, std::ostream& output, std::ostream& errors) {
  const bool is_taken =
      std::any_of(plan.outputs.begin(), plan.outputs.end(), is_on_standard_output);
  return is_taken ? errors : output;
}

}  // namespace luosim::app
