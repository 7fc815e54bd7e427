// SPDX-License-Identifier: Apache-2.0
//
// What `--version` says: the program's version and which kernel code the model follows.
#pragma once

#include <string>

namespace luosim::app {

std::string version_text();

/// The same for programs, as one object: `name`, `version`, what it `follows`, `protocols` and
/// `formats`. Nothing in it depends on how this program was built.
std::string version_json();

}  // namespace luosim::app
