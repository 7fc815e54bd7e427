// SPDX-License-Identifier: Apache-2.0
//
// Overrides from the command line. They change the tree of the file before it is read, so that an
// override is checked exactly like what stands in the file.
#pragma once

#include <string>
#include <string_view>

#include "app/scenario/node.hpp"

namespace luosim::app {

/// Puts `value` under the path of `setting`, which reads `a.b.c=value`; mappings on the way are
/// made if they are missing. Empty if it worked, else what is wrong.
std::string apply_setting(Node& root, std::string_view setting);

}  // namespace luosim::app
