// SPDX-License-Identifier: Apache-2.0
#include <ostream>
#include <string>

#include <fmt/ostream.h>

#include "app/cli/explain_topics.hpp"
#include "app/scenario/fields.hpp"

namespace luosim::app {

namespace {

void print_key(std::ostream& output, const MappingType& type, const Field& field) {
  fmt::print(output, "{} (of a {}): {}\n", field.key, type.name, field.documentation);
  fmt::print(output, "  {}{}\n", kind_description(field.kind), field.required ? ", required" : "");
  if (!field.fallback.empty()) fmt::print(output, "  without it: {}\n", field.fallback);
  if (!field.example.empty()) fmt::print(output, "  example: {}: {}\n", field.key, field.example);
}

void print_page(std::ostream& output) {
  output
      << "# Keys of scenario files\n\n"
         "Each table is one kind of mapping; the first is the scenario itself. This page is what\n"
         "`luosim explain keys --markdown` prints; [scenario files](../scenarios.md) tells the\n"
         "story around them, and `luosim schema` prints the same for editors.\n";
  for (const MappingType* type : mapping_types()) {
    fmt::print(output, "\n## {}\n\n{}\n\n| key | takes | without it | what it says |\n", type->name,
               type->documentation);
    output << "|---|---|---|---|\n";
    for (const Field& field : type->fields) {
      const std::string without = field.required           ? "required"
                                  : field.fallback.empty() ? ""
                                                           : fmt::format("`{}`", field.fallback);
      fmt::print(output, "| `{}` | {} | {} | {} |\n", field.key,
                 in_cell(kind_description(field.kind)), without, in_cell(field.documentation));
    }
  }
}

}  // namespace

void explain_keys(std::ostream& output, const ExplainArguments& arguments) {
  if (arguments.markdown) return print_page(output);
  for (const MappingType* type : mapping_types()) {
    fmt::print(output, "{}: {}\n", type->name, type->documentation);
    for (const Field& field : type->fields)
      fmt::print(output, "  {:<20} {}\n", field.key, field.documentation);
  }
}

bool explain_key(std::ostream& output, const ExplainArguments& arguments,
                 std::vector<std::string>& names) {
  bool found = false;
  for (const MappingType* type : mapping_types()) {
    for (const Field& field : type->fields) {
      names.emplace_back(field.key);
      if (field.key != arguments.what) continue;
      print_key(output, *type, field);
      found = true;
    }
  }
  return found;
}

}  // namespace luosim::app
