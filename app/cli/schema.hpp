// SPDX-License-Identifier: Apache-2.0
//
// `luosim schema`: the JSON Schema of scenario files.
#pragma once

#include <iosfwd>

namespace luosim::app {

int print_schema(std::ostream& output);

}  // namespace luosim::app
