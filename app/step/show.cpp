// SPDX-License-Identifier: Apache-2.0
#include "app/step/show.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "app/scenario/nearest_word.hpp"
#include "app/view/changes.hpp"

namespace luosim::app {

namespace {

using Json = nlohmann::ordered_json;

// Where things are that people call by their names alone.
constexpr std::string_view kNamed[] = {"devices.functions",
                                       "vms",
                                       "actors.scripts",
                                       "luo.files.outgoing",
                                       "luo.files.incoming",
                                       "files.open",
                                       "luo.subsystems",
                                       "luo.handlers",
                                       "locks"};

std::vector<std::string> names_below(const Json& value) {
  if (value.is_array()) return names_of_elements(value);
  std::vector<std::string> names;
  if (value.is_object())
    for (const auto& [name, member] : value.items()) names.push_back(name);
  return names;
}

std::string joined(std::string_view path, std::string_view name) {
  return path.empty() ? std::string(name) : fmt::format("{}.{}", path, name);
}

// The longest part of the text, up to a dot, that is a path; and what is behind it.
std::pair<std::string_view, std::string_view> split_known(const Json& view, std::string_view text) {
  for (std::size_t dot = text.rfind('.'); dot != std::string_view::npos && dot > 0;
       dot = text.rfind('.', dot - 1))
    if (find_part(view, text.substr(0, dot)) != nullptr)
      return {text.substr(0, dot), text.substr(dot + 1)};
  return {{}, text};
}

bool is_plain(const Json& value) {
  if (!value.is_structured()) return true;
  return value.is_array() && std::none_of(value.begin(), value.end(),
                                          [](const Json& each) { return each.is_structured(); });
}

bool is_line(const Json& value) {
  return value.is_object() && std::all_of(value.begin(), value.end(), is_plain);
}

std::string plain_text(const Json& value) {
  if (!value.is_array()) return text_of_value(value);
  std::string text;
  for (const Json& each : value) text += (text.empty() ? "" : " ") + text_of_value(each);
  return text.empty() ? "none" : text;
}

// `first 0x0, pages 256, kind kernel`, without the member that is its name already.
std::string line_text(const Json& element, bool without_first) {
  std::string text;
  for (auto member = element.begin(); member != element.end(); ++member) {
    if (without_first && member == element.begin()) continue;
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", member.key(), plain_text(*member));
  }
  return text;
}

void append(std::string& text, const std::string& name, const Json& value, std::size_t depth,
            bool is_element) {
  const std::string indent(2 * depth, ' ');
  if (is_plain(value) || value.empty()) {
    text += fmt::format("{}{}: {}\n", indent, name, value.empty() ? "none" : plain_text(value));
  } else if (is_element && is_line(value)) {
    text += fmt::format("{}{}: {}\n", indent, name, line_text(value, true));
  } else {
    text += fmt::format("{}{}:\n", indent, name);
    const std::vector<std::string> names = names_below(value);
    std::size_t index = 0;
    for (const Json& member : value)
      append(text, names[index++], member, depth + 1, value.is_array());
  }
}

}  // namespace

tl::expected<Part, std::string> find_meant(const Json& view, std::string_view text) {
  if (const Json* found = find_part(view, text)) return Part{std::string(text), found};
  for (const std::string_view place : kNamed) {
    const std::string path = joined(place, text);
    if (const Json* found = find_part(view, path)) return Part{path, found};
  }
  const auto [known, rest] = split_known(view, text);
  const std::vector<std::string> names = names_below(*find_part(view, known));
  std::vector<std::string_view> beginning;
  for (const std::string& name : names)
    if (name.starts_with(rest)) beginning.push_back(name);
  if (beginning.size() == 1) {
    const std::string path = joined(known, beginning[0]);
    return Part{path, find_part(view, path)};
  }
  const std::vector<std::string_view> candidates(names.begin(), names.end());
  const std::string where =
      known.empty() ? std::string("there is no part") : fmt::format("{} has no part", known);
  const std::string meant = did_you_mean(rest, candidates);
  if (beginning.size() > 1)
    return tl::unexpected(fmt::format("'{}' begins {} parts: {}", rest, beginning.size(),
                                      fmt::join(beginning, ", ")));
  return tl::unexpected(fmt::format("{} '{}'{}{}", where, rest, meant.empty() ? "" : "; ", meant));
}

std::vector<std::string> completions_of_part(const Json& view, std::string_view text) {
  const auto [known, rest] = split_known(view, text);
  std::vector<std::string> completions;
  for (const std::string& name : names_below(*find_part(view, known)))
    if (name.starts_with(rest)) completions.push_back(joined(known, name));
  if (!known.empty()) return completions;
  for (const std::string_view place : kNamed) {
    const Json* list = find_part(view, place);
    if (list == nullptr) continue;
    for (std::string& name : names_below(*list))
      if (name.starts_with(rest)) completions.push_back(std::move(name));
  }
  std::sort(completions.begin(), completions.end());
  completions.erase(std::unique(completions.begin(), completions.end()), completions.end());
  return completions;
}

std::string text_of_part(const Part& part) {
  std::string text;
  append(text, part.path, *part.value, 0, false);
  return text;
}

}  // namespace luosim::app
