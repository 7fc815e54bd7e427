// SPDX-License-Identifier: Apache-2.0
//
// One walk over the tree finds every use of a parameter and adds up how large a case will be,
// before any case is made: a few kilobytes could ask for terabytes.
#include "app/scenario/scenario_template.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "app/scenario/diagnostic.hpp"
#include "app/scenario/nearest_word.hpp"
#include "app/scenario/placeholder.hpp"
#include "app/scenario/units.hpp"
#include "app/scenario/yaml.hpp"

namespace luosim::app {
namespace {

constexpr std::string_view kMatrixKey = "matrix";

void refuse(Node& node) {
  node.kind = Node::Kind::refused;
  node.text.clear();
}

/// Walks over a tree, reports uses of parameters that cannot be meant, and refuses those nodes.
class Survey {
 public:
  /// Without a matrix that could be read, nothing is known about the names of parameters.
  Survey(LoadContext& context, const std::optional<Matrix>& matrix)
      : context_(context), matrix_(matrix), uses_(matrix ? matrix->parameters.size() : 0) {}

  void take(Node& node);
  void report_unused() const;
  void check_size() const;
  bool has_placeholders() const { return has_placeholders_; }

 private:
  void take_scalar(Node& node);
  void take_keys(Node& mapping);
  bool use(std::string_view name, const Place& place, bool is_whole);

  LoadContext& context_;
  const std::optional<Matrix>& matrix_;
  std::vector<std::uint64_t> uses_;  // of each parameter
  std::uint64_t values_ = 0;
  std::uint64_t text_bytes_ = 0;  // with the placeholders, which every case has to be searched for
  bool has_placeholders_ = false;
};

void Survey::take(Node& node) {
  ++values_;
  text_bytes_ += node.text.size();
  if (node.kind == Node::Kind::scalar && has_placeholder(node.text)) take_scalar(node);
  for (Node& item : node.items) take(item);
  for (Entry& entry : node.entries) {
    text_bytes_ += entry.key.size();
    take(entry.value);
  }
  take_keys(node);
}

void Survey::take_scalar(Node& node) {
  has_placeholders_ = true;
  const auto stretches = split_placeholders(node.text);
  if (!stretches) {
    context_.report(node.place, "'${' must be followed by the name of a parameter and '}'",
                    "write '$${' for a text '${'");
    refuse(node);
    return;
  }
  const bool is_whole = stretches->size() == 1;
  bool is_right = true;
  for (const Stretch& stretch : *stretches) {
    if (stretch.is_parameter) is_right &= use(stretch.text, node.place, is_whole);
  }
  if (!is_right) refuse(node);
}

/// False, and reported, if there is no such parameter or it cannot stand there.
bool Survey::use(std::string_view name, const Place& place, bool is_whole) {
  if (!matrix_) return false;
  if (const Parameter* parameter = matrix_->find(name)) {
    ++uses_[static_cast<std::size_t>(parameter - matrix_->parameters.data())];
    if (is_whole || !parameter->has_lists) return true;
    context_.report(place, fmt::format("parameter {} is a list, which cannot be a part of a text",
                                       quoted(name)));
    return false;
  }
  std::vector<std::string_view> names;
  for (const Parameter& each : matrix_->parameters) names.push_back(each.name);
  std::string hint = "the file has no 'matrix'";
  if (!names.empty()) hint = context_.wants_hints() ? did_you_mean(name, names) : std::string();
  context_.report(place, "unknown parameter " + quoted(name), std::move(hint));
  return false;
}

void Survey::take_keys(Node& mapping) {
  const auto has_parameter = [this](const Entry& entry) {
    if (!has_placeholder(entry.key)) return false;
    context_.report(entry.key_place, "a parameter stands in values only, not in keys");
    return true;
  };
  auto& entries = mapping.entries;
  const auto kept = std::remove_if(entries.begin(), entries.end(), has_parameter);
  mapping.lost_entries |= kept != entries.end();
  entries.erase(kept, entries.end());
}

void Survey::report_unused() const {
  for (std::size_t i = 0; i < uses_.size(); ++i) {
    if (uses_[i] != 0) continue;
    const Parameter& parameter = matrix_->parameters[i];
    context_.report(parameter.place,
                    fmt::format("parameter {} is never used", quoted(parameter.name)),
                    fmt::format("use it as '${{{}}}' in a value", parameter.name));
  }
}

/// What one use of a value adds to a file.
std::uint64_t bytes_of(const Node& value) {
  std::uint64_t bytes = value.text.size();
  for (const Node& item : value.items) bytes += item.text.size() + template_limits::kBytesOfValue;
  return bytes;
}

/// The sums cannot overflow: a file has at most 16 MiB, half of it values and half of it uses.
void Survey::check_size() const {
  const Matrix& matrix = *matrix_;
  std::uint64_t sum = 0;
  for (std::size_t index = 0; index < matrix.count && !uses_.empty(); ++index) {
    const std::vector<const Node*> values = matrix.values_of(index);
    std::uint64_t text = text_bytes_;
    for (std::size_t i = 0; i < values.size(); ++i) text += uses_[i] * bytes_of(*values[i]);
    sum += text + values_ * template_limits::kBytesOfValue;
    if (text > yaml_limits::kBytes) {
      context_.report(matrix.place,
                      fmt::format("the case {} is larger than a file may be ({})",
                                  matrix.name_of(index), format_size(yaml_limits::kBytes)));
      return;
    }
  }
  if (sum <= template_limits::kBytes || matrix.count == 1) return;
  context_.report(matrix.place, fmt::format("the {} cases of this file are more than {} together",
                                            matrix.count, format_size(template_limits::kBytes)));
}

Matrix matrix_of_no_parameters(const Place& place) {
  Matrix matrix;
  matrix.place = place;
  return matrix;
}

/// Nothing if the matrix is wrong, which was reported.
std::optional<Matrix> take_matrix(LoadContext& context, Node& root) {
  const auto entry = std::find_if(root.entries.begin(), root.entries.end(),
                                  [](const Entry& each) { return each.key == kMatrixKey; });
  if (entry == root.entries.end()) return matrix_of_no_parameters(root.place);
  // A key without a value is reported like any other.
  if (!has_value(entry->value)) return std::nullopt;
  const Node node = std::move(entry->value);
  root.entries.erase(entry);
  return read_matrix(context, *find_field(*mapping_types().front(), kMatrixKey), node);
}

/// A value as if it stood at the place of `node`.
void put_value(Node& node, const Node& value) {
  const Place place = node.place;
  node = value;
  node.place = place;
  node.verbatim = false;
  for (Node& item : node.items) {
    item.place = place;
    item.verbatim = false;
  }
}

void put_values(Node& node, const Matrix& matrix, const std::vector<const Node*>& values) {
  for (Node& item : node.items) put_values(item, matrix, values);
  for (Entry& entry : node.entries) put_values(entry.value, matrix, values);
  if (node.kind != Node::Kind::scalar || !has_placeholder(node.text)) return;
  const std::string text = std::exchange(node.text, {});
  const auto stretches = *split_placeholders(text);
  const auto value_of = [&](const Stretch& stretch) -> const Node& {
    return *values[static_cast<std::size_t>(matrix.find(stretch.text) - matrix.parameters.data())];
  };
  if (stretches.size() == 1 && stretches[0].is_parameter) {
    put_value(node, value_of(stretches[0]));
    return;
  }
  for (const Stretch& stretch : stretches) {
    node.text += stretch.is_parameter ? std::string_view(value_of(stretch).text) : stretch.text;
  }
  // Between brackets a placeholder must be quoted, so its quotes do not make a text of a number.
  node.quoted = false;
  node.verbatim = false;
}

void refuse_placeholders(Node& node) {
  if (node.kind == Node::Kind::scalar && has_placeholder(node.text)) refuse(node);
  for (Node& item : node.items) refuse_placeholders(item);
  for (Entry& entry : node.entries) refuse_placeholders(entry.value);
}

}  // namespace

ScenarioTemplate make_template(LoadContext& context, Node root) {
  const std::size_t before = context.reported();
  std::optional<Matrix> matrix = take_matrix(context, root);
  Survey survey(context, matrix);
  survey.take(root);
  // What looks unused may be what is misspelt elsewhere, or in a part that was refused.
  if (context.reported() == before && !context.is_incomplete()) survey.report_unused();
  if (context.reported() == before && matrix) survey.check_size();
  ScenarioTemplate file{std::move(root), {}, survey.has_placeholders()};
  if (matrix) file.matrix = *std::move(matrix);
  return file;
}

Node root_of_case(const ScenarioTemplate& file, std::size_t index) {
  Node root = file.root;
  if (file.has_placeholders) put_values(root, file.matrix, file.matrix.values_of(index));
  return root;
}

Node root_of_no_case(const ScenarioTemplate& file) {
  Node root = file.root;
  refuse_placeholders(root);
  return root;
}

}  // namespace luosim::app
