// SPDX-License-Identifier: Apache-2.0
//
// The tree of a file whose parameters have no values yet. Parameters are put in before the tree is
// read by the tables, so a value is checked as if it had been written where it is used.
#pragma once

#include <cstddef>

#include "app/scenario/load_context.hpp"
#include "app/scenario/matrix.hpp"
#include "app/scenario/node.hpp"

namespace luosim::app {

/// What all cases of a file may ask for; more is a diagnostic.
namespace template_limits {
inline constexpr std::size_t kBytesOfValue = 64;  ///< that a value counts besides its text
inline constexpr std::size_t kBytes = 256U << 20U;
}  // namespace template_limits

struct ScenarioTemplate {
  Node root;
  Matrix matrix;
  bool has_placeholders = false;  ///< false: every case is `root` as it is
};

/// Takes `matrix` out of a file, whose parts that were wrong are refused nodes. Reports what is
/// wrong with the matrix, with the use of its parameters and with how much they make of the file.
ScenarioTemplate make_template(LoadContext& context, Node root);

/// The tree of one case, the place of each node being the place in the file.
Node root_of_case(const ScenarioTemplate& file, std::size_t index);

/// The tree in which each value that has a parameter is refused, so that it is read without a word
/// about them.
Node root_of_no_case(const ScenarioTemplate& file);

}  // namespace luosim::app
