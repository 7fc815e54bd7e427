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
constexpr std::string_view kParameterName = "^[A-Za-z0-9_-]{1,64}$";
constexpr std::string_view kParameterText = "parameter";

Json definition(std::string_view name) {
  return {{"$ref", fmt::format("#/definitions/{}", name)}};
}

/// What `value` says, or a text with a parameter, which may become anything.
Json or_parameter(Json value) {
  return {{"anyOf", Json::array({std::move(value), definition(kParameterText)})}};
}

Json pattern(const std::string& expression) {
  return or_parameter({{"type", "string"}, {"pattern", expression}});
}

Json plain_text() {
  return {{"type", {"string", "number", "boolean"}}};
}

Json plain_enumeration(std::span<const std::string_view> words) {
  Json list = Json::array();
  for (const std::string_view word : words) {
    list.push_back(word);
    // Such a word needs no quotes in YAML, and is no text then.
    if (word == "true" || word == "false") list.push_back(word == "true");
  }
  return {{"enum", list}};
}

Json enumeration(std::span<const std::string_view> words) {
  return or_parameter(plain_enumeration(words));
}

Json plain_list(const Field& field, Json items) {
  Json json{{"type", "array"}, {"items", std::move(items)}};
  if (field.range.minimum > 0) json["minItems"] = field.range.minimum;
  if (field.range.maximum != Range{}.maximum) json["maxItems"] = field.range.maximum;
  return json;
}

/// A parameter may be a list too.
Json list_of(const Field& field, Json items) {
  return or_parameter(plain_list(field, std::move(items)));
}

Json plain_integer(const Field& field) {
  Json json{{"type", "integer"}, {"minimum", field.range.minimum}};
  if (field.range.maximum != Range{}.maximum) json["maximum"] = field.range.maximum;
  return json;
}

Json integer(const Field& field) {
  return or_parameter(plain_integer(field));
}

Json signed_integer(const Field& field) {
  const auto size = static_cast<std::int64_t>(field.range.maximum);
  return or_parameter({{"type", "integer"}, {"minimum", -size}, {"maximum", size}});
}

Json bits(const Field& field) {
  Json json = pattern("^0x[0-9A-Fa-f]+$");
  json["anyOf"].insert(json["anyOf"].begin(), plain_integer(field));
  return json;
}

Json text(const Field& field) {
  Json json = plain_text();
  if (field.range.minimum > 0) json["minLength"] = field.range.minimum;
  // The schema counts characters and we count bytes, of which there are at least as many.
  if (field.range.maximum != Range{}.maximum) json["maxLength"] = field.range.maximum;
  return or_parameter(std::move(json));
}

Json name(const Field& field) {
  Json json = plain_text();
  if (!field.words.empty()) return json;
  json["pattern"] = kName;
  return or_parameter(std::move(json));
}

Json any_text(const Field&) {
  return plain_text();
}
Json word(const Field& field) {
  return enumeration(field.words);
}
Json boolean(const Field&) {
  return or_parameter({{"type", "boolean"}});
}

Json size(const Field&) {
  Json json = pattern(fmt::format("^(0|{}{})$", kNumber, kSizeUnit));
  json["anyOf"].push_back({{"const", 0}});
  return json;
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
  Json json = pattern(expression);
  json["anyOf"].push_back({{"type", "integer"}, {"minimum", 0}});
  return json;
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
  Json json = pattern(fmt::format("^\\s*({})(\\s.*)?$", fmt::join(kVerbWords, "|")));
  // An editor cannot guess words from a pattern; it offers examples.
  json["examples"] = kVerbWords;
  return json;
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
  Json json = plain_enumeration(errno_words());
  for (const std::string_view each : {"error", "any", "ok"}) {
    json["enum"].insert(json["enum"].begin(), each);
  }
  return or_parameter(std::move(json));
}

Json machine_end(const Field& field) {
  return pattern(fmt::format("^\\s*({})(\\s+\\S+)?\\s*$", fmt::join(field.words, "|")));
}

Json held_guarantees(const Field& field) {
  return {{"anyOf", {enumeration(field.words), list_of(field, plain_text())}}};
}

/// A mapping, or the bare word that stands for one.
Json nested(const Field& field) {
  if (field.nested->bare_word_keys.empty()) return definition(field.nested->name);
  return {{"anyOf", {plain_text(), definition(field.nested->name)}}};
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

Json bus_address(const Field&) {
  return pattern("^(0000:)?[0-9A-Fa-f]{2}:[01][0-9A-Fa-f]\\.[0-7]$");
}

/// The script itself, or a mapping that says what there is instead.
Json actor(const Field& field) {
  const Field& script = *find_field(*field.nested, "script");
  return {{"anyOf", {nested_list(script), nested(field)}}};
}

Json named_actors(const Field& field) {
  return mapping_to(field, actor(field));
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

/// Lists that are combined, or a list of cases.
Json matrix(const Field& field) {
  const Json texts{{"type", "array"}, {"items", plain_text()}};
  const Json value{{"anyOf", {plain_text(), texts}}};
  const Json values{{"type", "array"}, {"items", value}, {"minItems", 1}};
  const auto parameters = [](Json each) {
    return Json{{"type", "object"},
                {"propertyNames", {{"pattern", kParameterName}}},
                {"additionalProperties", std::move(each)},
                {"minProperties", 1}};
  };
  const Json columns = parameters({{"anyOf", {plain_text(), values}}});
  return {{"anyOf", {columns, plain_list(field, parameters(value))}}};
}

struct KindWriter {
  FieldKind kind;
  Json (*write)(const Field&);
};

constexpr std::array kKindWriters{
    KindWriter{FieldKind::integer, integer},
    KindWriter{FieldKind::copies, integer},
    KindWriter{FieldKind::signed_integer, signed_integer},
    KindWriter{FieldKind::bits, bits},
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
    KindWriter{FieldKind::device_list, text_list},
    KindWriter{FieldKind::bus_address, bus_address},
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
    KindWriter{FieldKind::actor, actor},
    KindWriter{FieldKind::named_actors, named_actors},
    KindWriter{FieldKind::named_bounds, bounds},
    KindWriter{FieldKind::named_words, named_words},
    KindWriter{FieldKind::named_durations, named_durations},
    KindWriter{FieldKind::matrix, matrix},
};

/// The kinds whose words come from the model.
Json words_of_model(const Field& field, const LoadOptions& options) {
  if (field.kind == FieldKind::protocol) {
    return options.protocols.empty() ? plain_text() : enumeration(options.protocols);
  }
  Json json = mapping_to(field, plain_text());
  if (options.knobs.empty()) return json;
  for (const KnobWords& knob : options.knobs) {
    json["properties"][std::string(knob.name)] = enumeration(knob.words);
  }
  json["additionalProperties"] = false;
  return json;
}

Json schema_of(const Field& field, const LoadOptions& options) {
  const auto writer = std::find_if(kKindWriters.begin(), kKindWriters.end(),
                                   [&](const KindWriter& row) { return row.kind == field.kind; });
  const Json value =
      writer == kKindWriters.end() ? words_of_model(field, options) : writer->write(field);
  Json json{{"description", fmt::format("{}{}", field.documentation,
                                        field.fallback.empty()
                                            ? std::string()
                                            : fmt::format(" Without it: {}.", field.fallback))}};
  // In draft-07 nothing beside a reference counts, so it goes one level down.
  if (value.contains("$ref")) {
    json["allOf"] = Json::array({value});
  } else {
    json.update(value);
  }
  return json;
}

Json schema_of(const MappingType& type, const LoadOptions& options) {
  Json json{{"description", type.documentation},
            {"type", "object"},
            {"additionalProperties", false},
            {"properties", Json::object()}};
  Json required = Json::array();
  for (const Field& field : type.fields) {
    json["properties"][std::string(field.key)] = schema_of(field, options);
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

nlohmann::ordered_json scenario_schema(const LoadOptions& options) {
  const MappingType& scenario = *mapping_types().front();
  Json json{{"$schema", "http://json-schema.org/draft-07/schema#"}, {"title", "luosim scenario"}};
  json.update(schema_of(scenario, options));
  json["definitions"][std::string(kParameterText)] = {
      {"description", "A text in which `${NAME}` stands for a parameter of `matrix`."},
      {"type", "string"},
      {"pattern", "\\$\\{"}};
  for (const MappingType* type : mapping_types().subspan(1)) {
    json["definitions"][std::string(type->name)] = schema_of(*type, options);
  }
  return json;
}

}  // namespace luosim::app
