// SPDX-License-Identifier: Apache-2.0
//
// Writing a whole output file, or none: what is there under the name is complete at every moment.
#pragma once

#include <iosfwd>
#include <optional>
#include <string>

namespace luosim::app {

/// Writes `contents` beside the file, under a name of its own, and renames; a symbolic link stays
/// one, also if its target has yet to be made. What is no regular file (a device, a pipe) is
/// written to as it is. `-` is standard output. False, a line on `errors` and no trace of the
/// attempt if it does not work.
bool write_file(const std::string& name, const std::string& contents, std::ostream& errors);

/// The reason why write_file() would fail, as far as that can be known without a trace of having
/// looked. What exists and may not be written is not replaced either.
std::optional<std::string> why_not_writable(const std::string& name);

}  // namespace luosim::app
