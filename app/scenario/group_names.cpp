// SPDX-License-Identifier: Apache-2.0
//
// `vm-3.memory` is a copy of `vm.memory`: the number stands before the suffix of the group.
#include "app/scenario/group_names.hpp"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "app/scenario/units.hpp"

namespace luosim::app {
namespace {

constexpr std::string_view kDigits = "0123456789";

struct NumberedName {
  std::string_view stem;
  std::uint64_t number = 0;
  std::string_view suffix;
};

/// Nothing if `name` is not a stem, a dash, a number and a suffix that has neither. No suffix has a
/// dash, so the last one is that of the number.
std::optional<NumberedName> split(std::string_view name) {
  const std::size_t dash = name.rfind('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const std::size_t end = std::min(name.find_first_not_of(kDigits, dash + 1), name.size());
  const auto number = parse_count(name.substr(dash + 1, end - dash - 1));
  if (!number) return std::nullopt;
  return NumberedName{name.substr(0, dash), *number, name.substr(end)};
}

}  // namespace

std::string name_of_copy(const Group& group, std::uint64_t number) {
  return fmt::format("{}-{}{}", group.stem, number, group.suffix);
}

std::size_t bytes_of_names(const Group& group) {
  return name_of_copy(group, group.copies - 1).size();
}

std::string copies_of(const Group& group) {
  const std::string first = name_of_copy(group, 0);
  if (group.copies == 1) return "it is " + first;
  return fmt::format("one of {} to {}", first, name_of_copy(group, group.copies - 1));
}

void GroupNames::add(NameTable table, std::string_view name, const Group& group) {
  groups_.emplace(std::pair{table, name}, group);
}

const Group* GroupNames::find(NameTable table, std::string_view name) const {
  const auto found = groups_.find({table, name});
  return found == groups_.end() ? nullptr : &found->second;
}

const Group* GroupNames::group_like(NameTable table, std::string_view name) const {
  const std::optional<NumberedName> numbered = split(name);
  if (!numbered) return nullptr;
  const Group* group = find(table, std::string(numbered->stem).append(numbered->suffix));
  // A group may be called `x.memory` and have copies called `x.memory-0`.
  return group != nullptr && group->suffix == numbered->suffix ? group : nullptr;
}

const Group* GroupNames::group_of(NameTable table, std::string_view name) const {
  const Group* group = group_like(table, name);
  if (group == nullptr) return nullptr;
  return split(name)->number < group->copies ? group : nullptr;
}

}  // namespace luosim::app
