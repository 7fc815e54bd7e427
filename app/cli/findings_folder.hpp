// SPDX-License-Identifier: Apache-2.0
//
// A folder into which each finding is written as a scenario, under the name of its guarantee.
#pragma once

#include <cstddef>
#include <iosfwd>
#include <string>
#include <string_view>

namespace luosim::app {

/// The name of the n-th finding, from 1, that breaks this guarantee.
std::string name_of_finding(std::string_view guarantee, std::size_t number);

/// Makes the folder that `--out` names, and those above it. False, and the reason on `errors`, if
/// that is not possible, if no file could be written there, or if a finding might replace
/// `scenario`, which may be one of an earlier time. An empty name is no folder, and sound.
bool make_findings_folder(const std::string& folder, const std::string& scenario,
                          std::ostream& errors);

}  // namespace luosim::app
