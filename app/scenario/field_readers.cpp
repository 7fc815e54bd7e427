// SPDX-License-Identifier: Apache-2.0
//
// Readers of texts, names, words and lists. What a message says about a count comes from the row,
// so that no reader words its own complaints.
#include "app/scenario/field_readers.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "app/scenario/diagnostic.hpp"
#include "app/scenario/errno_names.hpp"
#include "app/scenario/nearest_word.hpp"
#include "app/scenario/settings.hpp"

namespace luosim::app {
namespace {

constexpr std::size_t kListedWords = 8;  // more are no hint but a manual
constexpr std::string_view kNameCharacters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-,+@/";

/// False, and reported, if a list or text has too few or too many of what it consists of.
bool check_count(LoadContext& context, const Field& field, std::size_t count, std::string_view unit,
                 const Place& place) {
  if (count > field.range.maximum) {
    context.report(place, fmt::format("'{}' has {} {}; at most {} are allowed", field.key, count,
                                      unit, field.range.maximum));
    return false;
  }
  if (count < field.range.minimum) {
    context.report(place, fmt::format("'{}' must not be empty", field.key));
    return false;
  }
  return true;
}

/// Reports what is no list and no mapping. That of a setting is none whatever it looks like.
void report_no_collection(LoadContext& context, const Field& field, const Place& place) {
  if (!is_of_a_setting(place)) return report_kind(context, field, place);
  context.report(place, fmt::format("'{}' must be {}", field.key, kind_description(field.kind)),
                 kOnlyScalarsAreSet);
}

/// Reports an entry of a collection that has no value.
void check_present(LoadContext& context, const Field& field, const Node& value) {
  if (value.kind == Node::Kind::null) {
    context.report(value.place, fmt::format("an entry of '{}' has no value", field.key));
  }
  if (!has_value(value)) lose_names(context, field);
}

}  // namespace

void lose_names(LoadContext& context, const Field& field) {
  const bool defines = field.kind == FieldKind::name || field.kind == FieldKind::copies ||
                       field.kind == FieldKind::mapping_list ||
                       field.kind == FieldKind::named_mappings || field.kind == FieldKind::actor ||
                       field.kind == FieldKind::named_actors;
  if (defines) context.lose_a_name(field.names);
  if (field.kind != FieldKind::device_list) return;
  context.lose_a_name(NameTable::files);
  context.lose_a_name(NameTable::vm_devices);
}

void report_kind(LoadContext& context, const Field& field, const Place& place) {
  context.report(place, fmt::format("'{0}' must be {1}, as in '{0}: {2}'", field.key,
                                    kind_description(field.kind), field.example));
}

void report_bad_word(LoadContext& context, std::string message, std::string_view text,
                     std::span<const std::string_view> words, const Place& place,
                     std::string_view topic) {
  std::string hint;
  if (context.wants_hints()) hint = did_you_mean(text, words);
  if (hint.empty() && words.size() <= kListedWords) {
    hint = fmt::format("one of: {}", fmt::join(words, ", "));
  } else if (hint.empty() && !topic.empty()) {
    hint = fmt::format("`luosim explain {}` lists them", topic);
  }
  context.report(place, std::move(message), std::move(hint));
}

bool is_scalar(LoadContext& context, const Field& field, const Node& node) {
  if (node.kind == Node::Kind::scalar) return true;
  if (is_collection(node)) report_kind(context, field, node.place);
  return false;
}

bool check_name(LoadContext& context, std::string_view text, const Place& place) {
  if (text.empty()) {
    context.report(place, "a name must not be empty");
    return false;
  }
  if (text.size() > world::limits::kNameBytes) {
    context.report(place, fmt::format("a name has at most {} bytes, this has {}",
                                      world::limits::kNameBytes, text.size()));
    return false;
  }
  if (text.find_first_not_of(kNameCharacters) != std::string_view::npos) {
    context.report(place, quoted(text) + " is not a name",
                   "a name has letters, digits and . _ - , + @ /");
    return false;
  }
  return true;
}

bool check_copy_names(LoadContext& context, const Group& group) {
  const std::size_t bytes = bytes_of_names(group);
  if (bytes <= world::limits::kNameBytes) return true;
  context.report(group.place,
                 fmt::format("the name of a copy has at most {} bytes, these have up to {}",
                             world::limits::kNameBytes, bytes));
  return false;
}

std::optional<std::string> read_text(LoadContext& context, const Field& field, const Node& node) {
  if (!is_scalar(context, field, node)) return std::nullopt;
  if (node.text.find_first_of("\n\t") != std::string::npos) {
    report_kind(context, field, node.place);
    return std::nullopt;
  }
  if (!check_count(context, field, node.text.size(), "bytes", node.place)) return std::nullopt;
  return node.text;
}

std::optional<std::string> read_name(LoadContext& context, const Field& field, const Node& node) {
  const auto same = [&node](std::string_view word) { return word == node.text; };
  const bool scalar = is_scalar(context, field, node);
  const bool is_word = scalar && std::any_of(field.words.begin(), field.words.end(), same);
  if (!scalar || (!is_word && !check_name(context, node.text, node.place))) {
    lose_names(context, field);
    return std::nullopt;
  }
  if (field.names != NameTable::none) context.define(field.names, node.text, node.place);
  return node.text;
}

std::optional<std::string> read_reference(LoadContext& context, const Field& field,
                                          const Node& node) {
  if (!is_scalar(context, field, node)) return std::nullopt;
  context.refer(field.names, node.text, node.place);
  return node.text;
}

std::optional<std::string_view> read_word(LoadContext& context, const Field& field,
                                          const Node& node) {
  if (!is_scalar(context, field, node)) return std::nullopt;
  const auto found = std::find(field.words.begin(), field.words.end(), node.text);
  if (found != field.words.end()) return *found;
  report_bad_word(context, fmt::format("'{}' cannot be {}", field.key, quoted(node.text)),
                  node.text, field.words, node.place);
  return std::nullopt;
}

std::optional<bool> read_boolean(LoadContext& context, const Field& field, const Node& node) {
  if (!is_scalar(context, field, node)) return std::nullopt;
  const bool yes = node.text == "true";
  if (!node.quoted && (yes || node.text == "false")) return yes;
  report_kind(context, field, node.place);
  return std::nullopt;
}

std::optional<std::int32_t> read_error_code(LoadContext& context, const Field& field,
                                            const Node& node) {
  if (!is_scalar(context, field, node)) return std::nullopt;
  const std::optional<std::int32_t> number = errno_number(node.text);
  if (!number) {
    report_bad_word(context, "unknown errno name " + quoted(node.text), node.text, errno_words(),
                    node.place);
  }
  return number;
}

std::optional<std::vector<std::string_view>> read_word_list(LoadContext& context,
                                                            const Field& field, const Node& node) {
  std::vector<std::string_view> words;
  for (const Node& item : read_items(context, field, node)) {
    const std::optional<std::string_view> word = read_word(context, field, item);
    if (word) words.push_back(*word);
  }
  return words;
}

std::optional<std::vector<std::string>> read_reference_list(LoadContext& context,
                                                            const Field& field, const Node& node) {
  std::vector<std::string> names;
  for (const Node& item : read_items(context, field, node)) {
    std::optional<std::string> name = read_reference(context, field, item);
    if (name) names.push_back(*std::move(name));
  }
  return names;
}

std::span<const Node> read_items(LoadContext& context, const Field& field, const Node& node) {
  if (node.kind != Node::Kind::sequence) {
    report_no_collection(context, field, node.place);
  } else if (check_count(context, field, node.items.size(), "entries", node.place)) {
    for (const Node& item : node.items) check_present(context, field, item);
    return node.items;
  }
  lose_names(context, field);
  return {};
}

std::span<const Entry> read_entries(LoadContext& context, const Field& field, const Node& node) {
  if (node.lost_entries) lose_names(context, field);
  if (node.kind != Node::Kind::mapping) {
    report_no_collection(context, field, node.place);
  } else if (check_count(context, field, node.entries.size(), "entries", node.place)) {
    for (const Entry& entry : node.entries) check_present(context, field, entry.value);
    return node.entries;
  }
  lose_names(context, field);
  return {};
}

}  // namespace luosim::app
