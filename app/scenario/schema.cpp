// SPDX-License-Identifier: Apache-2.0
//
// Each kind of value has one function that writes it as a schema. Texts may look like a number or a
// boolean to YAML (`version: 6.15`), so wherever the loader takes a text the schema takes those
// too.
#include "app/scenario/schema.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "app/scenario/errno_names.hpp"
#include "app/scenario/fields.hpp"
#include "app/scenario/verbs.hpp"

namespace luosim::app {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kNumber = "[0-9]+(\\.[0-9]+)?";
constexpr std::string_view kDurationUnit = "(ns|us|ms|s|min)";
constexpr std::string_view kSizeUnit = "(B|KiB|MiB|GiB|TiB)";
constexpr std::string_view kName = "^[A-Za-z0-9._,+@/-]+$";

Json pattern(const std::string& expression) {
  return {{"type", "string"}, {"pattern", expression}};
}

Json plain_text() {
  return {{"type", {"string", "number", "boolean"}}};
}

Json enumeration(std::span<const std::string_view> words) {
  Json list = Json::array();
  for (const std::string_view word : words) list.push_back(word);
  return {{"enum", list}};
}

Json list_of(const Field& field, Json items) {
  Json json{{"type", "array"}, {"items", std::move(items)}};
  if (field.range.minimum > 0) json["minItems"] = field.range.minimum;
  if (field.range.maximum != Range{}.maximum) json["maxItems"] = field.range.maximum;
  return json;
}

Json reference_to(const MappingType& type) {
  return {{"$ref", fmt::format("#/definitions/{}", type.name)}};
}

Json integer(const Field& field) {
  Json json{{"type", "integer"}, {"minimum", field.range.minimum}};
  if (field.range.maximum != Range{}.maximum) json["maximum"] = field.range.maximum;
  return json;
}

Json text(const Field& field) {
  Json json = plain_text();
  if (field.range.minimum > 0) json["minLength"] = field.range.minimum;
  // The schema counts characters and we count bytes, of which there are at least as many.
  if (field.range.maximum != Range{}.maximum) json["maxLength"] = field.range.maximum;
  return json;
}

Json name(const Field& field) {
  Json json = plain_text();
  if (field.words.empty()) json["pattern"] = kName;
  return json;
}

Json any_text(const Field&) {
  return plain_text();
}
Json word(const Field& field) {
  return enumeration(field.words);
}
Json boolean(const Field&) {
  return {{"type", "boolean"}};
}

Json size(const Field&) {
  return {{"anyOf", {pattern(fmt::format("^(0|{}{})$", kNumber, kSizeUnit)), {{"const", 0}}}}};
}

Json duration(const Field&) {
  return pattern(fmt::format("^{}{}$", kNumber, kDurationUnit));
}
Json moment(const Field&) {
  return pattern(fmt::format("^\\+?{}{}$", kNumber, kDurationUnit));
}
Json percentage(const Field&) {
  return pattern(fmt::format("^{}%$", kNumber));
}
Json error_code(const Field&) {
  return enumeration(errno_words());
}

Json quantity(const Field&) {
  const std::string expression = fmt::format("^(0|{}({}|{}))$", kNumber, kDurationUnit, kSizeUnit);
  return {{"anyOf", {{{"type", "integer"}, {"minimum", 0}}, pattern(expression)}}};
}

Json site(const Field&) {
  return pattern("^[^\\s:]+(:\\S*)?$");
}
Json word_list(const Field& field) {
  return list_of(field, enumeration(field.words));
}
Json text_list(const Field& field) {
  return list_of(field, plain_text());
}

Json command(const Field&) {
  return pattern(fmt::format("^\\s*({})(\\s.*)?$", fmt::join(kVerbWords, "|")));
}

Json arguments(const Field&) {
  return {{"anyOf",
           {{{"type", {"string", "number", "boolean", "null"}}},
            {{"type", "array"}, {"items", plain_text()}}}}};
}

Json awaited(const Field&) {
  return pattern("^\\s*(phase|label|boot|paused|resumed)\\s+\\S+\\s*$");
}

Json condition(const Field&) {
  return pattern("^\\s*(failed|ok|(phase|kernel)\\s+\\S+)\\s*$");
}

Json outcome(const Field&) {
  Json json = enumeration(errno_words());
  for (const std::string_view each : {"error", "any", "ok"}) {
    json["enum"].insert(json["enum"].begin(), each);
  }
  return json;
}

Json machine_end(const Field& field) {
  return pattern(fmt::format("^\\s*({})(\\s+\\S+)?\\s*$", fmt::join(field.words, "|")));
}

Json held_guarantees(const Field& field) {
  return {{"anyOf", {enumeration(field.words), list_of(field, plain_text())}}};
}

/// A mapping, or the bare word that stands for one.
Json nested(const Field& field) {
  if (field.nested->bare_word_keys.empty()) return reference_to(*field.nested);
  return {{"anyOf", {plain_text(), reference_to(*field.nested)}}};
}

Json nested_list(const Field& field) {
  return list_of(field, nested(field));
}

Json mapping_to(const Field& field, Json values) {
  Json json{{"type", "object"}, {"additionalProperties", std::move(values)}};
  if (field.range.minimum > 0) json["minProperties"] = field.range.minimum;
  if (field.range.maximum != Range{}.maximum) json["maxProperties"] = field.range.maximum;
  return json;
}

Json named(const Field& field) {
  Json json = mapping_to(field, nested(field));
  json["propertyNames"] = {{"pattern", kName}};
  return json;
}

Json named_lists(const Field& field) {
  return mapping_to(field, {{"type", "array"}, {"items", nested(field)}});
}

Json bounds(const Field& field) {
  return mapping_to(field, nested(field));
}
Json named_words(const Field& field) {
  return mapping_to(field, enumeration(field.words));
}
Json named_durations(const Field& field) {
  return mapping_to(field, duration(field));
}

struct KindWriter {
  FieldKind kind;
  Json (*write)(const Field&);
};

constexpr std::array kKindWriters{
    KindWriter{FieldKind::integer, integer},
    KindWriter{FieldKind::text, text},
    KindWriter{FieldKind::name, name},
    KindWriter{FieldKind::reference, any_text},
    KindWriter{FieldKind::word, word},
    KindWriter{FieldKind::boolean, boolean},
    KindWriter{FieldKind::size, size},
    KindWriter{FieldKind::duration, duration},
    KindWriter{FieldKind::moment, moment},
    KindWriter{FieldKind::percentage, percentage},
    KindWriter{FieldKind::error_code, error_code},
    KindWriter{FieldKind::quantity, quantity},
    KindWriter{FieldKind::site, site},
    KindWriter{FieldKind::word_list, word_list},
    KindWriter{FieldKind::reference_list, text_list},
    KindWriter{FieldKind::command, command},
    KindWriter{FieldKind::arguments, arguments},
    KindWriter{FieldKind::awaited, awaited},
    KindWriter{FieldKind::condition, condition},
    KindWriter{FieldKind::outcome, outcome},
    KindWriter{FieldKind::machine_end, machine_end},
    KindWriter{FieldKind::guarantee_list, text_list},
    KindWriter{FieldKind::held_guarantees, held_guarantees},
    KindWriter{FieldKind::mapping, nested},
    KindWriter{FieldKind::mapping_list, nested_list},
    KindWriter{FieldKind::named_mappings, named},
    KindWriter{FieldKind::named_lists, named_lists},
    KindWriter{FieldKind::named_bounds, bounds},
    KindWriter{FieldKind::named_words, named_words},
    KindWriter{FieldKind::named_durations, named_durations},
};

Json schema_of(const Field& field) {
  const auto writer = std::find_if(kKindWriters.begin(), kKindWriters.end(),
                                   [&](const KindWriter& row) { return row.kind == field.kind; });
  const Json value = writer == kKindWriters.end() ? Json::object() : writer->write(field);
  Json json{{"description", fmt::format("{}{}", field.documentation,
                                        field.fallback.empty()
                                            ? std::string()
                                            : fmt::format(" Without it: {}.", field.fallback))}};
  // In draft-07 nothing beside a reference counts, so it goes one level down.
  if (value.contains("$ref")) {
    json["allOf"] = {value};
  } else {
    json.update(value);
  }
  return json;
}

Json schema_of(const MappingType& type) {
  Json json{{"description", type.documentation},
            {"type", "object"},
            {"additionalProperties", false},
            {"properties", Json::object()}};
  Json required = Json::array();
  for (const Field& field : type.fields) {
    json["properties"][std::string(field.key)] = schema_of(field);
    if (field.required) required.push_back(field.key);
  }
  if (!required.empty()) json["required"] = required;
  if (type.rule == MappingType::Rule::none) return json;
  Json choices = Json::array();
  for (const std::string_view key : type.alternatives) {
    choices.push_back({{"required", Json::array({key})}});
  }
  json[type.rule == MappingType::Rule::exactly_one ? "oneOf" : "anyOf"] = choices;
  return json;
}

}  // namespace

nlohmann::ordered_json scenario_schema() {
  const MappingType& scenario = *mapping_types().front();
  Json json{{"$schema", "http://json-schema.org/draft-07/schema#"}, {"title", "luosim scenario"}};
  json.update(schema_of(scenario));
  json["definitions"] = Json::object();
  for (const MappingType* type : mapping_types().subspan(1)) {
    json["definitions"][std::string(type->name)] = schema_of(*type);
  }
  return json;
}

}  // namespace luosim::app
