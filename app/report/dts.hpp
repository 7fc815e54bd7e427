// SPDX-License-Identifier: Apache-2.0
//
// A flattened tree as source text, laid out as dtc lays it out, so that the two compare and people
// read what they are used to. libfdt walks the tree.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include <tl/expected.hpp>

namespace luosim::app {

/// Any bytes are allowed; what libfdt finds wrong with them is the error.
tl::expected<std::string, std::string> device_tree_source(std::span<const std::byte> blob);

}  // namespace luosim::app
