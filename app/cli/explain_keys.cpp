// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
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

struct PlacedKey {
  const MappingType* type = nullptr;
  const Field* field = nullptr;
};

std::string_view take_word(std::string_view& path) {
  const std::size_t dot = path.find('.');
  const std::string_view word = path.substr(0, dot);
  path.remove_prefix(dot == std::string_view::npos ? path.size() : dot + 1);
  return word;
}

// What stands below such a key is called by a name of the scenario, or of the model.
bool is_followed_by_a_name(FieldKind kind) {
  switch (kind) {
    case FieldKind::named_mappings:
    case FieldKind::named_actors:
    case FieldKind::named_bounds:
    case FieldKind::named_words:
    case FieldKind::named_durations:
    case FieldKind::knob_settings:
      return true;
    default:
      return false;
  }
}

// `vms.vm0.memory`, as it is written for `--set`: the row of its last key. A path that leads
// nowhere adds what may stand in the place of the word that was not known.
std::optional<PlacedKey> find_by_path(std::string_view path, std::vector<std::string>& names) {
  const MappingType* type = mapping_types().front();
  const char* const begin = path.data();
  for (;;) {
    const std::string_view before(begin, static_cast<std::size_t>(path.data() - begin));
    const Field* field = find_field(*type, take_word(path));
    if (field == nullptr) {
      if (before.empty()) return std::nullopt;
      for (const Field& each : type->fields) names.push_back(fmt::format("{}{}", before, each.key));
      return std::nullopt;
    }
    const bool has_name = is_followed_by_a_name(field->kind);
    if (has_name && field->nested != nullptr) take_word(path);
    if (path.empty() || (has_name && field->nested == nullptr)) return PlacedKey{type, field};
    if (field->nested == nullptr) return std::nullopt;
    type = field->nested;
  }
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
  if (found) return true;
  const auto placed = find_by_path(arguments.what, names);
  if (placed) print_key(output, *placed->type, *placed->field);
  return placed.has_value();
}

}  // namespace luosim::app
