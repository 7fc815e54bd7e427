// SPDX-License-Identifier: Apache-2.0
//
// What `--version` says: the program's version and which kernel code the model follows.
#pragma once

#include <string>

namespace luosim::app {

std::string version_text();

}  // namespace luosim::app
