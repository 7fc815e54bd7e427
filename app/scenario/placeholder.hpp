// SPDX-License-Identifier: Apache-2.0
//
// `${name}` in a scalar stands for what the parameter `name` of the file's matrix is; `$${` is what
// somebody writes who wants to read `${`.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace luosim::app {

/// A stretch of a scalar: text as it is, or the name of a parameter.
struct Stretch {
  std::string_view text;
  bool is_parameter = false;
};

/// Whether a text has a parameter, or an escaped one, or something that looks like one.
bool has_placeholder(std::string_view text);

/// The stretches of `text`, which they are views of. Nothing if it has a `${` that is not followed
/// by the name of a parameter and `}`.
std::optional<std::vector<Stretch>> split_placeholders(std::string_view text);

/// Letters, digits, `_` and `-`, at most 64 of them.
bool is_parameter_name(std::string_view text);

}  // namespace luosim::app
