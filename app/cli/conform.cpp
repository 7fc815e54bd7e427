// SPDX-License-Identifier: Apache-2.0
#include "app/cli/conform.hpp"

#include <memory>
#include <ostream>

#include <CLI/CLI.hpp>
#include <fmt/ostream.h>

#include "app/cli/exit_code.hpp"
#include "app/cli/read_file.hpp"
#include "app/conformance/driver.hpp"

namespace luosim::app {

namespace {

constexpr std::string_view kProtocol = "luo-v2";
constexpr std::string_view kFieldNames[] = {"ret", "state", "counters", "references", "events"};

// Prints the fields of a line that differ, or the whole line when their number does.
void print_mismatch(std::ostream& output, const std::string& file, const VectorLine& line,
                    const std::string& actual) {
  fmt::print(output, "{}:{}: > {}\n", file, line.line, line.operation);
  const std::vector<std::string> expected_fields = fields_of(line.expected);
  const std::vector<std::string> actual_fields = fields_of(actual);
  if (expected_fields.size() != actual_fields.size()) {
    fmt::print(output, "  expected: {}\n  actual:   {}\n", line.expected, actual);
    return;
  }
  for (std::size_t index = 0; index < actual_fields.size(); ++index) {
    if (expected_fields[index] == actual_fields[index]) continue;
    const std::string_view name =
        actual_fields.size() == std::size(kFieldNames) ? kFieldNames[index] : "field";
    fmt::print(output, "  {}: expected: {}\n  {}: actual:   {}\n", name, expected_fields[index],
               name, actual_fields[index]);
  }
}

enum class Outcome { passed, failed, unusable };

Outcome run_file(const std::string& name, std::ostream& output, std::ostream& errors) {
  const auto text = read_file(name, errors);
  if (!text) return Outcome::unusable;
  const VectorResult result = read_vector_file(*text, name);
  if (!result.file) {
    errors << render(result.diagnostics, *text);
    return Outcome::unusable;
  }
  if (result.file->protocol != kProtocol) {
    errors << render({{name, 1, 1, 1,
                       fmt::format("protocol {} is not one this program runs",
                                   app::quoted(result.file->protocol)),
                       fmt::format("write '{}'", kProtocol)}},
                     *text);
    return Outcome::unusable;
  }
  ConformanceDriver driver;
  bool passed = true;
  for (const VectorLine& line : result.file->lines) {
    const ConformanceDriver::Answer answer = driver.run(line.words);
    if (answer.bad) {
      errors << render({{name, line.line, 3, static_cast<std::uint32_t>(line.operation.size()),
                         answer.bad->message, answer.bad->hint}},
                       *text);
      return Outcome::unusable;
    }
    if (answer.text == line.expected) continue;
    print_mismatch(output, name, line, answer.text);
    passed = false;
    break;  // what follows a wrong answer would only repeat it
  }
  return passed ? Outcome::passed : Outcome::failed;
}

}  // namespace

int conform(const std::vector<std::string>& files, std::ostream& output, std::ostream& errors) {
  std::size_t counts[3] = {0, 0, 0};
  for (const std::string& file : files)
    ++counts[static_cast<std::size_t>(run_file(file, output, errors))];
  fmt::print(output, "{} passed, {} failed\n", counts[0], counts[1]);
  if (counts[2] > 0) return kBadInput;
  return counts[1] > 0 ? kViolation : kHeld;
}

Action add_conform(CLI::App& command) {
  const auto files = std::make_shared<std::vector<std::string>>();
  command.add_option("FILE", *files, "Vector files")->type_name("F.txt")->required();
  return [files](std::ostream& output, std::ostream& errors) {
    return conform(*files, output, errors);
  };
}

}  // namespace luosim::app
