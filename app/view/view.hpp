// SPDX-License-Identifier: Apache-2.0
//
// The whole state of a machine as a person looks at it: a tree of named numbers, yes and no, and
// words as the log spells them, in a fixed order. Addresses are texts in hexadecimal. It is a copy:
// what is told is not changed, and two views can be held against each other (changes.hpp).
#pragma once

#include <span>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "model/world/blueprint.hpp"
#include "model/world/world.hpp"

namespace luosim::app {

/// An object with one member for each section of docs/stepping.md. A list of objects has in each
/// element a first member that says which it is. `broken` are the guarantees that were broken on
/// the way here, as far as whoever asks has followed them. O(size of the world).
nlohmann::ordered_json view_of(const world::World& world, const world::Blueprint& blueprint,
                               std::span<const std::string> broken = {});

/// The sections in their order, with a line about each.
struct ViewSection {
  std::string_view name;
  std::string_view about;
};
std::span<const ViewSection> view_sections();

}  // namespace luosim::app
