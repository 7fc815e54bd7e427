// SPDX-License-Identifier: Apache-2.0
//
// The cases of a file. `matrix` names parameters and says what they are in each case: as lists
// whose values are combined in every way, or case by case.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "app/scenario/fields.hpp"
#include "app/scenario/load_context.hpp"
#include "app/scenario/node.hpp"

namespace luosim::app {

struct Parameter {
  std::string name;
  Place place;               ///< of the name
  std::vector<Node> values;  ///< scalars or lists of scalars, without placeholders
  bool has_lists = false;    ///< so it cannot be a part of a text
};

/// What a value is called: its text, or `[a, b]`.
std::string text_of_value(const Node& value);

struct Matrix {
  std::vector<Parameter> parameters;  ///< in file order; a file without a matrix has none
  std::size_t count = 1;              ///< of cases
  bool combined = true;  ///< every combination is a case, the last parameter varies fastest;
                         ///< false: case n has the nth value of each
  Place place;

  /// The value of each parameter in case `index`, which is below `count`.
  std::vector<const Node*> values_of(std::size_t index) const;
  /// `position=3, callback=freeze`, cut where a value is long.
  std::string name_of(std::size_t index) const;
  /// The parameter of this name, or null.
  const Parameter* find(std::string_view name) const;
};

/// Reports what is wrong with the value of `matrix` and then returns nothing. One value instead of
/// a list is a list of one, so that an override can pick a case.
std::optional<Matrix> read_matrix(LoadContext& context, const Field& row, const Node& node);

}  // namespace luosim::app
