// SPDX-License-Identifier: Apache-2.0
//
// Both forms end up as columns: a parameter and its values. They differ in how a case picks one of
// each column.
#include "app/scenario/matrix.hpp"

#include <algorithm>
#include <map>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "app/scenario/diagnostic.hpp"
#include "app/scenario/field_readers.hpp"
#include "app/scenario/placeholder.hpp"

namespace luosim::app {
namespace {

constexpr std::size_t kMostParameters = 64;
constexpr std::string_view kCaseExample = "{ position: 1, callback: freeze }";

/// Adds a parameter, unless its name cannot be one.
Parameter* add_parameter(LoadContext& context, Matrix& matrix, const Entry& entry) {
  if (!is_parameter_name(entry.key)) {
    context.report(entry.key_place, quoted(entry.key) + " is not a name of a parameter",
                   "such a name has at most 64 letters, digits, _ and -");
    return nullptr;
  }
  matrix.parameters.push_back({entry.key, entry.key_place, {}});
  return &matrix.parameters.back();
}

/// Puts what `$${` stands for into a scalar; false, and reported, if it has parameters.
bool read_escapes(LoadContext& context, Node& node) {
  const auto stretches = split_placeholders(node.text);
  const bool has_parameter =
      !stretches || std::any_of(stretches->begin(), stretches->end(),
                                [](const Stretch& each) { return each.is_parameter; });
  if (has_parameter) {
    context.report(node.place, "a value of the matrix has no parameters itself",
                   "write '$${' for a text '${'");
    return false;
  }
  std::string text;
  for (const Stretch& stretch : *stretches) text += stretch.text;
  node.text = std::move(text);
  return true;
}

/// Whether a value is what a parameter can be. Nothing at all was reported by whoever held it.
bool read_value(LoadContext& context, const Parameter& parameter, Node& value) {
  if (value.kind == Node::Kind::scalar) return read_escapes(context, value);
  if (!has_value(value)) return false;
  const std::size_t before = context.reported();
  bool is_simple = value.kind == Node::Kind::sequence;
  for (Node& item : value.items) {
    is_simple &= !is_collection(item) && item.kind != Node::Kind::null;
    if (item.kind == Node::Kind::scalar) read_escapes(context, item);
  }
  if (!is_simple) {
    context.report(value.place, fmt::format("a value of {} must be a word, number or text, or a "
                                            "list of them",
                                            quoted(parameter.name)));
  }
  return context.reported() == before;
}

void add_value(LoadContext& context, Parameter& parameter, const Node& node) {
  Node value = node;
  if (!read_value(context, parameter, value)) return;
  parameter.has_lists |= value.kind == Node::Kind::sequence;
  parameter.values.push_back(std::move(value));
}

void check_values_differ(LoadContext& context, const Parameter& parameter) {
  std::map<std::string, std::uint32_t> lines;
  for (const Node& value : parameter.values) {
    const auto [first, is_new] = lines.emplace(text_of_value(value), value.place.line);
    if (is_new) continue;
    context.report(
        value.place,
        fmt::format("duplicate value {} of {}", quoted(first->first), quoted(parameter.name)),
        fmt::format("first in line {}", first->second));
  }
}

void read_column(LoadContext& context, Matrix& matrix, const Entry& entry) {
  Parameter* parameter = add_parameter(context, matrix, entry);
  if (parameter == nullptr) return;
  if (entry.value.kind == Node::Kind::scalar) {
    add_value(context, *parameter, entry.value);
    return;
  }
  if (!has_value(entry.value)) return;
  const Field list{.key = parameter->name,
                   .kind = FieldKind::mapping_list,
                   .example = "[1, 2, 3]",
                   .range = {1, world::limits::kCases}};
  for (const Node& item : read_items(context, list, entry.value)) {
    add_value(context, *parameter, item);
  }
  check_values_differ(context, *parameter);
}

void read_columns(LoadContext& context, const Field& row, const Node& node, Matrix& matrix) {
  for (const Entry& entry : read_entries(context, row, node)) read_column(context, matrix, entry);
  for (const Parameter& parameter : matrix.parameters) {
    const std::size_t values = std::max<std::size_t>(parameter.values.size(), 1);
    if (matrix.count > world::limits::kCases / values) {
      context.report(node.place,
                     fmt::format("'{}' makes more than {} cases", row.key, world::limits::kCases));
      return;
    }
    matrix.count *= values;
  }
}

/// Whether each case has its values; not so if one of them was refused, here or by the YAML reader.
bool is_complete(const Matrix& matrix) {
  return std::all_of(
      matrix.parameters.begin(), matrix.parameters.end(), [&](const Parameter& each) {
        return matrix.combined ? !each.values.empty() : each.values.size() == matrix.count;
      });
}

/// Reports keys that the first case does not have, and those that only it has.
void check_keys(LoadContext& context, const Matrix& matrix, const Node& item) {
  std::vector<std::string_view> names;
  for (const Parameter& parameter : matrix.parameters) names.push_back(parameter.name);
  for (const Entry& entry : item.entries) {
    if (matrix.find(entry.key) != nullptr) continue;
    report_bad_word(context, fmt::format("the first case has no {}", quoted(entry.key)), entry.key,
                    names, entry.key_place);
  }
  if (item.lost_entries) return;
  for (const std::string_view name : names) {
    if (find_entry(item, name) != nullptr) continue;
    context.report(item.place, fmt::format("this case has no {}", quoted(name)),
                   "all cases have the same keys");
  }
}

void check_cases_differ(LoadContext& context, const Matrix& matrix, std::span<const Node> items) {
  std::map<std::vector<std::string>, std::uint32_t> lines;
  for (std::size_t i = 0; i < items.size(); ++i) {
    std::vector<std::string> texts;
    for (const Parameter& parameter : matrix.parameters) {
      texts.push_back(text_of_value(parameter.values[i]));
    }
    const auto [first, is_new] = lines.emplace(std::move(texts), items[i].place.line);
    if (is_new) continue;
    context.report(items[i].place, "duplicate case",
                   fmt::format("first in line {}", first->second));
  }
}

void read_cases(LoadContext& context, const Field& row, const Node& node, Matrix& matrix) {
  matrix.combined = false;
  const std::span<const Node> items = read_items(context, row, node);
  for (const Node& item : items) {
    if (!has_value(item)) continue;
    if (item.kind != Node::Kind::mapping || item.entries.empty()) {
      context.report(item.place,
                     fmt::format("a case is written as a mapping, as in {}", kCaseExample));
      continue;
    }
    if (matrix.parameters.empty()) {
      for (const Entry& entry : item.entries) add_parameter(context, matrix, entry);
    }
    check_keys(context, matrix, item);
    const Field list{.key = "a case", .kind = FieldKind::matrix, .example = kCaseExample};
    static_cast<void>(read_entries(context, list, item));
    for (Parameter& parameter : matrix.parameters) {
      const Entry* entry = find_entry(item, parameter.name);
      if (entry != nullptr) add_value(context, parameter, entry->value);
    }
  }
  matrix.count = items.size();
  if (is_complete(matrix)) check_cases_differ(context, matrix, items);
}

}  // namespace

std::string text_of_value(const Node& value) {
  if (value.kind == Node::Kind::scalar) return value.text;
  std::string text = "[";
  for (const Node& item : value.items) text += (text.size() == 1 ? "" : ", ") + item.text;
  return text + "]";
}

std::vector<const Node*> Matrix::values_of(std::size_t index) const {
  std::vector<const Node*> values(parameters.size());
  for (std::size_t i = parameters.size(); i-- > 0;) {
    const std::vector<Node>& column = parameters[i].values;
    values[i] = &column[combined ? index % column.size() : index];
    if (combined) index /= column.size();
  }
  return values;
}

std::string Matrix::name_of(std::size_t index) const {
  std::string name;
  const std::vector<const Node*> values = values_of(index);
  for (std::size_t i = 0; i < values.size(); ++i) {
    name += fmt::format("{}{}={}", i == 0 ? "" : ", ", parameters[i].name,
                        shown(text_of_value(*values[i])));
  }
  return name;
}

const Parameter* Matrix::find(std::string_view name) const {
  const auto found = std::find_if(parameters.begin(), parameters.end(),
                                  [name](const Parameter& each) { return each.name == name; });
  return found == parameters.end() ? nullptr : &*found;
}

std::optional<Matrix> read_matrix(LoadContext& context, const Field& row, const Node& node) {
  const std::size_t before = context.reported();
  Matrix matrix;
  matrix.place = node.place;
  const bool too_wide = node.entries.size() > kMostParameters ||
                        (!node.items.empty() && node.items[0].entries.size() > kMostParameters);
  if (too_wide) {
    context.report(node.place,
                   fmt::format("'{}' has more than {} parameters", row.key, kMostParameters));
  } else if (node.kind == Node::Kind::sequence) {
    read_cases(context, row, node, matrix);
  } else {
    read_columns(context, row, node, matrix);
  }
  if (context.reported() != before || node.lost_entries || !is_complete(matrix)) {
    return std::nullopt;
  }
  return matrix;
}

}  // namespace luosim::app
