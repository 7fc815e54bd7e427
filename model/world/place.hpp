// SPDX-License-Identifier: Apache-2.0
//
// Where in the protocol something happened: the row of a program, and the call that it was made
// for. Explorations and random variations tell by it one way of breaking from another.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "model/world/world.hpp"

namespace luosim::world {

/// The row that a task stands at, and the call of an actor that it belongs to.
struct Place {
  std::string_view program;  ///< empty: no task, as at the end of a story
  std::string_view row;
  std::optional<userspace::Verb> verb;
  friend auto operator<=>(const Place&, const Place&) = default;
};

Place place_of(const World& world, const Blueprint& blueprint, sim::TaskId task);

std::uint64_t hash_of(const Place& place);

/// `in cancel: kho.abort, take the KHO lock`.
std::string sentence_of(const Place& place);

}  // namespace luosim::world
