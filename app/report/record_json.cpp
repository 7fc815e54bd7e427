// SPDX-License-Identifier: Apache-2.0
#include "app/report/record_json.hpp"

#include <limits>

#include "app/scenario/errno_names.hpp"

namespace luosim::app {

namespace {

using nlohmann::ordered_json;

std::string_view errno_of(std::int64_t status) {
  const bool is_errno = status < 0 && status >= -std::numeric_limits<std::int32_t>::max();
  return is_errno ? errno_name(static_cast<std::int32_t>(-status)) : std::string_view();
}

void add_status(ordered_json& values, std::string_view name, std::uint64_t value) {
  const auto status = static_cast<std::int64_t>(value);
  values[std::string(name)] = status;
  const std::string_view error = errno_of(status);
  if (!error.empty()) values[std::string(name) + "_errno"] = error;
}

}  // namespace

ordered_json values_of(const sim::Record& record, const RecordName& name,
                       const RecordWords& words) {
  ordered_json values = ordered_json::object();
  for (const RecordField& field : name.named_fields()) {
    const std::uint64_t value = field.of(record);
    if (field.form == ValueForm::status) {
      add_status(values, field.name, value);
      continue;
    }
    ordered_json& target = values[std::string(field.name)];
    switch (field.form) {
      case ValueForm::number:
      case ValueForm::bytes:
      case ValueForm::page:
      case ValueForm::duration:
        target = value;
        break;
      case ValueForm::flag:
        target = value != 0;
        break;
      case ValueForm::callback_flags:
        target = callback_flag_words(value);
        break;
      default:
        target = words.text(field, record);
        break;
    }
  }
  return values;
}

std::string compact_text(const ordered_json& json) {
  return json.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace luosim::app
