// SPDX-License-Identifier: Apache-2.0
#include <ostream>

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

}  // namespace

void explain_keys(std::ostream& output, const ExplainArguments& /*arguments*/) {
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
