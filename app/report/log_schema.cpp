// SPDX-License-Identifier: Apache-2.0
#include "app/report/log_schema.hpp"

#include <string>
#include <utility>

#include "app/report/record_json.hpp"
#include "app/report/record_names.hpp"
#include "app/report/trace_log.hpp"

namespace luosim::app {

namespace {

using nlohmann::ordered_json;

ordered_json whole_number() {
  return {{"type", "integer"}, {"minimum", 0}};
}

ordered_json text(std::string_view about) {
  return {{"type", "string"}, {"description", about}};
}

ordered_json object_with(ordered_json properties) {
  ordered_json required = ordered_json::array();
  for (const auto& [name, schema] : properties.items()) required.push_back(name);
  return {{"type", "object"},
          {"properties", std::move(properties)},
          {"required", std::move(required)},
          {"additionalProperties", false}};
}

ordered_json header_schema() {
  ordered_json properties;
  properties["luosim"] = text("the version that wrote the log");
  properties["schema"] = {{"const", kTraceLogSchema}};
  properties["scenario"] = text("the file, as it was named");
  properties["protocol"] = text("whose programs ran");
  properties["seed"] = whole_number();
  return object_with(std::move(properties));
}

ordered_json record_schema() {
  ordered_json kinds = ordered_json::array();
  ordered_json cases = ordered_json::array();
  for (const RecordName& name : record_names()) {
    kinds.push_back(name.name);
    cases.push_back({{"if", {{"properties", {{"kind", {{"const", name.name}}}}}}},
                     {"then", {{"properties", {{"values", schema_of_values(name)}}}}}});
  }
  ordered_json properties;
  properties["t_ns"] = whole_number();
  properties["seq"] = whole_number();
  properties["kind"] = {{"enum", std::move(kinds)}};
  properties["task"] = whole_number();
  properties["subject"] = text("whom it is about; empty: nobody in particular");
  properties["object"] = text("what it is about besides; empty: nothing");
  properties["values"] = {{"type", "object"}};
  ordered_json schema = object_with(std::move(properties));
  schema["allOf"] = std::move(cases);
  return schema;
}

}  // namespace

ordered_json log_schema() {
  return {{"$schema", "http://json-schema.org/draft-07/schema#"},
          {"title", "A line of the log that luosim run --log writes"},
          {"description",
           "The first line is the header, each of the others a record. Addresses and data words "
           "are hexadecimal text; a negative status is the negative errno, and its name stands "
           "beside it."},
          {"oneOf", {{{"$ref", "#/definitions/header"}}, {{"$ref", "#/definitions/record"}}}},
          {"definitions", {{"header", header_schema()}, {"record", record_schema()}}}};
}

}  // namespace luosim::app
