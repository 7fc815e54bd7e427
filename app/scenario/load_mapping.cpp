// SPDX-License-Identifier: Apache-2.0
//
// The order of checks is what keeps cascades out: a key that is missing because it is misspelt is
// reported once, as misspelt, and rules between keys are judged only when each key is right.
#include "app/scenario/load_mapping.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "app/scenario/diagnostic.hpp"
#include "app/scenario/field_readers.hpp"
#include "app/scenario/nearest_word.hpp"
#include "app/scenario/settings.hpp"

namespace luosim::app {
namespace {

constexpr std::size_t kListedKeys = 12;  // more are no hint but a manual

/// `a kernel`, `an entry`.
std::string with_article(std::string_view noun) {
  const bool vowel = std::string_view("aeiou").find(noun.front()) != std::string_view::npos;
  return fmt::format("{} {}", vowel ? "an" : "a", noun);
}

std::vector<std::string_view> keys_of(const MappingType& type) {
  std::vector<std::string_view> keys;
  for (const Field& field : type.fields) keys.push_back(field.key);
  return keys;
}

/// What the unknown keys of one mapping may have been meant to be.
struct UnknownKeys {
  bool any = false;
  std::vector<std::string_view> meant;
};

void report_unknown_key(LoadContext& context, const MappingType& type, const Entry& entry,
                        UnknownKeys& unknown) {
  unknown.any = true;
  std::string hint;
  if (context.wants_hints()) {
    const std::vector<std::string_view> keys = keys_of(type);
    if (const std::optional<std::string_view> nearest = nearest_word(entry.key, keys)) {
      unknown.meant.push_back(*nearest);
      // What was meant was not read, so nothing that depends on it can be judged.
      lose_names(context, *find_field(type, *nearest));
      context.note_failure(*nearest);
      hint = did_you_mean(entry.key, keys);
    } else if (keys.size() <= kListedKeys) {
      hint = fmt::format("keys: {}", fmt::join(keys, ", "));
    } else {
      hint = "`luosim explain keys` lists them";
    }
  }
  context.report(entry.key_place,
                 fmt::format("unknown key {} in {}", quoted(entry.key), with_article(type.name)),
                 std::move(hint));
}

void load_entry(LoadContext& context, const Field& field, Target target, const Entry& entry) {
  const std::size_t before = context.reported();
  const bool may_be_nothing = field.kind == FieldKind::arguments;
  if (entry.value.kind == Node::Kind::null && !may_be_nothing) {
    context.report(entry.key_place, fmt::format("'{}' has no value", field.key),
                   fmt::format("as in '{}: {}'", field.key, field.example));
  }
  if (has_value(entry.value) || (may_be_nothing && entry.value.kind == Node::Kind::null)) {
    field.store(context, field, target, entry.value);
  } else {
    lose_names(context, field);
    context.note_failure(field.key);
  }
  if (context.reported() != before) context.note_failure(field.key);
}

void check_required(LoadContext& context, const MappingType& type, const Node& node,
                    const UnknownKeys& unknown) {
  if (node.lost_entries) return;
  for (const Field& field : type.fields) {
    if (!field.required || find_entry(node, field.key) != nullptr) continue;
    lose_names(context, field);
    const auto& meant = unknown.meant;
    if (std::find(meant.begin(), meant.end(), field.key) != meant.end()) continue;
    context.report(node.place,
                   fmt::format("missing key '{}' in {}", field.key, with_article(type.name)),
                   fmt::format("as in '{}: {}'", field.key, field.example));
  }
}

void check_alternatives(LoadContext& context, const MappingType& type, const Node& node,
                        const UnknownKeys& unknown) {
  if (type.rule == MappingType::Rule::none) return;
  const Entry* first = nullptr;
  for (const Entry& entry : node.entries) {
    const auto& keys = type.alternatives;
    if (std::find(keys.begin(), keys.end(), entry.key) == keys.end()) continue;
    if (first != nullptr && type.rule == MappingType::Rule::exactly_one) {
      context.report(entry.key_place, fmt::format("'{}' and '{}' exclude each other in {}",
                                                  first->key, entry.key, with_article(type.name)));
    }
    if (first == nullptr) first = &entry;
  }
  if (first != nullptr || unknown.any || node.lost_entries) return;
  const bool few = type.alternatives.size() <= kListedKeys;
  context.report(
      node.place,
      fmt::format(
          "missing key '{}'{} in {}", type.alternatives.front(),
          few ? fmt::format(" (or '{}')", fmt::join(type.alternatives.subspan(1), "', '")) : "",
          with_article(type.name)),
      fmt::format("as in {}", type.example));
}

/// A bare word stands for the keys that the type names.
void load_bare_word(LoadContext& context, const MappingType& type, Target target,
                    const Node& node) {
  for (const std::string_view key : type.bare_word_keys) {
    const Field* field = find_field(type, key);
    const std::size_t before = context.reported();
    field->store(context, *field, target, node);
    if (context.reported() != before) return;
  }
}

bool has_refused_value(const Node& mapping) {
  return std::any_of(mapping.entries.begin(), mapping.entries.end(),
                     [](const Entry& entry) { return entry.value.kind == Node::Kind::refused; });
}

void lose_names_of(LoadContext& context, const MappingType& type) {
  for (const Field& field : type.fields) {
    if (field.kind == FieldKind::name) lose_names(context, field);
  }
}

}  // namespace

void load_mapping(LoadContext& context, const MappingType& type, Target target, const Node& node) {
  if (!has_value(node)) return;
  if (node.kind == Node::Kind::scalar && !type.bare_word_keys.empty()) {
    load_bare_word(context, type, target, node);
    return;
  }
  if (node.kind != Node::Kind::mapping) {
    lose_names_of(context, type);
    context.report(
        node.place,
        fmt::format("{} is written as a mapping, as in {}", with_article(type.name), type.example),
        is_of_a_setting(node.place) ? kOnlyScalarsAreSet : "");
    return;
  }
  const std::size_t before = context.reported();
  if (node.lost_entries) lose_names_of(context, type);
  UnknownKeys unknown;
  for (const Entry& entry : node.entries) {
    if (const Field* field = find_field(type, entry.key)) {
      load_entry(context, *field, target, entry);
    } else {
      report_unknown_key(context, type, entry, unknown);
    }
  }
  check_required(context, type, node, unknown);
  check_alternatives(context, type, node, unknown);
  const bool is_whole = !node.lost_entries && !has_refused_value(node);
  if (type.check != nullptr && context.reported() == before && is_whole) {
    type.check(context, target, node);
  }
}

}  // namespace luosim::app
