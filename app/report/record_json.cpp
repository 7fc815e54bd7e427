// SPDX-License-Identifier: Apache-2.0
#include "app/report/record_json.hpp"

#include <limits>

#include "app/scenario/errno_names.hpp"

namespace luosim::app {

namespace {

using nlohmann::ordered_json;

/// What a value is in JSON. Who writes values and who describes them asks this alone.
enum class Shape : std::uint8_t { integer, boolean, words, status, text };

Shape shape_of(ValueForm form) {
  switch (form) {
    case ValueForm::number:
    case ValueForm::bytes:
    case ValueForm::page:
    case ValueForm::duration:
      return Shape::integer;
    case ValueForm::flag:
      return Shape::boolean;
    case ValueForm::callback_flags:
      return Shape::words;
    case ValueForm::status:
      return Shape::status;
    default:
      return Shape::text;
  }
}

ordered_json schema_of(Shape shape) {
  switch (shape) {
    case Shape::integer:
      return {{"type", "integer"}, {"minimum", 0}};
    case Shape::boolean:
      return {{"type", "boolean"}};
    case Shape::words:
      return {{"type", "array"}, {"items", {{"type", "string"}}}};
    case Shape::status:
      return {{"type", "integer"}};
    case Shape::text:
      break;
  }
  return {{"type", "string"}};
}

constexpr std::string_view kErrorSuffix = "_errno";

std::string_view errno_of(std::int64_t status) {
  const bool is_errno = status < 0 && status >= -std::numeric_limits<std::int32_t>::max();
  return is_errno ? errno_name(static_cast<std::int32_t>(-status)) : std::string_view();
}

void add_status(ordered_json& values, std::string_view name, std::uint64_t value) {
  const auto status = static_cast<std::int64_t>(value);
  values[std::string(name)] = status;
  const std::string_view error = errno_of(status);
  if (!error.empty()) values[std::string(name).append(kErrorSuffix)] = error;
}

}  // namespace

ordered_json values_of(const sim::Record& record, const RecordName& name,
                       const RecordWords& words) {
  ordered_json values = ordered_json::object();
  for (const RecordField& field : name.named_fields()) {
    const std::uint64_t value = field.of(record);
    if (shape_of(field.form) == Shape::status) {
      add_status(values, field.name, value);
      continue;
    }
    ordered_json& target = values[std::string(field.name)];
    switch (shape_of(field.form)) {
      case Shape::integer:
        target = value;
        break;
      case Shape::boolean:
        target = value != 0;
        break;
      case Shape::words:
        target = callback_flag_words(value);
        break;
      case Shape::status:
      case Shape::text:
        target = words.text(field, record);
        break;
    }
  }
  return values;
}

ordered_json schema_of_values(const RecordName& name) {
  ordered_json properties = ordered_json::object();
  ordered_json required = ordered_json::array();
  for (const RecordField& field : name.named_fields()) {
    const Shape shape = shape_of(field.form);
    properties[std::string(field.name)] = schema_of(shape);
    required.push_back(field.name);
    if (shape == Shape::status)
      properties[std::string(field.name).append(kErrorSuffix)] = {{"type", "string"}};
  }
  return {{"type", "object"},
          {"properties", std::move(properties)},
          {"required", std::move(required)},
          {"additionalProperties", false}};
}

std::string compact_text(const ordered_json& json) {
  return json.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace luosim::app
