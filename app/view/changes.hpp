// SPDX-License-Identifier: Apache-2.0
//
// What is different between two views, value by value. Elements of a list are the same element if
// their first member says so, wherever they stand; those without members are held against each
// other by position.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace luosim::app {

/// A value that is different; null where there is none. An element that has come or gone as a whole
/// is one change.
struct Change {
  std::string path;  ///< `luo.files.outgoing.vm0.memory.state`
  nlohmann::ordered_json before;
  nlohmann::ordered_json after;
  friend bool operator==(const Change&, const Change&) = default;
};

/// In the order of `after`, with what has gone behind its neighbours. O(size of both).
std::vector<Change> changes_between(const nlohmann::ordered_json& before,
                                    const nlohmann::ordered_json& after);

/// `luo.phase: normal -> prepared`, `kho.clients.test: new`, `luo.files.outgoing.vm0.memory: gone`.
std::string sentence_of(const Change& change);

/// A value that is no object and no list, as text.
std::string text_of_value(const nlohmann::ordered_json& value);

/// What an element of a list is called in paths: the value of its first member. Of several elements
/// that say the same, the second is `name#2`, and so on.
std::vector<std::string> names_of_elements(const nlohmann::ordered_json& list);

/// The part of a view at a path, or null. Names may contain dots.
const nlohmann::ordered_json* find_part(const nlohmann::ordered_json& view, std::string_view path);

}  // namespace luosim::app
